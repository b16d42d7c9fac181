	SELECT 'hide accounts',
		'jerry.hide_accounts is on without jerry.require_verified_email: a login right after a registration tells '
		'whether the address was taken',
		'SELECT jerry.configure(''jerry.require_verified_email'', ''on'');'
	FROM configured AS h JOIN configured AS v ON v.name OPERATOR(pg_catalog.=) 'jerry.require_verified_email'
	WHERE h.name OPERATOR(pg_catalog.=) 'jerry.hide_accounts' AND h.value OPERATOR(pg_catalog.=) 'on'
		AND v.value OPERATOR(pg_catalog.=) 'off'

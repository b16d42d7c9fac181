	SELECT 'code registration',
		'jerry.code_registration is on without jerry.code_login: no code is mailed to anybody',
		'SELECT jerry.configure(''jerry.code_login'', ''on'');'
	FROM configured AS r JOIN configured AS c ON c.name OPERATOR(pg_catalog.=) 'jerry.code_login'
	WHERE r.name OPERATOR(pg_catalog.=) 'jerry.code_registration' AND r.value OPERATOR(pg_catalog.=) 'on'
		AND c.value OPERATOR(pg_catalog.=) 'off'

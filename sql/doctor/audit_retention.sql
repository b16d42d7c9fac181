	SELECT 'audit retention',
		'jerry.audit_retention is 0: what is on record, which is personal data, is kept for ever',
		'SELECT jerry.configure(''jerry.audit_retention'', ''400d'');'
	FROM configured AS r
	WHERE r.name OPERATOR(pg_catalog.=) 'jerry.audit_retention' AND r.value OPERATOR(pg_catalog.=) '0'

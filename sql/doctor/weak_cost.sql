	SELECT 'weak cost', pg_catalog.format('jerry.bcrypt_cost is %s for %s', s.value, s.role),
		'Use at least 10; 12 is the default.'
	FROM (SELECT role, value FROM settings WHERE name OPERATOR(pg_catalog.=) 'jerry.bcrypt_cost'
		UNION SELECT 'this session', value FROM configured
		WHERE name OPERATOR(pg_catalog.=) 'jerry.bcrypt_cost') AS s (role, value)
	WHERE CASE WHEN s.value OPERATOR(pg_catalog.~) '^[0-9]{1,9}$' THEN s.value::integer OPERATOR(pg_catalog.<) 10
		ELSE true END

	SELECT 'setting not valid', pg_catalog.format('the value of %s in jerry.setting does not count', s.name),
		pg_catalog.format('SELECT jerry.configure() it again; or DELETE FROM jerry.setting WHERE name = %L;', s.name)
	FROM jerry.setting AS s LEFT JOIN configured AS c ON c.name OPERATOR(pg_catalog.=) s.name
	WHERE c.name IS NULL OR c.source OPERATOR(pg_catalog.=) 'default'

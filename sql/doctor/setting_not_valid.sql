	SELECT 'setting not valid', pg_catalog.format('the value of %s in jerry.setting is not used', s.name),
		pg_catalog.format('Set it again with jerry.configure(); or DELETE FROM jerry.setting WHERE name = %L;', s.name)
	FROM jerry.setting AS s LEFT JOIN configured AS c ON c.name OPERATOR(pg_catalog.=) s.name
	WHERE c.name IS NULL OR c.source OPERATOR(pg_catalog.=) 'default'

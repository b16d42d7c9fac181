	SELECT i.problem,
		pg_catalog.format('jerry.%s_id_seq is at %s, the newest row is %s', i.name, i.last_value, i.newest),
		pg_catalog.format('The rows came without their sequence, as with logical replication. The next one advances '
			'it; to do so now: SELECT setval(''jerry.%s_id_seq'', (SELECT max(id) FROM jerry.%s));', i.name, i.name)
	FROM (
		SELECT 'event ids', 'event', s.last_value, (SELECT pg_catalog.max(id) FROM jerry.event)
		FROM jerry.event_id_seq AS s
		UNION ALL
		SELECT 'audit ids', 'audit', s.last_value, (SELECT pg_catalog.max(id) FROM jerry.audit)
		FROM jerry.audit_id_seq AS s
	) AS i (problem, name, last_value, newest)
	WHERE i.newest OPERATOR(pg_catalog.>) i.last_value

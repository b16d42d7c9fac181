	SELECT 'event ids', pg_catalog.format('jerry.event_id_seq is at %s, the newest event is %s', s.last_value,
		e.newest),
		'The rows came without their sequence, as with logical replication. The next event advances it; to do so now: '
		'SELECT setval(''jerry.event_id_seq'', (SELECT max(id) FROM jerry.event));'
	FROM jerry.event_id_seq AS s CROSS JOIN (SELECT pg_catalog.max(id) FROM jerry.event) AS e (newest)
	WHERE e.newest OPERATOR(pg_catalog.>) s.last_value

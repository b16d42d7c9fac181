	SELECT 'clock', pg_catalog.format('the newest row of %s is from the future: %s', t.name, t.newest),
		'Check the clock of this server; tokens depend on it.'
	FROM (
		SELECT 'jerry.event', (SELECT created_at FROM jerry.event ORDER BY id DESC LIMIT 1)
		UNION ALL SELECT 'jerry.user', (SELECT pg_catalog.max(created_at) FROM jerry."user")
		UNION ALL SELECT 'jerry.signing_key', (SELECT pg_catalog.max(created_at) FROM jerry.signing_key)
	) AS t (name, newest)
	WHERE t.newest OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) '1 minute'::interval)

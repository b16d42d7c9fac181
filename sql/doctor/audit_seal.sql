	-- the rows themselves are for jerry.verify_audit()
	SELECT 'audit not sealed', pg_catalog.format('row %s of jerry.audit, of %s, is not sealed', a.id, a.at),
		'Have jerry.maintain() called, as the sidecar does. If that is done, a transaction in which something was put '
		'on record stays open: pg_stat_activity has the xact_start of each.'
	FROM (SELECT id, at FROM jerry.audit
		WHERE id OPERATOR(pg_catalog.>) COALESCE((SELECT last_id FROM jerry.audit_seal ORDER BY id DESC LIMIT 1), 0)
		ORDER BY id LIMIT 1) AS a
	WHERE a.at OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 day'::interval)

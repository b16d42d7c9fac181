	SELECT 'notification queue',
		pg_catalog.format('the notification queue of this server is %s %% full; roles that can fill it: %s',
			(u.usage OPERATOR(pg_catalog.*) 100)::pg_catalog.numeric(5, 2),
			(SELECT pg_catalog.string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_catalog.pg_roles AS r
				WHERE r.rolcanlogin AND EXISTS (
				SELECT FROM pg_catalog.pg_database AS d WHERE d.datallowconn
					AND pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')))),
		'End the session that listens and stays in a transaction: SELECT pid, usename, state, query FROM '
		'pg_stat_activity ORDER BY xact_start. Beyond jerry.notify_queue_limit Jerry sends no notifications; consumers '
		'still find every event. REVOKE CONNECT from roles that need not connect.'
	FROM pg_catalog.pg_notification_queue_usage() AS u (usage)
	WHERE u.usage OPERATOR(pg_catalog.>) LEAST(0.1,
		(SELECT value FROM configured WHERE name OPERATOR(pg_catalog.=) 'jerry.notify_queue_limit')::double precision)

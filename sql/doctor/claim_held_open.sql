	SELECT 'claim held open', pg_catalog.format('%s has held events of the outbox in an open transaction since %s',
		h.who, h.since),
		'Commit a claim before the work begins: meanwhile nobody else gets these events. End it; '
		'idle_in_transaction_session_timeout for its role would do so.'
	FROM (
		-- claims, acknowledgements, replays and maintenance lock deliveries this way; what writes events does not
		SELECT CASE WHEN l.pid IS NULL THEN pg_catalog.format('the prepared transaction %s of role %s', x.gid, x.owner)
				ELSE pg_catalog.format('session %s of role %s', l.pid, a.usename) END,
					COALESCE(a.xact_start, x.prepared)
		FROM pg_catalog.pg_locks AS l
		LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid OPERATOR(pg_catalog.=) l.pid
		LEFT JOIN pg_catalog.pg_prepared_xacts AS x
			ON l.pid IS NULL AND pg_catalog.concat('-1/', x.transaction) OPERATOR(pg_catalog.=) l.virtualtransaction
		WHERE l.locktype OPERATOR(pg_catalog.=) 'relation'
			AND l.relation OPERATOR(pg_catalog.=) 'jerry.delivery'::pg_catalog.regclass::oid
			AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database AS d
				WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
			AND l.mode OPERATOR(pg_catalog.=) 'RowShareLock'
	) AS h (who, since)
	WHERE h.since OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 minute'::interval)

	SELECT 'overdue deletion',
		pg_catalog.format(CASE WHEN o.users OPERATOR(pg_catalog.=) 1 THEN '1 user was to be deleted more than a day ago'
			ELSE '%s users were to be deleted more than a day ago' END, o.users),
		pg_catalog.concat('Call jerry.maintain(), or look for its warnings in the log: a foreign key or trigger of the '
			'application refuses it.', (SELECT pg_catalog.concat(' These foreign keys can: ',
				pg_catalog.string_agg(pg_catalog.format('%s of %s', k.conname, k.conrelid::regclass), ', '
					ORDER BY k.oid))
			FROM pg_catalog.pg_constraint AS k
			WHERE k.contype OPERATOR(pg_catalog.=) 'f'::"char" AND k.confdeltype IN ('a'::"char", 'r'::"char")
				AND k.confrelid OPERATOR(pg_catalog.=) 'jerry."user"'::regclass::oid
			HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0))
	FROM (SELECT pg_catalog.count(*) AS users FROM jerry."user" AS u
		WHERE u.deletes_at OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) '1 day'::interval)) AS o
	WHERE o.users OPERATOR(pg_catalog.>) 0

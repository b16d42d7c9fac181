	-- the sidecar sets what it needs itself; this is for who calls by SQL
	SELECT 'session default', pg_catalog.format('%s is %s for role %s: %s', s.name, s.value, s.role, b.meaning),
		'Reset it for the role, the database or the server, wherever it was set.'
	FROM settings AS s
	JOIN (VALUES
		('synchronous_commit', '^(off|false|no|0)$', 'what was acknowledged can be lost in a crash'),
		('session_replication_role', '^(replica|local)$', 'foreign keys and triggers are ignored'),
		('row_security', '^(off|false|no|0)$', 'reading a table with a policy is an error'),
		('enable_indexscan', '^(off|false|no|0)$', 'a login reads all users')
	) AS b (name, bad, meaning) ON s.name OPERATOR(pg_catalog.=) b.name
		AND pg_catalog.lower(s.value) OPERATOR(pg_catalog.~) b.bad
	UNION ALL
	-- from PostgreSQL 17 on
	SELECT 'session default', pg_catalog.format('event_triggers is off %s: users can be dropped by mistake', o.place),
		'Reset it where it was set.'
	FROM (
		SELECT 'in this session' WHERE pg_catalog.current_setting('event_triggers', true) OPERATOR(pg_catalog.=) 'off'
		UNION ALL SELECT pg_catalog.concat_ws(' ', 'for', CASE WHEN d.setrole OPERATOR(pg_catalog.<>) 0::oid
				THEN pg_catalog.concat('role ', pg_catalog.pg_get_userbyid(d.setrole)) END,
				CASE WHEN d.setdatabase OPERATOR(pg_catalog.<>) 0::oid THEN 'this database' END)
			FROM pg_catalog.pg_db_role_setting AS d CROSS JOIN pg_catalog.pg_options_to_table(d.setconfig) AS p
			WHERE p.option_name OPERATOR(pg_catalog.=) 'event_triggers' AND NOT p.option_value::boolean
				AND d.setdatabase IN ((SELECT oid FROM pg_catalog.pg_database
					WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()), 0::oid)
	) AS o (place)

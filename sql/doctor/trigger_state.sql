	-- pg_restore --disable-triggers, and ALTER TABLE … ENABLE TRIGGER ALL, leave a trigger that fires ALWAYS as one that replication does not fire
	SELECT 'trigger state', 'a key that replication retires is trusted for a minute: trigger signing_key_changed does not fire ALWAYS',
		'ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed;'
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t
		WHERE t.tgrelid OPERATOR(pg_catalog.=) 'jerry.signing_key'::regclass::oid AND t.tgname OPERATOR(pg_catalog.=) 'signing_key_changed'
			AND t.tgenabled OPERATOR(pg_catalog.=) 'A'::"char")
	UNION ALL
	SELECT 'trigger state', 'users can be dropped by mistake: event trigger jerry_guard_users does not fire ALWAYS',
		'ALTER EVENT TRIGGER jerry_guard_users ENABLE ALWAYS;'
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e
		WHERE e.evtname OPERATOR(pg_catalog.=) 'jerry_guard_users' AND e.evtenabled OPERATOR(pg_catalog.=) 'A'::"char")
	UNION ALL
	SELECT 'trigger state', 'Jerry''s tables can get columns and triggers that a dump lacks: event trigger jerry_guard_tables does not fire ALWAYS',
		'ALTER EVENT TRIGGER jerry_guard_tables ENABLE ALWAYS;'
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e
		WHERE e.evtname OPERATOR(pg_catalog.=) 'jerry_guard_tables' AND e.evtenabled OPERATOR(pg_catalog.=) 'A'::"char")

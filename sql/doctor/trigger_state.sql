	-- pg_restore --disable-triggers, and ALTER TABLE … ENABLE TRIGGER ALL, leave a trigger that fires ALWAYS as one
	-- that replication does not fire
	SELECT 'trigger state', pg_catalog.format('%s: trigger %s does not fire ALWAYS', w.what, w.name),
		pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s;', w.relation, w.name)
	FROM (VALUES
		('jerry.signing_key', 'signing_key_changed', 'a key retired by replication is trusted for a minute'),
		('jerry.setting', 'setting_changed', 'a replicated setting takes effect only in new sessions')
	) AS w (relation, name, what)
	JOIN pg_catalog.pg_trigger AS t ON t.tgrelid OPERATOR(pg_catalog.=) w.relation::regclass::oid
		AND t.tgname OPERATOR(pg_catalog.=) w.name
	WHERE t.tgenabled OPERATOR(pg_catalog.<>) 'A'::"char"
	UNION ALL
	SELECT 'trigger state',
		pg_catalog.format('what is on record can be changed: trigger guard_audit of %s does not fire ALWAYS',
			t.tgrelid::regclass),
		pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER guard_audit;', t.tgrelid::regclass)
	FROM pg_catalog.pg_trigger AS t
	WHERE t.tgfoid OPERATOR(pg_catalog.=) 'jerry.guard_audit()'::regprocedure::oid
		AND t.tgenabled OPERATOR(pg_catalog.<>) 'A'::"char"
	UNION ALL
	SELECT 'trigger state', pg_catalog.format('%s: event trigger %s does not fire ALWAYS', w.what, w.name),
		pg_catalog.format('ALTER EVENT TRIGGER %s ENABLE ALWAYS;', w.name)
	FROM (VALUES
		('jerry_guard_users', 'users can be dropped by mistake'),
		('jerry_guard_tables', 'tables can be changed in a way that a dump lacks')
	) AS w (name, what)
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e
		WHERE e.evtname OPERATOR(pg_catalog.=) w.name AND e.evtenabled OPERATOR(pg_catalog.=) 'A'::"char")

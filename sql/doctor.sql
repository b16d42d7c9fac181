/*
 * jerry.doctor(): what is unsafe in this installation.  One statement, a branch per check; no row is good news.
 */

CREATE FUNCTION jerry.doctor() RETURNS TABLE (problem text, finding text, hint text)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH settings (role, login, name, value) AS (
		-- what each login role that may call the API has for each setting that matters, by the order in which the server applies them
		SELECT r.rolname, r.oid, s.name, COALESCE(
			(SELECT o.option_value FROM pg_catalog.pg_db_role_setting AS d CROSS JOIN pg_catalog.pg_options_to_table(d.setconfig) AS o
			 WHERE o.option_name OPERATOR(pg_catalog.=) s.name
				AND d.setrole IN (r.oid, 0::oid)
				AND d.setdatabase IN ((SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()), 0::oid)
			 ORDER BY d.setrole OPERATOR(pg_catalog.=) r.oid DESC, d.setdatabase OPERATOR(pg_catalog.<>) 0::oid DESC LIMIT 1),
			-- what the server starts with: this session may have been given something else
			(SELECT CASE WHEN p.source IN ('default', 'configuration file', 'command line', 'environment variable') THEN p.setting
				ELSE COALESCE((SELECT f.setting FROM pg_catalog.pg_file_settings AS f WHERE f.name OPERATOR(pg_catalog.=) s.name AND f.applied), p.boot_val) END
			 FROM pg_catalog.pg_settings AS p WHERE p.name OPERATOR(pg_catalog.=) s.name))
		FROM pg_catalog.pg_roles AS r
		CROSS JOIN (VALUES ('log_statement'), ('log_min_duration_statement'), ('log_min_duration_sample'), ('log_transaction_sample_rate'),
			('log_parameter_max_length'), ('log_parameter_max_length_on_error'), ('jerry.bcrypt_cost'), ('jerry.notify_payload')) AS s (name)
		WHERE r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, 'jerry_api', 'USAGE')
	),
	logging AS (
		SELECT role,
			pg_catalog.max(value) FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_statement') AS statement,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.!~) '^-1') FILTER (WHERE name IN ('log_min_duration_statement', 'log_min_duration_sample')) AS duration,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_transaction_sample_rate') AS sample,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_parameter_max_length') AS parameters,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_parameter_max_length_on_error') AS on_error
		FROM settings GROUP BY role
	)
	SELECT 'parameter logging', pg_catalog.format('the server log can show the passwords that role %s sends', role),
		'Let tools/setup-database, or docs/SECURITY.md, set the logging of this role.'
	FROM logging
	WHERE ((statement IN ('all', 'mod') OR duration OR sample) AND parameters) OR on_error
	UNION ALL
	SELECT 'weak cost', pg_catalog.format('jerry.bcrypt_cost is %s for %s', s.value, s.role), 'Use 10 at least; 12 is the default.'
	FROM (SELECT role, value FROM settings WHERE name OPERATOR(pg_catalog.=) 'jerry.bcrypt_cost'
		UNION SELECT 'this session', pg_catalog.current_setting('jerry.bcrypt_cost', true)) AS s (role, value)
	WHERE CASE WHEN s.value OPERATOR(pg_catalog.~) '^[0-9]+$' THEN s.value::integer OPERATOR(pg_catalog.<) 10 ELSE true END
	UNION ALL
	SELECT 'readable notifications', pg_catalog.format('role %s can LISTEN and read addresses and verification tokens', r.rolname),
		'Set jerry.notify_payload to redacted, or revoke CONNECT on the database.'
	FROM pg_catalog.pg_roles AS r
	WHERE r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT')
		AND NOT pg_catalog.pg_has_role(r.oid, 'jerry_api', 'USAGE') AND NOT pg_catalog.pg_has_role(r.oid, 'jerry_events', 'USAGE')
		AND NOT pg_catalog.pg_has_role(r.oid, 'jerry_admin', 'USAGE')
		AND 'full' IN (SELECT pg_catalog.current_setting('jerry.notify_payload', true)
			UNION ALL SELECT value FROM settings WHERE name OPERATOR(pg_catalog.=) 'jerry.notify_payload')
	UNION ALL
	SELECT 'rights', pg_catalog.format('%s has %s on %s', CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'everybody'
			ELSE pg_catalog.concat('role ', pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, o.object),
		'Revoke it: the roles jerry_api, jerry_events and jerry_admin are there for that.'
	FROM (
		SELECT p.oid::regprocedure::text, p.proacl, 'f'::"char", p.proowner FROM pg_catalog.pg_proc AS p
			WHERE p.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
		UNION ALL SELECT c.oid::regclass::text, c.relacl, (CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::"char" THEN 's' ELSE 'r' END)::"char", c.relowner
			FROM pg_catalog.pg_class AS c
			WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND c.relkind IN ('r'::"char", 'v'::"char", 'S'::"char")
		UNION ALL SELECT pg_catalog.concat('schema ', n.nspname), n.nspacl, 'n'::"char", n.nspowner FROM pg_catalog.pg_namespace AS n
			WHERE n.nspname OPERATOR(pg_catalog.=) 'jerry'
		UNION ALL SELECT pg_catalog.format('%s (%I)', c.oid::regclass, t.attname), t.attacl, 'c'::"char", c.relowner
			FROM pg_catalog.pg_attribute AS t JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.attrelid
			WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND t.attacl IS NOT NULL
	) AS o (object, acl, kind, owner)
	CROSS JOIN pg_catalog.aclexplode(COALESCE(o.acl, pg_catalog.acldefault(o.kind, o.owner))) AS a
	WHERE a.grantee OPERATOR(pg_catalog.=) 0::oid OR (a.grantee OPERATOR(pg_catalog.<>) o.owner AND CASE WHEN o.kind IN ('f'::"char", 'n'::"char")
		THEN o.kind OPERATOR(pg_catalog.=) 'f'::"char" AND pg_catalog.pg_get_userbyid(a.grantee) NOT IN ('jerry_api', 'jerry_events', 'jerry_admin')
		ELSE a.privilege_type OPERATOR(pg_catalog.<>) 'REFERENCES' END)
	UNION ALL
	SELECT 'not dumped', pg_catalog.format('pg_dump leaves out the rows of %s', c.oid::regclass), 'Reinstall, or call pg_extension_config_dump for it in a script of the extension.'
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::regclass::oid AND d.objid OPERATOR(pg_catalog.=) c.oid
		AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::regclass::oid AND d.deptype OPERATOR(pg_catalog.=) 'e'::"char"
	JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid AND e.extname OPERATOR(pg_catalog.=) 'jerry'
	WHERE c.relkind IN ('r'::"char", 'S'::"char") AND NOT COALESCE(c.oid OPERATOR(pg_catalog.=) ANY (e.extconfig), false)
	UNION ALL
	SELECT 'version mismatch', pg_catalog.format('the library is version %s, the extension %s', jerry.version(), e.extversion),
		'ALTER EXTENSION jerry UPDATE; or install the library of that version and reconnect.'
	FROM pg_catalog.pg_extension AS e
	WHERE e.extname OPERATOR(pg_catalog.=) 'jerry' AND e.extversion OPERATOR(pg_catalog.<>) jerry.version()
	UNION ALL
	SELECT 'clock', pg_catalog.format('the newest row of %s is from the future: %s', t.name, t.newest), 'Check the clock of this server; tokens depend on it.'
	FROM (
		SELECT 'jerry.event', (SELECT created_at FROM jerry.event ORDER BY id DESC LIMIT 1)
		UNION ALL SELECT 'jerry.user', (SELECT pg_catalog.max(created_at) FROM jerry."user")
		UNION ALL SELECT 'jerry.signing_key', (SELECT pg_catalog.max(created_at) FROM jerry.signing_key)
	) AS t (name, newest)
	WHERE t.newest OPERATOR(pg_catalog.>) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) '1 minute'::interval)
	UNION ALL
	SELECT 'no backup', 'there is neither WAL archiving nor a standby: users and signing keys exist on this server only',
		'Set up archiving or a standby, or at least dump the database regularly.'
	WHERE EXISTS (SELECT FROM jerry.signing_key) AND pg_catalog.current_setting('archive_mode') OPERATOR(pg_catalog.=) 'off'
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_wal_senders()) AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots)
	UNION ALL
	SELECT 'address index', 'idx_user_email is missing or not valid: two accounts can have one address', 'REINDEX INDEX CONCURRENTLY jerry.idx_user_email;'
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
		WHERE i.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('jerry.idx_user_email')::oid AND i.indisvalid AND i.indisready AND i.indisunique)
	UNION ALL
	SELECT 'events not collected', pg_catalog.format('%s events wait for consumer %s, the oldest since %s', pg_catalog.count(*), d.consumer, pg_catalog.min(e.created_at)),
		'Start its workers, or jerry.remove_consumer() it: what it has not acknowledged is kept for ever.'
	FROM jerry.delivery AS d JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) d.event_id
	GROUP BY d.consumer
	HAVING pg_catalog.min(e.created_at) OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 day'::interval)
	UNION ALL
	SELECT 'drop allowed', 'jerry.allow_drop is on: DROP EXTENSION takes the users along', 'Set it in the one session that means it.'
	WHERE pg_catalog.current_setting('jerry.allow_drop', true) OPERATOR(pg_catalog.=) 'on'
$$;
COMMENT ON FUNCTION jerry.doctor() IS
	'What is unsafe in this installation, one row per finding, with what to do about it. No row: nothing was found.';
GRANT EXECUTE ON FUNCTION jerry.doctor() TO jerry_admin;

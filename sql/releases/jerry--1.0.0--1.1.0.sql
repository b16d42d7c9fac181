\echo Use "ALTER EXTENSION jerry UPDATE" to load this file. \quit
/*
 * 1.0.0 to 1.1.0: what existed and changes.  What is new follows from the topic files, see the Makefile; when 1.1.0 is released, the joined script is
 * frozen in sql/ as that of 1.0.0 is.
 */

DROP TRIGGER signing_key_changed ON jerry.signing_key;
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE OR DELETE ON jerry.signing_key
	FOR EACH ROW EXECUTE FUNCTION jerry.signing_key_changed();
ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed;
COMMENT ON TRIGGER signing_key_changed ON jerry.signing_key IS 'makes a rotated or retired key known everywhere with the commit';

-- These run no SQL: without a definer's rights and a search_path to set they take less time, and are loaded before a parallel query begins.
ALTER FUNCTION jerry.version() SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.health(text, text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.error_code(json) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.unwrap(json) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.me(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.refresh(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.validate_token(text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.decode_token(text, text) SECURITY INVOKER RESET search_path;
ALTER FUNCTION jerry.verify_token(text) SECURITY INVOKER RESET search_path;

ALTER TABLE jerry.event ADD COLUMN dispatched boolean NOT NULL DEFAULT false;
CREATE INDEX idx_event_undispatched ON jerry.event (id) WHERE NOT dispatched;
COMMENT ON COLUMN jerry.event.dispatched IS 'have the consumers been given it? (jerry.delivery)';
CREATE INDEX idx_session_expires_at ON jerry.session (expires_at);
CREATE INDEX idx_one_time_token_expires_at ON jerry.one_time_token (expires_at);

/*
 * Consumers of the outbox.  An event is dispatched to the consumers there are when one of them asks, delivered to each at least once, and kept for
 * jerry.event_retention after the last has acknowledged it.  Claim, commit, handle, acknowledge: in that order nothing is lost.
 */

CREATE TABLE jerry.consumer (
	name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.~) '^[A-Za-z0-9_.-]{1,64}$'),
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.consumer IS 'who receives events; a row comes with the first claim of that name';
COMMENT ON COLUMN jerry.consumer.name IS 'the name that the workers of one consumer share';
COMMENT ON COLUMN jerry.consumer.created_at IS 'when it claimed for the first time';

CREATE TABLE jerry.delivery (
	consumer text REFERENCES jerry.consumer (name) ON DELETE CASCADE,
	event_id bigint REFERENCES jerry.event (id),
	claimable_at timestamptz NOT NULL,
	attempts integer NOT NULL,
	PRIMARY KEY (consumer, event_id)
);
CREATE INDEX idx_delivery_event_id ON jerry.delivery (event_id);
COMMENT ON TABLE jerry.delivery IS 'what a consumer has not acknowledged yet; a row goes with the acknowledgement';
COMMENT ON COLUMN jerry.delivery.consumer IS 'who is to receive the event';
COMMENT ON COLUMN jerry.delivery.event_id IS 'the event';
COMMENT ON COLUMN jerry.delivery.claimable_at IS 'from when on it can be claimed: its arrival, or the end of a lease';
COMMENT ON COLUMN jerry.delivery.attempts IS 'how often it was claimed';

SELECT pg_catalog.pg_extension_config_dump('jerry.consumer', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.delivery', '');

CREATE FUNCTION jerry.claim_events(consumer text, max integer DEFAULT 100, lease interval DEFAULT '1 minute')
	RETURNS TABLE (event_id bigint, event_type text, payload json, attempt integer)
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_claim_events';
COMMENT ON FUNCTION jerry.claim_events(text, integer, interval) IS
	'The next events, at most max (1 to 10000), for a consumer, oldest first; no other worker of that consumer gets them before the lease ends. '
	'The first call of a name makes it a consumer and gives it every event that is still kept. attempt counts deliveries from 1. '
	'Raises 22023 for a name, number or lease that is not valid, 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.claim_events(text, integer, interval) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.ack_events(consumer text, event_ids bigint[]) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_ack_events';
COMMENT ON FUNCTION jerry.ack_events(text, bigint[]) IS
	'Tells that the consumer has handled these events: it will not get them again. Returns how many were waiting for that; others are ignored.';
GRANT EXECUTE ON FUNCTION jerry.ack_events(text, bigint[]) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.replay_events(consumer text, since timestamptz) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_replay_events';
COMMENT ON FUNCTION jerry.replay_events(text, timestamptz) IS
	'Gives the consumer every event since that time again, as far as events are still kept (jerry.event_retention). Returns how many. '
	'Raises 22023 for a consumer that has never claimed.';
GRANT EXECUTE ON FUNCTION jerry.replay_events(text, timestamptz) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.remove_consumer(consumer text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_remove_consumer';
COMMENT ON FUNCTION jerry.remove_consumer(text) IS
	'Forgets a consumer and what it has not acknowledged, which would otherwise be kept for ever. False when there is none of that name.';
GRANT EXECUTE ON FUNCTION jerry.remove_consumer(text) TO jerry_admin;

CREATE FUNCTION jerry.maintain(batch integer DEFAULT 1000) RETURNS json
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_maintain';
COMMENT ON FUNCTION jerry.maintain(integer) IS
	'Deletes at most batch rows (1 to 100000) of each kind that nobody needs any more: events that every consumer acknowledged and jerry.event_retention '
	'has passed, one-time tokens that ended a week ago, sessions none of whose tokens can still be valid. Data: events, one_time_tokens, sessions. '
	'Call it again, in a transaction of its own, until all are 0. Raises 22023 for a batch that is not valid, 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.maintain(integer) TO jerry_api, jerry_admin;
/*
 * Who is asking: the identity of a transaction, for row-level security.  It is kept in the memory of the backend, where no SET, no temporary object
 * and no definer's right reaches it; these functions look nothing up, so that there is no search_path to pin.
 */

CREATE FUNCTION jerry.authenticate(access_token text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_authenticate';
COMMENT ON FUNCTION jerry.authenticate(text) IS
	'Verifies a live access token and makes its user the identity of this transaction; a token that is not valid leaves the transaction without one. '
	'Data: user_id, email, expires_at. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.authenticate(text) TO jerry_api, jerry_admin;

-- PARALLEL RESTRICTED: the identity is in the memory of the leader.
CREATE FUNCTION jerry.uid() RETURNS uuid
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_uid';
COMMENT ON FUNCTION jerry.uid() IS
	'The user id of the transaction''s identity; NULL without jerry.authenticate in this transaction, and once its token has expired.';
GRANT EXECUTE ON FUNCTION jerry.uid() TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.claims() RETURNS json
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_claims';
COMMENT ON FUNCTION jerry.claims() IS
	'The claims of the transaction''s identity; NULL whenever jerry.uid() is.';
GRANT EXECUTE ON FUNCTION jerry.claims() TO jerry_api, jerry_admin;
/*
 * The drop guard: users do not vanish with a DROP that was meant for something else.
 */

CREATE FUNCTION jerry.guard_users() RETURNS event_trigger
	LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_guard_users';
COMMENT ON FUNCTION jerry.guard_users() IS
	'event trigger: loads the library, which refuses to drop a table of users that is not empty unless jerry.allow_drop is on';
CREATE EVENT TRIGGER jerry_guard_users ON ddl_command_start
	WHEN TAG IN ('DROP EXTENSION', 'DROP OWNED', 'DROP SCHEMA', 'DROP TABLE') EXECUTE FUNCTION jerry.guard_users();
ALTER EVENT TRIGGER jerry_guard_users ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER jerry_guard_users IS 'keeps DROP EXTENSION, DROP OWNED and DROP SCHEMA, with CASCADE or without, from dropping users';
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
/*
 * Last, as in privileges.sql, but for what is new in 1.1.0: what an administrator has granted on the rest is not taken back.
 */

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jerry FROM PUBLIC;

-- ALTER DEFAULT PRIVILEGES of whoever installs this may have granted more, to anybody.
DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', o.object,
			CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
		FROM (
			SELECT pg_catalog.concat('FUNCTION ', p.oid::regprocedure), p.proacl, p.proowner, true FROM pg_catalog.pg_proc AS p
				WHERE p.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND p.proname IN ('claim_events', 'ack_events', 'replay_events',
					'remove_consumer', 'maintain', 'authenticate', 'uid', 'claims', 'guard_users', 'doctor')
			UNION ALL SELECT pg_catalog.concat(CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::"char" THEN 'SEQUENCE ' ELSE 'TABLE ' END, c.oid::regclass),
				c.relacl, c.relowner, false
				FROM pg_catalog.pg_class AS c
				WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND c.relname IN ('consumer', 'delivery')
		) AS o (object, acl, owner, is_public)
		CROSS JOIN pg_catalog.aclexplode(o.acl) AS a
		WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
			AND NOT (o.is_public AND pg_catalog.pg_get_userbyid(a.grantee) IN ('jerry_api', 'jerry_events', 'jerry_admin'))
	LOOP
		EXECUTE statement;
	END LOOP;
END
$$;

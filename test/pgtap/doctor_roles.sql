-- jerry.doctor: what it says of roles: who can forge, whose secrets are logged, whose session defaults break a promise
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE at_first AS SELECT * FROM jerry.doctor();
CREATE FUNCTION pg_temp.new(kind text) RETURNS text
	RETURN (SELECT string_agg(finding, '; ' ORDER BY finding)
		FROM (SELECT * FROM jerry.doctor() EXCEPT SELECT * FROM at_first) AS d WHERE problem = kind);

CREATE ROLE jerry_test_app LOGIN;
GRANT jerry_api TO jerry_test_app;
CREATE ROLE jerry_test_other LOGIN;
SELECT current_setting('server_version_num')::int >= 160000 AS since_16 \gset

SELECT current_setting('server_version_num')::int >= 170000 AS since_17 \gset

-- what is found while the commands are in force
CREATE FUNCTION pg_temp.found(kind text, commands text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	command text;
	found text;
BEGIN
	BEGIN
		FOREACH command IN ARRAY commands LOOP
			EXECUTE command;
		END LOOP;
		found := pg_temp.new(kind);
		RAISE EXCEPTION SQLSTATE 'JT000';
	EXCEPTION WHEN SQLSTATE 'JT000' THEN
		RETURN found;
	END;
END
$$;

-- ---------- statement logging ----------

SELECT is(pg_temp.new('statement logging'),
	'the server log shows the statement of every error of role jerry_test_app, '
		'including passwords that a client pastes into it',
	'PostgreSQL logs failed statements by default');
SELECT is(pg_temp.found('statement logging',
	ARRAY[format('ALTER ROLE jerry_test_app SET log_min_error_statement = %L', level)]) IS NOT NULL, bad, level)
FROM (VALUES ('debug5', true), ('log', true), ('error', true), ('fatal', false), ('panic', false)) AS t (level, bad);
SELECT is(pg_temp.found('statement logging', ARRAY['REVOKE jerry_api FROM jerry_test_app']), NULL,
	'who cannot call the API sends no passwords');

-- ---------- parameter logging ----------

SELECT is(pg_temp.found('parameter logging', ARRAY[format('ALTER ROLE jerry_test_app SET %s = %s', setting, value)]),
	CASE
	WHEN bad
	THEN 'the server log can show the passwords that role jerry_test_app sends: debug_print_plan and the like are on'
	END, setting || ' = ' || value)
FROM (VALUES ('debug_print_plan', 'on', true), ('debug_print_parse', 'true', true),
	('debug_print_rewritten', '1', true),
	('debug_print_plan', 'off', false), ('debug_pretty_print', 'on', false)) AS t (setting, value, bad);
SELECT is(pg_temp.found('parameter logging', ARRAY['ALTER ROLE jerry_test_app SET auto_explain.log_min_duration = 0',
	'ALTER ROLE jerry_test_app SET auto_explain.log_parameter_max_length = ' || value]) IS NOT NULL, bad,
	'auto_explain.log_parameter_max_length = ' || value)
FROM (VALUES ('-1', true), ('100', true), ('0', false)) AS t (value, bad);
SELECT is(pg_temp.found('parameter logging', ARRAY['ALTER ROLE jerry_test_app SET auto_explain.log_min_duration = -1',
	'ALTER ROLE jerry_test_app SET auto_explain.log_parameter_max_length = -1']), NULL,
	'auto_explain that explains nothing logs nothing');

-- ---------- session default ----------

SELECT is(pg_temp.new('session default'), NULL, 'the defaults of PostgreSQL are good');
SELECT is(pg_temp.found('session default', ARRAY[format('ALTER ROLE jerry_test_app SET %s = %s', setting, value)]),
	CASE WHEN bad THEN format('%s is %s for role jerry_test_app: %s', setting, value, meaning) END,
	setting || ' = ' || value)
FROM (VALUES
	('synchronous_commit', 'off', true, 'what was acknowledged can be lost in a crash'),
	('synchronous_commit', 'local', false, ''), ('synchronous_commit', 'remote_apply', false, ''),
	('synchronous_commit', 'on', false, ''),
	('session_replication_role', 'replica', true, 'foreign keys and triggers are ignored'),
	('session_replication_role', 'origin', false, ''),
	('row_security', 'off', true, 'reading a table with a policy is an error'),
	('enable_indexscan', 'off', true, 'a login reads all users'), ('enable_seqscan', 'off', false, '')
) AS t (setting, value, bad, meaning);
SELECT is(pg_temp.found('session default',
	ARRAY[format('ALTER DATABASE %I SET synchronous_commit = off', current_database())]) ~ 'role jerry_test_app', true,
	'that of the database counts');
SELECT is(pg_temp.found('session default', ARRAY['ALTER ROLE jerry_test_other SET synchronous_commit = off']), NULL,
	'roles without Jerry do as they like');
\if :since_17
	SELECT is(pg_temp.found('session default', ARRAY['SET LOCAL event_triggers = off']),
		'event_triggers is off in this session: users can be dropped by mistake',
		'without event triggers there is no drop guard');
	SELECT is(pg_temp.found('session default', ARRAY['ALTER ROLE jerry_test_other SET event_triggers = off']),
		'event_triggers is off for role jerry_test_other: users can be dropped by mistake', 'whoever has none');
\else
	SELECT skip('event_triggers came with PostgreSQL 17', 2);
\endif

-- ---------- blocking reference ----------

SELECT is(pg_temp.new('blocking reference'), NULL, 'nobody refers to users');
SELECT is(pg_temp.found('blocking reference', ARRAY['GRANT REFERENCES ON jerry."user" TO jerry_test_other']),
	'role jerry_test_other may reference jerry."user": a migration by it that waits, or stays open, '
		'stops all logins', 'who may can lock it');
SELECT isnt(pg_temp.found('blocking reference', ARRAY['GRANT REFERENCES (id) ON jerry."user" TO jerry_test_other']),
	NULL, 'by a column as well');
SELECT isnt(pg_temp.found('blocking reference', ARRAY['GRANT REFERENCES ON jerry."user" TO jerry_test_other',
	'ALTER ROLE jerry_test_other SET lock_timeout = 2000']),
	NULL, 'a bound on waiting is not enough');
SELECT isnt(pg_temp.found('blocking reference', ARRAY['GRANT REFERENCES ON jerry."user" TO jerry_test_other',
	'ALTER ROLE jerry_test_other SET idle_in_transaction_session_timeout = ''1min''']), NULL,
	'nor is one on staying open');
SELECT is(pg_temp.found('blocking reference', ARRAY['GRANT REFERENCES ON jerry."user" TO jerry_test_other',
	'ALTER ROLE jerry_test_other SET lock_timeout = ''2s''',
	'ALTER ROLE jerry_test_other SET idle_in_transaction_session_timeout = ''1min''']), NULL, 'both are');

-- ---------- can forge ----------

SELECT is(pg_temp.new('can forge'), NULL, 'a client of the API cannot forge');
CREATE ROLE jerry_test_group;
CREATE FUNCTION pg_temp.forger(VARIADIC commands text[]) RETURNS text
	RETURN replace(pg_temp.found('can forge', commands), 'role jerry_test_other can become any user of Jerry: ', '');
SELECT is(pg_temp.forger(format('GRANT %I TO jerry_test_other', role)), role, 'a member of ' || role)
FROM unnest(ARRAY['jerry_admin', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program']) AS role;
SELECT is(pg_temp.forger('GRANT pg_read_all_data TO jerry_test_other'), 'pg_read_all_data',
	'a member of pg_read_all_data');
SELECT is(pg_temp.forger('GRANT pg_write_all_data TO jerry_test_other'), 'pg_write_all_data',
	'a member of pg_write_all_data');
SELECT is(pg_temp.forger('GRANT jerry_admin TO jerry_test_group', 'GRANT jerry_test_group TO jerry_test_other'),
	'jerry_admin', 'a member of a member');
SELECT is(pg_temp.forger('ALTER ROLE jerry_test_other NOINHERIT', 'GRANT jerry_admin TO jerry_test_other'),
	'jerry_admin', 'also one who has to say SET ROLE');
SELECT is(pg_temp.forger('ALTER ROLE jerry_test_other CREATEROLE'), CASE WHEN NOT :'since_16' THEN 'CREATEROLE' END,
	'who makes roles, until PostgreSQL 15');
SELECT is(pg_temp.forger('ALTER ROLE jerry_test_other REPLICATION'), 'REPLICATION', 'who replicates');
SELECT is(pg_temp.forger('ALTER ROLE jerry_test_group SUPERUSER', 'GRANT jerry_test_group TO jerry_test_other'),
	'superuser jerry_test_group', 'who becomes a superuser');
SELECT is(pg_temp.forger('SET LOCAL jerry.allow_changes = on',
	'ALTER TABLE jerry.signing_key OWNER TO jerry_test_other'), 'owner of jerry.signing_key', 'the owner of a table');
SELECT is(pg_temp.forger('ALTER SCHEMA jerry OWNER TO jerry_test_group', 'GRANT jerry_test_group TO jerry_test_other'),
	'owner of schema jerry', 'who becomes the owner of the schema');
SELECT is(pg_temp.forger('ALTER FUNCTION jerry.login(text, text, inet, text) OWNER TO jerry_test_other'),
	'owner of functions of Jerry', 'the owner of a function');
SELECT is(pg_temp.forger(format('GRANT %s ON %s TO jerry_test_other', privilege, object)),
	format('%s on %s', privilege, object), format('who has %s on %s', privilege, object))
FROM (VALUES ('SELECT', 'jerry.signing_key'), ('INSERT', 'jerry.signing_key'), ('UPDATE', 'jerry."user"'),
	('SELECT', 'jerry.event'), ('TRIGGER', 'jerry.session'))
	AS t (privilege, object);
SELECT is(pg_temp.forger('GRANT EXECUTE ON FUNCTION jerry.import_key(text,boolean) TO jerry_test_other'),
	'EXECUTE on jerry.import_key(text,boolean)', 'who may import keys');
SELECT is(pg_temp.forger('GRANT SELECT (secret) ON jerry.signing_key TO jerry_test_other'),
	'SELECT on jerry.signing_key', 'by a column as well');
SELECT is(pg_temp.forger('GRANT SELECT ON jerry.event TO jerry_test_group',
	'GRANT jerry_test_group TO jerry_test_other'), 'SELECT on jerry.event', 'by a group');
SELECT alike(pg_temp.found('can forge', ARRAY['GRANT UPDATE ON jerry."user" TO PUBLIC']),
	'%role jerry_test_app can become any user of Jerry: UPDATE on jerry."user"%role jerry_test_other can become any '
		'user%', 'everybody, by PUBLIC');
SELECT is(pg_temp.forger('GRANT SELECT ON jerry.consumer TO jerry_test_other'), NULL,
	'names of consumers are no secret');
SELECT is(pg_temp.forger('GRANT jerry_events TO jerry_test_other'), NULL, 'a consumer of events cannot forge');
SELECT is(pg_temp.forger('ALTER ROLE jerry_test_other NOLOGIN', 'GRANT jerry_admin TO jerry_test_other'), NULL,
	'who cannot log in, neither');
SELECT is(pg_temp.forger('ALTER ROLE jerry_test_other SUPERUSER'), NULL, 'that superusers can is no finding');

-- ---------- roles of Jerry ----------

SELECT is(pg_temp.new('roles of Jerry'), NULL, 'the roles are as Jerry makes them');
SELECT is(pg_temp.found('roles of Jerry', ARRAY[format('ALTER ROLE %s %s', role, attribute)]),
	format('role %s has %s', role, attribute), format('%s with %s', role, attribute))
FROM (VALUES ('jerry_admin', 'LOGIN'), ('jerry_api', 'LOGIN'), ('jerry_events', 'CREATEROLE'),
	('jerry_admin', 'BYPASSRLS')) AS t (role, attribute);
SELECT is(pg_temp.found('roles of Jerry', ARRAY['GRANT jerry_api TO jerry_test_app WITH ADMIN OPTION']),
	'role jerry_test_app may grant jerry_api to anybody', 'who can hand a role on');

-- ---------- CREATE EXTENSION and roles that were there ----------

SET LOCAL jerry.allow_drop = on;
CREATE FUNCTION pg_temp.install(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	BEGIN
		DROP EXTENSION jerry CASCADE;
		EXECUTE command;
		CREATE EXTENSION jerry;
		RAISE EXCEPTION SQLSTATE 'JT000';
	EXCEPTION WHEN SQLSTATE 'JT000' THEN
		RETURN 'installed';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
		RETURN concat_ws(' ', SQLSTATE, SQLERRM, left(hint, 40));
	END;
END
$$;
SELECT is(pg_temp.install(format('ALTER ROLE jerry_admin %s', attribute)),
	format('55000 role jerry_admin exists and has %s If it is yours: ALTER ROLE jerry_admin N', attribute),
	'a planted role with ' || attribute || ' is not adopted')
FROM unnest(ARRAY['LOGIN', 'SUPERUSER', 'CREATEROLE', 'REPLICATION', 'BYPASSRLS']) AS attribute;
SELECT is(pg_temp.install('ALTER ROLE jerry_api LOGIN'),
	'55000 role jerry_api exists and has LOGIN If it is yours: ALTER ROLE jerry_api NOL', 'whichever of them');
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.install('GRANT jerry_admin TO jerry_test_other'), 'installed',
	'members of another database''s installation are in nobody''s way');
SELECT is(pg_temp.install('SELECT 1'), 'installed', 'nor are the roles');

SELECT * FROM finish();
ROLLBACK;

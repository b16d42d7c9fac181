-- least privilege: who may do what, read from the catalog and then tried
BEGIN;
\ir setup.psql

CREATE ROLE jerry_test_nobody;

-- what each function's own file declares, as it stands there
CREATE TEMPORARY TABLE declared (function text);
\copy declared FROM PROGRAM 'sed -n "/declared($/{N;s/\n.//;};s/^SELECT pg_temp.declared(.\([a-z_]*([^)]*)\).*/\1/p" *.sql'

-- ---------- functions ----------

-- those that have no file, as nobody calls them
SELECT pg_temp.declared('key_weakness(bytea)', roles => '', volatility => 'i', parallel => 's', strict => true,
	call => 'SELECT jerry.key_weakness(''x'')', reason => 'it depends on its argument alone');
SELECT pg_temp.declared('setting_changed()', roles => '', volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.setting_changed()', reason => 'it is a trigger');
SELECT pg_temp.declared('signing_key_changed()', roles => '', volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.signing_key_changed()', reason => 'it is a trigger');
SELECT pg_temp.declared('guard_audit()', roles => '', volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.guard_audit()', reason => 'it is a trigger');
SELECT pg_temp.declared('guard_users()', roles => '', volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.guard_users()', reason => 'it is an event trigger');

SELECT bag_eq(
	$$ SELECT replace(substr(oid::regprocedure::text, length('jerry.') + 1), ', ', ',') FROM pg_proc
		WHERE pronamespace = 'jerry'::regnamespace $$,
	$$ SELECT function FROM declared $$, 'every function declares who may call it, and no other does');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
		WHERE pronamespace = 'jerry'::regnamespace AND a.grantee = 0 $$,
	'PUBLIC may execute nothing');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc, aclexplode(proacl) AS a
		WHERE pronamespace = 'jerry'::regnamespace AND (a.is_grantable OR a.privilege_type <> 'EXECUTE')
		AND a.grantee <> proowner $$,
	'nobody may pass a grant on');

-- look nothing up by a name that a caller could redefine (sql/schema.sql says why)
CREATE TEMPORARY TABLE without_sql AS SELECT unnest(ARRAY['uid', 'claims', 'aal', 'require_assurance', 'add_hook',
	'has_role', 'has_permission', 'forbidden', 'version', 'health', 'error_code', 'unwrap', 'refresh', 'refuse_token',
	'validate_token', 'verify_token', 'decode_token', 'me', 'guard_tables', 'key_weakness', 'key_files',
	'sealed_secret', 'load_common_passwords']) AS name;
SELECT set_eq($$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND NOT prosecdef $$,
	$$ SELECT name FROM without_sql $$,
	'a function that runs SQL is SECURITY DEFINER, others are in the list without_sql of privileges.sql');
SELECT set_eq(
	$$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace
		AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp'] $$,
	$$ SELECT name FROM without_sql $$,
	'and it pins its search_path, temporary objects last');
SELECT results_eq(
	$$ SELECT proname::text COLLATE "default", lanname::text COLLATE "default" FROM pg_proc
		JOIN pg_language ON pg_language.oid = prolang
		WHERE pronamespace = 'jerry'::regnamespace AND lanname <> 'c' ORDER BY 1 $$,
	$$ VALUES ('doctor', 'sql'), ('list_hooks', 'sql'), ('list_permissions', 'sql'), ('list_roles', 'sql'),
		('list_webhook_deliveries', 'sql'), ('list_webhooks', 'sql'), ('metrics', 'sql'),
		('roles_of', 'sql'), ('users_with_role', 'sql') $$,
	'every function is C, but those that are one query');
-- a comparison, an arithmetic or a matching operator that names no schema
SELECT is_empty(
	$$ SELECT m FROM pg_proc,
		regexp_matches(regexp_replace(prosrc, '''[^'']*''|--[^\n]*|OPERATOR\(pg_catalog\.[^)]*\)', '', 'g'),
		'[^(]*[-+<>=~!@#%^&|/]+[^)]*', 'g') AS m
		WHERE pronamespace = 'jerry'::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql') $$,
	'every operator in its text is qualified');
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND proleakproof $$,
	'no function claims to be leakproof');


-- ---------- tables and schema ----------

SELECT is_empty(
	$$ SELECT oid::regclass FROM pg_class, aclexplode(relacl) AS a WHERE relnamespace = 'jerry'::regnamespace
		AND a.grantee <> relowner $$,
	'nobody but the owner has a privilege on a table or sequence');
SELECT is_empty(
	$$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
		WHERE relnamespace = 'jerry'::regnamespace AND attacl IS NOT NULL $$,
	'nobody has a privilege on a column');
SELECT results_eq(
	$$ SELECT concat(typname, ' ', a.grantee::regrole, ' ', a.privilege_type, a.is_grantable) COLLATE "default"
		FROM pg_type JOIN pg_class ON pg_class.oid = typrelid,
		aclexplode(coalesce(typacl, acldefault('T', typowner))) AS a
		WHERE typnamespace = 'jerry'::regnamespace AND relkind = 'c' AND a.grantee <> typowner ORDER BY 1 $$,
	ARRAY['client jerry_admin USAGEf', 'client jerry_api USAGEf'], 'PUBLIC makes nothing of the types');
SELECT results_eq(
	$$ SELECT concat(a.grantee::regrole, ' ', a.privilege_type) COLLATE "default" FROM pg_namespace,
		aclexplode(nspacl) AS a
		WHERE nspname = 'jerry' AND a.grantee <> nspowner ORDER BY 1 $$,
	ARRAY['jerry_admin USAGE', 'jerry_api USAGE', 'jerry_events USAGE', 'jerry_hooks USAGE'],
	'the schema is for the four roles to use, for nobody to create in');

SELECT is(pg_temp.outcome(format('SELECT count(*) FROM %s', c.oid::regclass), role), '42501',
	format('%s cannot read %s', role, c.oid::regclass))
FROM pg_class AS c,
	unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin', 'jerry_test_nobody']) AS role
WHERE c.relnamespace = 'jerry'::regnamespace AND c.relkind = 'r';
SELECT is(pg_temp.outcome(query, role), '42501', format('%s cannot %s', role, name))
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin']) AS role,
	(VALUES
		('make itself a consumer', 'INSERT INTO jerry.consumer VALUES (''x'', now()) RETURNING 1'),
		('acknowledge for all consumers', 'DELETE FROM jerry.delivery RETURNING 1'),
		('write an event',
			'INSERT INTO jerry.event (event_type, payload, created_at) VALUES (''x'', ''{}'', now()) RETURNING 1'),
		('write a user', 'INSERT INTO jerry."user" (email, password_hash) VALUES (''x'', ''x'') RETURNING 1'),
		('change a user', 'UPDATE jerry."user" SET is_email_verified = true RETURNING 1'),
		('delete a session', 'DELETE FROM jerry.session RETURNING 1'),
		('draw an event id', 'SELECT nextval(''jerry.event_id_seq'')'),
		('read the last event id', 'SELECT last_value FROM jerry.event_id_seq')
	) AS t (name, query);

-- what ANALYZE learns is rows, too
SELECT pg_temp.new_user(n || '@example.com') FROM unnest(ARRAY['analyzed.a', 'analyzed.b']) AS n \g /dev/null
SELECT jerry.import_key('a secret that another service knows ' || c) FROM unnest(ARRAY['x', 'y']) AS c \g /dev/null
ANALYZE jerry.signing_key, jerry."user";
SELECT is(pg_temp.outcome($$ SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'jerry' $$), 'true',
	'the statistics of the tables hold values');
SELECT is(pg_temp.outcome($$ SELECT count(*) FROM pg_stats WHERE schemaname = 'jerry' $$, role), '0',
	role || ' sees none of them')
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin', 'pg_monitor']) AS role;
SELECT is(pg_temp.outcome($$ SELECT count(*) FROM pg_statistic $$, role), '42501',
	role || ' cannot read them in the catalog')
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin', 'pg_monitor']) AS role;
SELECT is_empty($$ SELECT viewname FROM pg_views WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'public')
	AND definition ~ 'jerry' $$,
	'no view shows the tables');

-- the privilege to refer to users is not one to read them
GRANT REFERENCES ON jerry."user" TO jerry_test_nobody;
GRANT USAGE ON SCHEMA jerry TO jerry_test_nobody;
GRANT CREATE ON SCHEMA public TO jerry_test_nobody;
SELECT pg_temp.new_user('referred.to@example.com') AS referred_to \gset
CREATE FUNCTION pg_temp.make_referring() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	CREATE TABLE public.referring (owner uuid REFERENCES jerry."user" (id));
	RETURN 'made';
END
$$;
SELECT is(pg_temp.outcome('SELECT pg_temp.make_referring()', 'jerry_test_nobody'), 'made',
	'a role that was granted REFERENCES can make a foreign key to users');
SELECT is(pg_temp.outcome(format('INSERT INTO public.referring VALUES (%L) RETURNING owner', :'referred_to'),
	'jerry_test_nobody'), :'referred_to', 'and use it');
SELECT is(pg_temp.outcome('INSERT INTO public.referring VALUES (gen_random_uuid()) RETURNING owner',
	'jerry_test_nobody'), '23503',
	'a user who is not there cannot be referred to');
SELECT is(pg_temp.outcome('SELECT count(*) FROM jerry."user"', 'jerry_test_nobody'), '42501', 'and it reads no user');
SELECT is(pg_temp.outcome(format('DELETE FROM jerry."user" WHERE id = %L RETURNING id', :'referred_to')), '23503',
	'a user who is referred to stays');
DROP TABLE public.referring;
REVOKE ALL ON jerry."user" FROM jerry_test_nobody;
REVOKE ALL ON SCHEMA jerry FROM jerry_test_nobody;

-- ---------- roles ----------

SELECT is(concat_ws(' ', rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls),
	'f f f f f f', rolname || ' is only a bundle of grants')
FROM pg_roles WHERE rolname IN ('jerry_api', 'jerry_events', 'jerry_admin') ORDER BY rolname;
SELECT is_empty(
	$$ SELECT roleid::regrole, member::regrole FROM pg_auth_members
		WHERE member IN ('jerry_api'::regrole, 'jerry_events'::regrole, 'jerry_admin'::regrole) $$,
	'none of the roles is a member of another');


SELECT throws_ok('SELECT jerry.signing_key_changed()', '39P01', NULL,
	'even the owner cannot call the trigger function');
SELECT throws_ok('SELECT jerry.guard_audit()', '39P01', NULL, 'nor that of the record');
SELECT throws_ok('SELECT jerry.guard_users()', '39P03', NULL, 'nor that of the event trigger');

SELECT * FROM finish();
ROLLBACK;

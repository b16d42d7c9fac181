-- least privilege: who may do what, read from the catalog and then tried
BEGIN;
\ir setup.psql

CREATE ROLE jerry_test_nobody;

-- every function with those who may execute it, the owner apart
CREATE TEMPORARY TABLE granted AS
	SELECT * FROM (VALUES
		('register(text,text,text)', 'jerry_admin, jerry_api'),
		('verify_email(text)', 'jerry_admin, jerry_api'),
		('resend_verification(text)', 'jerry_admin, jerry_api'),
		('me(text)', 'jerry_admin, jerry_api'),
		('login(text,text,inet,text)', 'jerry_admin, jerry_api'),
		('refresh(text)', 'jerry_admin, jerry_api'),
		('validate_token(text)', 'jerry_admin, jerry_api'),
		('verify_token(text)', 'jerry_admin, jerry_api'),
		('decode_token(text,text)', 'jerry_admin, jerry_api'),
		('unwrap(json)', 'jerry_admin, jerry_api'),
		('error_code(json)', 'jerry_admin, jerry_api'),
		('health(text,text)', 'jerry_admin, jerry_api'),
		('version()', 'jerry_admin, jerry_api, jerry_events'),
		('hash_password(text)', 'jerry_admin'),
		('verify_password(text,text)', 'jerry_admin'),
		('create_access_token(json,interval)', 'jerry_admin'),
		('create_refresh_token(json)', 'jerry_admin'),
		('import_key(text,boolean)', 'jerry_admin'),
		('import_key(bytea,boolean)', 'jerry_admin'),
		('key_weakness(bytea)', ''),
		('claim_events(text,integer,interval)', 'jerry_admin, jerry_events'),
		('ack_events(text,bigint[])', 'jerry_admin, jerry_events'),
		('replay_events(text,timestamp with time zone)', 'jerry_admin, jerry_events'),
		('remove_consumer(text)', 'jerry_admin'),
		('assign_consumer(text,name)', 'jerry_admin'),
		('maintain(integer)', 'jerry_admin, jerry_api'),
		('authenticate(text)', 'jerry_admin, jerry_api'),
		('uid()', 'jerry_admin, jerry_api'),
		('claims()', 'jerry_admin, jerry_api'),
		('doctor()', 'jerry_admin'),
		('configure(text,text)', 'jerry_admin'),
		('configuration()', 'jerry_admin'),
		('setting_changed()', ''),
		('signing_key_changed()', ''),
		('guard_users()', ''),
		('guard_tables()', '')
	) AS t (function, roles);

-- volatility, parallel safety and what NULL does, with the reason; none is PARALLEL SAFE: a worker that is the first to load the library has no settings
CREATE TEMPORARY TABLE declared AS
	SELECT * FROM (VALUES
		('register', 'v', 'u', false, 'it writes'),
		('verify_email', 'v', 'u', false, 'it writes'),
		('resend_verification', 'v', 'u', false, 'it writes'),
		('login', 'v', 'u', false, 'it writes'),
		('refresh', 'v', 'u', false, 'each call makes a new token'),
		('validate_token', 's', 's', false, 'it reads in the snapshot of its query'),
		('verify_token', 's', 's', false, 'it reads in the snapshot of its query'),
		('decode_token', 's', 's', false, 'it reads the clock and the keys'),
		('me', 's', 's', false, 'it reads in the snapshot of its query'),
		('error_code', 'i', 's', true, 'it depends on its argument alone'),
		('unwrap', 'v', 's', true, 'it must run even when nobody uses its result'),
		('version', 's', 's', true, 'an update of the library changes it'),
		('health', 's', 's', false, 'it reads the clock'),
		('hash_password', 'v', 'u', true, 'each call makes a new salt'),
		('verify_password', 'v', 'u', true, 'the planner must not call it'),
		('create_access_token', 'v', 'u', false, 'each call makes a new token, the first one a key'),
		('create_refresh_token', 'v', 'u', false, 'each call makes a new token, the first one a key'),
		('import_key', 'v', 'u', true, 'it writes'),
		('key_weakness', 'i', 's', true, 'it depends on its argument alone'),
		('claim_events', 'v', 'u', true, 'it writes'),
		('ack_events', 'v', 'u', true, 'it writes'),
		('replay_events', 'v', 'u', true, 'it writes'),
		('remove_consumer', 'v', 'u', true, 'it writes'),
		('assign_consumer', 'v', 'u', true, 'it writes'),
		('maintain', 'v', 'u', true, 'it writes'),
		('authenticate', 'v', 'u', false, 'it writes into the memory of its backend'),
		('uid', 's', 'r', false, 'the identity is in the memory of the leader, and a statement has one'),
		('claims', 's', 'r', false, 'the identity is in the memory of the leader, and a statement has one'),
		('doctor', 's', 'u', false, 'it reads the catalogs, now and then'),
		('configure', 'v', 'u', false, 'it writes'),
		('configuration', 's', 'u', false, 'it shows what this session has'),
		('setting_changed', 'v', 'u', false, 'it is a trigger'),
		('signing_key_changed', 'v', 'u', false, 'it is a trigger'),
		('guard_users', 'v', 'u', false, 'it is an event trigger'),
		('guard_tables', 'v', 'u', false, 'it is an event trigger')
	) AS t (function, volatility, parallel, strict, reason);

-- a call of every function, with arguments of no interest
CREATE TEMPORARY TABLE call AS
	SELECT * FROM (VALUES
		('register', 'SELECT jerry.register(''x'', ''x'', ''x'')'),
		('verify_email', 'SELECT jerry.verify_email(''x'')'),
		('resend_verification', 'SELECT jerry.resend_verification(''x'')'),
		('me', 'SELECT jerry.me(''x'')'),
		('login', 'SELECT jerry.login(''x'', ''x'')'),
		('refresh', 'SELECT jerry.refresh(''x'')'),
		('validate_token', 'SELECT jerry.validate_token(''x'')'),
		('verify_token', 'SELECT jerry.verify_token(''x'')'),
		('decode_token', 'SELECT jerry.decode_token(''x'')'),
		('unwrap', 'SELECT jerry.unwrap(''{"success":true,"data":{}}'')'),
		('error_code', 'SELECT jerry.error_code(''{"success":false,"error":{"code":"INVALID_TOKEN"}}'')'),
		('health', 'SELECT jerry.health()'),
		('version', 'SELECT jerry.version()'),
		('hash_password', 'SELECT jerry.hash_password(''x'')'),
		('verify_password', 'SELECT jerry.verify_password(''x'', ''x'')'),
		('create_access_token', 'SELECT jerry.create_access_token(''{}'')'),
		('create_refresh_token', 'SELECT jerry.create_refresh_token(''{}'')'),
		('import_key', 'SELECT jerry.import_key(''a secret that another service knows'')'),
		('claim_events', 'SELECT jerry.claim_events(''x'')'),
		('ack_events', 'SELECT jerry.ack_events(''x'', ''{}'')'),
		('replay_events', 'SELECT jerry.replay_events(''x'', now())'),
		('remove_consumer', 'SELECT jerry.remove_consumer(''x'')'),
		('assign_consumer', 'SELECT jerry.assign_consumer(''x'', ''jerry_events'')'),
		('maintain', 'SELECT jerry.maintain()'),
		('authenticate', 'SELECT jerry.authenticate(''x'')'),
		('uid', 'SELECT jerry.uid()'),
		('claims', 'SELECT jerry.claims()'),
		('doctor', 'SELECT jerry.doctor()'),
		('configure', 'SELECT jerry.configure(''jerry.issuer'', ''x'')'),
		('configuration', 'SELECT jerry.configuration()'),
		('setting_changed', 'SELECT jerry.setting_changed()'),
		('signing_key_changed', 'SELECT jerry.signing_key_changed()'),
		('guard_users', 'SELECT jerry.guard_users()'),
		('guard_tables', 'SELECT jerry.guard_tables()')
	) AS t (function, query);

SELECT plan(333);

-- ---------- functions ----------

SELECT bag_eq(
	$$ SELECT replace(substr(oid::regprocedure::text, length('jerry.') + 1), ', ', ',') FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace $$,
	$$ SELECT function FROM granted $$, 'these are the functions');
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
		WHERE pronamespace = 'jerry'::regnamespace AND a.grantee = 0 $$,
	'PUBLIC may execute nothing');
SELECT is(
	(SELECT coalesce(string_agg(a.grantee::regrole::text, ', ' ORDER BY a.grantee::regrole::text), '')
		FROM pg_proc, aclexplode(proacl) AS a WHERE pg_proc.oid = ('jerry.' || g.function)::regprocedure AND a.grantee <> proowner),
	g.roles, format('%s is for %s', g.function, coalesce(nullif(g.roles, ''), 'its owner alone')))
FROM granted AS g;
SELECT is_empty(
	$$ SELECT oid::regprocedure FROM pg_proc, aclexplode(proacl) AS a
		WHERE pronamespace = 'jerry'::regnamespace AND (a.is_grantable OR a.privilege_type <> 'EXECUTE') AND a.grantee <> proowner $$,
	'nobody may pass a grant on');

SELECT set_eq($$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND NOT prosecdef $$, ARRAY['uid', 'claims', 'version', 'health', 'error_code', 'unwrap', 'refresh', 'validate_token', 'verify_token', 'decode_token', 'me', 'guard_tables', 'key_weakness'],
	'a function that runs SQL runs it as its owner');
SELECT set_eq(
	$$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace
		AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp'] $$, ARRAY['uid', 'claims', 'version', 'health', 'error_code', 'unwrap', 'refresh', 'validate_token', 'verify_token', 'decode_token', 'me', 'guard_tables', 'key_weakness'],
	'with a pinned search_path, temporary objects last');
SELECT results_eq(
	$$ SELECT proname::text COLLATE "default", lanname::text COLLATE "default" FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
		WHERE pronamespace = 'jerry'::regnamespace AND lanname <> 'c' $$,
	$$ VALUES ('doctor', 'sql') $$, 'every function is C, but the doctor, who is one query');
-- a comparison, an arithmetic or a matching operator that names no schema
SELECT is_empty(
	$$ SELECT m FROM pg_proc, regexp_matches(regexp_replace(prosrc, '''[^'']*''|--[^\n]*|OPERATOR\(pg_catalog\.[^)]*\)', '', 'g'), '[^(]*[-+<>=~!@#%^&|/]+[^)]*', 'g') AS m
		WHERE pronamespace = 'jerry'::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql') $$,
	'every operator in its text is qualified');
SELECT is_empty($$ SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND proleakproof $$, 'no function claims to be leakproof');

SELECT is(concat(p.provolatile, p.proparallel, p.proisstrict), concat(d.volatility, d.parallel, d.strict),
	format('%s is %s, PARALLEL %s and %sSTRICT: %s', d.function, CASE d.volatility WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END,
		CASE d.parallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END, CASE WHEN d.strict THEN '' ELSE 'not ' END, d.reason))
FROM declared AS d LEFT JOIN pg_proc AS p ON p.proname = d.function AND p.pronamespace = 'jerry'::regnamespace;

-- ---------- tables and schema ----------

SELECT is_empty(
	$$ SELECT oid::regclass FROM pg_class, aclexplode(relacl) AS a WHERE relnamespace = 'jerry'::regnamespace AND a.grantee <> relowner $$,
	'nobody but the owner has a privilege on a table or sequence');
SELECT is_empty(
	$$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
		WHERE relnamespace = 'jerry'::regnamespace AND attacl IS NOT NULL $$,
	'nobody has a privilege on a column');
SELECT results_eq(
	$$ SELECT concat(a.grantee::regrole, ' ', a.privilege_type) COLLATE "default" FROM pg_namespace, aclexplode(nspacl) AS a
		WHERE nspname = 'jerry' AND a.grantee <> nspowner ORDER BY 1 $$,
	ARRAY['jerry_admin USAGE', 'jerry_api USAGE', 'jerry_events USAGE'], 'the schema is for the three roles to use, for nobody to create in');

SELECT is(pg_temp.outcome(format('SELECT count(*) FROM %s', c.oid::regclass), role), '42501', format('%s cannot read %s', role, c.oid::regclass))
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin', 'jerry_test_nobody']) AS role, pg_class AS c
WHERE c.relnamespace = 'jerry'::regnamespace AND c.relkind = 'r';
SELECT is(pg_temp.outcome(query, role), '42501', format('%s cannot %s', role, name))
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin']) AS role,
	(VALUES
		('make itself a consumer', 'INSERT INTO jerry.consumer VALUES (''x'', now()) RETURNING 1'),
		('acknowledge for all consumers', 'DELETE FROM jerry.delivery RETURNING 1'),
		('write an event', 'INSERT INTO jerry.event (event_type, payload, created_at) VALUES (''x'', ''{}'', now()) RETURNING 1'),
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
SELECT is(pg_temp.outcome($$ SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'jerry' $$), 'true', 'the statistics of the tables hold values');
SELECT is(pg_temp.outcome($$ SELECT count(*) FROM pg_stats WHERE schemaname = 'jerry' $$, role), '0', role || ' sees none of them')
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin', 'pg_monitor']) AS role;
SELECT is(pg_temp.outcome($$ SELECT count(*) FROM pg_statistic $$, role), '42501', role || ' cannot read them in the catalog')
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin', 'pg_monitor']) AS role;
SELECT is_empty($$ SELECT viewname FROM pg_views WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'public') AND definition ~ 'jerry' $$,
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
SELECT is(pg_temp.outcome(format('INSERT INTO public.referring VALUES (%L) RETURNING owner', :'referred_to'), 'jerry_test_nobody'), :'referred_to', 'and use it');
SELECT is(pg_temp.outcome('INSERT INTO public.referring VALUES (gen_random_uuid()) RETURNING owner', 'jerry_test_nobody'), '23503',
	'a user who is not there cannot be referred to');
SELECT is(pg_temp.outcome('SELECT count(*) FROM jerry."user"', 'jerry_test_nobody'), '42501', 'and it reads no user');
SELECT is(pg_temp.outcome(format('DELETE FROM jerry."user" WHERE id = %L RETURNING id', :'referred_to')), '23503', 'a user who is referred to stays');
DROP TABLE public.referring;
REVOKE ALL ON jerry."user" FROM jerry_test_nobody;
REVOKE ALL ON SCHEMA jerry FROM jerry_test_nobody;

-- ---------- roles ----------

SELECT is(concat_ws(' ', rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls), 'f f f f f f', rolname || ' is only a bundle of grants')
FROM pg_roles WHERE rolname IN ('jerry_api', 'jerry_events', 'jerry_admin') ORDER BY rolname;
SELECT is_empty(
	$$ SELECT roleid::regrole, member::regrole FROM pg_auth_members
		WHERE member IN ('jerry_api'::regrole, 'jerry_events'::regrole, 'jerry_admin'::regrole) $$,
	'none of the roles is a member of another');

SELECT is(pg_temp.outcome(c.query, role) IS DISTINCT FROM '42501', g.roles ~ ('\m' || role || '\M'),
	format('%s %s call %s', role, CASE WHEN g.roles ~ ('\m' || role || '\M') THEN 'can' ELSE 'cannot' END, c.function))
FROM unnest(ARRAY['jerry_api', 'jerry_events', 'jerry_admin']) AS role, call AS c JOIN granted AS g ON split_part(g.function, '(', 1) = c.function;
SELECT is(pg_temp.outcome(query, 'jerry_test_nobody'), '42501', 'a role with nothing cannot call ' || function) FROM call;
GRANT USAGE ON SCHEMA jerry TO jerry_test_nobody;
SELECT is(pg_temp.outcome(query, 'jerry_test_nobody'), '42501', 'with the schema alone a role cannot call ' || function) FROM call;

SELECT throws_ok('SELECT jerry.signing_key_changed()', '39P01', NULL, 'even the owner cannot call the trigger function');
SELECT throws_ok('SELECT jerry.guard_users()', '39P03', NULL, 'nor that of the event trigger');

SELECT * FROM finish();
ROLLBACK;

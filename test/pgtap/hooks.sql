-- jerry.add_hook, jerry.remove_hook, jerry.list_hooks: functions of the application inside of Jerry's own
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('add_hook(text,regprocedure,integer)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => true, call => 'SELECT jerry.add_hook(''x'', ''pg_catalog.now()'')',
	reason => 'it writes');
SELECT pg_temp.declared('remove_hook(text,text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.remove_hook(''login'', ''x'')', reason => 'it writes');
SELECT pg_temp.declared('list_hooks()', roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => false,
	call => 'SELECT jerry.list_hooks()', reason => 'it reads');

CREATE ROLE jerry_test_owner;
GRANT jerry_admin TO jerry_test_owner;
CREATE SCHEMA hooked AUTHORIZATION jerry_test_owner;
SET LOCAL ROLE jerry_test_owner;
CREATE TABLE hooked.seen (n integer GENERATED ALWAYS AS IDENTITY, data jsonb, run_by text DEFAULT current_user,
	path text DEFAULT current_setting('search_path'));
CREATE FUNCTION hooked.see(event jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO hooked.seen (data) VALUES (event);
	RETURN NULL;
END
$$;
-- returns what the table says
CREATE TABLE hooked.reply (value jsonb);
CREATE FUNCTION hooked.reply(event jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT value FROM hooked.reply';
CREATE FUNCTION hooked.other(event jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"claims":{"b":2,"c":3}}'::jsonb $$;
CREATE FUNCTION hooked.many(event jsonb) RETURNS SETOF jsonb LANGUAGE sql AS 'SELECT event';
RESET ROLE;
CREATE FUNCTION pg_temp.theirs(event jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
ALTER FUNCTION pg_temp.theirs OWNER TO jerry_test_owner;
CREATE FUNCTION public.not_theirs(event jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';

CREATE FUNCTION pg_temp.replies(value jsonb) RETURNS void LANGUAGE sql AS $$
	DELETE FROM hooked.reply; INSERT INTO hooked.reply VALUES (value) $$;
-- what becomes of a login then
CREATE FUNCTION pg_temp.login_after(reply jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.replies(reply);
	RETURN pg_temp.outcome($q$ SELECT jerry.login('ada@example.com', 'Secret-123')->'data'->>'access_token' $q$);
END
$$;
CREATE FUNCTION pg_temp.app(token text) RETURNS text RETURN pg_temp.claims(token)->>'app';

-- ---------- who may add what ----------

SELECT is(pg_temp.outcome(format('SELECT jerry.add_hook(%L, %L)', event, function), 'jerry_test_owner'), outcome,
	format('%s at %s: %s', function, event, outcome))
FROM (VALUES
	('login', 'hooked.see(jsonb)', 'true'),
	('login', 'hooked.see(jsonb)', 'false'),
	('sign-in', 'hooked.see(jsonb)', '22023'),
	('', 'hooked.see(jsonb)', '22023'),
	('login', 'public.not_theirs(jsonb)', '42501'),
	('login', 'pg_catalog.now()', '22023'),
	('login', 'pg_catalog.jsonb_typeof(jsonb)', '22023'),
	('login', 'pg_catalog.jsonb_concat(jsonb,jsonb)', '22023'),
	('login', 'pg_temp.theirs(jsonb)', '22023'),
	('login', 'hooked.many(jsonb)', '22023')
) AS t (event, function, outcome);
SELECT is(pg_temp.outcome('SELECT jerry.add_hook(''login'', ''hooked.see(jsonb)'')', 'jerry_api'), '42501',
	'an application''s role adds none');
SELECT is(jerry.add_hook('register', 'hooked.see(jsonb)'), true, 'a superuser adds what others own');
SELECT is(pg_temp.outcome('SELECT jerry.add_hook(''refresh'', ''hooked.see(jsonb)'', 7)', 'jerry_test_owner'), 'true',
	'one function can be the hook of several events');
SELECT results_eq('SELECT event, hook, position, owner FROM jerry.list_hooks()',
	$$ VALUES ('login', 'hooked.see(pg_catalog.jsonb)', 0, 'jerry_test_owner'),
		('refresh', 'hooked.see(pg_catalog.jsonb)', 7, 'jerry_test_owner'),
		('register', 'hooked.see(pg_catalog.jsonb)', 0, 'jerry_test_owner') $$, 'hooks are listed');
-- one in a schema that only its owner can look into
SAVEPOINT hidden;
CREATE SCHEMA hidden_one;
CREATE FUNCTION hidden_one.hook(jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
SELECT jerry.add_hook('refresh', 'hidden_one.hook(jsonb)') \g /dev/null
SELECT pg_temp.new_user('hidden@example.com') \g /dev/null
SELECT jerry.login('hidden@example.com', 'Secret-123')->'data'->>'refresh_token' AS hidden_token \gset
SET LOCAL ROLE jerry_api;
SELECT is(pg_temp.verdict(jerry.refresh(:'hidden_token')), 'OK', 'who calls need not see the schema of a hook');
ROLLBACK TO SAVEPOINT hidden;
SAVEPOINT many;
DO $$
BEGIN
	FOR n IN 1..17 LOOP
		EXECUTE format('CREATE FUNCTION public.h%s(jsonb) RETURNS jsonb RETURN NULL::jsonb', n);
	END LOOP;
END
$$;
SELECT jerry.add_hook('update_profile', format('public.h%s(jsonb)', n)::regprocedure) FROM generate_series(1, 16) AS n
	\g /dev/null
SELECT throws_ok($$ SELECT jerry.add_hook('update_profile', 'public.h17(jsonb)') $$, '54000', NULL,
	'an event has 16 hooks at most');
ROLLBACK TO SAVEPOINT many;

-- ---------- what a hook is told, and as whom it runs ----------

SELECT pg_temp.new_user('ada@example.com') AS ada \gset
SELECT is(data::text, format('{"email": "ada@example.com", "event": "register", "made_by": "register", '
	'"user_id": "%s", "ip_address": null, "user_agent": null}', :'ada'),
	'a registration is told') FROM hooked.seen ORDER BY n DESC LIMIT 1;
SELECT jerry.login('ada@example.com', 'Secret-123', '192.0.2.1', 'curl')->'data' AS given \gset
SELECT (:'given'::json)->>'access_token' AS access, (:'given'::json)->>'refresh_token' AS refresh \gset
SELECT is(data::text, format('{"email": "ada@example.com", "event": "login", "user_id": "%s", '
	'"ip_address": "192.0.2.1", "session_id": "%s", "user_agent": "curl"}', :'ada', pg_temp.claims(:'access')->>'sid'),
	'a login is told')
FROM hooked.seen ORDER BY n DESC LIMIT 1;
SELECT is(concat_ws('/', run_by, path), 'jerry_test_owner/pg_catalog, pg_temp',
	'a hook runs as its owner, with no schema of anybody in its path') FROM hooked.seen ORDER BY n DESC LIMIT 1;
SAVEPOINT operators;
DELETE FROM hooked.seen;
SELECT jerry.create_user('made@example.com', client => ROW('192.0.2.9', 'console', NULL, NULL)),
	jerry.invite_user('invited@example.com'), jerry.invite_user('made@example.com'),
	jerry.create_user('ada@example.com'), jerry.invite_user('ada@example.com') \g /dev/null
SELECT results_eq($$ SELECT data->>'event', data->>'made_by', data->>'email', data->>'ip_address',
	data->>'user_id' = jerry.user_of(data->>'email')::text FROM hooked.seen ORDER BY n $$,
	$$ VALUES ('register', 'create_user', 'made@example.com', '192.0.2.9', true),
		('register', 'invite_user', 'invited@example.com', NULL, true) $$,
	'accounts that operators make are told, each once');
SELECT jerry.configure('jerry.code_login', 'on'), jerry.configure('jerry.code_registration', 'on') \g /dev/null
SELECT jerry.request_login_code('coded@example.com') \g /dev/null
SELECT jerry.confirm_login_code(token => payload->'data'->>'login_token') FROM jerry.event
	WHERE event_type = 'user.login_code_requested' \g /dev/null
SELECT results_eq($$ SELECT data->>'event', data->>'made_by', data ? 'session_id' FROM hooked.seen
	WHERE data->>'email' = 'coded@example.com' ORDER BY n $$,
	$$ VALUES ('register', 'login_code', false), ('login', NULL, true) $$,
	'and those that a login code does, before the login');
ROLLBACK TO SAVEPOINT operators;
SELECT jerry.refresh(:'refresh') \g /dev/null
SELECT is(data->>'event', 'refresh', 'a refresh is told') FROM hooked.seen ORDER BY n DESC LIMIT 1;
SELECT is((SELECT count(*)::int FROM hooked.seen), 3, 'each once');
SELECT pg_temp.verdict(jerry.login('ada@example.com', 'wrong')), pg_temp.verdict(jerry.refresh('x')),
	pg_temp.verdict(jerry.register('ada@example.com', 'Secret-123', 'Secret-123')) \g /dev/null
SELECT is((SELECT count(*)::int FROM hooked.seen), 3, 'what is refused anyway is not');
SELECT is(pg_temp.outcome($$ SELECT jerry.login('ada@example.com', 'Secret-123')->>'success' $$, 'jerry_api'), 'true',
	'the caller needs no right to the hook');
SELECT is(current_user::text, session_user::text, 'and is who it was');
SELECT is(current_setting('search_path'), 'public, pg_temp', 'with its search_path');
SELECT is((SELECT count(*)::int FROM jerry.session WHERE user_id = :'ada'), 2, 'the sessions are there');

-- ---------- claims ----------

SELECT jerry.add_hook('login', 'hooked.reply(jsonb)'), jerry.add_hook('refresh', 'hooked.reply(jsonb)') \g /dev/null
SELECT pg_temp.replies('{"claims":{"a":1,"b":1}}') \g /dev/null
SELECT is(pg_temp.app(pg_temp.log_in('ada@example.com')->>'access_token'), '{"a": 1, "b": 1}', 'a login adds claims');
SELECT is(pg_temp.app(jerry.refresh(:'refresh')->'data'->>'access_token'), '{"a": 1, "b": 1}', 'so does a refresh');
SELECT is(pg_temp.keys(pg_temp.claims(pg_temp.log_in('ada@example.com')->>'access_token')),
	'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti,app', 'in claim app, where they are no others'' claims');
SELECT jerry.add_hook('login', 'hooked.other(jsonb)', 5) \g /dev/null
SELECT is(pg_temp.app(pg_temp.log_in('ada@example.com')->>'access_token'), '{"a": 1, "b": 2, "c": 3}',
	'those of several hooks come together; the later one counts');
SELECT is(jerry.add_hook('login', 'hooked.other(jsonb)', -5), false, 'a hook gets another position');
SELECT is(pg_temp.app(pg_temp.log_in('ada@example.com')->>'access_token'), '{"a": 1, "b": 1, "c": 3}',
	'and runs in another order');
SELECT jerry.remove_hook('login', 'hooked.other(pg_catalog.jsonb)') \g /dev/null
SELECT is(pg_temp.app(pg_temp.login_after(reply)), NULL, format('%s adds nothing', coalesce(reply::text, 'NULL')))
FROM unnest(ARRAY[NULL, '{}']::jsonb[]) AS reply;

-- ---------- refusals ----------

CREATE FUNCTION pg_temp.counts() RETURNS text
	RETURN concat_ws('/', (SELECT count(*) FROM jerry."user"), (SELECT count(*) FROM jerry.session),
		(SELECT count(*) FROM jerry.event), (SELECT count(*) FROM jerry.one_time_token),
		(SELECT count(*) FROM hooked.seen));
SELECT pg_temp.replies('{"refuse":{"code":"CLOSED","message":"Come back tomorrow","status":409}}') \g /dev/null
SELECT pg_temp.counts() AS before \gset
SELECT jerry.add_hook('register', 'hooked.reply(jsonb)', 9) \g /dev/null
SELECT is(pg_temp.without_time(answer),
	'{"success":false,"error":{"code":"HOOK_REFUSED","message":"Come back tomorrow","details":{"code":"CLOSED",'
	'"status":409}},"timestamp":"T"}', name || ' is refused in the words of the hook')
FROM (VALUES
	('a login', jerry.login('ada@example.com', 'Secret-123')),
	('a registration', jerry.register('bob@example.com', 'Secret-123', 'Secret-123')),
	('an account that an operator makes', jerry.create_user('bob@example.com', 'Secret-123', true)),
	('an invite', jerry.invite_user('bob@example.com')),
	('a refresh', jerry.refresh(:'refresh'))) AS t (name, answer);
SELECT is(pg_temp.counts(), :'before', 'nothing of it is left, nor of what hooks before did');
SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'HOOK_REFUSED', 'a refresh that would rotate');
SELECT is((SELECT max(generation) FROM jerry.session), 0::bigint, 'has not');
SELECT pg_temp.replies(NULL) \g /dev/null
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'OK', 'the token is still good');
SET LOCAL jerry.rotate_refresh_tokens = off;
SELECT results_eq($$ SELECT action, outcome, user_id IS NOT NULL, session_id IS NOT NULL FROM jerry.audit
	WHERE outcome = 'HOOK_REFUSED' ORDER BY id $$,
	$$ VALUES ('session.login', 'HOOK_REFUSED', true, false), ('account.register', 'HOOK_REFUSED', false, false),
		('account.create', 'HOOK_REFUSED', false, false), ('account.invite', 'HOOK_REFUSED', false, false),
		('session.refresh', 'HOOK_REFUSED', true, true), ('session.refresh', 'HOOK_REFUSED', true, true) $$,
	'refusals are on record, with what there is apart from them');
SELECT pg_temp.replies('{"refuse":{"code":"CLOSED"}}') \g /dev/null
SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('refresh_session', 60, 36000, 2) \g /dev/null
SET LOCAL ROLE jerry_api;
SELECT results_eq(format($$ SELECT pg_temp.verdict(jerry.refresh(%L)) FROM generate_series(1, 3) $$, :'refresh'),
	$$ VALUES ('HOOK_REFUSED'), ('HOOK_REFUSED'), ('SERVICE_UNAVAILABLE') $$,
	'refreshes that are refused count, and whoever may refresh may be refused');
RESET ROLE;
SELECT jerry.unlock('ada@example.com') \g /dev/null
UPDATE jerry.session SET last_used_at = now() - interval '1 day';
SELECT results_eq(format($$ SELECT pg_temp.verdict(jerry.refresh(%L)) FROM generate_series(1, 3) $$, :'refresh'),
	$$ VALUES ('HOOK_REFUSED'), ('HOOK_REFUSED'), ('SERVICE_UNAVAILABLE') $$, 'so do those of one that has rested');
SET LOCAL jerry.defer_writes = on;
SELECT is(jerry.refresh(:'refresh')::text, NULL, 'who has no time for hooks is asked to go elsewhere');
SELECT is(pg_temp.verdict(jerry.refresh('x')), 'INVALID_TOKEN', 'which no hook is asked about is answered');
SET LOCAL jerry.defer_writes = off;
SET LOCAL jerry.rate_limits = off;
SAVEPOINT reading;
SET LOCAL transaction_read_only = on;
SELECT is(pg_temp.verdict(jerry.refresh(:'refresh')), 'HOOK_REFUSED',
	'where nothing can be written they are refused as well');
ROLLBACK TO SAVEPOINT reading;
SELECT is(jerry.login('ada@example.com', 'Secret-123')->'error'->>'message',
	'A rule of this service does not allow it', 'a refusal needs no message');
SELECT is(jerry.login('ada@example.com', 'Secret-123')->'error'->'details'->>'status', '403', 'nor a status');
SELECT is(pg_temp.outcome($$ SELECT jerry.unwrap(jerry.login('ada@example.com', 'Secret-123')) $$), 'JR016',
	'unwrap raises it');
SELECT pg_temp.replies(NULL) \g /dev/null
SELECT is(pg_temp.verdict(jerry.login('ada@example.com', 'Secret-123')), 'OK', 'and then it may');

-- ---------- changes of the profile, and requests for deletion ----------

SELECT jerry.add_hook(event, hook::regprocedure) FROM unnest(ARRAY['update_profile', 'request_deletion']) AS event,
	unnest(ARRAY['hooked.see(jsonb)', 'hooked.reply(jsonb)']) AS hook \g /dev/null
SELECT pg_temp.log_in('ada@example.com')->>'access_token' AS own \gset
SELECT jerry.update_profile(:'own', '{"name": "Ada", "metadata": {"a": 1}}') \g /dev/null
SELECT is(concat_ws(' ', data->>'event', data->>'user_id' = :'ada', data->'profile'->>'name',
	data->'profile'->'metadata'), 'update_profile t Ada {"a": 1}', 'a change is told as it would be')
FROM hooked.seen ORDER BY n DESC LIMIT 1;
SELECT pg_temp.replies('{"refuse":{"code":"NO_NAMES","status":422}}') \g /dev/null
SELECT is(pg_temp.verdict(jerry.update_profile(:'own', '{"name": "Eve"}')), 'HOOK_REFUSED', 'a change is refused');
SELECT is((SELECT name FROM jerry."user" WHERE id = :'ada'), 'Ada', 'and not made');
SELECT pg_temp.counts() AS before \gset
SELECT is(pg_temp.verdict(jerry.request_deletion(:'own', 'Secret-123')), 'HOOK_REFUSED', 'a deletion is refused');
SELECT is(concat_ws(' ', coalesce(deletes_at::text, 'never'), pg_temp.counts()), 'never ' || :'before',
	'and not made, either')
FROM jerry."user" WHERE id = :'ada';
SELECT is(pg_temp.verdict(jerry.request_deletion(:'own', 'wrong')), 'WRONG_PASSWORD', 'nor asked of anybody else');
SELECT results_eq(format('SELECT action, outcome FROM jerry.audit WHERE user_id = %L ORDER BY id DESC LIMIT 3', :'ada'),
	$$ VALUES ('account.request_deletion', 'WRONG_PASSWORD'), ('account.request_deletion', 'HOOK_REFUSED'),
		('account.update_profile', 'HOOK_REFUSED') $$, 'all of this is on record');
SELECT pg_temp.replies('{"claims":{}}') \g /dev/null
SELECT is(pg_temp.outcome(format('SELECT jerry.update_profile(%L, ''{}'')', :'own')), '22023', 'no token, no claims');
SELECT pg_temp.replies(NULL) \g /dev/null
SAVEPOINT deletion;
SELECT is(pg_temp.verdict(jerry.request_deletion(:'own', 'Secret-123')), 'OK', 'what is not refused is done');
SELECT ok((data->>'deletes_at')::timestamptz > now(), 'and was told when') FROM hooked.seen ORDER BY n DESC LIMIT 1;
ROLLBACK TO deletion;

-- ---------- hooks that are wrong ----------

SELECT is(pg_temp.login_after(reply), '22023', left(reply::text, 60) || ' is no reply')
FROM (VALUES ('1'::jsonb), ('[]'), ('null'), ('{"refuse":null}'), ('{"claims":null}'), ('{"claim":{}}'),
	('{"claims":{},"more":1}'), ('{"claims":[]}'),
	('{"claims":1}'), ('{"refuse":1}'), ('{"refuse":{}}'), ('{"refuse":{"code":"closed"}}'), ('{"refuse":{"code":""}}'),
	('{"refuse":{"code":"X","status":200}}'), ('{"refuse":{"code":"X","status":500}}'),
	('{"refuse":{"code":"X","message":"two\nlines"}}'),
	(jsonb_build_object('refuse', jsonb_build_object('code', repeat('X', 65)))),
	(jsonb_build_object('refuse', jsonb_build_object('code', 'X', 'message', repeat('x', 256)))),
	(jsonb_build_object('claims', jsonb_build_object('x', repeat('x', 1000000)))),
	(jsonb_build_object('claims', jsonb_build_object('x', to_jsonb(array_fill('{}'::jsonb, ARRAY[130]))))),
	(jsonb_build_object('claims', jsonb_build_object('x', repeat('x', 2048))))) AS t (reply);
SELECT pg_temp.replies('{"claims":{"sub":"x","exp":9,"sid":"x","roles":["admin"]}}') \g /dev/null
SELECT pg_temp.claims(pg_temp.log_in('ada@example.com')->>'access_token') AS claims \gset
SELECT is((:'claims'::json)->>'sub', :'ada', 'no claim of Jerry''s becomes another one');
SELECT is(pg_temp.keys(:'claims'::json), 'sub,user_id,email,sid,aal,amr,auth_time,type,iat,exp,jti,app',
	'or comes in beside them');
SELECT pg_temp.replies('{"claims":{}}') \g /dev/null
SELECT is(pg_temp.outcome($$ SELECT jerry.register('cleo@example.com', 'Secret-123', 'Secret-123') $$), '22023',
	'a registration makes no token that claims could be in');
SELECT pg_temp.replies(NULL) \g /dev/null

SET LOCAL ROLE jerry_test_owner;
CREATE FUNCTION hooked.fails(event jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'out of stock' USING ERRCODE = 'JX001';
END
$$;
RESET ROLE;
CREATE FUNCTION pg_temp.failure(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	context text;
BEGIN
	EXECUTE query;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws('/', SQLSTATE, SQLERRM, substring(context FROM 'hook .* of event [a-z]+'));
END
$$;
SELECT pg_temp.counts() AS before \gset
SELECT jerry.add_hook('login', 'hooked.fails(jsonb)', 99) \g /dev/null
SELECT is(pg_temp.failure($$ SELECT jerry.login('ada@example.com', 'Secret-123') $$),
	'JX001/out of stock/hook hooked.fails(pg_catalog.jsonb) of event login',
	'what a hook raises is raised, and its context names the hook');
SELECT is(pg_temp.counts(), :'before', 'nothing of it is left');
SELECT is(pg_temp.verdict(jerry.login('ada@example.com', 'wrong')), 'INVALID_CREDENTIALS',
	'the transaction goes on, and a wrong password is one');
SELECT is(current_user::text, session_user::text, 'as whom it was');
ALTER FUNCTION hooked.fails(jsonb) OWNER TO jerry_admin;
SELECT is(pg_temp.outcome($$ SELECT jerry.login('ada@example.com', 'Secret-123') $$), '55000',
	'a hook that somebody else owns now does not run');
SELECT is((SELECT count(*)::int FROM jerry.doctor() WHERE problem = 'hook'), 1, 'doctor says so');
DROP FUNCTION hooked.fails(jsonb);
SELECT is(pg_temp.outcome($$ SELECT jerry.login('ada@example.com', 'Secret-123') $$), '42883',
	'one that is gone does not let pass');
SELECT is((SELECT hint FROM jerry.doctor() WHERE problem = 'hook'), 'Restore it and its owner, or: SELECT '
	'jerry.remove_hook(''login'', ''hooked.fails(pg_catalog.jsonb)'');', 'doctor says what to do');
SELECT is(jerry.remove_hook('login', 'hooked.fails(pg_catalog.jsonb)'), true, 'it can be removed');
SELECT is(jerry.remove_hook('login', 'hooked.fails(pg_catalog.jsonb)'), false, 'once');
SELECT is(pg_temp.verdict(jerry.login('ada@example.com', 'Secret-123')), 'OK', 'then logins are as before');

-- ---------- what a hook cannot do ----------

SET LOCAL ROLE jerry_test_owner;
CREATE TABLE hooked.work (statement text);
GRANT INSERT, DELETE ON hooked.work TO PUBLIC;
CREATE FUNCTION hooked.work(event jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE (SELECT statement FROM hooked.work);
	RETURN NULL;
END
$$;
RESET ROLE;
SELECT jerry.add_hook('login', 'hooked.work(jsonb)') \g /dev/null
CREATE FUNCTION pg_temp.works(what text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM hooked.work;
	INSERT INTO hooked.work VALUES (what);
	RETURN split_part(pg_temp.failure($q$ SELECT jerry.login('ada@example.com', 'Secret-123') $q$), '/', 1);
END
$$;
CREATE TABLE public.later (n integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
GRANT ALL ON public.later TO PUBLIC;
SELECT is(pg_temp.works(what), '42501', what || ' is refused')
FROM unnest(ARRAY['SET ROLE jerry_admin', 'RESET ROLE', 'SET SESSION AUTHORIZATION jerry_admin',
	'SELECT count(*) FROM jerry."user"', 'DELETE FROM jerry.session', 'CREATE TEMPORARY TABLE x (n integer)',
	'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'SELECT jerry.claim_events(''x'')', 'SELECT jerry.authenticate(''x'')',
	'LISTEN x', 'PREPARE x AS SELECT 1', 'INSERT INTO public.later VALUES (1), (1)']) AS what;
SELECT is(pg_temp.works('COMMIT'), '0A000', 'it cannot commit');
SELECT is(pg_temp.works('SELECT jerry.login(''ada@example.com'', ''Secret-123'')'), '55000',
	'what has hooks cannot be called by one, and so on for ever');
SELECT is(pg_temp.works('DO $$BEGIN PERFORM jerry.login(''ada@example.com'', ''Secret-123''); '
	'EXCEPTION WHEN OTHERS THEN PERFORM jerry.login(''ada@example.com'', ''Secret-123''); END$$'), '55000',
	'however often it is tried');
SELECT is(pg_temp.works('SELECT set_config(''hooked.setting'', ''x'', false)'), 'none', 'what it sets');
SELECT is(nullif(current_setting('hooked.setting', true), ''), NULL, 'ends with it');

SELECT pg_temp.works('SELECT 1') \g /dev/null
ALTER FUNCTION hooked.work(jsonb) SET role = jerry_admin;
SELECT is(split_part(pg_temp.failure($$ SELECT jerry.login('ada@example.com', 'Secret-123') $$), '/', 1), '42501',
	'nor does a setting of the function make it somebody else');
ALTER FUNCTION hooked.work(jsonb) RESET role;

-- ---------- what is on record, and what doctor says ----------

SELECT results_eq($$ SELECT action, actor, details::text FROM jerry.audit WHERE details->>'hook' ~ 'work' $$,
	$$ VALUES ('hook.add', 'admin', '{"event":"login","hook":"hooked.work(pg_catalog.jsonb)","position":0,'
		'"owner":"jerry_test_owner"}') $$, 'who added it is on record');
SELECT jerry.remove_hook('login', 'hooked.work(pg_catalog.jsonb)') \g /dev/null
SELECT is((SELECT details::text FROM jerry.audit WHERE action = 'hook.remove' ORDER BY id DESC LIMIT 1),
	'{"event":"login","hook":"hooked.work(pg_catalog.jsonb)"}', 'who removed it, too');
SELECT jerry.add_hook('refresh', 'public.not_theirs(jsonb)') \g /dev/null
SELECT is((SELECT finding FROM jerry.doctor() WHERE problem = 'hook'),
	format('public.not_theirs(pg_catalog.jsonb) of event refresh runs as %s, a superuser, whoever calls', current_user),
	'doctor names a hook that may do anything');

SELECT * FROM finish();
ROLLBACK;

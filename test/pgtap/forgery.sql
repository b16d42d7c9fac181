/*
 * A role that may do whatever a role without superuser's rights may do tries to become another user in its own session.
 * After each attempt it is asked who it is and which rows it sees, with whatever search_path, role and objects the
 * attempt has left.
 */
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user('victim@example.com') AS victim, pg_temp.new_user('mallory@example.com') AS mallory \gset
SELECT pg_temp.log_in('victim@example.com') AS data \gset victim_
SELECT pg_temp.log_in('mallory@example.com')->>'access_token' AS token \gset
SELECT (:'victim_data'::json)->>'access_token' AS victim_token,
(:'victim_data'::json)->>'refresh_token' AS victim_refresh \gset

CREATE TABLE public.note (owner uuid NOT NULL DEFAULT jerry.uid() REFERENCES jerry."user" (id), body text);
INSERT INTO public.note VALUES (:'victim', 'secret'), (:'mallory', 'own');
ALTER TABLE public.note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_notes ON public.note USING (owner = jerry.uid()) WITH CHECK (owner = jerry.uid());

CREATE ROLE jerry_test_mallory LOGIN;
GRANT jerry_api, jerry_events TO jerry_test_mallory;
GRANT CREATE ON SCHEMA public TO jerry_test_mallory;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.note TO jerry_test_mallory;
CREATE SCHEMA evil AUTHORIZATION jerry_test_mallory;

/*
 * What comes of an attempt: the SQLSTATE with which it failed, the identity and the notes that are seen, each but NULL.
 * The attempt is undone. %1$s is the victim's id, %2$s Mallory's token.
 */
CREATE FUNCTION pg_temp.attempt(command text, victim uuid, token text, OUT state text, OUT uid uuid, OUT claimed text,
	OUT notes text) LANGUAGE plpgsql AS $$
DECLARE
	signed_in boolean := token <> '';
BEGIN
	-- not SET ROLE: what a session may become depends on whose it is
	PERFORM pg_catalog.set_config('session_authorization', 'jerry_test_mallory', true);
	IF signed_in THEN
		PERFORM jerry.authenticate(token);
	END IF;
	BEGIN
		EXECUTE pg_catalog.format(command, victim, token);
	EXCEPTION WHEN OTHERS THEN
		state := SQLSTATE;
	END;
	uid := jerry.uid();
	claimed := jerry.claims() OPERATOR(pg_catalog.->>) 'sub'::pg_catalog.text;
	BEGIN
		SELECT pg_catalog.string_agg(body, ',') INTO notes FROM public.note;
	EXCEPTION WHEN OTHERS THEN
		notes := NULL;
	END;
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	PERFORM pg_catalog.set_config('search_path', 'public, pg_temp', true);
END
$$;

CREATE TEMPORARY TABLE attempt (n integer GENERATED ALWAYS AS IDENTITY, kind text, state text, command text);
INSERT INTO attempt (kind, state, command) VALUES
	-- settings
	('a setting', '42602', 'SET jerry.uid = ''%1$s'''),
	('a setting', '42602', 'SET LOCAL jerry.user_id = ''%1$s'''),
	('a setting', '42602', 'SELECT set_config(''jerry.claims'', ''{"sub":"%1$s"}'', false)'),
	('a setting', '42602', 'SELECT set_config(''jerry.identity'', ''%1$s'', true)'),
	('a setting', NULL,
		'SELECT set_config(''request.jwt.claims'', ''{"sub":"%1$s"}'', false), set_config(''request.jwt.claim.sub'', '
		'''%1$s'', false)'),
	('a setting', NULL,
		'SELECT set_config(''app.user_id'', ''%1$s'', false), set_config(''app.current_user'', ''%1$s'', false)'),
	('a setting', '42501', 'SET jerry.issuer = ''mallory'''),
	('a setting', '42501', 'SET jerry.audience = ''mallory'''),
	('a setting', '42501', 'SET jerry.access_token_ttl = ''1y'''),
	('a setting', '42501', 'SET jerry.allow_drop = on'),
	('a setting', '42501', 'SET session_replication_role = replica'),
	('a setting', '42501', 'SET dynamic_library_path = ''/tmp'''),
	('a setting', '42501', 'SET session_preload_libraries = ''/tmp/evil'''),
	('a setting', NULL, 'SET local_preload_libraries = ''/tmp/evil'''),
	('a setting', NULL, 'SET row_security = off'),
	('a setting', '42602', 'ALTER ROLE jerry_test_mallory SET jerry.uid = ''%1$s'''),
	('a setting', '42501', 'ALTER ROLE jerry_test_mallory SET jerry.issuer = ''mallory'''),
	('a setting', '42501', 'UPDATE pg_settings SET setting = ''mallory'' WHERE name = ''jerry.issuer'''),
	('a function with settings', '42602',
		'CREATE FUNCTION evil.f() RETURNS uuid LANGUAGE sql SET jerry.uid = ''%1$s'' AS ''SELECT jerry.uid()'''),
	('a function with settings', '42501',
		'CREATE FUNCTION evil.f() RETURNS uuid LANGUAGE sql SET jerry.issuer = ''x'' AS ''SELECT jerry.uid()''; '
		'SELECT evil.f()'),
	-- roles
	('a role', '42501', 'SET ROLE jerry_admin'),
	('a role', '42501', 'SELECT set_config(''role'', (SELECT rolname FROM pg_roles WHERE rolsuper LIMIT 1), true)'),
	('a role', '42501', 'ALTER ROLE jerry_test_mallory BYPASSRLS'),
	('a role', NULL, 'SET ROLE jerry_api'),
	-- functions in the place of others
	('a function', '42501',
		'CREATE OR REPLACE FUNCTION jerry.uid() RETURNS uuid LANGUAGE sql AS ''SELECT ''''%1$s''''::uuid'''),
	('a function', '42501',
		'CREATE FUNCTION jerry.uid(integer DEFAULT 0) RETURNS uuid LANGUAGE sql AS ''SELECT ''''%1$s''''::uuid'''),
	('a function', '42501', 'ALTER FUNCTION jerry.uid() SET search_path = evil'),
	('a function', '42501', 'ALTER FUNCTION jerry.uid() RENAME TO old_uid'),
	('a function', '42501', 'ALTER FUNCTION jerry.authenticate(text) SECURITY INVOKER'),
	('a function', '42501', 'DROP FUNCTION jerry.uid() CASCADE'),
	('a function', '42501', 'CREATE FUNCTION evil.uid() RETURNS uuid LANGUAGE c AS ''jerry'', ''jerry_uid'''),
	('a function', '42501', 'CREATE FUNCTION evil.hash() RETURNS text LANGUAGE internal AS ''current_user'''),
	('a function', NULL,
		'CREATE FUNCTION pg_temp.uid() RETURNS uuid LANGUAGE sql AS ''SELECT ''''%1$s''''::uuid''; '
		'SET search_path = pg_temp, jerry, public'),
	('a function', NULL,
		'CREATE FUNCTION evil.uid() RETURNS uuid LANGUAGE sql AS ''SELECT ''''%1$s''''::uuid''; '
		'SET search_path = evil, jerry, public, pg_catalog'),
	('a schema', '42501', 'CREATE SCHEMA jerry'),
	('a schema', '42501', 'ALTER SCHEMA jerry RENAME TO real_jerry'),
	('a schema', '42501', 'ALTER EXTENSION jerry DROP FUNCTION jerry.uid()'),
	('a schema', '42501', 'ALTER EXTENSION jerry UPDATE TO ''1.0.0'''),
	('the library', '42501', 'LOAD ''/tmp/evil.so'''),
	-- SECURITY DEFINER
	('a definer''s right', NULL,
		'CREATE FUNCTION evil.f() RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = evil '
		'AS ''SELECT jerry.uid()''; SELECT evil.f()'),
	('a definer''s right', '42501',
		'CREATE FUNCTION evil.f() RETURNS text LANGUAGE sql SECURITY DEFINER '
		'AS ''SELECT jerry.create_access_token(''''{"sub":"%1$s"}'''')''; '
		'SELECT jerry.authenticate(evil.f())'),
	('a definer''s right', '42501',
		'CREATE FUNCTION evil.f() RETURNS text LANGUAGE sql SECURITY DEFINER '
		'AS ''SELECT jerry.import_key(''''a secret that another service knows'''')''; SELECT evil.f()'),
	('a definer''s right', '42501',
		'CREATE FUNCTION evil.f() RETURNS text LANGUAGE sql SECURITY DEFINER AS ''SELECT encode(secret, ''''hex'''') '
		'FROM jerry.signing_key''; SELECT evil.f()'),
	('a definer''s right', NULL, 'CREATE VIEW evil.v AS SELECT * FROM public.note; SELECT * FROM evil.v'),
	-- tables
	('a temporary table', NULL,
		'CREATE TEMPORARY TABLE session (id uuid, user_id uuid); INSERT INTO pg_temp.session VALUES (''%1$s'', '
		'''%1$s''); SET search_path = pg_temp, jerry'),
	('a temporary table', NULL,
		'CREATE TEMPORARY TABLE "user" (id uuid, email text); INSERT INTO pg_temp."user" VALUES (''%1$s'', ''x''); '
		'SET search_path = pg_temp, jerry'),
	('a temporary table', NULL,
		'CREATE TEMPORARY TABLE signing_key (kid text, algorithm text, secret bytea, status text, imported boolean, '
		'created_at timestamptz); '
		'INSERT INTO pg_temp.signing_key VALUES (''evil'', ''HS256'', decode(repeat(''61'', 32), ''hex''), ''active'', '
			'true, now()); SET search_path = pg_temp, jerry'),
	('a temporary table', NULL,
		'CREATE TEMPORARY TABLE note (owner uuid, body text); SET search_path = pg_temp, public'),
	('a table of Jerry', '42501',
		'INSERT INTO jerry.signing_key VALUES (''evil'', ''HS256'', decode(repeat(''61'', 32), ''hex''), '
		'''verifying'', true, now())'),
	('a table of Jerry', '42501', 'UPDATE jerry.session SET user_id = ''%1$s'''),
	('a table of Jerry', '42501',
		'INSERT INTO jerry.session (id, user_id, refresh_jti, created_at, expires_at) VALUES (gen_random_uuid(), '
		'''%1$s'', gen_random_uuid(), now(), now())'),
	('a table of Jerry', '42501', 'SELECT secret FROM jerry.signing_key'),
	('a table of Jerry', '42501',
		'CREATE TRIGGER evil BEFORE INSERT ON jerry.session EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
	('a table of Jerry', '42501', 'CREATE RULE evil AS ON SELECT TO jerry.session DO INSTEAD SELECT 1'),
	('a table of Jerry', '42501', 'ALTER TABLE jerry.session DISABLE TRIGGER ALL'),
	('a table of Jerry', '42501', 'COPY jerry.signing_key TO ''/tmp/key'''),
	('a table of Jerry', '42501', 'LOCK TABLE jerry.consumer IN ACCESS EXCLUSIVE MODE'),
	-- operators, casts, types
	('an operator', NULL, 'CREATE FUNCTION evil.yes(uuid, uuid) RETURNS boolean LANGUAGE sql AS ''SELECT true''; '
		'CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.yes); SET search_path = evil, '
			'pg_catalog'),
	('an operator', NULL, 'CREATE FUNCTION evil.yes(bytea, bytea) RETURNS boolean LANGUAGE sql AS ''SELECT true''; '
		'CREATE OPERATOR evil.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = evil.yes); SET search_path = evil, '
			'pg_catalog'),
	('an operator', '42501', 'ALTER OPERATOR pg_catalog.= (uuid, uuid) SET (RESTRICT = NONE)'),
	('an operator', '42501', 'CREATE FUNCTION evil.c(uuid, uuid) RETURNS integer LANGUAGE sql AS ''SELECT 0''; '
		'CREATE OPERATOR CLASS evil.o DEFAULT FOR TYPE uuid USING btree AS OPERATOR 3 =, FUNCTION 1 evil.c(uuid, '
			'uuid)'),
	('a cast', '42501',
		'CREATE FUNCTION evil.to_uuid(text) RETURNS uuid LANGUAGE sql AS ''SELECT ''''%1$s''''::uuid''; '
		'CREATE CAST (text AS uuid) WITH FUNCTION evil.to_uuid(text) AS IMPLICIT'),
	('a cast', '42501', 'CREATE CAST (json AS uuid) WITH INOUT AS IMPLICIT'),
	('a type', NULL, 'CREATE DOMAIN evil.uuid AS text DEFAULT ''%1$s''; SET search_path = evil, pg_catalog'),
	('a type', NULL,
		'CREATE TYPE evil.uuid AS (id text); CREATE TYPE evil.json AS ENUM (''a''); SET search_path = evil, '
		'pg_catalog'),
	-- the policy
	('the policy', '42501', 'DROP POLICY own_notes ON public.note'),
	('the policy', '42501', 'ALTER TABLE public.note DISABLE ROW LEVEL SECURITY'),
	('the policy', '42501', 'INSERT INTO public.note VALUES (''%1$s'', ''forged'')'),
	('the policy', NULL, 'UPDATE public.note SET body = ''forged'' WHERE owner = ''%1$s'''),
	('the policy', NULL, 'DELETE FROM public.note WHERE owner = ''%1$s'''),
	('a leak', NULL,
		'CREATE FUNCTION evil.peep(uuid, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 '
		'AS ''BEGIN IF $1 = ''''%1$s'''' THEN RAISE EXCEPTION ''''leaked''''; END IF; RETURN true; END''; '
		'SELECT evil.peep(owner, body) FROM public.note'),
	-- what was there before
	('a subtransaction', NULL,
		'DO $do$ BEGIN PERFORM jerry.authenticate(''x''); RAISE division_by_zero; '
		'EXCEPTION WHEN division_by_zero THEN NULL; END $do$'),
	('a copy of claims', NULL,
		'CREATE TEMPORARY TABLE c AS SELECT jerry.claims() AS c; UPDATE pg_temp.c SET c = ''{"sub":"%1$s"}''');

SELECT cmp_ok(count(*)::int, '>=', 40, format('there are %s attempts, and more with tokens', count(*))) FROM attempt;

CREATE TEMPORARY TABLE outcome AS
	SELECT n, kind, command, attempt.state AS expected, s.own, r.*
	FROM attempt, (VALUES (:'token', :'mallory'::uuid), ('', NULL)) AS s (token, own),
	pg_temp.attempt(command, :'victim', s.token) AS r
	ORDER BY n, s.own;
SELECT is(state, expected,
	format('%s %s: %s', kind, CASE WHEN expected IS NULL THEN 'may be tried' ELSE 'is refused' END, left(command, 60)))
FROM outcome WHERE own IS NOT NULL;
SELECT ok(coalesce(uid = own, true) AND coalesce(claimed = own::text, true),
	format('%s makes nobody another user: %s', kind, left(command, 60))) FROM outcome WHERE own IS NOT NULL;
SELECT ok(uid IS NULL AND claimed IS NULL, format('%s makes nobody a user: %s', kind, left(command, 60))) FROM outcome
	WHERE own IS NULL;
SELECT ok(coalesce(notes, 'own') = 'own', format('%s shows no other''s row: %s', kind, left(command, 60))) FROM outcome
	WHERE own IS NOT NULL;
SELECT ok(notes IS NULL, format('%s shows nobody a row: %s', kind, left(command, 60))) FROM outcome WHERE own IS NULL;

-- ---------- tokens ----------

SELECT kid FROM jerry.signing_key WHERE status = 'active' \gset
SELECT convert_from(pg_temp.from_base64url(split_part(:'victim_token', '.', 1)), 'UTF8') AS header,
pg_temp.claims(:'victim_token') AS payload,
	split_part(:'victim_token', '.', 2) AS victim_payload, split_part(:'token', '.', 3) AS own_signature \gset
CREATE TEMPORARY TABLE forged AS
	SELECT * FROM (VALUES
		('the victim''s claims with one''s own signature',
			split_part(:'token', '.', 1) || '.' || :'victim_payload' || '.' || :'own_signature'),
		('the victim''s claims without a signature', split_part(:'token', '.', 1) || '.' || :'victim_payload' || '.'),
		('no algorithm', pg_temp.base64url('{"alg":"none","typ":"JWT"}') || '.' || :'victim_payload' || '.'),
		('no algorithm, but a key id',
			pg_temp.base64url(convert_to(format('{"alg":"none","typ":"JWT","kid":"%s"}', :'kid'),
			'UTF8')) || '.' || :'victim_payload' || '.'),
		('an empty key', pg_temp.sign(:'header', :'payload', '')),
		('a guessed key', pg_temp.sign(:'header', :'payload', 'secret')),
		('the key id as the key', pg_temp.sign(:'header', :'payload', :'kid')),
		('a key that came along', pg_temp.sign('{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"eHh4"}}', :'payload',
			'xxx')),
		('a key id that is SQL', pg_temp.sign('{"alg":"HS256","typ":"JWT","kid":"'' OR true --"}', :'payload', 'x')),
		('another algorithm', pg_temp.sign(replace(:'header', 'HS256', 'HS512'), :'payload', 'secret')),
		('the victim''s refresh token', :'victim_refresh'),
		('a token with a space before it', ' ' || :'victim_token'),
		('a token with padding', :'victim_token' || '='),
		('two tokens', :'token' || '.' || :'victim_token'),
		('another subject in one''s own token',
			split_part(:'token', '.',
			1) || '.' || pg_temp.base64url(convert_to(replace(pg_temp.claims(:'token')::text, :'mallory', :'victim'),
			'UTF8'))
			|| '.' || :'own_signature')
	) AS t (name, token);
SELECT is(pg_temp.outcome(format('SELECT jerry.error_code(jerry.authenticate(%L))', token), 'jerry_test_mallory'),
	'INVALID_TOKEN', name || ' is no token') FROM forged;
SELECT is(jerry.uid(), NULL, 'and nobody''s identity came of them');

-- ---------- what must work, or the above would prove nothing ----------

SELECT is(notes, 'own', 'the hostile role sees its own row') FROM pg_temp.attempt('SELECT 1', :'victim', :'token');
SELECT is(uid, :'mallory', 'as its own user') FROM pg_temp.attempt('SELECT 1', :'victim', :'token');
SELECT is(uid, :'victim', 'with the victim''s token it would be the victim')
	FROM pg_temp.attempt('SELECT jerry.authenticate(''%2$s'')', :'victim', :'victim_token');
SELECT is(notes, 'secret', 'and see the victim''s row') FROM pg_temp.attempt('SELECT 1', :'victim', :'victim_token');
SELECT is(pg_temp.outcome('SELECT count(*) FROM public.note'), '2', 'both rows are still there');

SELECT * FROM finish();
ROLLBACK;

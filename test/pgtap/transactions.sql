-- Jerry's functions in the caller's transaction: what commits and rolls back together, and what a session remembers
BEGIN;
\ir setup.psql
-- a login whose transaction is rolled back, and with it the key that it made: this session has seen that key
DELETE FROM jerry.signing_key;
SELECT pg_temp.new_user('gone@example.com') AS id \gset
SELECT pg_temp.log_in('gone@example.com')->>'access_token' AS gone_token \gset
SELECT pg_temp.verdict(jerry.validate_token(:'gone_token')) AS gone_verdict,
kid AS gone_kid FROM jerry.signing_key \gset
ROLLBACK;

BEGIN;
\ir setup.psql
CREATE TABLE public.shop (owner uuid REFERENCES jerry."user" (id) ON DELETE CASCADE,
	name text CHECK (name <> 'forbidden'));

-- ---------- keys that are rolled back ----------

SELECT is(:'gone_verdict'::text, 'OK', 'a token of the transaction that was rolled back was good within it');
SELECT is(pg_temp.verdict(jerry.decode_token(:'gone_token')), 'INVALID_TOKEN',
	'its key is forgotten with the transaction');
DELETE FROM jerry.signing_key;
SELECT pg_temp.new_user('user@example.com') AS user_id \gset
SELECT pg_temp.log_in() AS data \gset
SELECT (:'data'::json)->>'access_token' AS access, (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT isnt((SELECT kid FROM jerry.signing_key WHERE status = 'active'), :'gone_kid',
	'the next login makes another key');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'with which its tokens are good');

SAVEPOINT keyless;
DELETE FROM jerry.signing_key;
SELECT is(pg_temp.verdict(jerry.decode_token(:'access')), 'INVALID_TOKEN', 'a deleted key verifies nothing');
SELECT pg_temp.log_in()->>'access_token' AS inner_token \gset
SELECT is(pg_temp.verdict(jerry.validate_token(:'inner_token')), 'OK', 'a login in a subtransaction makes a key');
ROLLBACK TO SAVEPOINT keyless;
SELECT is(pg_temp.verdict(jerry.decode_token(:'inner_token')), 'INVALID_TOKEN',
	'a key that was made in a subtransaction is forgotten with it');
SELECT is(pg_temp.verdict(jerry.validate_token(:'access')), 'OK', 'a key that was deleted in it is back');
SELECT is(split_part(jerry.create_access_token('{}'), '.', 1), split_part(:'access', '.', 1), 'and signs');

SAVEPOINT import;
SELECT jerry.import_key('a secret that another service knows') AS imported \gset
SELECT isnt(split_part(jerry.create_access_token('{}'), '.', 1), split_part(:'access', '.', 1),
	'the next statement signs with a key that was imported');
ROLLBACK TO SAVEPOINT import;
SELECT is(split_part(jerry.create_access_token('{}'), '.', 1), split_part(:'access', '.', 1),
	'no more when the import is rolled back');
SELECT jerry.import_key('a secret that another service knows') AS imported,
	jerry.import_key('a secret that another service knows') AS again \gset
SELECT is(:'imported'::text, :'again', 'a secret can be imported twice in one transaction');
SELECT is((SELECT count(*)::int FROM jerry.signing_key), 2, 'and is one key');
SELECT is((jerry.verify_token(jerry.refresh(:'refresh')->'data'->>'access_token')->'data'->>'sub'), :'user_id',
	'a session goes on with a new key');
UPDATE jerry.signing_key SET secret = decode(repeat('ab', 32), 'hex') WHERE kid <> :'imported';
SELECT is(pg_temp.verdict(jerry.decode_token(:'access')), 'INVALID_TOKEN',
	'the next statement sees that a secret was changed');
ROLLBACK TO SAVEPOINT import;

SET LOCAL session_replication_role = replica;
UPDATE jerry.signing_key SET status = 'retired';
SET LOCAL session_replication_role TO DEFAULT;
SELECT is(pg_temp.verdict(jerry.decode_token(:'access')), 'INVALID_TOKEN',
	'a change of keys that comes by replication is seen as well');
ROLLBACK TO SAVEPOINT import;
SELECT is(pg_temp.verdict(jerry.decode_token(:'access')), 'OK', 'and taken back');

-- ---------- results are not errors ----------

SAVEPOINT failing;
INSERT INTO public.shop VALUES (NULL, 'kept');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'wrong')), 'INVALID_CREDENTIALS',
	'a failed login is a result');
SELECT is(pg_temp.verdict(jerry.register('user@example.com', 'Secret-123', 'Secret-123')), 'DUPLICATE_EMAIL',
	'a taken address is a result');
SELECT isnt_empty($$ SELECT FROM public.shop WHERE name = 'kept' $$, 'what the transaction did before stays');
ROLLBACK TO SAVEPOINT failing;

-- ---------- unwrap composes ----------

SELECT lives_ok($$ INSERT INTO public.shop (owner, name)
	SELECT (jerry.unwrap(jerry.register('owner@example.com', 'Secret-123', 'Secret-123'))->>'user_id')::uuid,
	'first' $$,
	'a user and a row that refers to it are made by one statement');
SELECT results_eq($$ SELECT u.email::text FROM public.shop AS s JOIN jerry."user" AS u ON u.id = s.owner $$,
	ARRAY['owner@example.com'], 'and belong together');
SELECT throws_ok($$ INSERT INTO public.shop (owner, name)
	SELECT (jerry.unwrap(jerry.register('second@example.com', 'Secret-123', 'Secret-123'))->>'user_id')::uuid,
	'forbidden' $$, '23514', NULL,
	'when the row is refused');
SELECT is_empty($$ SELECT FROM jerry."user" WHERE email = 'second@example.com' $$, 'there is no user');
SELECT is_empty($$ SELECT FROM jerry.event WHERE payload->'data'->>'email' = 'second@example.com' $$, 'and no event');
SELECT throws_ok($$ INSERT INTO public.shop (owner, name)
	SELECT (jerry.unwrap(jerry.register('owner@example.com', 'Secret-123', 'Secret-123'))->>'user_id')::uuid,
	'second' $$, 'JR002', NULL,
	'when the user is refused');
SELECT is((SELECT count(*)::int FROM public.shop), 1, 'there is no row');
SELECT is(pg_temp.verdict(jerry.register('second@example.com', 'Secret-123', 'Secret-123')), 'OK',
	'the address that was rolled back is free');

CREATE FUNCTION pg_temp.open_shop(email text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	owner uuid;
BEGIN
	BEGIN
		owner := jerry.unwrap(jerry.register(email, 'Secret-123', 'Secret-123'))->>'user_id';
		INSERT INTO public.shop VALUES (owner, name);
	EXCEPTION WHEN check_violation THEN
		RETURN 'refused';
	END;
	RETURN pg_temp.verdict(jerry.login(email, 'Secret-123'));
END
$$;
SELECT is(pg_temp.open_shop('third@example.com', 'third'), 'OK', 'who registers in a transaction can log in within it');
SELECT is(pg_temp.open_shop('fourth@example.com', 'forbidden'), 'refused', 'a function can take both back');
SELECT is_empty($$ SELECT FROM jerry."user" WHERE email = 'fourth@example.com' $$, 'and go on');
DELETE FROM jerry."user" WHERE email = 'third@example.com';
SELECT is_empty($$ SELECT FROM public.shop WHERE name = 'third' $$, 'a row can go with its user');

SELECT is((SELECT count(*)::int FROM (SELECT jerry.register(format('bulk%s@example.com', n), 'Secret-123', 'Secret-123')
	FROM generate_series(1, 20) AS n) AS t
	WHERE pg_temp.verdict(register) = 'OK'), 20, 'a statement can register many');
SELECT is((SELECT string_agg(pg_temp.verdict(jerry.register('twice@example.com', 'Secret-123', 'Secret-123')), ',')
	FROM generate_series(1, 3)),
	'OK,DUPLICATE_EMAIL,DUPLICATE_EMAIL', 'but an address only once');
SELECT is((SELECT string_agg(pg_temp.verdict(jerry.verify_email(token)), ',')
		FROM (SELECT pg_temp.verification_token(id) FROM jerry."user" WHERE email = 'twice@example.com') AS t (token),
		generate_series(1, 3)),
	'OK,INVALID_TOKEN,INVALID_TOKEN', 'and redeem a token once');

-- ---------- what a query sees ----------

SELECT is(pg_temp.verdict(jerry.validate_token(pg_temp.log_in()->>'access_token')), 'INVALID_TOKEN',
	'a query does not see the session that it opens');
SELECT is(pg_temp.verdict(jerry.refresh(pg_temp.log_in()->>'refresh_token')), 'OK', 'a refresh does: it is VOLATILE');

-- ---------- read-only transactions ----------

-- what a query returns in a read-only transaction, or its SQLSTATE
CREATE FUNCTION pg_temp.read_only(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	BEGIN
		PERFORM set_config('transaction_read_only', 'on', true);
		EXECUTE query INTO result;
		RAISE EXCEPTION USING ERRCODE = 'RO000';
	EXCEPTION
		WHEN SQLSTATE 'RO000' THEN
			RETURN result;
		WHEN OTHERS THEN
			RETURN SQLSTATE;
	END;
END
$$;
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT is(pg_temp.read_only(query), expected, name)
FROM (VALUES
	(format('SELECT jerry.error_code(jerry.validate_token(%L))', :'access'), NULL, 'validate_token writes nothing'),
	(format('SELECT jerry.error_code(jerry.verify_token(%L))', :'access'), NULL, 'verify_token writes nothing'),
	(format('SELECT jerry.error_code(jerry.decode_token(%L))', :'access'), NULL, 'decode_token writes nothing'),
	(format('SELECT jerry.error_code(jerry.me(%L))', :'access'), NULL, 'me writes nothing'),
	(format('SELECT jerry.error_code(jerry.refresh(%L))', :'refresh'), NULL, 'refresh writes nothing'),
	('SELECT jerry.health()->>''status''', 'healthy', 'health writes nothing'),
	('SELECT jerry.error_code(jerry.login(''user@example.com'', ''Secret-123''))', '25006',
		'login does, and raises what the server raises'),
	('SELECT jerry.error_code(jerry.register(''ro@example.com'', ''Secret-123'', ''Secret-123''))', '25006',
		'register does'),
	(format('SELECT jerry.error_code(jerry.verify_email(%L))', pg_temp.verification_token(:'user_id')), '25006',
		'verify_email does'),
	('SELECT jerry.resend_verification(''user@example.com'')', '25006', 'resend_verification does'),
	(format('SELECT jerry.change_password(%L, ''Secret-123'', ''Secret-124'', ''Secret-124'')', :'access'), '25006',
		'change_password does'),
	(format('SELECT jerry.update_profile(%L, ''{}'')', :'access'), '25006', 'update_profile does'),
	('SELECT jerry.request_password_reset(''user@example.com'')', '25006', 'request_password_reset does'),
	('SELECT jerry.request_login_code(''user@example.com'')', '25006', 'request_login_code does'),
	(format('SELECT jerry.request_email_change(%L, ''new@example.com'', ''Secret-123'')', :'access'), '25006',
		'request_email_change does'),
	('SELECT jerry.import_key(''another secret that a service knows'')', '25006', 'import_key does')
) AS t (query, expected, name);
DELETE FROM jerry.signing_key;
SELECT is(pg_temp.read_only($$ SELECT jerry.create_access_token('{}') $$), '25006',
	'no key can be made in a read-only transaction');
SELECT is(pg_temp.read_only(format('SELECT jerry.error_code(jerry.validate_token(%L))', :'access')), 'INVALID_TOKEN',
	'without a key every token is invalid');

SELECT * FROM finish();
ROLLBACK;

-- jerry.import_key: a secret that others know becomes the active key
BEGIN;
\ir setup.psql

DELETE FROM jerry.signing_key;
CREATE TEMPORARY TABLE secret AS SELECT 'first-secret-' || repeat('1', 32) AS first, 'second-secret-' || repeat('2', 32) AS second;
SELECT first, second FROM secret \gset
CREATE FUNCTION pg_temp.kid(secret text) RETURNS text RETURN left(encode(digest(secret, 'sha256'), 'hex'), 16);
CREATE FUNCTION pg_temp.keys_now() RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', CASE kid WHEN pg_temp.kid(first) THEN 'first' WHEN pg_temp.kid(second) THEN 'second' ELSE 'own' END, status,
		CASE WHEN imported THEN 'imported' ELSE 'made' END), ', ' ORDER BY status, created_at) FROM jerry.signing_key, secret);
CREATE FUNCTION pg_temp.tried(token text) RETURNS text RETURN pg_temp.verdict(jerry.decode_token(token));
CREATE FUNCTION pg_temp.foreign_token(secret text) RETURNS text
	RETURN pg_temp.sign('{"alg":"HS256","typ":"JWT"}', '{"type":"access","exp":9999999999}', secret);

SELECT plan(44);

-- ---------- length ----------

SELECT is(jerry.import_key(NULL), NULL, 'no secret makes no key');
SELECT throws_ok(format('SELECT jerry.import_key(%L)', secret), '22023', 'secret must have 32 to 1024 bytes', name)
FROM (VALUES
	('', 'an empty secret is refused'),
	(repeat('x', 31), 'a secret of 31 bytes is refused'),
	(repeat('x', 1025), 'a secret of 1025 bytes is refused'),
	(repeat(U&'\00E9', 513), 'a secret of 1026 bytes in 513 characters is refused'),
	(repeat('x', 1000000), 'a megabyte is refused')
) AS t (secret, name);
SELECT is_empty('SELECT FROM jerry.signing_key', 'a secret that is refused is not stored');
SAVEPOINT empty;
SELECT is(jerry.import_key(secret), pg_temp.kid(secret), name)
FROM (VALUES
	(repeat('x', 32), 'a secret of 32 bytes is taken'),
	(repeat('x', 1024), 'a secret of 1024 bytes is taken'),
	(repeat(U&'\00E9', 16), 'a secret of 32 bytes in 16 characters is taken'),
	(E'\n' || repeat(' ', 31), 'a secret is taken as it is')
) AS t (secret, name);
SELECT set_eq('SELECT length(secret) FROM jerry.signing_key', ARRAY[32, 1024], 'every byte of them is stored');
ROLLBACK TO SAVEPOINT empty;

-- ---------- the first ----------

SELECT is(jerry.import_key(:'first'), pg_temp.kid(:'first'), 'the kid is made from the secret: the same on every server');
SELECT is(pg_temp.keys_now(), 'first active imported', 'the key is active');
SELECT is((SELECT convert_from(secret, 'UTF8') FROM jerry.signing_key), :'first', 'it is the secret, byte by byte');
SELECT jerry.create_access_token('{}') AS first_token \gset
SELECT is(convert_from(pg_temp.from_base64url(split_part(:'first_token', '.', 1)), 'UTF8')::json->>'kid', pg_temp.kid(:'first'), 'new tokens are signed with it');
SELECT is(pg_temp.tried(:'first_token'), 'OK', 'and are good');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'first')), 'OK', 'so are tokens without a kid');

UPDATE jerry.signing_key SET created_at = '2026-01-15T10:30:00Z';
SELECT is(jerry.import_key(:'first'), pg_temp.kid(:'first'), 'the same secret can be imported again');
SELECT is(pg_temp.keys_now(), 'first active imported', 'which changes nothing');
SELECT is((SELECT created_at FROM jerry.signing_key), '2026-01-15T10:30:00Z'::timestamptz, 'not even the time');

-- ---------- the second ----------

SELECT is(pg_temp.tried(pg_temp.foreign_token(:'second')), 'INVALID_TOKEN', 'a token with a secret that is not known yet is invalid');
SELECT isnt(jerry.import_key(:'second'), NULL, 'another secret can be imported');
SELECT is(pg_temp.keys_now(), 'second active imported, first verifying imported', 'the key that was active goes on verifying');
SELECT is(pg_temp.tried(:'first_token'), 'OK', 'tokens of the earlier key stay good');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'first')), 'OK', 'also without a kid');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'second')), 'OK', 'tokens of the new one are good');
SELECT is(pg_temp.tried(pg_temp.foreign_token('neither-secret-' || repeat('3', 32))), 'INVALID_TOKEN', 'tokens of neither are not');
SELECT jerry.create_access_token('{}') AS second_token \gset
SELECT is(convert_from(pg_temp.from_base64url(split_part(:'second_token', '.', 1)), 'UTF8')::json->>'kid', pg_temp.kid(:'second'), 'new tokens are signed with the new one');

-- ---------- back, and away ----------

SELECT isnt(jerry.import_key(:'first'), NULL, 'the first can be imported once more');
SELECT is(pg_temp.keys_now(), 'first active imported, second verifying imported', 'and is active again');
SELECT is(pg_temp.tried(:'second_token'), 'OK', 'while the second goes on verifying');
UPDATE jerry.signing_key SET status = 'retired' WHERE kid = pg_temp.kid(:'second');
SELECT is(pg_temp.tried(:'second_token'), 'INVALID_TOKEN', 'the next statement sees that a key was retired');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'second')), 'INVALID_TOKEN', 'also for tokens without a kid');
SELECT is(pg_temp.tried(:'first_token'), 'OK', 'the other key is still there');
SELECT throws_ok(format('SELECT jerry.import_key(%L)', :'second'), '55000', 'this key was retired', 'a retired secret does not come back by importing it');
SELECT is(pg_temp.tried(:'second_token'), 'INVALID_TOKEN', 'its tokens stay invalid');
DELETE FROM jerry.signing_key WHERE kid = pg_temp.kid(:'second');
SELECT is(pg_temp.tried(:'second_token'), 'INVALID_TOKEN', 'the next statement sees that a key was deleted');
UPDATE jerry.signing_key SET status = 'verifying';
SELECT throws_ok($$ SELECT jerry.create_access_token('{}') $$, '55000', 'there is no active signing key',
	'when somebody has left keys but no active one, no key is made behind their back');
UPDATE jerry.signing_key SET status = 'retired';
SELECT jerry.create_access_token('{}') AS own_token \gset
SELECT is(pg_temp.tried(:'own_token'), 'OK', 'when all keys are retired, the next signature makes one');

-- ---------- beside a key of Jerry's own ----------

DELETE FROM jerry.signing_key;
SELECT jerry.create_access_token('{}') AS own_token, jerry.import_key(:'first') AS kid \gset
SELECT is(pg_temp.keys_now(), 'first active imported, own verifying made', 'a key that Jerry made goes on verifying');
SELECT is(pg_temp.tried(:'own_token'), 'OK', 'its tokens stay good');
SELECT pg_temp.new_user() AS user_id \gset
SELECT is(pg_temp.verdict(jerry.validate_token(pg_temp.sign('{"typ":"JWT","alg":"HS256"}',
		format('{"user_id":"%s","email":"user@example.com","exp":%s,"type":"access"}', :'user_id', pg_temp.unix_now() + 86400), :'first'))), 'OK',
	'an access token of the service that had the secret before validates its user');

TRUNCATE jerry.signing_key;
SELECT is(pg_temp.tried(:'own_token'), 'INVALID_TOKEN', 'the next statement sees that all keys are gone');

SELECT * FROM finish();
ROLLBACK;

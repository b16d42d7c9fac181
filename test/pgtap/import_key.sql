-- jerry.import_key: a secret that others know becomes the active key
BEGIN;
\ir setup.psql

DELETE FROM jerry.signing_key;
CREATE TEMPORARY TABLE secret AS SELECT 'first-secret-' || repeat('1', 32) AS first,
	'second-secret-' || repeat('2', 32) AS second;
SELECT first, second FROM secret \gset
CREATE FUNCTION pg_temp.kid(secret text) RETURNS text RETURN left(encode(digest(secret, 'sha256'), 'hex'), 16);
CREATE FUNCTION pg_temp.keys_now() RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', CASE kid WHEN pg_temp.kid(first) THEN 'first'
		WHEN pg_temp.kid(second) THEN 'second' ELSE 'own' END, status,
		CASE WHEN imported THEN 'imported' ELSE 'made' END), ', ' ORDER BY status, created_at) FROM jerry.signing_key,
		secret);
CREATE FUNCTION pg_temp.tried(token text) RETURNS text RETURN pg_temp.verdict(jerry.decode_token(token));
CREATE FUNCTION pg_temp.foreign_token(secret text) RETURNS text
	RETURN pg_temp.sign('{"alg":"HS256","typ":"JWT"}', '{"type":"access","exp":9999999999}', secret);

SELECT pg_temp.declared('import_key(text,boolean)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.import_key(''a secret that another service knows'')', reason => 'it writes');
SELECT pg_temp.declared('import_key(bytea,boolean)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.import_key(''a secret that another service knows''::bytea)', reason => 'it writes');

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
SELECT is(jerry.import_key(secret, true), pg_temp.kid(secret), name)
FROM (VALUES
	(repeat('x', 32), 'a secret of 32 bytes is taken'),
	(repeat('x', 1024), 'a secret of 1024 bytes is taken'),
	(repeat(U&'\00E9', 16), 'a secret of 32 bytes in 16 characters is taken'),
	(E'\n' || repeat(' ', 31), 'a secret is taken as it is')
) AS t (secret, name);
SELECT set_eq('SELECT length(secret) FROM jerry.signing_key', ARRAY[32, 1024], 'every byte of them is stored');
ROLLBACK TO SAVEPOINT empty;

-- ---------- strength ----------

CREATE TEMPORARY TABLE weak AS SELECT * FROM (VALUES
	('your-super-secret-jwt-key-change-this-in-production', 'It is a published example.'),
	('your-super-secret-jwt-key-change-this-in-production!', 'It is a published example.'),
	('generate-long-random-key-use-openssl', 'It is a published example.'),
	('test-secret-key-for-testing-only-never-in-production', 'It is a published example.'),
	('super-secret-jwt-token-with-at-least-32-characters-long', 'It is a published example.'),
	(repeat('x', 32), 'It has hardly any distinct bytes.'),
	(repeat('01', 512), 'It has hardly any distinct bytes.'),
	(repeat('secret', 6), 'It has hardly any distinct bytes.'),
	('12345' || repeat('1', 40), 'It has hardly any distinct bytes.'),
	(repeat('password', 4), 'It repeats a few bytes.'),
	(repeat('0123456789', 4) || '01', 'It repeats a few bytes.'),
	(repeat('fifteen-letters', 3), 'It repeats a few bytes.')
) AS t (secret, reason);
SELECT throws_ok(format('SELECT jerry.import_key(%L)', secret), '22023', 'secret can be guessed',
	left(secret, 40) || ' is refused') FROM weak;
SELECT is(jerry.key_weakness(convert_to(secret, 'UTF8')), reason, left(secret, 40) || ': ' || reason) FROM weak;
SELECT is_empty('SELECT FROM jerry.signing_key', 'none of them is stored');
SELECT is(pg_temp.outcome(format('SELECT jerry.import_key(%L::bytea)',
	pg_temp.from_base64url('AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'))),
	'22023', 'so is the example of RFC 7515');
SELECT is((SELECT count(*)::int FROM generate_series(1, 200) WHERE jerry.key_weakness(gen_random_bytes(32)) IS NOT NULL
	OR jerry.key_weakness(encode(gen_random_bytes(16), 'hex')::bytea) IS NOT NULL), 0,
	'random bytes and digits are good');
SELECT is(jerry.key_weakness('sixteen-letters!sixteen-letters!'), NULL, 'so is what cannot be told from it');

-- ---------- bytes ----------

SAVEPOINT empty;
SELECT is(jerry.import_key('\x00ff00fe0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d'::bytea),
	left(encode(digest('\x00ff00fe0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d'::bytea, 'sha256'), 'hex'),
		16), 'a secret can be bytes');
SELECT is((SELECT secret FROM jerry.signing_key),
	'\x00ff00fe0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d'::bytea, 'which are stored as they are');
SELECT is(pg_temp.tried(pg_temp.sign('{"alg":"HS256","typ":"JWT"}', '{"type":"access","exp":9999999999}'::bytea,
	'\x00ff00fe0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d'::bytea)), 'OK',
	'and verify what their service signs');
SELECT throws_ok($$ SELECT jerry.import_key('\x00ff00fe0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d') $$,
	'22023', 'secret is the text of a bytea',
	'the text of bytes is not taken for a secret');
SELECT throws_ok($$ SELECT jerry.import_key('\x0102'::bytea) $$, '22023', 'secret must have 32 to 1024 bytes',
	'two bytes are too few');
ROLLBACK TO SAVEPOINT empty;

-- ---------- the first ----------

SELECT is(jerry.import_key(:'first'), pg_temp.kid(:'first'),
	'the kid is made from the secret: the same on every server');
SELECT is(pg_temp.keys_now(), 'first active imported', 'the key is active');
SELECT is((SELECT convert_from(secret, 'UTF8') FROM jerry.signing_key), :'first', 'it is the secret, byte by byte');
SELECT jerry.create_access_token('{}') AS first_token \gset
SELECT is(convert_from(pg_temp.from_base64url(split_part(:'first_token', '.', 1)), 'UTF8')::json->>'kid',
	pg_temp.kid(:'first'), 'new tokens are signed with it');
SELECT is(pg_temp.tried(:'first_token'), 'OK', 'and are good');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'first')), 'OK', 'so are tokens without a kid');

UPDATE jerry.signing_key SET created_at = '2026-01-15T10:30:00Z';
SELECT is(jerry.import_key(:'first'), pg_temp.kid(:'first'), 'the same secret can be imported again');
SELECT is(pg_temp.keys_now(), 'first active imported', 'which changes nothing');
SELECT is((SELECT created_at FROM jerry.signing_key), '2026-01-15T10:30:00Z'::timestamptz, 'not even the time');

-- ---------- the second ----------

SELECT is(pg_temp.tried(pg_temp.foreign_token(:'second')), 'INVALID_TOKEN',
	'a token with a secret that is not known yet is invalid');
SELECT isnt(jerry.import_key(:'second'), NULL, 'another secret can be imported');
SELECT is(pg_temp.keys_now(), 'second active imported, first verifying imported',
	'the key that was active goes on verifying');
SELECT is(pg_temp.tried(:'first_token'), 'OK', 'tokens of the earlier key stay good');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'first')), 'OK', 'also without a kid');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'second')), 'OK', 'tokens of the new one are good');
SELECT is(pg_temp.tried(pg_temp.foreign_token('neither-secret-' || repeat('3', 32))), 'INVALID_TOKEN',
	'tokens of neither are not');
SELECT jerry.create_access_token('{}') AS second_token \gset
SELECT is(convert_from(pg_temp.from_base64url(split_part(:'second_token', '.', 1)), 'UTF8')::json->>'kid',
	pg_temp.kid(:'second'), 'new tokens are signed with the new one');

-- ---------- back, and away ----------

SELECT isnt(jerry.import_key(:'first'), NULL, 'the first can be imported once more');
SELECT is(pg_temp.keys_now(), 'first active imported, second verifying imported', 'and is active again');
SELECT is(pg_temp.tried(:'second_token'), 'OK', 'while the second goes on verifying');
UPDATE jerry.signing_key SET status = 'retired' WHERE kid = pg_temp.kid(:'second');
SELECT is(pg_temp.tried(:'second_token'), 'INVALID_TOKEN', 'the next statement sees that a key was retired');
SELECT is(pg_temp.tried(pg_temp.foreign_token(:'second')), 'INVALID_TOKEN', 'also for tokens without a kid');
SELECT is(pg_temp.tried(:'first_token'), 'OK', 'the other key is still there');
SELECT throws_ok(format('SELECT jerry.import_key(%L)', :'second'), '55000', 'this key was retired',
	'a retired secret does not come back by importing it');
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
		format('{"user_id":"%s","email":"user@example.com","exp":%s,"type":"access"}', :'user_id',
			pg_temp.unix_now() + 86400), :'first'))), 'OK',
	'an access token of the service that had the secret before validates its user');

TRUNCATE jerry.signing_key;
SELECT is(pg_temp.tried(:'own_token'), 'INVALID_TOKEN', 'the next statement sees that all keys are gone');

SELECT * FROM finish();
ROLLBACK;

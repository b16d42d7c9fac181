-- jerry.rotate_key, and what jerry.maintain does about keys: next, active, verifying, retired
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('rotate_key(boolean)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.rotate_key()', reason => 'it writes');

-- what there is and is not retired, oldest first
CREATE FUNCTION pg_temp.states() RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', CASE WHEN imported THEN 'imported' END, algorithm, status, signs), ', '
		ORDER BY created_at, algorithm) FROM jerry.list_keys() WHERE status <> 'retired');
-- some time later
CREATE FUNCTION pg_temp.later(by interval) RETURNS void LANGUAGE sql AS $$
	UPDATE jerry.signing_key SET status_at = status_at - by, created_at = created_at - by;
	SELECT jerry.maintain();
$$;
CREATE FUNCTION pg_temp.header(token text) RETURNS json
	RETURN convert_from(pg_temp.from_base64url(split_part(token, '.', 1)), 'UTF8')::json;
CREATE FUNCTION pg_temp.tried(tokens json) RETURNS text
	RETURN concat_ws('/', pg_temp.verdict(jerry.validate_token(tokens->>'access_token')),
		pg_temp.verdict(jerry.refresh(tokens->>'refresh_token')));
-- the algorithms that sign access and refresh tokens
CREATE FUNCTION pg_temp.used() RETURNS text RETURN (
	WITH t AS MATERIALIZED (SELECT pg_temp.log_in() AS tokens)
	SELECT concat_ws('/', pg_temp.header(tokens->>'access_token')->>'alg',
		pg_temp.header(tokens->>'refresh_token')->>'alg') FROM t);

DELETE FROM jerry.signing_key;
SELECT pg_temp.new_user() AS user_id \gset

-- ---------- HS256 ----------

SELECT is(jerry.rotate_key(NULL), NULL, 'NULL rotates nothing');
SELECT matches(jerry.rotate_key(), '^[0-9a-f]{16}$', 'without a key it makes the first');
SELECT is(pg_temp.states(), 'HS256 active access, refresh', 'which signs all tokens');
SELECT pg_temp.log_in() AS first \gset
SELECT jerry.rotate_key() AS kid \gset
SELECT is(pg_temp.states(), 'HS256 verifying, HS256 active access, refresh',
	'a new key of HS256 signs at once, as it is not published, and the old one goes on verifying');
SELECT is(pg_temp.tried(:'first'), 'OK/OK', 'tokens of before stay good');
SELECT pg_temp.log_in() AS second \gset
SELECT is(pg_temp.header((:'second'::json)->>token)->>'kid', :'kid', 'the new one signs the ' || token)
FROM unnest(ARRAY['access_token', 'refresh_token']) AS token;

SELECT pg_temp.later('7 days 24 hours') \g /dev/null
SELECT is(pg_temp.states(), 'HS256 verifying, HS256 active access, refresh',
	'it verifies as long as its refresh tokens live, and jerry.key_grace longer');
SELECT is(pg_temp.tried(:'first'), 'OK/OK', 'what it has signed');
SELECT pg_temp.later('31 seconds') \g /dev/null
SELECT is(pg_temp.states(), 'HS256 active access, refresh', 'then it is retired');
SELECT is(pg_temp.tried(:'first'), 'INVALID_TOKEN/INVALID_TOKEN', 'and its tokens are invalid');
SELECT set_eq('SELECT status, secret IS NULL FROM jerry.signing_key',
	$$ VALUES ('active', false), ('retired', true) $$, 'its secret is gone, its kid stays');
SELECT is(pg_temp.tried(:'second'), 'OK/OK', 'the other key is as before');
SELECT pg_temp.later('10 years') \g /dev/null
SELECT is(pg_temp.states(), 'HS256 active access, refresh', 'without jerry.key_rotation_interval no time replaces it');

-- ---------- to an algorithm that others can check ----------

SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT pg_temp.later('10 years') \g /dev/null
SELECT is(pg_temp.states(), 'HS256 active access, refresh', 'another algorithm alone changes nothing');
SELECT is(pg_temp.used(), 'HS256/HS256', 'nor any token');
SELECT jerry.rotate_key() AS es \gset
SELECT matches(:'es'::text, '^[A-Za-z0-9_-]{43}$', 'a rotation makes a key of it, named by its thumbprint');
SELECT is(pg_temp.states(), 'HS256 active access, refresh, ES256 next', 'which is published, and does not sign');
SELECT is(jerry.rotate_key(), :'es', 'again: it is the next already');
SELECT is(pg_temp.states(), 'HS256 active access, refresh, ES256 next', 'and stays the only one');
SELECT pg_temp.log_in() AS third \gset
SELECT is(pg_temp.header((:'third'::json)->>'access_token')->>'alg', 'HS256', 'the old one signs meanwhile');
SELECT pg_temp.later('23 hours 59 minutes') \g /dev/null
SELECT is(pg_temp.states(), 'HS256 active access, refresh, ES256 next', 'it waits for jerry.key_publish_time');
SELECT pg_temp.later('1 minute') \g /dev/null
SELECT is(pg_temp.states(), 'HS256 active refresh, ES256 active access', 'then it signs access tokens');
SELECT pg_temp.log_in() AS fourth \gset
SELECT is(pg_temp.header((:'fourth'::json)->>'access_token')::text, format('{"alg":"ES256","typ":"JWT","kid":"%s"}',
	:'es'), 'with its kid');
SELECT is(pg_temp.header((:'fourth'::json)->>'refresh_token')->>'alg', 'HS256',
	'refresh tokens stay HS256: nobody else reads them');
SELECT is(pg_temp.tried(:'third'), 'OK/OK', 'tokens of before stay good');
SELECT is(pg_temp.tried(:'fourth'), 'OK/OK', 'so are the new ones');

-- ---------- to another of them ----------

SET LOCAL jerry.signing_algorithm = 'EdDSA';
SELECT jerry.rotate_key() AS ed \gset
SELECT is(pg_temp.states(),
	'HS256 verifying, ES256 active access, EdDSA next, HS256 active refresh',
	'all that Jerry has made is replaced, each in its way');
SET LOCAL jerry.signing_algorithm = 'RS256';
SELECT jerry.rotate_key() AS rs \gset
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'ed'), 'retired',
	'a key that waits with another algorithm waits in vain');
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'rs'), 'next', 'and is replaced');
SELECT pg_temp.later('1 day') \g /dev/null
SELECT is(pg_temp.used(), 'RS256/HS256', 'the last one signs');
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'es'), 'verifying', 'the one before it verifies');
SELECT is(pg_temp.tried(:'fourth'), 'OK/OK', 'what it has signed');
SELECT pg_temp.later('2 days 29 seconds') \g /dev/null
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'es'), 'verifying',
	'as long as its access tokens live, a leeway, and jerry.key_grace longer');
SELECT pg_temp.later('2 seconds') \g /dev/null
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'es'), 'retired', 'then it is retired');
SELECT ok(secret IS NULL AND public_key IS NOT NULL, 'what could sign is gone')
FROM jerry.signing_key WHERE kid = :'es';

-- ---------- back to HS256 ----------

SET LOCAL jerry.signing_algorithm = 'HS256';
SELECT pg_temp.log_in() AS fifth \gset
SELECT jerry.rotate_key() AS kid \gset
SELECT is(pg_temp.used(), 'HS256/HS256', 'HS256 signs all tokens again, at once');
SELECT is((SELECT signs FROM jerry.list_keys() WHERE kid = :'kid'), 'access, refresh', 'with one key');
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'rs'), 'verifying', 'the other verifies');
SELECT is(pg_temp.tried(:'fifth'), 'OK/OK', 'what it has signed');
SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT jerry.rotate_key() AS waiting \gset
SET LOCAL jerry.signing_algorithm = 'HS256';
SELECT isnt(jerry.rotate_key(), :'waiting', 'a key that waited to take over');
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'waiting'), 'retired', 'does so no more');

-- ---------- at once ----------

SELECT pg_temp.log_in() AS stolen \gset
SELECT jerry.rotate_key(true) AS kid \gset
SELECT is(pg_temp.states(), 'HS256 active access, refresh', 'at once: what there was is retired');
SELECT is(pg_temp.tried(tokens::json), 'INVALID_TOKEN/INVALID_TOKEN', 'and no token that it signed is good')
FROM (VALUES (:'fifth'), (:'stolen')) AS t (tokens);
SELECT is(pg_temp.used(), 'HS256/HS256', 'new ones are');
SELECT is((SELECT count(*)::int FROM jerry.signing_key WHERE status = 'retired' AND secret IS NOT NULL), 0,
	'no secret is left of them');
SET LOCAL jerry.signing_algorithm = 'EdDSA';
SELECT jerry.rotate_key(true) AS ed \gset
SELECT is(pg_temp.states(), 'EdDSA active access, HS256 active refresh',
	'at once with another algorithm: its key does not wait');
SELECT jerry.rotate_key() AS next \gset
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'next'), 'next', 'one that waits');
SELECT is(jerry.rotate_key(true), :'next', 'is the one that takes over, as services know it already');
SELECT is(pg_temp.states(), 'EdDSA active access, HS256 active refresh', 'of the others nothing is left');
SELECT isnt(jerry.rotate_key(true), :'next', 'the next time it is a new one');

-- ---------- by time ----------

SET LOCAL jerry.key_rotation_interval = '90d';
SELECT pg_temp.later('89 days 23 hours') \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA active access, HS256 active refresh', 'a key signs for jerry.key_rotation_interval');
SELECT pg_temp.log_in() AS tokens \gset
SELECT pg_temp.later('1 hour') \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA active access, HS256 verifying, EdDSA next, HS256 active refresh',
	'then it is replaced');
SELECT jerry.maintain() \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA active access, HS256 verifying, EdDSA next, HS256 active refresh',
	'once');
SELECT pg_temp.later('1 day') \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA verifying, HS256 verifying, EdDSA active access, HS256 active refresh',
	'and the next one signs');
SELECT is(pg_temp.tried(:'tokens'), 'OK/OK', 'no token is lost');
SELECT pg_temp.later('60 days') \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA active access, HS256 active refresh', 'in the end the old ones are retired');
SET LOCAL jerry.key_publish_time = 0;
SET LOCAL jerry.key_grace = '300d';
SELECT pg_temp.later('31 days'), jerry.maintain() \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA verifying, HS256 verifying, EdDSA active access, HS256 active refresh',
	'without jerry.key_publish_time the next one signs with the next call');
SELECT pg_temp.later('89 days') \g /dev/null
SELECT is(pg_temp.states(), 'EdDSA verifying, HS256 verifying, EdDSA active access, HS256 active refresh',
	'jerry.key_grace keeps the old ones');

-- ---------- keys of others ----------

DELETE FROM jerry.signing_key;
RESET jerry.key_grace;
SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT jerry.import_key('a secret that another service knows') AS shared \gset
SELECT pg_temp.later('1 year') \g /dev/null
SELECT is(pg_temp.states(), 'imported HS256 active access, refresh', 'a key that others know is not replaced by time');
SELECT is(due_at, NULL::timestamptz, 'and says so') FROM jerry.list_keys();
SET LOCAL jerry.key_publish_time = '1d';
SELECT jerry.rotate_key() AS es \gset
SELECT is(pg_temp.states(), 'imported HS256 active access, refresh, ES256 next',
	'by hand it is: those who check with it have time until the next one signs');
SELECT pg_temp.later('1 day') \g /dev/null
SELECT is(pg_temp.states(), 'imported HS256 active refresh, ES256 active access', 'which it does');
SELECT isnt(jerry.rotate_key(), :'es', 'the next rotation makes another one');
SELECT is((SELECT status FROM jerry.list_keys() WHERE kid = :'shared'), 'active',
	'and leaves the secret that others know, as it signs nothing that they read');
SELECT jerry.import_key('another secret that another service knows') \g /dev/null
SELECT is(pg_temp.states(),
	'imported HS256 verifying, ES256 verifying, imported HS256 active access, refresh',
	'a secret that is imported signs all tokens, and nobody waits to take over');
SELECT pg_temp.later('1 year') \g /dev/null
SELECT is(pg_temp.states(), 'imported HS256 verifying, imported HS256 active access, refresh',
	'nor is it retired by time: others may still sign with it');

DELETE FROM jerry.signing_key;
SELECT pg_temp.log_in() \g /dev/null
SELECT jerry.import_key((SELECT jerry.jwks()->'keys'->0)::text) \g /dev/null
SELECT is(pg_temp.states(), 'ES256 active access, HS256 active refresh', 'who has our public key has not our key');
SELECT jerry.rotate_key() \g /dev/null
SELECT jerry.import_key('-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----') \g /dev/null
SELECT is(pg_temp.states(), 'ES256 verifying, HS256 verifying, HS256 active refresh, imported EdDSA active access',
	'a private key that is imported signs access tokens, and nobody waits to take over');

-- ---------- what somebody has changed by hand ----------

DELETE FROM jerry.signing_key;
SET LOCAL jerry.signing_algorithm = 'HS256';
SELECT pg_temp.log_in() AS tokens \gset
UPDATE jerry.signing_key SET status = 'retired';
SELECT jerry.maintain() \g /dev/null
SELECT set_eq('SELECT status, secret IS NULL FROM jerry.signing_key', $$ VALUES ('retired', true) $$,
	'of a key that was retired by hand the secret is wiped');
SELECT pg_temp.log_in() AS tokens \gset
UPDATE jerry.signing_key SET status = 'verifying' WHERE status = 'active';
SELECT throws_ok('SELECT pg_temp.log_in()', '55000', 'there is no active signing key', 'without an active key');
SELECT jerry.rotate_key() \g /dev/null
SELECT is(pg_temp.states(), 'HS256 verifying, HS256 active access, refresh', 'a rotation makes one');

-- ---------- a new installation ----------

SET LOCAL jerry.signing_algorithm = 'ES256';
DELETE FROM jerry.signing_key;
SELECT is(pg_temp.used(), 'ES256/HS256', 'the first keys are made by jerry.signing_algorithm');
SELECT is(pg_temp.states(), 'ES256 active access, HS256 active refresh', 'both are there');
DELETE FROM jerry.signing_key WHERE algorithm = 'HS256';
SELECT is(pg_temp.used(), 'ES256/HS256', 'one that lacks the key of its refresh tokens');
SELECT is(pg_temp.states(), 'ES256 active access, HS256 active refresh', 'makes it anew');
DELETE FROM jerry.signing_key;
SELECT jerry.create_access_token('{}') AS token \gset
SELECT is(pg_temp.header(:'token')->>'alg', 'ES256', 'whichever token comes first');

SELECT * FROM finish();
ROLLBACK;

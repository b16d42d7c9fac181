-- jerry.jwks: the public keys with which others check access tokens
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('jwks()', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'u',
	strict => false, call => 'SELECT jerry.jwks()', reason => 'it reads what the last commit left');

CREATE FUNCTION pg_temp.published() RETURNS SETOF json LANGUAGE sql STABLE AS
	$$ SELECT json_array_elements(jerry.jwks()->'keys') $$;

DELETE FROM jerry.signing_key;
SELECT is(jerry.jwks()::text, '{"keys":[]}', 'without keys it is empty');
SELECT jerry.create_access_token('{}') \g /dev/null
SELECT is(jerry.jwks()::text, '{"keys":[]}', 'a key of HS256 is not in it: who can check with it can sign with it');
SELECT jerry.import_key('a secret that another service knows') \g /dev/null
SELECT is(jerry.jwks()::text, '{"keys":[]}', 'whoever knows it');

SET LOCAL jerry.signing_algorithm = 'ES256';
SELECT jerry.rotate_key() AS es \gset
SELECT is(jerry.jwks()::text, format('{"keys":[{"kty":"EC","crv":"P-256","x":"%s","y":"%s","use":"sig",'
	'"alg":"ES256","kid":"%s"}]}', pg_temp.base64url(substring(public_key FROM 1 FOR 32)),
	pg_temp.base64url(substring(public_key FROM 33)), kid), 'a key that will sign is in it')
FROM jerry.signing_key WHERE kid = :'es';
SELECT is(:'es', pg_temp.base64url(digest(format('{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}', k->>'x', k->>'y'),
	'sha256')), 'its kid is its thumbprint (RFC 7638)') FROM pg_temp.published() AS k;
SELECT jerry.rotate_key(true) \g /dev/null

SET LOCAL jerry.signing_algorithm = 'EdDSA';
SELECT jerry.rotate_key() AS ed \gset
SELECT is((SELECT k::text FROM pg_temp.published() AS k WHERE k->>'kid' = :'ed'),
	format('{"kty":"OKP","crv":"Ed25519","x":"%s","use":"sig","alg":"EdDSA","kid":"%s"}',
	pg_temp.base64url(public_key), kid), 'Ed25519') FROM jerry.signing_key WHERE kid = :'ed';
SELECT is((SELECT count(*)::int FROM pg_temp.published()), 2, 'beside the one that signs');
UPDATE jerry.signing_key SET status_at = status_at - interval '1 day';
SELECT jerry.maintain() \g /dev/null
SELECT set_eq($$ SELECT k->>'kid' FROM pg_temp.published() AS k $$, ARRAY[:'es', :'ed'],
	'one that has signed stays in it while it verifies');
UPDATE jerry.signing_key SET status_at = status_at - interval '3 days';
SELECT jerry.maintain() \g /dev/null
SELECT set_eq($$ SELECT k->>'kid' FROM pg_temp.published() AS k $$, ARRAY[:'ed'], 'and is gone when it is retired');

SET LOCAL jerry.signing_algorithm = 'RS256';
SELECT jerry.rotate_key() AS rs \gset
SELECT matches((SELECT k::text FROM pg_temp.published() AS k WHERE k->>'kid' = :'rs'),
	'^\{"kty":"RSA","n":"[A-Za-z0-9_-]+","e":"AQAB","use":"sig","alg":"RS256","kid":"' || :'rs' || '"\}$', 'RSA');
SELECT is((SELECT length(k->>'n') FROM pg_temp.published() AS k WHERE k->>'kid' = :'rs'), 342, 'of 2048 bits');
SAVEPOINT by_hand;
UPDATE jerry.signing_key SET status = 'retired' WHERE kid = :'ed';
SELECT set_eq($$ SELECT k->>'kid' FROM pg_temp.published() AS k $$, ARRAY[:'rs'], 'one retired by hand is gone, too');
ROLLBACK TO SAVEPOINT by_hand;

-- the key of somebody else verifies here, and services that ask Jerry need not trust it
UPDATE jerry.signing_key SET secret = NULL, status = 'verifying', imported = true WHERE kid = :'rs';
SELECT set_eq($$ SELECT k->>'kid' FROM pg_temp.published() AS k $$, ARRAY[:'ed'],
	'a public key that was imported is not in it');

SELECT * FROM finish();
ROLLBACK;

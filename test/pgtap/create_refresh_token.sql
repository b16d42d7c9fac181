-- jerry.create_refresh_token: signs a refresh token with the claims that it is given
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('create_refresh_token(json)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false,
	call => 'SELECT jerry.create_refresh_token(''{}'')', reason => 'each call makes a new token, the first one a key');

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user() AS id;
SELECT pg_temp.log_in() AS data \gset
SELECT jerry.create_refresh_token(format('{"sub":"%s"}', id)::json) AS token FROM account \gset
SELECT secret FROM jerry.signing_key WHERE status = 'active' \gset

SELECT matches(:'token'::text, '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$',
	'a token is three segments of base64url without padding');
SELECT is(split_part(:'token', '.', 1), split_part((:'data'::json)->>'refresh_token', '.', 1),
	'it has the header of every token');
SELECT is(split_part(:'token', '.', 3),
	pg_temp.base64url(hmac(convert_to(split_part(:'token', '.', 1) || '.' || split_part(:'token', '.', 2), 'UTF8'),
	:'secret', 'sha256')),
	'the signature is the HMAC of the active key');
SELECT is(pg_temp.keys(pg_temp.claims(:'token')), 'sub,type,iat,exp,jti', 'the claims that are Jerry''s own come last');
SELECT is(pg_temp.claims(:'token')->>'type', 'refresh', 'it is a refresh token');
SELECT is((c->>'exp')::bigint - (c->>'iat')::bigint, 604800::bigint, 'it lives for 7 days')
	FROM pg_temp.claims(:'token') AS c;
SELECT isnt(pg_temp.claims(jerry.create_refresh_token('{}'))->>'jti',
	pg_temp.claims(jerry.create_refresh_token('{}'))->>'jti', 'each has its own id');

SELECT is(pg_temp.verdict(jerry.decode_token(:'token', 'refresh')), 'OK', 'it is decoded as a refresh token');
SELECT is(pg_temp.verdict(jerry.decode_token(:'token', 'access')), 'INVALID_TOKEN', 'not as an access token');
SELECT is(pg_temp.verdict(jerry.validate_token(:'token')), 'INVALID_TOKEN', 'it validates nobody');
SELECT is(pg_temp.verdict(jerry.refresh(:'token')), 'INVALID_TOKEN', 'it refreshes nothing: there is no session');
SELECT is(pg_temp.verdict(jerry.refresh(jerry.create_refresh_token(pg_temp.claims((:'data'::json)->>'refresh_token')))),
	'INVALID_TOKEN',
	'the claims of a real one make no second one: the id is new');

SELECT is(pg_temp.claims(jerry.create_refresh_token('{"type":"access","exp":1,"x":2}'))->>'type', 'refresh',
	'the type cannot be given');
SELECT is(pg_temp.claims(jerry.create_refresh_token('{"type":"access","exp":1,"x":2}'))->>'x', '2', 'other claims can');

SET LOCAL jerry.refresh_token_ttl = '1h';
SELECT is((c->>'exp')::bigint - (c->>'iat')::bigint, 3600::bigint, 'jerry.refresh_token_ttl is its life')
	FROM pg_temp.claims(jerry.create_refresh_token('{}')) AS c;

SELECT throws_ok(format('SELECT jerry.create_refresh_token(%L)', data), '22023', 'claims must be a JSON object',
	format('%s is no set of claims', coalesce(data, 'NULL')))
FROM unnest(ARRAY[NULL, '[]', '"x"']) AS data;
SELECT throws_ok($$ SELECT jerry.create_refresh_token(json_build_object('x', repeat('x', 6100))) $$, '54000',
	'token would be longer than 8192 bytes',
	'one that nobody would accept cannot be made');

SELECT * FROM finish();
ROLLBACK;

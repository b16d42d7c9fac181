-- jerry.create_access_token: signs an access token with the claims that it is given
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('create_access_token(json,interval)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.create_access_token(''{}'')', reason => 'each call makes a new token, the first one a key');

SELECT jerry.create_access_token('{"sub":"somebody","name":"somebody","email":"user@example.com"}') AS token \gset
SELECT convert_from(pg_temp.from_base64url(split_part(:'token', '.', 1)), 'UTF8') AS header, kid,
secret FROM jerry.signing_key WHERE status = 'active' \gset

-- ---------- form ----------

SELECT matches(:'token'::text, '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$',
	'a token is three segments of base64url without padding');
SELECT is(:'header'::text, format('{"alg":"HS256","typ":"JWT","kid":"%s"}', :'kid'),
	'the header names algorithm, type and key');
SELECT is(split_part(:'token', '.', 3),
	pg_temp.base64url(hmac(convert_to(split_part(:'token', '.', 1) || '.' || split_part(:'token', '.', 2), 'UTF8'),
	:'secret', 'sha256')),
	'the signature is the HMAC of the active key');
SELECT is(pg_temp.keys(pg_temp.claims(:'token')), 'sub,name,email,type,iat,exp,jti',
	'the claims that are Jerry''s own come last');
SELECT is(pg_temp.claims(:'token')->>'type', 'access', 'it is an access token');
SELECT ok(abs((pg_temp.claims(:'token')->>'iat')::bigint - pg_temp.unix_now()) < 60, 'it was issued now');
SELECT matches(pg_temp.claims(:'token')->>'jti',
	'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', 'its id is a random UUID');
SELECT is((SELECT count(DISTINCT pg_temp.claims(jerry.create_access_token('{}'))->>'jti')::int
	FROM generate_series(1, 50)), 50, 'no id comes twice');

-- ---------- life ----------

SELECT is((c->>'exp')::int - (c->>'iat')::int, seconds, name)
FROM (VALUES
	(NULL::interval, 86400, 'a token lives for 24 hours'),
	('1 hour', 3600, 'or as long as it is told to'),
	('1 day', 86400, 'a day is told in days'),
	('-1 hour', -3600, 'one that ended before it began can be made'),
	('0', 0, 'one that ends as it begins too')
) AS t (delta, seconds, name), LATERAL (SELECT pg_temp.claims(jerry.create_access_token('{}', delta))) AS l (c);
SELECT is(pg_temp.verdict(jerry.decode_token(jerry.create_access_token('{}', '-1 second'))), 'EXPIRED_TOKEN',
	'a token with a negative life has expired');
SELECT is(pg_temp.verdict(jerry.decode_token(jerry.create_access_token('{}', '1 minute'))), 'OK',
	'a token with a positive life is good');

SAVEPOINT settings;
SET LOCAL jerry.access_token_ttl = '15min';
SELECT is((c->>'exp')::bigint - (c->>'iat')::bigint, 900::bigint, 'jerry.access_token_ttl is the default')
	FROM pg_temp.claims(jerry.create_access_token('{}')) AS c;
SELECT is((c->>'exp')::bigint - (c->>'iat')::bigint, 60::bigint, 'and no more than that')
	FROM pg_temp.claims(jerry.create_access_token('{}', '1 minute')) AS c;
SET LOCAL jerry.issuer = 'https://login.example.com/"a"';
SET LOCAL jerry.audience = U&'shop \00E9';
SELECT jerry.create_access_token('{}') AS named \gset
SELECT is(pg_temp.keys(pg_temp.claims(:'named')), 'type,iat,exp,jti,iss,aud',
	'issuer and audience are claims when they are set');
SELECT is(pg_temp.claims(:'named')->>'iss', 'https://login.example.com/"a"', 'iss is jerry.issuer');
SELECT is(pg_temp.claims(:'named')->>'aud', U&'shop \00E9', 'aud is jerry.audience');
ROLLBACK TO SAVEPOINT settings;

-- ---------- given claims ----------

SELECT is(pg_temp.claims(jerry.create_access_token(data::json))->>name, expected,
	format('claim %s of %s is %s', name, data, coalesce(expected, 'left out')))
FROM (VALUES
	('{"sub":"x"}', 'sub', 'x'),
	('{"type":"refresh"}', 'type', 'access'),
	('{"iss":"x"}', 'iss', NULL),
	('{"aud":["x"]}', 'aud', NULL),
	('{"nbf":1}', 'nbf', NULL),
	('{"n":1.5}', 'n', '1.5'),
	('{"n":12345678901234567890}', 'n', '12345678901234567890'),
	('{"t":true}', 't', 'true'),
	('{"z":null}', 'z', NULL),
	('{"a":[1,{"b":[]}],"sub":"x"}', 'a', '[1, {"b": []}]'),
	('{"x":"first","x":"last"}', 'x', 'last')
) AS t (data, name, expected);
SELECT isnt(pg_temp.claims(jerry.create_access_token('{"iat":1,"exp":2,"jti":"x"}'))->>claim, value,
	format('claim %s is Jerry''s own', claim))
FROM (VALUES ('iat', '1'), ('exp', '2'), ('jti', 'x')) AS t (claim, value);
SELECT is(pg_temp.claims(jerry.create_access_token(json_build_object(name, name)))->>name, name,
	format('claim %s comes through', to_json(name)))
FROM unnest(ARRAY[E'a"b\\c', E'\n', U&'\00E9\+01F600', '']) AS name;

SELECT throws_ok(format('SELECT jerry.create_access_token(%L)', data), '22023', 'claims must be a JSON object',
	format('%s is no set of claims', coalesce(data, 'NULL')))
FROM unnest(ARRAY[NULL, 'null', '1', '"x"', '[]', 'true']) AS data;

-- ---------- length ----------

SELECT lives_ok($$ SELECT jerry.create_access_token(json_build_object('x', repeat('x', 5800))) $$,
	'a token of almost 8192 bytes can be made');
SELECT throws_ok($$ SELECT jerry.create_access_token(json_build_object('x', repeat('x', 6100))) $$, '54000',
	'token would be longer than 8192 bytes',
	'one that nobody would accept cannot');
SELECT throws_ok($$ SELECT jerry.create_access_token(json_build_object('x', repeat('x', 1000000))) $$, '54000',
	'token would be longer than 8192 bytes',
	'a megabyte of claims cannot');

SELECT * FROM finish();
ROLLBACK;

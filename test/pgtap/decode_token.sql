-- jerry.decode_token: signature, type and time of a token, and whatever a forger might try
BEGIN;
\ir setup.psql

SELECT jerry.import_key('jerry-test-secret-of-32-bytes-ok') AS kid \gset
INSERT INTO jerry.signing_key VALUES
	('own', 'HS256', 'jerry-test-secret-of-our-own-key', 'verifying', false, now()),
	('retired', 'HS256', 'jerry-test-secret-that-was-ended', 'retired', true, now());

-- signed with the imported key, by a service that knows it
CREATE FUNCTION pg_temp.forge(payload text, header text DEFAULT '{"alg":"HS256","typ":"JWT"}',
	secret text DEFAULT 'jerry-test-secret-of-32-bytes-ok') RETURNS text
	RETURN pg_temp.sign(header, payload, secret);
CREATE FUNCTION pg_temp.tried(token text) RETURNS text
	RETURN pg_temp.verdict(jerry.decode_token(token));
SELECT format('{"type":"access","exp":%s}', pg_temp.unix_now() + 600) AS good, pg_temp.unix_now() AS now \gset

SELECT pg_temp.declared('decode_token(text,text)', roles => 'jerry_admin, jerry_api', volatility => 's',
	parallel => 's', strict => false,
	call => 'SELECT jerry.decode_token(''x'')', reason => 'it reads the clock and the keys');

-- ---------- success ----------

SELECT jerry.create_access_token('{"sub":"somebody","a":{"b":[1]}}') AS access,
	jerry.create_refresh_token('{"sub":"somebody"}') AS refresh \gset
SELECT is(pg_temp.without_time(jerry.decode_token(:'access')),
	format('{"success":true,"data":%s,"timestamp":"T"}', pg_temp.claims(:'access')),
	'the data are the claims, byte by byte');
SELECT is(pg_temp.without_time(jerry.decode_token(:'refresh', 'refresh')),
	format('{"success":true,"data":%s,"timestamp":"T"}', pg_temp.claims(:'refresh')),
	'also those of a refresh token');
SELECT is((jerry.decode_token(pg_temp.forge(:'good'))->'data')::text, :'good',
	'a token of another service that has the secret is good');
SELECT is(pg_temp.tried(pg_temp.forge(format(E' {\n"exp" : %s ,\t"type":"access"} ', :now + 600))), 'OK',
	'its JSON may have white space');

-- ---------- arguments ----------

SELECT is(pg_temp.complaint(jerry.decode_token(token, type)), expected, name)
FROM (VALUES
	(NULL, 'access', 'VALIDATION_ERROR/token/Field is required', 'a missing token is told'),
	(NULL, NULL, 'VALIDATION_ERROR/token/Field is required', 'a missing token is told first'),
	(:'access', NULL, 'VALIDATION_ERROR/token_type/Type must be access or refresh', 'a missing type is told'),
	(:'access', '', 'VALIDATION_ERROR/token_type/Type must be access or refresh', 'an empty type is told'),
	(:'access', 'ACCESS', 'VALIDATION_ERROR/token_type/Type must be access or refresh', 'the case of the type matters'),
	(:'access', 'id', 'VALIDATION_ERROR/token_type/Type must be access or refresh', 'an unknown type is told'),
	(:'access', 'refresh', 'INVALID_TOKEN', 'an access token is no refresh token'),
	(:'refresh', 'access', 'INVALID_TOKEN', 'a refresh token is no access token')
) AS t (token, type, expected, name);

-- ---------- headers: whole, before anything is parsed ----------

SELECT is(pg_temp.tried(pg_temp.forge(:'good', header)), 'OK', 'header ' || header || ' is good')
FROM unnest(ARRAY['{"alg":"HS256","typ":"JWT"}', '{"typ":"JWT","alg":"HS256"}', '{"alg":"HS256"}']) AS header;
SELECT is(pg_temp.tried(pg_temp.forge(:'good', replace(header, 'KID', :'kid'))), 'OK',
	'header ' || header || ' is good')
FROM unnest(ARRAY['{"alg":"HS256","typ":"JWT","kid":"KID"}', '{"alg":"HS256","kid":"KID","typ":"JWT"}',
	'{"typ":"JWT","alg":"HS256","kid":"KID"}',
	'{"typ":"JWT","kid":"KID","alg":"HS256"}', '{"kid":"KID","alg":"HS256","typ":"JWT"}',
	'{"kid":"KID","typ":"JWT","alg":"HS256"}',
	'{"alg":"HS256","kid":"KID"}']) AS header;
SELECT is(pg_temp.tried(pg_temp.forge(:'good', replace(header, 'KID', :'kid'))), 'INVALID_TOKEN',
	'header ' || header || ' is refused')
FROM unnest(ARRAY[
	'{"alg":"none","typ":"JWT"}', '{"alg":"None","typ":"JWT"}', '{"alg":"none","typ":"JWT","kid":"KID"}',
	'{"alg":"HS384","typ":"JWT"}',
	'{"alg":"HS512","typ":"JWT"}', '{"alg":"hs256","typ":"JWT"}', '{"alg":"RS256","typ":"JWT"}',
	'{"alg":"ES256","typ":"JWT"}', '{"alg":"","typ":"JWT"}',
	'{"alg":null,"typ":"JWT"}', '{"alg":["HS256"],"typ":"JWT"}', '{"typ":"JWT"}', '{}', '[]', 'null', '', '{', 'x',
	'{"alg":"HS256","alg":"none","typ":"JWT"}', '{"alg":"none","alg":"HS256","typ":"JWT"}',
	'{"alg":"HS256","typ":"JWE"}', '{"alg":"HS256","typ":"at+jwt"}',
	'{"alg":"HS256","typ":"JWT","crit":["exp"]}', '{"alg":"HS256","typ":"JWT","b64":false}',
	'{"alg":"HS256","typ":"JWT","zip":"DEF"}',
	'{"alg":"HS256","typ":"JWT","jku":"https://example.com/keys"}',
	'{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"AA"}}',
	'{"alg":"HS256","typ":"JWT","x5u":"https://example.com"}', '{"alg":"HS256","typ":"JWT","kid":"nobody"}',
	'{"alg":"HS256","typ":"JWT","kid":""}',
	'{"alg":"HS256","typ":"JWT","kid":null}', '{"alg":"HS256","typ":"JWT","kid":"../../etc/passwd"}',
	'{"alg":"HS256","typ":"JWT","kid":"'' OR true --"}',
	'{"alg":"HS256","typ":"JWT","kid":"own"}', '{"alg":"HS256","typ":"JWT","kid":"retired"}',
	'{"alg": "HS256", "typ": "JWT"}', '{"alg":"HS256","typ":"JWT"} ',
	'{"alg":"HS256","typ":"JWT"}{}', '{"\u0061lg":"HS256","typ":"JWT"}',
	'{"alg":"HS256","typ":"JWT","kid":"KID","kid":"KID"}'
]) AS header;
SELECT is(pg_temp.tried(pg_temp.forge(:'good', '{"alg":"HS256","typ":"JWT","kid":"own"}',
	'jerry-test-secret-of-our-own-key')), 'OK',
	'a key that was not imported verifies by its kid');
SELECT is(pg_temp.tried(pg_temp.forge(:'good', '{"alg":"HS256","typ":"JWT"}', 'jerry-test-secret-of-our-own-key')),
	'INVALID_TOKEN', 'but not without');
SELECT is(pg_temp.tried(pg_temp.forge(:'good', '{"alg":"HS256","typ":"JWT","kid":"retired"}',
	'jerry-test-secret-that-was-ended')), 'INVALID_TOKEN',
	'a retired key verifies nothing');
SELECT is(pg_temp.tried(pg_temp.forge(:'good', '{"alg":"HS256","typ":"JWT"}', 'jerry-test-secret-that-was-ended')),
	'INVALID_TOKEN', 'with a kid or without');

-- ---------- signatures ----------

SELECT is(pg_temp.tried(pg_temp.forge(:'good', '{"alg":"HS256","typ":"JWT"}', secret)), 'INVALID_TOKEN',
	'a signature with ' || name || ' is refused')
FROM (VALUES
	('jerry-test-secret-of-32-bytes-oK', 'another secret'),
	('', 'no secret'),
	('jerry-test-secret-of-32-bytes-o', 'the beginning of the secret'),
	('jerry-test-secret-of-32-bytes-ok ', 'a secret with a space behind it'),
	(:'kid', 'the kid as the secret')
) AS t (secret, name);
-- s: the signature, i: what is signed
SELECT is(pg_temp.tried(token), 'INVALID_TOKEN', 'a token with ' || name || ' is refused')
FROM (SELECT split_part(t, '.', 3) AS s, split_part(t, '.', 1) || '.' || split_part(t, '.', 2) AS i,
	split_part(t, '.', 2) AS p
		FROM (SELECT pg_temp.forge(:'good')) AS f (t)) AS f,
	LATERAL (VALUES
	(i, 'two segments'),
	(i || '.', 'an empty signature'),
	(i || '.' || left(s, -1), 'a signature that is one letter short'),
	(i || '.' || s || 'A', 'a signature that is one letter long'),
	(i || '.' || s || '=', 'a padded signature'),
	(i || '.' || s || ' ', 'a space behind the signature'),
	(i || '.' || s || E'\n', 'a line break behind the signature'),
	(i || '.' || s || '.', 'a dot behind the signature'),
	(i || '.' || s || '.' || s, 'four segments'),
	(i || '..' || s, 'two dots before the signature'),
	(i || '.' || translate(s, '-_', '+/') || CASE WHEN s ~ '[-_]' THEN '' ELSE '+' END,
		'a signature in another alphabet'),
	(i || '.' || overlay(s PLACING CASE left(s, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM 1),
		'another first letter of the signature'),
	(i || '.' || left(s, 42) || translate(right(s, 1), 'AEIMQUYcgkosw048', 'BFJNRVZdhlptx159'),
		'bits set that the signature leaves zero'),
	(i || '.' || repeat('A', 43), 'a signature of zeros'),
	('.' || p || '.' || s, 'no header'),
	('..' || s, 'nothing but a signature'),
	(replace(i, '.', '..') || '.' || s, 'an empty segment in the middle'),
	(' ' || i || '.' || s, 'a space before it'),
	(i || U&'.\00E9' || s, 'a letter beyond ASCII'),
	(left(i, -1) || '.' || s, 'a payload that was cut'),
	(i || 'A.' || s, 'a payload with a letter more')
) AS t (token, name);

-- ---------- payloads, all well signed ----------

-- the payload segment as it is, instead of what base64url would make
CREATE FUNCTION pg_temp.sign_segment(segment text) RETURNS text LANGUAGE sql AS $$
	SELECT i || '.' || pg_temp.base64url(hmac(convert_to(i, 'UTF8'), 'jerry-test-secret-of-32-bytes-ok', 'sha256'))
	FROM (SELECT pg_temp.base64url('{"alg":"HS256","typ":"JWT"}') || '.' || segment) AS t (i)
$$;
SELECT is(pg_temp.tried(pg_temp.sign_segment(pg_temp.base64url(convert_to(:'good', 'UTF8')))), 'OK',
	'a payload that is base64url is good');
SELECT is(pg_temp.tried(pg_temp.sign_segment(segment)), 'INVALID_TOKEN', 'a payload with ' || name || ' is refused')
FROM (SELECT pg_temp.base64url(convert_to(padded, 'UTF8'))
	FROM (VALUES (rpad(:'good', (length(:'good') + 2) / 3 * 3 + 1))) AS p (padded)) AS good (p),
	LATERAL (VALUES
	(p || '==', 'padding'), (p || '=', 'half its padding'), (p || ' ', 'a space'), (p || E'\n', 'a line break'),
	(left(p, 8) || E'\n' || substr(p, 9), 'a line break within'),
	(p || 'A.', 'a dot'), (left(p, -1) || '+', 'a plus sign'), (left(p, -1) || '/', 'a slash'),
	(left(p, -1), 'one letter of a group'), ('', 'nothing in it'),
	(left(p, -1) || translate(right(p, 1), 'AQgw', 'BRhx'), 'bits set that an encoder leaves zero'),
	(p || '!', 'an exclamation mark')
) AS t (segment, name);

SELECT is(pg_temp.tried(pg_temp.forge(payload)), 'INVALID_TOKEN', 'payload ' || payload || ' is refused')
FROM unnest(ARRAY['[]', '["a"]', '[1,[2]]', 'null', '1', '"x"', 'true', '{', '{}', '{"type":"access"', 'x', ' ',
	'[{"type":"access","exp":9999999999}]',
	'{"type":"access","exp":9999999999}x', '{"type":"access","exp":9999999999}{}',
	'{"type":"access","exp":9999999999,}', '{"type":"access","exp":9999999999,"a":01}',
	'{type:"access","exp":9999999999}', '{''type'':''access'',''exp'':9999999999}',
	'{"type":"access","exp":9999999999,"a":"\u0000"}',
	'{"type":"access","exp":9999999999,"a":"\ud800"}', '{"type":"access","exp":9999999999,"a":"\x"}',
	'{"type":"access","exp":9999999999,"a":NaN}',
	'{"type":"access","exp":9999999999,"exp":9999999999}', '{"type":"refresh","exp":9999999999,"type":"access"}',
	'{"type":"access","exp":9999999999,"a":1,"a":1}',
	'{"type":"access","exp":9999999999,"\u0065xp":9999999999}', '{"exp":9999999999}', '{"type":null,"exp":9999999999}',
	'{"type":["access"],"exp":9999999999}',
	'{"type":"ACCESS","exp":9999999999}', '{"type":"access ","exp":9999999999}', '{"type":"refresh","exp":9999999999}',
	'{"a":{"type":"access"},"exp":9999999999}']) AS payload;
SELECT is(pg_temp.tried(pg_temp.sign('{"alg":"HS256","typ":"JWT"}', convert_to(:'good', 'UTF8') || bytes,
	'jerry-test-secret-of-32-bytes-ok')), 'INVALID_TOKEN', name)
FROM (VALUES
	('\x00'::bytea, 'a payload with a zero byte behind it is refused'),
	('\xc328'::bytea, 'a payload that is not UTF-8 is refused'),
	('\xeda080'::bytea, 'a payload with a surrogate is refused'),
	('\xc080'::bytea, 'a payload with an overlong zero is refused')
) AS t (bytes, name);

SELECT is(pg_temp.tried(pg_temp.forge(format('{"type":"access",%s}', replace(times, 'NOW', (:now + offset_)::text)))),
	expected,
	format('%s, %s seconds from now, is %s', times, offset_, expected))
FROM (VALUES
	('"exp":NOW', 600, 'OK'), ('"exp":NOW', 0, 'EXPIRED_TOKEN'), ('"exp":NOW', -1, 'EXPIRED_TOKEN'),
	('"exp":0', 0, 'EXPIRED_TOKEN'), ('"exp":-5', 0, 'EXPIRED_TOKEN'),
	('"exp":253402300799', 0, 'OK'), ('"exp":253402300800', 0, 'INVALID_TOKEN'),
	('"exp":9223372036854775808', 0, 'INVALID_TOKEN'),
	('"exp":99999999999999999999999999', 0, 'INVALID_TOKEN'), ('"exp":1e10', 0, 'INVALID_TOKEN'),
	('"exp":NOW.0', 600, 'INVALID_TOKEN'), ('"exp":NOW.5', 600, 'INVALID_TOKEN'),
	('"exp":"NOW"', 600, 'INVALID_TOKEN'), ('"exp":null', 0, 'INVALID_TOKEN'), ('"exp":true', 0, 'INVALID_TOKEN'),
	('"exp":[NOW]', 600, 'INVALID_TOKEN'),
	('"exp":{"a":NOW}', 600, 'INVALID_TOKEN'), ('"exp":9999999999,"nbf":NOW', 20, 'OK'),
	('"exp":9999999999,"nbf":NOW', 600, 'INVALID_TOKEN'),
	('"exp":9999999999,"nbf":NOW', -600, 'OK'), ('"exp":9999999999,"nbf":"NOW"', -600, 'INVALID_TOKEN'),
	('"exp":9999999999,"iat":NOW', 600, 'OK'),
	('"exp":9999999999,"iat":"NOW"', 0, 'INVALID_TOKEN'), ('"exp":9999999999,"iat":NOW.5', 0, 'INVALID_TOKEN'),
	('"exp":9999999999,"iat":null', 0, 'INVALID_TOKEN'),
	('"exp":9999999999,"nbf":[NOW]', 600, 'INVALID_TOKEN'), ('"exp":9999999999,"nbf":{"a":NOW}', 600, 'INVALID_TOKEN'),
	('"exp":9999999999,"iat":[]', 0, 'INVALID_TOKEN')
) AS t (times, offset_, expected);

SELECT is(pg_temp.tried(pg_temp.forge(format('{"type":"access","exp":9999999999,%s}', claims))), expected,
	format('%s is %s', left(claims, 60), expected))
FROM (VALUES
	('"sub":"somebody"', 'OK'), ('"sub":7', 'INVALID_TOKEN'), ('"sub":{"sub":[]}', 'INVALID_TOKEN'), ('"":1', 'OK'),
	('"a":{"exp":"x","exp":"x"}', 'OK'),
	('"sub":"11111111-1111-4111-8111-111111111111","user_id":"11111111-1111-4111-8111-111111111111"', 'OK'),
	('"sub":"11111111-1111-4111-8111-111111111111","user_id":"22222222-2222-4222-8222-222222222222"', 'INVALID_TOKEN'),
	('"sid":"11111111-1111-4111-8111-111111111111"', 'OK'), ('"sid":"x"', 'INVALID_TOKEN'),
	('"sid":""', 'INVALID_TOKEN'),
	('"sid":"{11111111-1111-4111-8111-111111111111}"', 'INVALID_TOKEN'),
	('"sid":"11111111111141118111111111111111"', 'INVALID_TOKEN'),
	((SELECT string_agg(format('"c%s":1', n), ',') FROM generate_series(1, 62) AS n), 'OK'),
	((SELECT string_agg(format('"c%s":1', n), ',') FROM generate_series(1, 63) AS n), 'INVALID_TOKEN'),
	('"a":' || repeat('[', 255) || repeat(']', 255), 'OK'),
	('"a":' || repeat('[', 256) || repeat(']', 256), 'INVALID_TOKEN'),
	('"a":' || repeat('[', 2900) || repeat(']', 2900), 'INVALID_TOKEN')
) AS t (claims, expected);

-- ---------- issuer and audience ----------

CREATE FUNCTION pg_temp.tried_with(issuer text, audience text, claims text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('jerry.issuer', issuer, true), set_config('jerry.audience', audience, true);
	RETURN pg_temp.tried(pg_temp.forge(format('{"type":"access","exp":9999999999%s}', claims)));
END
$$;
SELECT is(pg_temp.tried_with(issuer, audience, claims), expected,
	format('with issuer "%s" and audience "%s" %s is %s', issuer, audience, coalesce(nullif(claims, ''), 'nothing'),
		expected))
FROM (VALUES
	('', '', ',"iss":"x","aud":"y"', 'OK'), ('', '', ',"iss":7,"aud":"y"', 'INVALID_TOKEN'), ('', '', ',"aud":7', 'OK'),
	('me', '', '', 'INVALID_TOKEN'), ('me', '', ',"iss":"me"', 'OK'), ('me', '', ',"iss":"Me"', 'INVALID_TOKEN'),
	('me', '', ',"iss":["me"]', 'INVALID_TOKEN'),
	('me', '', ',"a":{"iss":"me"}', 'INVALID_TOKEN'), ('', 'shop', '', 'INVALID_TOKEN'),
	('', 'shop', ',"aud":"shop"', 'OK'), ('', 'shop', ',"aud":"shops"', 'INVALID_TOKEN'),
	('', 'shop', ',"aud":["bank","shop"]', 'OK'), ('', 'shop', ',"aud":["bank"]', 'INVALID_TOKEN'),
	('', 'shop', ',"aud":[]', 'INVALID_TOKEN'),
	('', 'shop', ',"aud":[["shop"]]', 'INVALID_TOKEN'), ('', 'shop', ',"aud":{"a":"shop"}', 'INVALID_TOKEN'),
	('', 'shop', ',"a":{"aud":"shop"}', 'INVALID_TOKEN'),
	('me', 'shop', ',"iss":"me","aud":"shop"', 'OK'), ('me', 'shop', ',"aud":"shop"', 'INVALID_TOKEN')
) AS t (issuer, audience, claims, expected);
SET LOCAL jerry.issuer TO DEFAULT;
SET LOCAL jerry.audience TO DEFAULT;

-- ---------- length ----------

-- a token of exactly so many bytes; three bytes of payload are four of token
CREATE FUNCTION pg_temp.of_length(length int) RETURNS text
	RETURN (
		SELECT t FROM generate_series(length * 3 / 4 - 100, length * 3 / 4) AS n,
			unnest(ARRAY['{"alg":"HS256","typ":"JWT"}', '{"alg":"HS256"}']) AS header,
			LATERAL (SELECT pg_temp.forge(format('{"type":"access","exp":9999999999,"a":"%s"}', repeat('a', n - 60)),
				header)) AS f (t)
		WHERE length(t) = of_length.length LIMIT 1
	);
SELECT is(length(pg_temp.of_length(n)), n, format('a token has %s bytes', n)) FROM unnest(ARRAY[8191, 8192, 8193]) AS n;
SELECT is(pg_temp.tried(pg_temp.of_length(n)), expected, format('a token of %s bytes is %s', n, expected))
FROM (VALUES (8191, 'OK'), (8192, 'OK'), (8193, 'INVALID_TOKEN'), (12000, 'INVALID_TOKEN')) AS t (n, expected);

SELECT * FROM finish();
ROLLBACK;

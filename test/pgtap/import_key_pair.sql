/*
 * jerry.import_key: keys as JWK and PEM. The private key of P-256 is that of RFC 7515, A.3, the one of Ed25519 that of
 * RFC 8037, A.1, the public one of RSA that of RFC 7638, 3.1; RFC 7638 and RFC 8037, A.3, have the thumbprints of the
 * last two. test/interop imports more kinds, made by others.
 */
BEGIN;
\ir setup.psql

DELETE FROM jerry.signing_key;
CREATE TEMPORARY TABLE sample (name text PRIMARY KEY, kid text, text text);
INSERT INTO sample (name, kid, text) VALUES
	('P-256, JWK', 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
		'{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
		'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}'),
	('P-256, public JWK', 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
		'{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
		'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'),
	('P-256, PKCS #8', 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U', '-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----'),
	('P-256, SEC 1', 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U', '-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END EC PRIVATE KEY-----'),
	('P-256, public PEM', 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U', '-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----'),
	('Ed25519, JWK', 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
		'{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",'
		'"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'),
	('Ed25519, PKCS #8', 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', '
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
'),
	('Ed25519, public PEM', 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', '-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----'),
	('RSA, public JWK', 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
		E' {"kty":"RSA","alg":"RS256","use":"sig","e":"AQAB",\n "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhW'
		'x4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4'
		'QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQF'
		'h6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}');
CREATE FUNCTION pg_temp.sample(name text) RETURNS text LANGUAGE sql AS 'SELECT text FROM sample AS s WHERE s.name = $1';
CREATE FUNCTION pg_temp.changed(name text, change text) RETURNS text
	RETURN (pg_temp.sample(name)::jsonb || change::jsonb)::text;
CREATE FUNCTION pg_temp.without(name text, member text) RETURNS text
	RETURN (pg_temp.sample(name)::jsonb - member)::text;

-- the keys by algorithm
CREATE FUNCTION pg_temp.keys_now() RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', algorithm, status, CASE WHEN secret IS NULL THEN 'public' END), ', '
		ORDER BY algorithm COLLATE "C") FROM jerry.signing_key);

-- the message and the detail with which a text is refused
CREATE FUNCTION pg_temp.refusal(key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
BEGIN
	RETURN jerry.import_key(key);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(': ', SQLSTATE, message, nullif(detail, ''));
END
$$;

CREATE FUNCTION pg_temp.header(token text) RETURNS json
	RETURN convert_from(pg_temp.from_base64url(split_part(token, '.', 1)), 'UTF8')::json;
CREATE FUNCTION pg_temp.tried(token text) RETURNS text RETURN pg_temp.verdict(jerry.decode_token(token));

-- ---------- what is taken ----------

SAVEPOINT empty;
SELECT is(jerry.import_key(text), kid, name || ' has the kid of its thumbprint') FROM sample ORDER BY name DESC;
SELECT set_eq('SELECT kid FROM jerry.signing_key', 'SELECT DISTINCT kid FROM sample',
	'the same key in another form is the same key');
SELECT is(pg_temp.keys_now(), 'ES256 verifying, EdDSA active, RS256 verifying public',
	'the last private one signs; a public one only verifies');
SELECT is((SELECT secret FROM jerry.signing_key WHERE algorithm = 'ES256'),
	pg_temp.from_base64url(pg_temp.sample('P-256, JWK')::json->>'d'), 'a private key of P-256 is stored as a number');
SELECT is((SELECT public_key FROM jerry.signing_key WHERE algorithm = 'ES256'),
	pg_temp.from_base64url(pg_temp.sample('P-256, JWK')::json->>'x') ||
	pg_temp.from_base64url(pg_temp.sample('P-256, JWK')::json->>'y'), 'its public one as two');
SELECT is((SELECT secret FROM jerry.signing_key WHERE algorithm = 'EdDSA'),
	pg_temp.from_base64url(pg_temp.sample('Ed25519, JWK')::json->>'d'), 'one of Ed25519 as its seed');
ROLLBACK TO SAVEPOINT empty;

SELECT is(jerry.import_key(pg_temp.changed('P-256, JWK', members)), 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
	'a JWK with ' || members || ' is taken')
FROM (VALUES
	('{"alg":"ES256","use":"sig","key_ops":["sign"],"ext":true}'),
	('{"key_ops":["verify","deriveKey"],"x5c":["..."],"unknown":{"d":1}}')
) AS t (members);
ROLLBACK TO SAVEPOINT empty;
SELECT is(jerry.import_key(pg_temp.changed('P-256, JWK', '{"kid":"the_service-1"}')), 'the_service-1',
	'a kid that it has is that of its tokens, and stays');

-- ---------- tokens ----------

ROLLBACK TO SAVEPOINT empty;
SELECT jerry.create_access_token('{}') AS old_token \gset
CREATE FUNCTION pg_temp.token(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.import_key(pg_temp.sample(name));
	RETURN jerry.create_access_token('{}');
END
$$;
SELECT pg_temp.token('P-256, JWK') AS ec_token \gset
SELECT pg_temp.token('Ed25519, JWK') AS ed_token \gset
SELECT is(pg_temp.header(:'ec_token')->>'alg', 'ES256', 'a private key of P-256 signs with ES256');
SELECT is(pg_temp.header(:'ec_token')->>'kid', 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U', 'and names itself');
SELECT is(pg_temp.header(:'ed_token')->>'alg', 'EdDSA', 'one of Ed25519 with EdDSA');
SELECT is(pg_temp.tried(:'ec_token'), 'OK', 'tokens of the one are good');
SELECT is(pg_temp.tried(:'ed_token'), 'OK', 'and of the other');
SELECT is(pg_temp.tried(:'old_token'), 'OK', 'and those of the key that signed before');
SELECT is(length(split_part(:'ec_token', '.', 3)), 86, 'a signature of ES256 has 64 bytes');
SELECT is(pg_temp.header(jerry.create_refresh_token('{}'))->>'alg', 'HS256', 'nobody else reads a refresh token');
SELECT is(pg_temp.tried(token), 'INVALID_TOKEN', 'a token is not good ' || change) FROM (VALUES
	(replace(:'ec_token', split_part(:'ec_token', '.', 3), split_part(:'ed_token', '.', 3)),
		'with the signature of another'),
	(left(:'ec_token', -1), 'without its last character'),
	(replace(:'ec_token', split_part(:'ec_token', '.', 1), split_part(:'ed_token', '.', 1)),
		'with the header of another'),
	(pg_temp.sign(pg_temp.header(:'ec_token')::text, pg_temp.claims(:'ec_token')::text,
		pg_temp.sample('P-256, public PEM')), 'with the public key as a secret')
) AS t (token, change);

-- a session remembers 4,096 tokens that it has verified
CREATE TEMPORARY TABLE token AS SELECT jerry.create_access_token(json_build_object('n', n)) AS token
FROM generate_series(1, 5000) AS n;
SELECT is((SELECT count(*)::int FROM token, generate_series(1, 2) WHERE pg_temp.tried(token) <> 'OK'), 0,
	'more tokens than are remembered are good, twice');
CREATE FUNCTION pg_temp.spoilt(token text, at integer) RETURNS text
	RETURN overlay(token PLACING CASE substr(token, at, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM at);
SELECT is((SELECT count(*)::int FROM token WHERE pg_temp.tried(pg_temp.spoilt(token, length(token) - n)) = 'OK'), 0,
	name)
FROM (VALUES (40, 'but none of them with another signature'), (90, 'nor with another payload')) AS t (n, name);

UPDATE jerry.signing_key SET status = 'retired', secret = NULL WHERE algorithm = 'ES256';
SELECT is(pg_temp.tried(:'ec_token'), 'INVALID_TOKEN', 'a retired key verifies nothing');
SELECT is(pg_temp.refusal(pg_temp.sample('P-256, PKCS #8')), '55000: this key was retired', 'and does not come back');
SELECT is(pg_temp.refusal(pg_temp.sample('P-256, public PEM')), '55000: this key was retired', 'nor in part');
SELECT is(pg_temp.refusal(pg_temp.changed('P-256, JWK', '{"kid":"other"}')),
	'42710: this key is there, with the kid "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"', 'nor by another name');
SELECT is(pg_temp.refusal(pg_temp.changed('RSA, public JWK', '{"kid":"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"}')),
	'42710: another key has the kid "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"', 'nor does another by its name');

ROLLBACK TO SAVEPOINT empty;
SELECT 'a secret whose kid somebody foresaw: ' || repeat('0123456789', 2) AS secret \gset
SELECT left(encode(sha256(:'secret'), 'hex'), 16) AS foreseen \gset
SELECT jerry.import_key(pg_temp.changed('P-256, public JWK', jsonb_build_object('kid', :'foreseen')::text)) \g /dev/null
SELECT is(pg_temp.refusal(:'secret'), format('42710: another key has the kid "%s"', :'foreseen'),
	'a secret takes the place of no key pair');

-- ---------- public and private ----------

ROLLBACK TO SAVEPOINT empty;
SELECT isnt(jerry.import_key(pg_temp.sample('P-256, public PEM')), NULL, 'the public key comes first');
SELECT is(pg_temp.keys_now(), 'ES256 verifying public', 'it only verifies');
SELECT is(pg_temp.tried(:'ec_token'), 'OK', 'what its owner signs is good');
SELECT is(pg_temp.tried(:'ed_token'), 'INVALID_TOKEN', 'and what another signs is not');
SELECT is(pg_temp.header(jerry.create_access_token('{}'))->>'alg', 'HS256', 'it does not sign');
SELECT isnt(jerry.import_key(pg_temp.sample('P-256, PKCS #8')), NULL, 'the private one comes later');
SELECT is(pg_temp.keys_now(), 'ES256 active, HS256 active', 'and signs');
SELECT is(pg_temp.header(jerry.create_access_token('{}'))->>'alg', 'ES256', 'from then on');
SELECT isnt(jerry.import_key(pg_temp.sample('P-256, public JWK')), NULL, 'the public one comes again');
SELECT is(pg_temp.keys_now(), 'ES256 active, HS256 active', 'which takes nothing away');
SELECT isnt(pg_temp.share_key(), NULL, 'a secret comes');
SELECT is(pg_temp.header(jerry.create_access_token('{}'))->>'alg', 'HS256', 'and signs access tokens again');

-- ---------- what is refused ----------

ROLLBACK TO SAVEPOINT empty;
SELECT is(pg_temp.refusal(key), '22023: JWK cannot be imported: ' || detail, name)
FROM (VALUES
	('a coordinate without its leading zero', pg_temp.changed('P-256, public JWK',
		'{"x":"zc4ncPbEXUGDy-5v20t7WAczNXvp7xO6z248e9FURQ"}'), 'Its x has to have 32 bytes.'),
	('a coordinate with one too many', pg_temp.changed('P-256, public JWK',
		'{"x":"AH_Nzidw9sRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF"}'), 'Its x has to have 32 bytes.'),
	('a coordinate with padding', pg_temp.changed('P-256, public JWK',
		'{"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="}'), 'Its x has to be a number in base64url.'),
	('a coordinate in the other alphabet', pg_temp.changed('P-256, public JWK',
		'{"y":"x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0"}'), 'Its y has to be a number in base64url.'),
	('a point beside the curve', pg_temp.changed('P-256, public JWK',
		'{"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4"}'),
		'The public key has to be a point of the curve P-256.'),
	('a point beside the curve with its private key', pg_temp.changed('P-256, JWK',
		'{"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4"}'),
		'The public key has to be a point of the curve P-256.'),
	('the private key of another point', pg_temp.changed('P-256, JWK',
		'{"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LM"}'), 'The private key is not that of the public key.'),
	('a private key of zero', pg_temp.changed('P-256, JWK', format('{"d":"%s"}', repeat('A', 43))),
		'The private key is not that of the public key.'),
	('the private key of another seed', pg_temp.changed('Ed25519, JWK',
		'{"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2E"}'), 'The private key has to be that of the public key, '
		'which is no point of small order.'),
	('an empty private key', pg_temp.changed('Ed25519, JWK', '{"d":""}'), 'Its d has to be a number in base64url.'),
	('a missing coordinate', pg_temp.without('P-256, JWK', 'y'), 'Its y has to be a number in base64url.'),
	('RSA without one of its numbers', pg_temp.changed('RSA, public JWK', '{"d":"AQAB"}'),
		'Its p has to be a number in base64url.'),
	('RSA of 1024 bits', pg_temp.changed('RSA, public JWK', format('{"n":"%s"}', pg_temp.base64url(
		'\xff' || decode(repeat('55', 126), 'hex') || '\xff'))),
		'RSA needs 2048 to 4096 bits, two primes, and an exponent of at least 65537.'),
	('RSA of 4104 bits', pg_temp.changed('RSA, public JWK', format('{"n":"%s"}', pg_temp.base64url(
		'\xff' || decode(repeat('55', 511), 'hex') || '\xff'))), 'Its n has to be a number in base64url.'),
	('RSA with an even modulus', pg_temp.changed('RSA, public JWK', format('{"n":"%s"}', pg_temp.base64url(
		'\xff' || decode(repeat('55', 254), 'hex') || '\xfe'))), 'The public key is not sound.'),
	('RSA with the exponent 3', pg_temp.changed('RSA, public JWK', '{"e":"Aw"}'),
		'RSA needs 2048 to 4096 bits, two primes, and an exponent of at least 65537.'),
	('RSA with an even exponent', pg_temp.changed('RSA, public JWK', '{"e":"AQAA"}'), 'The public key is not sound.'),
	('another curve', pg_temp.changed('P-256, JWK', '{"crv":"P-384"}'),
		'Its kty and crv have to be EC and P-256, OKP and Ed25519, or RSA.'),
	('a secret', '{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}',
		'Its kty and crv have to be EC and P-256, OKP and Ed25519, or RSA.'),
	('a set of keys', '{"keys":[' || pg_temp.sample('P-256, JWK') || ']}',
		'Its kty and crv have to be EC and P-256, OKP and Ed25519, or RSA.'),
	('another algorithm', pg_temp.changed('P-256, JWK', '{"alg":"ES384"}'), 'Its alg has to be ES256.'),
	('RSA for PSS', pg_temp.changed('RSA, public JWK', '{"alg":"PS256"}'), 'Its alg has to be RS256.'),
	('a key for encryption', pg_temp.changed('P-256, JWK', '{"use":"enc"}'), 'Its use has to be sig.'),
	('a key for agreement', pg_temp.changed('P-256, JWK', '{"key_ops":["deriveKey"]}'),
		'Its key_ops have to contain sign or verify.'),
	('an empty kid', pg_temp.changed('P-256, JWK', '{"kid":""}'),
		'Its kid has to be 1 to 64 of the characters A-Z, a-z, 0-9, _ and -.'),
	('a kid with a quotation mark', pg_temp.changed('P-256, JWK', '{"kid":"a\"b"}'),
		'Its kid has to be 1 to 64 of the characters A-Z, a-z, 0-9, _ and -.'),
	('a kid of 65 characters', pg_temp.changed('P-256, JWK', format('{"kid":"%s"}', repeat('k', 65))),
		'Its kid has to be 1 to 64 of the characters A-Z, a-z, 0-9, _ and -.'),
	('a member twice', replace(pg_temp.sample('P-256, JWK'), '{', '{"x":"AA",'),
		'It is not one JSON object without duplicate names whose members are strings.'),
	('a number for a string', pg_temp.changed('P-256, JWK', '{"d":1}'),
		'It is not one JSON object without duplicate names whose members are strings.'),
	('a list for a string', pg_temp.changed('P-256, JWK', '{"x":["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"]}'),
		'It is not one JSON object without duplicate names whose members are strings.'),
	('a JWK that is cut', left(pg_temp.sample('P-256, JWK'), -1),
		'It is not one JSON object without duplicate names whose members are strings.'),
	('two of them', pg_temp.sample('P-256, JWK') || pg_temp.sample('Ed25519, JWK'),
		'It is not one JSON object without duplicate names whose members are strings.')
) AS t (name, key, detail);
SELECT is(pg_temp.refusal(format('{"kty":"OKP","crv":"Ed25519","x":"%s"}', pg_temp.base64url(decode(point, 'hex')))),
	'22023: JWK cannot be imported: '
	'The private key has to be that of the public key, which is no point of small order.',
	'a key with which anybody can sign: ' || left(point, 8))
FROM unnest(ARRAY[repeat('00', 32), '01' || repeat('00', 31), '01' || repeat('00', 30) || '80',
	'26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
	'26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
	'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'ec' || repeat('ff', 30) || '7f',
	'ed' || repeat('ff', 30) || '7f', 'ee' || repeat('ff', 30) || '7f']) AS point;
SELECT is(pg_temp.refusal(key), '22023: PEM cannot be imported: ' || detail, name)
FROM (VALUES
	('a PEM of nothing', E'-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n',
		'No private or public key can be read from it.'),
	('half a PEM', left(pg_temp.sample('P-256, PKCS #8'), 150), 'No private or public key can be read from it.'),
	('a PEM with another label', replace(pg_temp.sample('P-256, PKCS #8'), 'PRIVATE KEY', 'CERTIFICATE'),
		'No private or public key can be read from it.'),
	('a key that is encrypted', '-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgU8J4WwXtw8AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENW84zfnGc2qUwLP/Tqp2P4EgZDW
u61TRoK7w9vAyu5OP0ayDAKooXZGAfuz1Q70ULgAq3TKsMnf+q/QO9NVP37+3B5+
th30ptBROClGTyzwSo0rqDLUTZGEX+EYXGP3IO/vXxbmbpTPFb4DUKQsXkl28FJx
gUjj1E1A955+2H0uWETshPUfhQOvNVFMvTy8Qh2B/Cgzthcvvmo+b3eOJNyGmjA=
-----END ENCRYPTED PRIVATE KEY-----', 'It is encrypted; openssl pkey -in FILE writes it without its password.'),
	('a key of P-384', '-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA1K3eWjHhAghttyYyk
MrPO68/cdYgKGOwjQzXP/vZoujqm2BHUTAqpaSXZCqQCi8WhZANiAARQYfwFgnQs
sY2SJqnNuXC9wANTyQUQMmDvFpj5PgCyuum/ONOArgZuaGOF9DV4njvDCDhdahdd
dEhT2dQPspj93VH/+jCyQQcslFwq4JD117SCs20nZYCaN6sXu6N5fLA=
-----END PRIVATE KEY-----', 'It is no key of P-256, Ed25519 or RSA.'),
	('a key of X25519', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIIjHEdOvq7Ep1Hhs8RrgoqOK9zOJycdVvBjVc09NRohn
-----END PRIVATE KEY-----', 'It is no key of P-256, Ed25519 or RSA.')
) AS t (name, key, detail);
SELECT is_empty('SELECT FROM jerry.signing_key', 'nothing of them is stored');

-- ---------- secrets ----------

SELECT is(left(jerry.import_key(secret), 16), left(encode(digest(secret, 'sha256'), 'hex'), 16),
	secret || ' is a secret as it was')
FROM (VALUES
	('{"a secret that begins like an object":1}'),
	('{a secret that only begins like one ...}'),
	('the JWK {"kty":"EC"} in the middle of it'),
	('------ BEGIN A SECRET WITH LINES ------')
) AS t (secret);
SELECT is(jerry.key_weakness(convert_to(pg_temp.sample(name), 'UTF8')), 'It is a public key.',
	name || ' is no secret') FROM unnest(ARRAY['P-256, public PEM', 'Ed25519, public PEM']) AS t (name);

SELECT * FROM finish();
ROLLBACK;

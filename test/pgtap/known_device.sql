-- known devices: where somebody has logged in, nobody keeps them from logging in by guessing elsewhere
BEGIN;
\ir setup.psql
SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('login_network', 0) \g /dev/null

CREATE FUNCTION pg_temp.client(ip text, device text DEFAULT NULL) RETURNS jerry.client
	RETURN json_populate_record(NULL::jerry.client, json_build_object('ip', ip, 'device_token', device));
CREATE FUNCTION pg_temp.try(email text, ip text, device text, password text DEFAULT 'wrong') RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	answer json := jerry.login(email, password, pg_temp.client(ip, device));
BEGIN
	RETURN concat_ws(' ', pg_temp.verdict(answer), answer->'error'->'details'->>'retry_after');
END
$$;
-- how often each verdict came for n tries
CREATE FUNCTION pg_temp.tries(email text, ip text, device text, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	verdicts text[];
BEGIN
	FOR i IN 1..n LOOP
		verdicts := verdicts || split_part(pg_temp.try(email, ip, device), ' ', 1);
	END LOOP;
	RETURN (SELECT string_agg(concat_ws(' ', times, verdict), ', ' ORDER BY verdict) FROM (
		SELECT verdict, count(*) AS times FROM unnest(verdicts) AS verdict GROUP BY verdict) AS t);
END
$$;
-- an account that is guessed at from everywhere, until it has a pause; as if nobody had logged in from anywhere
CREATE FUNCTION pg_temp.pause(email text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM jerry.session;
	DELETE FROM jerry.rate_bucket;
	FOR n IN 1..56 LOOP
		PERFORM pg_temp.try(email, format('203.0.113.%s', n), NULL);
		UPDATE jerry.rate_bucket SET full_until = full_until - interval '1 second' WHERE n > 50;
	END LOOP;
	IF pg_temp.try(email, '198.51.100.200', NULL, 'Secret-123') NOT LIKE 'RATE_LIMITED %' THEN
		RAISE 'there is no pause';
	END IF;
END
$$;
SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset

-- ---------- the token ----------

SELECT jerry.login('user@example.com', 'Secret-123', pg_temp.client('192.0.2.1'))->'data'->>'device_token' AS device,
	jerry.login('user@example.com', 'Secret-123', pg_temp.client('192.0.2.1'))->'data'->>'device_token' AS second,
	jerry.login('other@example.com', 'Secret-123', pg_temp.client('192.0.2.1'))->'data'->>'device_token' AS others \gset
SELECT matches(:'device'::text, '^[A-Za-z0-9_-]{66}$', 'a login answers with a token for the device');
SELECT isnt(:'device'::text, :'second', 'another one for each device');
SELECT is(jerry.login('user@example.com', 'Secret-123', pg_temp.client('192.0.2.1', given))->'data'->>'device_token'
	= given, same, format('%s is kept: %s', name, same))
FROM (VALUES ('its own', :'device'::text, true), ('another''s', :'others', false), ('what is none', 'x', false)) AS t
	(name, given, same);
SELECT is(jerry.login('user@example.com', 'Secret-123')->'data'->>'device_token' IS NOT NULL, true,
	'the form of 1.1.0 has one, too');
SELECT is_empty(format('SELECT FROM jerry.session AS s WHERE s::text LIKE %L', '%' || :'device' || '%'),
	'nothing is stored of it');

-- ---------- what it is good for ----------

SELECT pg_temp.pause('user@example.com') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '198.51.100.1', device, 'Secret-123'), expected, name)
FROM (VALUES
	(:'device'::text, 'OK', 'a pause of the account is none for a known device, wherever it is'),
	(:'second', 'OK', 'or another one'),
	(NULL, 'OK', 'and then for its network')
) AS t (device, expected, name);
SELECT pg_temp.pause('user@example.com') \g /dev/null
SELECT matches(pg_temp.try('user@example.com', '198.51.100.1', device, 'Secret-123'), '^RATE_LIMITED ', name)
FROM (VALUES
	(NULL, 'without it there is one'),
	(:'others', 'with another user''s, too'),
	('', 'with an empty one'),
	(overlay(:'device' PLACING CASE substr(:'device', 40, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM 40),
		'with one that was changed'),
	(overlay(:'device' PLACING 'Ag' FROM 1), 'with one of another version'),
	(left(:'device', 65), 'with a part of it'),
	(:'device' || 'A', 'with more than it'),
	(repeat('A', 66), 'with one that was made up'),
	(repeat('!', 66), 'with what is not base64url'),
	(repeat('A', 100000), 'with a long one')
) AS t (device, name);
SELECT pg_temp.pause('nobody@example.com') \g /dev/null
SELECT matches(pg_temp.try('nobody@example.com', '198.51.100.1', :'device'), '^RATE_LIMITED ',
	'an address without an account has no known device');

-- ---------- what it is not good for ----------

DELETE FROM jerry.rate_bucket;
SELECT is(pg_temp.tries('user@example.com', '192.0.2.50', :'device', 7), '5 INVALID_CREDENTIALS, 2 RATE_LIMITED',
	'guesses with one token are as limited as in one network');
SELECT is(pg_temp.try('user@example.com', '192.0.2.51', :'device', 'Secret-123'), 'RATE_LIMITED 90', 'wherever it is');
SELECT is(pg_temp.try('user@example.com', '192.0.2.50', :'second', 'Secret-123'), 'OK', 'another device is not');
SELECT is(pg_temp.try('user@example.com', '192.0.2.50', NULL, 'Secret-123'), 'OK', 'nor is the network');
SELECT is(jerry.unlock(network => '192.0.2.50'), 0::bigint, 'a device has no network');
SELECT cmp_ok(jerry.unlock('user@example.com'), '>', 0::bigint, 'to unlock the account');
SELECT is(pg_temp.try('user@example.com', '192.0.2.51', :'device', 'Secret-123'), 'OK', 'unlocks its devices');

DELETE FROM jerry.rate_bucket;
SELECT is(pg_temp.tries('user@example.com', '192.0.2.60', NULL, 7), '5 INVALID_CREDENTIALS, 2 RATE_LIMITED',
	'who guesses in the network of the owner');
SELECT is(pg_temp.try('user@example.com', '192.0.2.60', :'device', 'Secret-123'), 'OK',
	'is not in the way of the device');
SELECT jerry.set_limit('login_network', 1, 3600, 1) \g /dev/null
SELECT pg_temp.try('nobody@example.com', '192.0.2.61', NULL) \g /dev/null
SELECT matches(pg_temp.try('user@example.com', '192.0.2.61', :'device', 'Secret-123'), '^RATE_LIMITED ',
	'a network that guesses at everybody is limited as a whole');
SELECT jerry.set_limit('login_network', 0), jerry.set_limit('login_account', 1, 3600, 1) \g /dev/null
DELETE FROM jerry.rate_bucket;
SELECT pg_temp.try('user@example.com', '192.0.2.62', :'device') \g /dev/null
DELETE FROM jerry.session;
SELECT is(pg_temp.try('user@example.com', '192.0.2.63', NULL, 'Secret-123'), 'RATE_LIMITED 1',
	'what is guessed with it counts for the account, too');
SELECT jerry.set_limit(name, NULL) FROM jerry.list_limits() \g /dev/null
SELECT is(pg_temp.verdict(call), 'INVALID_TOKEN', 'it is no token for ' || name)
FROM (VALUES
	('validate_token', jerry.validate_token(:'device')),
	('refresh', jerry.refresh(:'device')),
	('reset_password', jerry.reset_password(:'device', 'Secret-1234', 'Secret-1234')),
	('verify_email', jerry.verify_email(:'device'))
) AS t (name, call);

-- ---------- the secret ----------

SET LOCAL jerry.rate_limits = off;
SELECT is(jerry.login('user@example.com', 'Secret-123', pg_temp.client('192.0.2.1', :'device'))
	->'data'->>'device_token',
	:'device', 'without limits it is the same');
SET LOCAL jerry.rate_limits = on;
UPDATE jerry.installation_secret SET secret = sha256(secret);
SELECT pg_temp.pause('user@example.com') \g /dev/null
SELECT matches(pg_temp.try('user@example.com', '198.51.100.1', :'device', 'Secret-123'), '^RATE_LIMITED ',
	'with another secret no device is known');
DELETE FROM jerry.installation_secret;
DELETE FROM jerry.rate_bucket;
SELECT is(jerry.login('user@example.com', 'Secret-123', pg_temp.client('192.0.2.1', :'device'))
	->'data'->>'device_token',
	NULL, 'without a secret there is no token');
SELECT pg_temp.pause('user@example.com') \g /dev/null
SELECT matches(pg_temp.try('user@example.com', '198.51.100.1', :'device', 'Secret-123'), '^RATE_LIMITED ',
	'and none is good');

SELECT * FROM finish();
ROLLBACK;

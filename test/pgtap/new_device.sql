-- jerry.new_device_notice: who logs in on a new device is told
BEGIN;
\ir setup.psql
\ir totp.psql
DELETE FROM jerry."user";

CREATE FUNCTION pg_temp.agent(browser text, os text) RETURNS text
	RETURN format('Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) %s Safari/537.36', os, browser);
CREATE FUNCTION pg_temp.client(ip text, agent text, device text DEFAULT NULL) RETURNS jerry.client
	RETURN json_populate_record(NULL::jerry.client,
		json_build_object('ip', ip, 'user_agent', agent, 'device_token', device));
CREATE FUNCTION pg_temp.events_since(before bigint) RETURNS text
	RETURN (SELECT string_agg(event_type, ' ' ORDER BY id) FROM jerry.event WHERE id > before);
CREATE FUNCTION pg_temp.last_id() RETURNS bigint RETURN (SELECT coalesce(max(id), 0) FROM jerry.event);
-- is the user told of this login?
CREATE FUNCTION pg_temp.notice(ip text, agent text, device text DEFAULT NULL, email text DEFAULT 'ada@example.com')
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_temp.last_id();
	answer json := jerry.login(email, 'Secret-123', pg_temp.client(ip, agent, device));
BEGIN
	ASSERT pg_temp.verdict(answer) = 'OK';
	RETURN CASE pg_temp.events_since(before) WHEN 'user.logged_in user.new_device' THEN true
		WHEN 'user.logged_in' THEN false END;
END
$$;
SELECT pg_temp.agent('Chrome/120.0', 'X11; Linux x86_64') AS chrome, pg_temp.agent('Chrome/131.0', 'X11; Linux x86_64')
	AS newer, pg_temp.agent('Chrome/131.0', 'Windows NT 10.0') AS elsewhere,
	pg_temp.new_user('ada@example.com') AS user_id, pg_temp.new_user('bob@example.com') AS other_id \gset

-- ---------- whose address nobody has verified ----------

SELECT is(pg_temp.notice(ip, :'chrome'), false, 'who has not verified the address is not told: ' || ip)
	FROM unnest(ARRAY['192.0.2.1', '192.0.2.2']) AS ip;
DELETE FROM jerry."user";
SELECT pg_temp.new_user('ada@example.com') AS user_id, pg_temp.new_user('bob@example.com') AS other_id \gset
SELECT jerry.verify_email(pg_temp.verification_token(:'user_id')),
	jerry.verify_email(pg_temp.verification_token(:'other_id')) \g /dev/null

-- ---------- what is a new device ----------

SELECT is(pg_temp.notice('192.0.2.1', :'chrome'), false, 'the first login is no news');
SELECT is(pg_temp.notice(ip, agent), expected, name)
FROM (VALUES
	('192.0.2.1', :'chrome', false, 'nor is the next one from there'),
	('192.0.2.1', :'newer', false, 'or one with the next version of the browser'),
	('192.0.2.1', :'elsewhere', true, 'another system is a new device'),
	('192.0.2.1', :'elsewhere', false, 'once'),
	('192.0.2.1', NULL, true, 'one that says nothing of itself is another one'),
	('192.0.2.1', 'curl-like/1', false, 'like all of which we know nothing'),
	('192.0.2.2', :'chrome', true, 'another network has new devices'),
	('192.0.2.2', :'elsewhere', true, 'each of them'),
	('192.0.2.2', :'newer', false, 'once'),
	('2001:db8:0:1::1', :'chrome', true, 'IPv6 is another network'),
	('2001:db8:0:1:ffff::2', :'chrome', false, 'of 64 bits'),
	('2001:db8:0:2::1', :'chrome', true, 'and no more'),
	(NULL, :'elsewhere', false, 'of a client without an address nobody can say')
) AS t (ip, agent, expected, name);
SELECT is(pg_temp.notice('192.0.2.1', :'chrome', email => 'bob@example.com'), false, 'another user begins anew');
SELECT is(pg_temp.notice('2001:db8:0:2::1', :'chrome', email => 'bob@example.com'), true,
	'and has devices of their own');

-- ---------- devices that are known ----------

SELECT jerry.login('ada@example.com', 'Secret-123', pg_temp.client('192.0.2.1', :'chrome'))->'data'->>'device_token'
	AS token, jerry.login('bob@example.com', 'Secret-123', pg_temp.client('192.0.2.1', :'chrome'))->'data'
	->>'device_token' AS others \gset
SELECT is(pg_temp.notice(ip, agent, token), expected, name)
FROM (VALUES
	('198.51.100.1', :'chrome', :'token', false, 'a device that is known is so everywhere'),
	('198.51.100.2', :'elsewhere', :'token', false, 'whatever it calls itself'),
	('198.51.100.3', :'chrome', :'others', true, 'the token of another user is none'),
	('198.51.100.4', :'chrome', overlay(:'token' PLACING CASE substr(:'token', 40, 1) WHEN 'A' THEN 'B' ELSE 'A' END
		FROM 40), true, 'nor is one that was changed')
) AS t (ip, agent, token, expected, name);

-- ---------- what is told ----------

SELECT pg_temp.last_id() AS before \gset
UPDATE jerry."user" SET locale = 'de-AT' WHERE id = :'user_id';
SELECT pg_temp.claims(jerry.login('ada@example.com', 'Secret-123', pg_temp.client('203.0.113.1', :'chrome'))
	->'data'->>'access_token')->>'sid' AS sid \gset
SELECT is(pg_temp.without_time(payload), format('{"event_type":"user.new_device","timestamp":"T","data":{'
	'"user_id":"%s","email":"ada@example.com","session_id":"%s","device":"Chrome on Linux","user_agent":"%s",'
	'"ip_address":"203.0.113.1","locale":"de-AT"}}', :'user_id', :'sid', :'chrome'), 'user.new_device says it all')
FROM jerry.event WHERE event_type = 'user.new_device' AND id > :before;
SELECT pg_temp.last_id() AS before \gset
SELECT jerry.login('ada@example.com', 'Secret-123', pg_temp.client('203.0.113.2', 'You have won: evil.example'))
	\g /dev/null
SELECT is(concat_ws('/', payload->'data'->>'user_agent', json_typeof(payload->'data'->'device')),
	'You have won: evil.example/null', 'a user agent of which we know nothing is no device')
FROM jerry.event WHERE event_type = 'user.new_device' AND id > :before;

-- ---------- what happened before ----------

CREATE FUNCTION pg_temp.guess(n integer) RETURNS void LANGUAGE sql AS $$
	SELECT jerry.login('bob@example.com', 'wrong', pg_temp.client('203.0.113.9', NULL)) FROM generate_series(1, n)
$$;
SELECT pg_temp.guess(190) \g /dev/null
SELECT is(pg_temp.notice('192.0.2.1', :'chrome', email => 'bob@example.com'), false,
	'logins are found behind many wrong passwords');
SELECT pg_temp.guess(200) \g /dev/null
SELECT is(pg_temp.notice('192.0.2.1', :'chrome', email => 'bob@example.com'), true,
	'behind too many the user is told once too often');
SELECT is(pg_temp.notice('192.0.2.1', :'chrome', email => 'bob@example.com'), false, 'and then again no more');
DELETE FROM jerry.session;
SELECT is(pg_temp.notice('192.0.2.1', :'elsewhere'), false, 'a session that is gone was a login, too');

-- ---------- every kind of login, and none ----------

SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT jerry.request_login_code('ada@example.com') \g /dev/null
SELECT pg_temp.last_id() AS before, payload->'data'->>'login_token' AS token FROM jerry.event
	WHERE event_type = 'user.login_code_requested' ORDER BY id DESC LIMIT 1 \gset
SELECT pg_temp.verdict(jerry.confirm_login_code(token => :'token', client => pg_temp.client('203.0.113.5', :'chrome')))
	\g /dev/null
SELECT is(pg_temp.events_since(:before), 'user.logged_in user.new_device', 'a login by code is one');
SELECT pg_temp.last_id() AS before \gset
SELECT jerry.login('ada@example.com', 'Secret-123', '203.0.113.6', :'chrome') \g /dev/null
SELECT is(pg_temp.events_since(:before), 'user.logged_in user.new_device', 'and so is one in the form of 1.1.0');
SELECT pg_temp.last_id() AS before \gset
SELECT jerry.login('ada@example.com', 'wrong', pg_temp.client('203.0.113.7', :'chrome')) \g /dev/null
SELECT is(pg_temp.events_since(:before), NULL, 'who is not let in is no news');
SELECT secret FROM jerry.login('ada@example.com', 'Secret-123') AS answer,
	pg_temp.new_app(answer->'data'->>'access_token') \gset
SELECT pg_temp.last_id() AS before,
	jerry.login('ada@example.com', 'Secret-123', pg_temp.client('203.0.113.7', :'chrome'))->'data'->>'mfa_token' AS mfa
	\gset
SELECT is(pg_temp.events_since(:before), NULL, 'nor is who still has to show a second factor');
SELECT jerry.verify_second_factor(:'mfa', pg_temp.app_shows(:'secret'),
	client => pg_temp.client('203.0.113.7', :'chrome')) \g /dev/null
SELECT is(pg_temp.events_since(:before), 'user.logged_in user.new_device', 'who has shown it is');
DELETE FROM jerry.totp;
SELECT jerry.configure('jerry.new_device_notice', 'off') \g /dev/null
SELECT is(pg_temp.notice('203.0.113.8', :'chrome'), false, 'jerry.new_device_notice = off: nobody is told');
SELECT jerry.configure('jerry.new_device_notice', NULL) \g /dev/null
SELECT is(pg_temp.notice('203.0.113.8', :'chrome'), false, 'what came meanwhile is known');

SELECT * FROM finish();
ROLLBACK;

-- the limits: who guesses is slowed down, who works is not
BEGIN;
\ir setup.psql
SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;

CREATE FUNCTION pg_temp.from_ip(ip text) RETURNS jerry.client
	RETURN json_populate_record(NULL::jerry.client, json_build_object('ip', ip));
-- the code of an answer, and in how many seconds to come again
CREATE FUNCTION pg_temp.result(answer json) RETURNS text
	RETURN concat_ws(' ', pg_temp.verdict(answer), answer->'error'->'details'->>'retry_after');
-- the seconds rounded up to minutes: where much is used up before, some of them have passed on a slow machine
CREATE FUNCTION pg_temp.in_minutes(result text) RETURNS text
	RETURN regexp_replace(result, '\d+$', '') || ceil(substring(result, '\d+$')::numeric / 60) || ' min';
CREATE FUNCTION pg_temp.try(email text, ip text, password text DEFAULT 'wrong') RETURNS text
	RETURN pg_temp.result(jerry.login(email, password, pg_temp.from_ip(ip)));
-- the results of n tries, and how often in a row each came
CREATE FUNCTION pg_temp.tries(email text, ip text, n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	results text[];
BEGIN
	FOR i IN 1..n LOOP
		results := results || split_part(pg_temp.try(email, ip), ' ', 1);
	END LOOP;
	RETURN (SELECT string_agg(count || ' ' || result, ', ' ORDER BY first) FROM (
		SELECT result, count(*), min(place) AS first FROM unnest(results) WITH ORDINALITY AS r (result,
		place) GROUP BY result)
		AS t);
END
$$;
-- as if so much time had passed
CREATE FUNCTION pg_temp.pass(how_long interval) RETURNS void LANGUAGE sql AS
	'UPDATE jerry.rate_bucket SET full_until = full_until - how_long';
SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset

-- ---------- an account in a network ----------

SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 7), '5 INVALID_CREDENTIALS, 2 RATE_LIMITED',
	'five wrong passwords in a row are judged');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'RATE_LIMITED 90', 'who goes on is told how long to wait');
SELECT is(pg_temp.without_time(jerry.login('user@example.com', 'Secret-123', pg_temp.from_ip('192.0.2.1'))),
	'{"success":false,"error":{"code":"RATE_LIMITED","message":"Too many tries, try again later",'
	'"details":{"retry_after":90}},"timestamp":"T"}', 'the right password has the same answer');
SELECT is(pg_temp.try('USER@Example.com', '192.0.2.1', 'Secret-123'), 'RATE_LIMITED 90',
	'the case of the address makes no difference');
SELECT is(pg_temp.try('user@example.com', '::ffff:192.0.2.1'), 'RATE_LIMITED 90',
	'nor does how its network is written');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1/8'), 'RATE_LIMITED 90', 'or a mask');
SELECT is(pg_temp.try('other@example.com', '192.0.2.1', 'Secret-123'), 'OK', 'others log in there');
SELECT is(pg_temp.try('user@example.com', '192.0.2.2', 'Secret-123'), 'OK', 'and this user elsewhere');
SELECT pg_temp.pass('89 seconds') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '192.0.2.1', 'Secret-123'), 'RATE_LIMITED 1',
	'what was refused made it no longer');
SELECT pg_temp.pass('1 second') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'INVALID_CREDENTIALS', 'then there is one more try');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'RATE_LIMITED 90', 'and not two');
SELECT pg_temp.pass('90 seconds') \g /dev/null
SELECT is(string_agg(DISTINCT pg_temp.try('user@example.com', '192.0.2.1', 'Secret-123'), ', '), 'OK',
	'good logins use nothing up') FROM generate_series(1, 50);
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'INVALID_CREDENTIALS', 'and give nothing back');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'RATE_LIMITED 90', 'either');

SELECT is(pg_temp.tries('nobody@example.com', '192.0.2.9', 7), '5 INVALID_CREDENTIALS, 2 RATE_LIMITED',
	'an address without an account is treated like one with');
SELECT is(pg_temp.try('not an address', '192.0.2.9'), 'INVALID_EMAIL', 'what is no address is told so');
SET LOCAL jerry.require_verified_email = on;
SELECT is(string_agg(DISTINCT pg_temp.try('user@example.com', '192.0.2.10', 'Secret-123'), ', '), 'EMAIL_NOT_VERIFIED',
	'the right password is no failure') FROM generate_series(1, 20);
RESET jerry.require_verified_email;

-- ---------- a network ----------

DELETE FROM jerry.rate_bucket;
-- so slow that nothing comes back while hundreds are used up, however slow the machine is
SELECT jerry.set_limit('login_network', 30, seconds => 36000) \g /dev/null
SELECT count(pg_temp.try(format('a%s@example.com', n), '198.51.100.7')) FROM generate_series(1, 30) AS n \g /dev/null
SELECT is(pg_temp.in_minutes(pg_temp.try('user@example.com', '198.51.100.7', 'Secret-123')), 'RATE_LIMITED 20 min',
	'thirty wrong passwords are enough for a network, whoever they are of');
SELECT is(pg_temp.try('user@example.com', '198.51.100.8', 'Secret-123'), 'OK', 'IPv4 has one network for each address');
SELECT count(pg_temp.try(format('a%s@example.com', n), format('2001:db8:0:1::%s', n))) FROM generate_series(1, 30) AS n
	\g /dev/null
SELECT is(pg_temp.in_minutes(pg_temp.try('user@example.com', '2001:db8:0:1:ffff::1', 'Secret-123')),
	'RATE_LIMITED 20 min', 'IPv6 one for each /64');
SELECT is(pg_temp.try('user@example.com', '2001:db8:0:2::1', 'Secret-123'), 'OK', 'the next is another');
SELECT count(pg_temp.try(format('b%s@example.com', n), format('2001:db8:9:%s::1', to_hex(n)))) FROM
	generate_series(1, 299) AS n \g /dev/null
SELECT is(pg_temp.try('user@example.com', '2001:db8:9:fffe::1'), 'INVALID_CREDENTIALS',
	'a /48 has ten times as much');
SELECT is(pg_temp.in_minutes(pg_temp.try('user@example.com', '2001:db8:9:ffff::1', 'Secret-123')), 'RATE_LIMITED 2 min',
	'and no more');
SELECT is(pg_temp.try('user@example.com', '2001:db8:1:1::1', 'Secret-123'), 'OK', 'and the next its own');
SELECT jerry.set_limit('login_network', NULL) \g /dev/null

-- ---------- an account ----------

DELETE FROM jerry.rate_bucket;
DELETE FROM jerry.session;
DELETE FROM jerry.event;
CREATE FUNCTION pg_temp.somewhere(n bigint) RETURNS text RETURN format('203.0.%s.%s', n / 250, n % 250 + 1);
SELECT is(string_agg(DISTINCT pg_temp.try(email, pg_temp.somewhere(n)), ', '), 'INVALID_CREDENTIALS',
	'nearly fifty wrong passwords for one account are judged')
FROM generate_series(1, 49) AS n, unnest(ARRAY['user@example.com', 'nobody@example.com']) AS email;
SELECT is_empty($$ SELECT FROM jerry.event $$, 'and nobody is told');
SELECT is(pg_temp.try(email, pg_temp.somewhere(100)), 'INVALID_CREDENTIALS', email || ': the fiftieth is, too')
FROM unnest(ARRAY['user@example.com', 'nobody@example.com']) AS email;
SELECT results_eq('SELECT concat_ws(''/'', event_type, payload->''data''->>''user_id'', payload->''data''->>''email'',
	payload->''data''->>''ip_address'') FROM jerry.event', ARRAY[concat_ws('/', 'user.lockout', :'user_id',
	'user@example.com', pg_temp.somewhere(100))], 'now the owner is told');
SELECT is(pg_temp.try(email, ip, password),
	'RATE_LIMITED 1', format('%s from %s with %s: there is a pause', email, ip, password))
FROM unnest(ARRAY['user@example.com', 'nobody@example.com']) AS email,
	unnest(ARRAY['203.0.113.1', NULL]) AS ip, unnest(ARRAY['wrong', 'Secret-123']) AS password;
-- over the limit: how long is each next pause, for an address with an account and one without?
CREATE FUNCTION pg_temp.pauses(n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	emails text[] := ARRAY['user@example.com', 'nobody@example.com'];
	pauses text[];
	pause text;
BEGIN
	FOR i IN 1..n LOOP
		SELECT string_agg(DISTINCT split_part(pg_temp.try(e, pg_temp.somewhere(1000 + i)), ' ', 2), ' or ') INTO pause
			FROM unnest(emails) AS e;
		pauses := pauses || pause;
		PERFORM pg_temp.pass(pause::integer * interval '1 second');
		PERFORM pg_temp.try(e, pg_temp.somewhere(2000 + i)) FROM unnest(emails) AS e;
	END LOOP;
	RETURN array_to_string(pauses, ' ');
END
$$;
SELECT is(pg_temp.pauses(8), '1 2 4 8 16 30 30 30', 'the pauses grow, to half a minute');
SELECT is((SELECT count(*)::int FROM jerry.event), 1, 'the owner is told once');
SELECT pg_temp.pass('30 seconds') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '203.0.113.1', 'Secret-123'), 'OK',
	'after a pause the right password is right');
SELECT is(pg_temp.try('user@example.com', '203.0.113.2'), 'INVALID_CREDENTIALS', 'a wrong one');
SELECT is(pg_temp.try('user@example.com', '203.0.113.2', 'Secret-123'), 'RATE_LIMITED 30', 'brings the next');
SELECT is(pg_temp.try('user@example.com', '203.0.113.1', 'Secret-123'), 'OK', 'but not where the user has logged in');
SELECT is(pg_temp.try('USER@example.com', '::ffff:203.0.113.1', 'Secret-123'), 'RATE_LIMITED 30', 'written as it was');
SELECT is(pg_temp.tries('user@example.com', '203.0.113.1', 6), '5 INVALID_CREDENTIALS, 1 RATE_LIMITED',
	'where it is as limited as elsewhere');
SELECT pg_temp.pass('15 minutes') \g /dev/null
UPDATE jerry.session SET revoked_at = now(), ip = NULL, last_used_ip = '2001:db8::1';
SELECT is(pg_temp.try('user@example.com', '203.0.113.2'), 'INVALID_CREDENTIALS', 'another failure');
SELECT is(pg_temp.try('user@example.com', '2001:db8::ffff:1', 'Secret-123'), 'OK',
	'or has used a session that is still stored, also of a /64');
SELECT is(pg_temp.try('user@example.com', NULL, 'Secret-123'), 'RATE_LIMITED 30', 'who says nothing is not known');
SELECT is(pg_temp.try('other@example.com', '203.0.113.2', 'Secret-123'), 'OK', 'other accounts have no pause');

-- a day later
SELECT pg_temp.pass('1 day') \g /dev/null
SELECT is(string_agg(DISTINCT pg_temp.try('user@example.com', pg_temp.somewhere(n)), ', '), 'INVALID_CREDENTIALS',
	'a day later all is forgotten') FROM generate_series(3000, 3048) AS n;

-- ---------- registrations and mails ----------

DELETE FROM jerry.rate_bucket;
CREATE FUNCTION pg_temp.register(email text, ip text, password text DEFAULT 'Secret-123') RETURNS text
	RETURN pg_temp.result(jerry.register(email, password, password, pg_temp.from_ip(ip)));
SELECT is(pg_temp.register('r@example.com', '192.0.2.50', 'short'), 'WEAK_PASSWORD',
	'a form that is not right costs nothing')
FROM generate_series(1, 20);
SELECT is(string_agg(pg_temp.register(email, '192.0.2.50'), ' '),
	'OK DUPLICATE_EMAIL OK DUPLICATE_EMAIL OK DUPLICATE_EMAIL '
	'OK DUPLICATE_EMAIL OK DUPLICATE_EMAIL', 'ten registrations from a network are looked at, good ones and others')
FROM (SELECT unnest(ARRAY[format('r%s@example.com', n), 'user@example.com']) AS email FROM generate_series(1, 5) AS n)
	AS t;
SELECT is(pg_temp.register(email, '192.0.2.50'), 'RATE_LIMITED 360', 'the next is not, whether or not it is taken')
FROM unnest(ARRAY['r6@example.com', 'user@example.com']) AS email;
SELECT is(jerry.register('r6@example.com', 'Secret-123', 'Secret-123', pg_temp.from_ip('192.0.2.50'))
	->'error'->>'details',
	'{"retry_after":360,"policy":{"name":"register_network","quantity":10,"seconds":3600}}',
	'who is refused is told what is allowed');
SELECT is(pg_temp.register('r6@example.com', '192.0.2.51'), 'OK', 'another network has its own');
SELECT is(pg_temp.register(format('s%s@example.com', n), NULL), 'OK', 'who names none is not limited')
FROM generate_series(1, 11) AS n;
SELECT pg_temp.pass('6 minutes') \g /dev/null
SELECT is(pg_temp.register(email, '192.0.2.50'), expected, 'after six minutes there is one more')
FROM (VALUES ('r7@example.com', 'OK'), ('r8@example.com', 'RATE_LIMITED 360')) AS t (email, expected);

CREATE FUNCTION pg_temp.resend(email text, ip text) RETURNS text
	RETURN pg_temp.result(jerry.resend_verification(email, pg_temp.from_ip(ip)));
SELECT is(string_agg(DISTINCT pg_temp.resend(email, '192.0.2.50'), ' '), 'OK', 'ten mails can be asked for')
FROM generate_series(1, 5), unnest(ARRAY['r1@example.com', 'nobody@example.com']) AS email;
SELECT is(pg_temp.resend(email, '192.0.2.50'), 'RATE_LIMITED 120', 'not eleven, whether or not there is an account')
FROM unnest(ARRAY['r1@example.com', 'nobody@example.com']) AS email;
SELECT is(pg_temp.resend('r1@example.com', '192.0.2.51'), 'OK', 'another network has its own');

SELECT is(pg_temp.result(jerry.request_password_reset('user@example.com', pg_temp.from_ip(ip))), expected,
	'those for a new password are among them, from ' || ip)
FROM (VALUES ('192.0.2.50', 'RATE_LIMITED 120'), ('192.0.2.52', 'OK')) AS t (ip, expected);
SELECT payload->'data'->>'password_reset_token' AS reset FROM jerry.event
	WHERE event_type = 'user.password_reset_requested' ORDER BY id DESC LIMIT 1 \gset
SELECT is(pg_temp.tries('user@example.com', '192.0.2.60', 6), '5 INVALID_CREDENTIALS, 1 RATE_LIMITED',
	'who is locked out');
SELECT is(pg_temp.verdict(jerry.reset_password(:'reset', 'Secret-123', 'Secret-123')), 'OK', 'and sets a new password');
SELECT is(pg_temp.try('user@example.com', '192.0.2.60', 'Secret-123'), 'OK', 'is let in with it');

-- ---------- mails to one address ----------

DELETE FROM jerry.rate_bucket;
-- asks so often, each time after that time, for mails to an address with an account and one without: how many are sent?
CREATE FUNCTION pg_temp.mails(n integer, apart interval, email text DEFAULT 'r1@example.com') RETURNS bigint
	LANGUAGE plpgsql AS $$
DECLARE
	last bigint := (SELECT max(id) FROM jerry.event);
BEGIN
	FOR i IN 1..n LOOP
		PERFORM pg_temp.pass(apart);
		IF (SELECT count(DISTINCT pg_temp.without_time(jerry.resend_verification(e))) > 1
			FROM unnest(ARRAY[email, 'nobody@example.com']) AS e) THEN
			RAISE 'answers differ';
		END IF;
	END LOOP;
	RETURN (SELECT count(*) FROM jerry.event WHERE id > last AND payload->'data'->>'email' ILIKE email);
END
$$;
SELECT is(pg_temp.mails(20, '3 seconds'), 1::bigint, 'one address gets one mail a minute');
SELECT is(pg_temp.mails(20, '60 seconds'), 4::bigint, 'five in a row');
SELECT is((SELECT string_agg(pg_temp.mails(1, '36 minutes', email)::text, '') FROM generate_series(1, 8),
	unnest(ARRAY['R1@example.com']) AS email), '00010001', 'and then ten a day, however it is written');
SELECT is(pg_temp.mails(1, '0 seconds', 'r2@example.com'), 1::bigint, 'others get theirs');
SELECT count(*) AS mails FROM jerry.event WHERE payload->'data'->>'email' = 'r1@example.com' \gset
SELECT is(pg_temp.result(jerry.request_password_reset('r1@example.com')), 'OK', 'a mail for a new password');
SELECT is(count(*), :mails::bigint, 'is one more of these')
FROM jerry.event WHERE payload->'data'->>'email' = 'r1@example.com';
SELECT is(pg_temp.register('fresh@example.com', NULL), 'OK', 'the mail of a registration');
SELECT is(pg_temp.mails(1, '59 seconds', 'fresh@example.com'), 0::bigint, 'counts');
SELECT is(pg_temp.mails(1, '1 second', 'fresh@example.com'), 1::bigint, 'as any other');
SELECT pg_temp.mails(1, '0 seconds', 'later@example.com') \g /dev/null
SELECT pg_temp.register('later@example.com', NULL) \g /dev/null
SELECT isnt_empty($$ SELECT FROM jerry.event WHERE event_type = 'user.registered'
	AND payload->'data'->>'email' = 'later@example.com' $$, 'but it is sent in any case');
SELECT jerry.set_limit('mail_pause', 0), jerry.set_limit('mail_account', 0) \g /dev/null
SELECT is(pg_temp.mails(30, '0 seconds'), 30::bigint, 'both can be off');
SELECT jerry.set_limit('mail_pause', NULL), jerry.set_limit('mail_account', NULL) \g /dev/null

-- ---------- tokens that never were any ----------

DELETE FROM jerry.rate_bucket;
-- nothing comes back while they are used up
SELECT jerry.set_limit('mail_token_network', 30, 36000), jerry.set_limit('token_network', 60, 36000) \g /dev/null
-- redeems something with each function that takes a token of a mail
CREATE FUNCTION pg_temp.redeem(token text, ip text) RETURNS text[]
	RETURN ARRAY[
		pg_temp.result(jerry.verify_email(token, pg_temp.from_ip(ip))),
		pg_temp.result(jerry.reset_password(token, 'Secret-123', 'Secret-123', pg_temp.from_ip(ip))),
		pg_temp.result(jerry.accept_invite(token, 'Secret-123', 'Secret-123', pg_temp.from_ip(ip))),
		pg_temp.result(jerry.confirm_email_change(token, pg_temp.from_ip(ip))),
		pg_temp.result(jerry.cancel_email_change(token, pg_temp.from_ip(ip))),
		pg_temp.result(jerry.undo_email_change(token, pg_temp.from_ip(ip)))];
SELECT id AS registered FROM pg_temp.new_user('v@example.com') AS id \gset
SELECT pg_temp.new_user('w@example.com') AS expired \gset
SELECT count(*) AS audited FROM jerry.audit \gset
SELECT is(string_agg(DISTINCT result, ', '), 'INVALID_TOKEN', 'thirty tokens that are in no mail are looked up')
FROM generate_series(1, 5) AS n, unnest(pg_temp.redeem('guess ' || n, '192.0.2.80')) AS result;
SELECT is(string_agg(DISTINCT pg_temp.in_minutes(result), ', '), 'RATE_LIMITED 20 min',
	'for the next the network waits, whatever it is for')
FROM unnest(pg_temp.redeem(repeat('x', 43), '192.0.2.80')) AS result;
SELECT is((SELECT count(*) FROM jerry.audit) - :audited, 5::bigint, 'of that nothing is on record');
SELECT is(jerry.verify_email('x', pg_temp.from_ip('192.0.2.80'))->'error'->'details'->>'policy',
	'{"name":"mail_token_network","quantity":30,"seconds":36000}', 'but who is refused is told what is allowed');
UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second' WHERE user_id = :'expired';
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'expired'), pg_temp.from_ip('192.0.2.80'))),
	'EXPIRED_TOKEN', 'a token that has expired is no guess');
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'registered'),
	pg_temp.from_ip('192.0.2.80'))), 'OK', 'and a good one is good there, too');
SELECT is(string_agg(DISTINCT result, ', '), 'INVALID_TOKEN', 'another network has its own')
FROM unnest(pg_temp.redeem('x', '192.0.2.81')) AS result;
SELECT is(string_agg(DISTINCT result, ', '), 'INVALID_TOKEN', 'who names none is not limited')
FROM generate_series(1, 6), unnest(pg_temp.redeem('x', NULL)) AS result;
SELECT is(pg_temp.verdict(jerry.verify_email(NULL, pg_temp.from_ip('192.0.2.80'))), 'VALIDATION_ERROR',
	'what is missing is no guess either');

CREATE FUNCTION pg_temp.refresh(token text, ip text DEFAULT '192.0.2.80') RETURNS text
	RETURN pg_temp.result(jerry.refresh(token, pg_temp.from_ip(ip)));
SELECT pg_temp.log_in('v@example.com') AS data \gset
SELECT (:'data'::json)->>'refresh_token' AS refresh, (:'data'::json)->>'access_token' AS access \gset
SELECT is(string_agg(DISTINCT pg_temp.refresh(left(:'refresh', -n)), ', '), 'INVALID_TOKEN',
	'sixty tokens that no key has signed are looked at') FROM generate_series(1, 60) AS n;
SELECT is(pg_temp.in_minutes(pg_temp.refresh(token)), 'RATE_LIMITED 10 min', 'not one more, whatever it looks like')
FROM unnest(ARRAY[left(:'refresh', -1), '', 'x', repeat('x', 10000), upper(:'refresh')]) AS token;
SELECT is(string_agg(DISTINCT pg_temp.refresh(:'refresh'), ', '), 'OK', 'but any number of good ones')
FROM generate_series(1, 10);
SELECT is(pg_temp.refresh(:'access'), 'INVALID_TOKEN', 'one of another type is no guess');
SELECT is(pg_temp.refresh('x', '192.0.2.81'), 'INVALID_TOKEN', 'another network has its own');
SELECT pg_temp.pass('10 minutes') \g /dev/null
SELECT is(pg_temp.refresh('x'), 'INVALID_TOKEN', 'later there is one more');
SELECT is(pg_temp.in_minutes(pg_temp.refresh('x')), 'RATE_LIMITED 10 min', 'and not two');
UPDATE jerry.session SET revoked_at = now() WHERE user_id = :'registered';
SELECT is(pg_temp.refresh(:'refresh'), 'INVALID_TOKEN', 'nor is one whose session has ended');
SELECT jerry.set_limit('token_network', 0), jerry.set_limit('mail_token_network', 0) \g /dev/null
SELECT is(pg_temp.refresh('x'), 'INVALID_TOKEN', 'this limit can be off');
SELECT is(string_agg(DISTINCT result, ', '), 'INVALID_TOKEN', 'as the other')
FROM unnest(pg_temp.redeem('x', '192.0.2.80')) AS result;
SELECT jerry.set_limit('token_network', NULL), jerry.set_limit('mail_token_network', NULL) \g /dev/null

-- ---------- a session that refreshes all the time ----------

DELETE FROM jerry.rate_bucket;
SELECT jerry.set_limit('refresh_session', 60, 36000) \g /dev/null
SELECT pg_temp.log_in('w@example.com') AS data \gset
SELECT (:'data'::json)->>'refresh_token' AS refresh \gset
SELECT (pg_temp.log_in('w@example.com')::json)->>'refresh_token' AS another \gset
SELECT is(string_agg(DISTINCT pg_temp.refresh(:'refresh'), ', '), 'OK', 'thirty refreshes of a session are fine')
FROM generate_series(1, 30);
SELECT is(pg_temp.in_minutes(pg_temp.refresh(:'refresh', ip)), 'SERVICE_UNAVAILABLE 10 min', 'for the next it waits')
FROM unnest(ARRAY['192.0.2.90', '192.0.2.91', NULL]) AS ip;
SELECT is(pg_temp.refresh(:'another'), 'OK', 'another session of the user does not');
SELECT is(pg_temp.refresh('x'), 'INVALID_TOKEN', 'what is no token is no refresh');
SELECT pg_temp.pass('10 minutes') \g /dev/null
SELECT is(pg_temp.refresh(:'refresh'), 'OK', 'later there is one more');
SELECT is(pg_temp.in_minutes(pg_temp.refresh(:'refresh')), 'SERVICE_UNAVAILABLE 10 min', 'and not two');
SET LOCAL jerry.rotate_refresh_tokens = on;
SELECT is(pg_temp.in_minutes(pg_temp.refresh(:'refresh')), 'SERVICE_UNAVAILABLE 10 min', 'nor with rotation');
SELECT is((SELECT max(generation) FROM jerry.session), 0::bigint, 'where nothing is used up by it');
SELECT jerry.unlock('w@example.com') \g /dev/null
SELECT jerry.refresh(:'another')->'data'->>'refresh_token' AS second \gset
SELECT is(pg_temp.refresh(:'second'), 'OK', 'a session whose refresh tokens are used up');
SELECT jerry.set_limit('refresh_session', 60, 36000, 1) \g /dev/null
SELECT is(pg_temp.in_minutes(pg_temp.refresh(:'second')), 'SERVICE_UNAVAILABLE 20 min', 'waits likewise');
SELECT is(pg_temp.refresh(:'another'), 'INVALID_TOKEN', 'but a token that somebody must have copied');
SELECT is((SELECT revoked_for FROM jerry.session WHERE id = (pg_temp.claims(:'another')->>'sid')::uuid), 'reuse',
	'ends it all the same');
RESET jerry.rotate_refresh_tokens;
SELECT jerry.set_limit('refresh_session', 60, 36000, 30), jerry.unlock('w@example.com') \g /dev/null
SELECT is(pg_temp.refresh(:'refresh'), 'OK', 'an operator can end that');
DELETE FROM jerry.rate_bucket;
UPDATE jerry.session SET last_used_at = clock_timestamp() - interval '6 hours';
SELECT is(pg_temp.refresh(:'refresh'), 'OK', 'a session that has rested');
SELECT is_empty('SELECT FROM jerry.rate_bucket', 'is not counted');
SELECT jerry.set_limit('refresh_session', 0) \g /dev/null
SELECT is(string_agg(DISTINCT pg_temp.refresh(:'refresh'), ', '), 'OK', 'and the limit can be off')
FROM generate_series(1, 40);
SELECT jerry.set_limit('refresh_session', NULL) \g /dev/null

-- ---------- the clock ----------

DELETE FROM jerry.rate_bucket;
SELECT pg_temp.tries('user@example.com', '192.0.2.1', 6) \g /dev/null
SELECT pg_temp.pass('-10 minutes') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '192.0.2.1', 'Secret-123'), 'RATE_LIMITED 540',
	'a clock that is set back a little makes a lock longer by that, up to what was allowed before');
SELECT pg_temp.pass('-10 years') \g /dev/null
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 6), '5 INVALID_CREDENTIALS, 1 RATE_LIMITED',
	'one that is set back for long forgets, and begins to count anew');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'RATE_LIMITED 90', 'as it did before');
SELECT pg_temp.pass('20 years') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '192.0.2.1', 'Secret-123'), 'OK', 'one that is set forward forgets, too');
DELETE FROM jerry.rate_bucket;
DELETE FROM jerry.session;
SELECT count(pg_temp.try('user@example.com', pg_temp.somewhere(n))) FROM generate_series(1, 50) AS n \g /dev/null
SELECT pg_temp.pass('-45 seconds') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '203.0.113.200', 'Secret-123'), 'RATE_LIMITED 30',
	'a pause is not longer than half a minute then');
SELECT pg_temp.pass('-10 hours') \g /dev/null
SELECT is(pg_temp.try('user@example.com', '203.0.113.200', 'Secret-123'), 'OK', 'and none when that was long');
DELETE FROM jerry.rate_bucket;
SELECT pg_temp.register(format('c%s@example.com', n), '192.0.2.70') FROM generate_series(1, 11) AS n \g /dev/null
SELECT pg_temp.pass('-10 years') \g /dev/null
SELECT is(pg_temp.register('c12@example.com', '192.0.2.70'), 'OK', 'what is taken is no other');

-- ---------- figures that are set ----------

DELETE FROM jerry.rate_bucket;
SELECT jerry.set_limit('login_account_network', 60, 60, 2) \g /dev/null
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 4), '2 INVALID_CREDENTIALS, 2 RATE_LIMITED',
	'a limit that is set counts with the next call');
SELECT is(pg_temp.try('user@example.com', '192.0.2.1'), 'RATE_LIMITED 1', 'with its figures');
SELECT jerry.set_limit('login_account_network', 0) \g /dev/null
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 20), '20 INVALID_CREDENTIALS',
	'one that is off lets all through');
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 9), '8 INVALID_CREDENTIALS, 1 RATE_LIMITED',
	'and the others count');
SELECT jerry.set_limit('login_network', 0), jerry.set_limit('login_account', 0) \g /dev/null
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 60), '60 INVALID_CREDENTIALS', 'all can be off');
SELECT jerry.set_limit(name, NULL) FROM jerry.list_limits() \g /dev/null
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 1), '1 RATE_LIMITED', 'and on again');
SET LOCAL jerry.rate_limits = off;
SELECT is(pg_temp.tries('user@example.com', '192.0.2.1', 60), '60 INVALID_CREDENTIALS',
	'or all at once, by a superuser');
SET LOCAL jerry.rate_limits = on;

-- ---------- whose is whose is not to be seen ----------

SELECT is_empty($$ SELECT FROM jerry.rate_bucket AS b WHERE b::text ~* 'user|example|192\.0' $$,
	'nothing stored is readable');
SELECT id AS before FROM jerry.rate_bucket ORDER BY id LIMIT 1 \gset
DELETE FROM jerry.rate_bucket;
UPDATE jerry.installation_secret SET secret = sha256(secret);
SELECT pg_temp.tries('user@example.com', '192.0.2.1', 6) \g /dev/null
SELECT is((SELECT count(*)::int FROM jerry.rate_bucket WHERE id = :'before'), 0,
	'without the secret it cannot be guessed');

SELECT * FROM finish();
ROLLBACK;

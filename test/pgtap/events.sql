-- the outbox: what happened, byte by byte, in the order in which it happened
BEGIN;
\ir setup.psql
\ir totp.psql

SELECT coalesce(max(id), 0) AS before FROM jerry.event \gset
CREATE FUNCTION pg_temp.event_without_time(n bigint) RETURNS text
	RETURN (SELECT regexp_replace(payload::text, '"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', '"timestamp":"T"')
		FROM jerry.event ORDER BY id DESC OFFSET n - 1 LIMIT 1);

SELECT pg_temp.new_user('User@Example.com') AS user_id \gset
SELECT pg_temp.verification_token(:'user_id') AS token \gset
SELECT is(pg_temp.event_without_time(1),
	format('{"event_type":"user.registered","timestamp":"T","data":{"user_id":"%s","email":"User@Example.com",'
	'"email_verification_token":"%s"}}', :'user_id', :'token'), 'user.registered has the documented bytes');
SELECT results_eq(format(
	'SELECT event_type, abs(extract(epoch '
	'FROM clock_timestamp() - created_at)) < 60, created_at >= now() FROM jerry.event WHERE id > %s', :before),
	$$ VALUES ('user.registered', true, true) $$, 'the row has type and time of the event');
SELECT is((payload->>'timestamp')::timestamptz, date_trunc('second', created_at),
	'the time of the event is that of the row') FROM jerry.event ORDER BY id DESC LIMIT 1;

SELECT jerry.verify_email(:'token') AS answer \gset
SELECT is(pg_temp.event_without_time(1),
	format('{"event_type":"user.email_verified","timestamp":"T","data":{"user_id":"%s","email":"User@Example.com"}}',
	:'user_id'),
	'user.email_verified has the documented bytes');
SELECT jerry.login('user@example.com', 'Secret-123', '192.168.1.1', 'curl') AS answer \gset
SELECT is(pg_temp.event_without_time(1),
	format('{"event_type":"user.logged_in","timestamp":"T","data":{"user_id":"%s","email":"User@Example.com",'
	'"ip_address":"192.168.1.1"}}', :'user_id'), 'user.logged_in has the documented bytes');
SELECT jerry.login('user@example.com', 'Secret-123') AS answer \gset
SELECT is(pg_temp.event_without_time(1),
	format('{"event_type":"user.logged_in","timestamp":"T","data":{"user_id":"%s","email":"User@Example.com",'
	'"ip_address":null}}', :'user_id'), 'an unknown IP address is null');

SELECT results_eq(format('SELECT event_type FROM jerry.event WHERE id > %s ORDER BY id', :before),
	ARRAY['user.registered', 'user.email_verified', 'user.logged_in', 'user.logged_in'],
	'ids ascend in the order of what happened');
SELECT is_empty('SELECT FROM jerry.event WHERE event_type <> payload->>''event_type''',
	'the type of the row is that of the payload');
SELECT is_empty('SELECT FROM jerry.event WHERE payload::text ~ ''event_id''',
	'the payload has no event_id: that is for the notification');
SELECT is_empty('SELECT FROM jerry.event WHERE payload::text ~ ''Secret-123|\$2a\$|eyJ''',
	'no event holds a password, a hash or a session''s token');

-- the outbox is complete, whatever a notification tells
CREATE FUNCTION pg_temp.registered_with(setting text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('jerry.notify_payload', setting, true), pg_temp.new_user(setting || '@example.com');
	RETURN (SELECT concat_ws('/', payload->'data'->>'email', pg_temp.keys(payload->'data')) FROM jerry.event
		ORDER BY id DESC LIMIT 1);
END
$$;
SELECT is(pg_temp.registered_with(setting), setting || '@example.com/user_id,email,email_verification_token',
	'the outbox has all of an event with jerry.notify_payload = ' || setting)
FROM unnest(ARRAY['full', 'redacted', 'wakeup', 'none']) AS setting;

-- an address of every character that JSON could trip over
SELECT pg_temp.new_user('o''neil/{}|`~#%&*+=?^_$!@example.com') AS special \gset
SELECT is(payload->'data'->>'email', 'o''neil/{}|`~#%&*+=?^_$!@example.com', 'special characters come through')
FROM jerry.event ORDER BY id DESC LIMIT 1;
SELECT pg_temp.new_user(repeat('a', 64) || '@' || repeat(repeat('b', 61) || '.', 3) || 'com') AS longest \gset
SELECT is(length(payload->'data'->>'email'), 254, 'the longest address comes through') FROM jerry.event ORDER BY id DESC
LIMIT 1;

-- what did not happen
SELECT max(id) AS last FROM jerry.event \gset
SAVEPOINT nothing;
SELECT is(pg_temp.verdict(answer), expected, expected || ' is an answer')
FROM (VALUES
	(jerry.register('user@example.com', 'Secret-123', 'Secret-123'), 'DUPLICATE_EMAIL'),
	(jerry.register('new@example.com', 'short', 'short'), 'WEAK_PASSWORD'),
	(jerry.login('user@example.com', 'wrong'), 'INVALID_CREDENTIALS'),
	(jerry.verify_email(:'token'), 'INVALID_TOKEN'),
	(jerry.refresh('x'), 'INVALID_TOKEN')
) AS t (answer, expected);
SELECT is((SELECT max(id) FROM jerry.event)::int, :last, 'and no event');

SELECT is(pg_temp.verdict(jerry.register('rolled.back@example.com', 'Secret-123', 'Secret-123')), 'OK',
	'a registration that is rolled back');
ROLLBACK TO SAVEPOINT nothing;
SELECT is((SELECT max(id) FROM jerry.event)::int, :last, 'leaves no event');
SELECT pg_temp.new_user('after@example.com') AS after \gset
SELECT cmp_ok((SELECT max(id) FROM jerry.event)::int, '>', :last,
	'an id that was drawn is not used again for something earlier');

-- what contract/events.txt lists, all of it and nothing else
UPDATE jerry.one_time_token SET created_at = created_at - interval '61 seconds';
SELECT jerry.resend_verification('after@example.com') AS answer \gset
SET LOCAL jerry.hide_accounts = on;
UPDATE jerry."user" SET created_at = created_at - interval '25 hours' WHERE email = 'after@example.com';
SELECT jerry.maintain() AS answer \gset
SELECT jerry.register('after@example.com', 'Another-123', 'Another-123') AS answer \gset
SELECT jerry.change_password(pg_temp.log_in('after@example.com')->>'access_token', 'Secret-123', 'Secret-124',
	'Secret-124') AS answer \gset
SELECT jerry.change_password(jerry.login('after@example.com', 'Secret-124')->'data'->>'access_token', 'Secret-124',
	'Secret-123', 'Secret-123') AS answer \gset
SELECT jerry.update_profile(pg_temp.log_in('after@example.com')->>'access_token', '{"name":"Ada"}') AS answer \gset
SELECT jerry.request_password_reset('after@example.com') AS answer \gset
SELECT jerry.reset_password(payload->'data'->>'password_reset_token', 'Secret-123', 'Secret-123') AS answer
	FROM jerry.event WHERE event_type = 'user.password_reset_requested' \gset
SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT jerry.request_login_code('after@example.com') AS answer \gset
SELECT pg_temp.log_in('after@example.com')->>'access_token' AS access, pg_temp.new_user('taken@example.com')
	AS taken \gset
CREATE FUNCTION pg_temp.mailed(kind text, member text) RETURNS text
	RETURN (SELECT payload->'data'->>member FROM jerry.event WHERE event_type = kind ORDER BY id DESC LIMIT 1);
SELECT jerry.request_email_change(:'access', 'taken@example.com', 'Secret-123') AS answer \gset
SELECT jerry.cancel_email_change(pg_temp.mailed('user.email_change_requested', 'email_change_token')) AS answer \gset
SELECT jerry.request_email_change(:'access', 'free@example.com', 'Secret-123') AS answer \gset
SELECT jerry.confirm_email_change(pg_temp.mailed('user.email_change_requested', 'email_change_token')) AS answer,
	jerry.confirm_email_change(pg_temp.mailed('user.email_change_offered', 'email_change_token')) AS answer_2 \gset
SELECT jerry.undo_email_change(pg_temp.mailed('user.email_changed', 'email_undo_token')) AS answer \gset
SELECT jerry.reset_password(pg_temp.mailed('user.password_reset_requested', 'password_reset_token'), 'Secret-123',
	'Secret-123') AS answer \gset
SELECT jerry.logout(pg_temp.log_in('after@example.com')->>'access_token') AS answer \gset
SELECT jerry.login('after@example.com', 'Secret-123', '192.0.2.1') \g /dev/null
SELECT jerry.create_role('editor'), jerry.grant_role(:'after', 'editor') \g /dev/null
SELECT jerry.ban_user(:'after'), jerry.unban_user(:'after') \g /dev/null
SELECT pg_temp.log_in('after@example.com')->>'access_token' AS access \gset
SELECT secret, recovery_codes->>0 AS code FROM pg_temp.new_app(:'access') \gset
SELECT jerry.renew_recovery_codes(:'access', NULL, :'code', 'Secret-123'),
	jerry.disable_second_factor(:'access', pg_temp.app_shows(:'secret')) \g /dev/null
SELECT jerry.invite_user('created@example.com') \g /dev/null
SELECT jerry.accept_invite(payload->'data'->>'invite_token', 'Secret-123', 'Secret-123')
	FROM jerry.event WHERE event_type = 'user.invited' \g /dev/null
SELECT jerry.delete_user(jerry.user_of('created@example.com')) \g /dev/null
-- which the next login takes back
SELECT jerry.request_deletion(pg_temp.log_in('after@example.com')->>'access_token') \g /dev/null
SET LOCAL jerry.rotate_refresh_tokens = on;
SET LOCAL jerry.refresh_grace = 0;
SELECT pg_temp.log_in('after@example.com')->>'refresh_token' AS first \gset
SELECT jerry.refresh(:'first')->'data'->>'refresh_token' AS second \gset
SELECT string_agg(pg_temp.verdict(jerry.refresh(token)), ' ') AS answers
	FROM unnest(ARRAY[:'first', :'second', :'first']) AS token \gset
SET LOCAL jerry.rate_limits = on;
SELECT jerry.set_limit('login_account', 1, 86400, 1) \g /dev/null
SELECT string_agg(pg_temp.verdict(jerry.login('after@example.com', 'wrong')), ' ') AS answers
	FROM generate_series(1, 2) \gset
SELECT jerry.set_limit('second_factor_account', 1, 86400, 1) \g /dev/null
SELECT pg_temp.log_in('taken@example.com')->>'access_token' AS access \gset
SELECT jerry.setup_totp(:'access'), jerry.activate_totp(:'access', 'x') \g /dev/null
SELECT jerry.seal_audit() \g /dev/null
SELECT webhook_id FROM jerry.add_webhook('https://example.com/') \gset
SELECT jerry.test_webhook(:'webhook_id'), jerry.disable_webhook(:'webhook_id') \g /dev/null
CREATE TEMPORARY TABLE member (n integer GENERATED ALWAYS AS IDENTITY, event_type text, name text, kind text,
	class text);
\copy member (event_type, name, kind, class) FROM PROGRAM '../../tools/generate-events members ../../contract/events.txt'
SELECT set_eq(format('SELECT event_type FROM jerry.event WHERE id > %s', :before), 'SELECT event_type FROM member',
	'each event of contract/events.txt has happened here, and no other');
SELECT is_empty($$ SELECT event_type, pg_temp.keys(payload->'data') FROM jerry.event
	EXCEPT SELECT event_type, string_agg(name, ',' ORDER BY n) FROM member GROUP BY event_type $$,
	'each with its members, in order');
SELECT is_empty($$ SELECT event_type, name, kind, payload->'data'->name FROM jerry.event JOIN member USING (event_type)
	WHERE json_typeof(payload->'data'->name) <> CASE kind WHEN 'int' THEN 'number' ELSE 'string' END
	AND (json_typeof(payload->'data'->name) <> 'null' OR kind !~ '[?]$')
		OR kind ~ '^uuid' AND payload->'data'->>name !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' $$,
	'and each member is of its kind');

SELECT * FROM finish();
ROLLBACK;

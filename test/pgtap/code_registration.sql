-- jerry.code_registration: a login code makes an account for an address that has none
BEGIN;
\ir setup.psql
\ir login_code.psql

CREATE FUNCTION pg_temp.told() RETURNS text
	RETURN (SELECT string_agg(event_type, ' ' ORDER BY id) FROM jerry.event
		WHERE payload->'data'->>'email' ~* '^new' OR event_type = 'session.revoked');
CREATE FUNCTION pg_temp.recorded() RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', action, outcome, user_id IS NOT NULL), ', ' ORDER BY id) FROM jerry.audit
		WHERE action !~ '^setting' AND id > (SELECT max(id) FROM jerry.audit WHERE action ~ '^setting'));
CREATE FUNCTION pg_temp.users() RETURNS int RETURN (SELECT count(*)::int FROM jerry."user" WHERE email ~* '^new');

SELECT jerry.configure('jerry.code_registration', 'on') \g /dev/null
SELECT is(pg_temp.verdict(jerry.request_login_code('new@example.com')), 'VALIDATION_ERROR', 'it needs logins by code');
SELECT is(finding, 'jerry.code_registration is on without jerry.code_login: no code is mailed to anybody',
	'as jerry.doctor() says') FROM jerry.doctor() WHERE problem = 'code registration';
SELECT jerry.configure('jerry.code_registration', NULL), jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT pg_temp.ask('new@example.com') \g /dev/null
SELECT is(pg_temp.told(), NULL, 'by default an unknown address gets no code');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token WHERE user_id IS NULL), 0, 'and leaves nothing');
SELECT jerry.configure('jerry.code_registration', 'on') \g /dev/null

SELECT jerry.request_login_code('New@example.com') AS answer \gset
SELECT (:'answer'::json)->'data'->>'flow' AS flow \gset
SELECT is(pg_temp.keys((:'answer'::json)->'data'), pg_temp.keys(jerry.request_login_code('user@example.com')->'data'),
	'the answer is that for a user');
SELECT is((:'answer'::json)->'data'->>'message', jerry.request_login_code('user@example.com')->'data'->>'message',
	'in all words');
DELETE FROM jerry.event WHERE payload->'data'->>'email' = 'user@example.com';
SELECT is(pg_temp.told(), 'user.login_code_requested', 'a code is mailed');
SELECT payload->'data'->>'user_id' AS new_id FROM jerry.event WHERE event_type = 'user.login_code_requested' \gset
SELECT is(pg_temp.users(), 0, 'there is no account before it is redeemed');
SELECT is(pg_temp.verdict(jerry.register('new@example.com', 'Secret-123', 'Secret-123')), 'OK',
	'nor is the address taken');
DELETE FROM jerry.event WHERE event_type = 'user.registered';
DELETE FROM jerry."user" WHERE email = 'new@example.com';
SELECT ok(position(pg_temp.mailed('login_code') in t::text) = 0
	AND position(pg_temp.mailed('login_token') in t::text) = 0 AND position(:'flow' in t::text) = 0,
	'nothing that lets anybody in is in the table')
FROM jerry.one_time_token AS t WHERE user_id IS NULL;
SELECT jerry.configure('jerry.code_registration', 'on') \g /dev/null
SAVEPOINT asked;

-- ---------- the account ----------

SELECT jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'), client => ROW('192.0.2.9', 'curl', NULL, NULL))
	AS answer \gset
SELECT is(pg_temp.keys((:'answer'::json)->'data'),
	'access_token,refresh_token,token_type,expires_in,user_id,device_token', 'the answer is that of a login');
SELECT is((:'answer'::json)->'data'->>'user_id', :'new_id', 'of a user with the id that the event had');
SELECT is(pg_temp.verdict(jerry.validate_token((:'answer'::json)->'data'->>'access_token')), 'OK', 'who is in');
SELECT results_eq($$ SELECT email::text, password_hash::text, is_email_verified FROM jerry."user"
	WHERE email ~* '^new' $$,
	$$ VALUES ('New@example.com', '*', true) $$, 'verified, and without a password');
SELECT is((SELECT string_agg(event_type, ' ' ORDER BY id) FROM jerry.event
	WHERE payload->'data'->>'user_id' = :'new_id'),
	'user.login_code_requested user.created user.email_verified user.logged_in', 'each step is told');
SELECT is(pg_temp.recorded(), 'account.register OK t, account.verify OK t, session.login OK t', 'and on record');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token WHERE user_id IS NULL), 0, 'nothing else is left');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))),
	pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token')))), 'INVALID_TOKEN INVALID_TOKEN',
	'a code is good once');
SELECT is(pg_temp.verdict(jerry.confirm_login_code(pg_temp.ask('new@example.com'), pg_temp.mailed('login_code'))), 'OK',
	'the next one is that of a user');
SELECT jerry.request_password_reset('new@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.reset_password(payload->'data'->>'password_reset_token', 'New-Secret-1',
	'New-Secret-1')), 'OK', 'who wants a password has one by a reset') FROM jerry.event
WHERE event_type = 'user.password_reset_requested';
SELECT is(pg_temp.verdict(jerry.login('new@example.com', 'New-Secret-1')), 'OK', 'and logs in with it');
ROLLBACK TO SAVEPOINT asked;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token'))), 'OK',
	'the token of the link does the same');
ROLLBACK TO SAVEPOINT asked;
SET LOCAL jerry.require_verified_email = on;
SET LOCAL jerry.hide_accounts = on;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token'))), 'OK',
	'also where accounts are hidden, and have to be verified');
ROLLBACK TO SAVEPOINT asked;

-- ---------- who gets none ----------

SELECT is(string_agg(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.wrong())), ' '),
	'INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN', 'a wrong code is refused') FROM generate_series(1, 4);
SAVEPOINT four;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'OK',
	'the fifth try counts');
ROLLBACK TO SAVEPOINT four;
SELECT jerry.confirm_login_code(:'flow', pg_temp.wrong()) \g /dev/null
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))),
	pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token')))), 'INVALID_TOKEN INVALID_TOKEN',
	'there is no sixth one');
ROLLBACK TO SAVEPOINT asked;
SELECT pg_temp.mailed('login_token') AS first_token \gset
SELECT pg_temp.ask('NEW@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => :'first_token')), 'INVALID_TOKEN',
	'a second request replaces the first');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token WHERE user_id IS NULL), 1, 'of which nothing is left');
ROLLBACK TO SAVEPOINT asked;
UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second' WHERE user_id IS NULL;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'a code that is late is none');
SELECT is((jerry.maintain()->'data'->>'one_time_tokens')::int, 1, 'and gone with the next jerry.maintain()');
ROLLBACK TO SAVEPOINT asked;
SELECT is((jerry.maintain()->'data'->>'one_time_tokens')::int, 0, 'not before');
SELECT jerry.configure('jerry.code_registration', 'off') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'turned off, it is off at once');
ROLLBACK TO SAVEPOINT asked;
SELECT is(pg_temp.told(), 'user.login_code_requested', 'of all that nothing is told');

-- an address that somebody has registered meanwhile
SELECT pg_temp.new_user('new@example.com') AS other_id, pg_temp.log_in('new@example.com') AS other \gset
SELECT jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code')) AS answer \gset
SELECT is((:'answer'::json)->'data'->>'user_id', :'other_id', 'whoever reads its mail has that account');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'other'::json)->>'access_token')),
	pg_temp.verdict(jerry.login('new@example.com', 'Secret-123'))), 'INVALID_TOKEN INVALID_CREDENTIALS',
	'and who was there first without a proof has lost it');
ROLLBACK TO SAVEPOINT asked;
SELECT pg_temp.new_user('new@example.com') AS other_id \gset
SELECT jerry.ban_user(:'other_id') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'USER_BANNED',
	'who is banned stays so');
DELETE FROM jerry.event;
SELECT pg_temp.ask('new@example.com') \g /dev/null
SELECT is(pg_temp.told(), NULL, 'and is mailed nothing');
ROLLBACK TO SAVEPOINT asked;
-- one that its user has left, and can come back to
INSERT INTO jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at, email)
	VALUES ('\x00', 'email_undo', :'user_id', now(), now() + interval '1 day', 'new@example.com');
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'an address that is kept for who has left it makes no account');
DELETE FROM jerry.event;
SELECT pg_temp.ask('new@example.com') \g /dev/null
SELECT is(pg_temp.told(), NULL, 'and is mailed nothing');
ROLLBACK TO SAVEPOINT asked;

-- ---------- limits ----------

SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
DELETE FROM jerry.event;
SELECT is(string_agg(pg_temp.keys(jerry.request_login_code('new@example.com')->'data'), ' '),
	'flow,message flow,message', 'too many for one address are answered in the same way') FROM generate_series(1, 2);
SELECT is(pg_temp.told(), 'user.login_code_requested', 'and not mailed');
SELECT jerry.set_limit('register_network', 1, 3600, 1) \g /dev/null
SELECT jerry.register('newest@example.com', 'Secret-123', 'Secret-123', ROW('192.0.2.1', NULL, NULL, NULL)) \g /dev/null
SELECT jerry.confirm_login_code(token => pg_temp.mailed('login_token'), client => ROW('192.0.2.1', NULL, NULL, NULL))
	AS answer \gset
SELECT is((:'answer'::json)->'error'->'details'->'policy'->>'name', 'register_network',
	'an account that a code makes counts as any other of its network');
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token'),
	client => ROW('198.51.100.1', NULL, NULL, NULL))), 'OK', 'and the code stays good');
ROLLBACK TO SAVEPOINT asked;

-- ---------- hooks ----------

CREATE FUNCTION public.refuse(event jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT CASE event->>'email'
	WHEN 'New@example.com' THEN '{"refuse": {"code": "NO_CUSTOMER"}}'::jsonb END $$;
SAVEPOINT hooks;
SELECT jerry.add_hook('register', 'public.refuse(jsonb)') \g /dev/null
SELECT jerry.configure('jerry.code_registration', 'on') \g /dev/null
SELECT is(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))->'error'->'details'->>'code',
	'NO_CUSTOMER', 'a hook of registrations can refuse the account');
SELECT is(pg_temp.users(), 0, 'of which nothing is left then');
SELECT is(pg_temp.told(), 'user.login_code_requested', 'nor told');
SELECT is(pg_temp.recorded(), 'account.register HOOK_REFUSED f', 'but that it was refused is on record');
SELECT jerry.remove_hook('register', 'public.refuse(pg_catalog.jsonb)') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'OK',
	'the code is good for another try');
ROLLBACK TO SAVEPOINT hooks;
SELECT jerry.add_hook('login', 'public.refuse(jsonb)') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'HOOK_REFUSED',
	'one of logins refuses the login');
SELECT is(pg_temp.users(), 0, 'and the account with it');

SELECT * FROM finish();
ROLLBACK;

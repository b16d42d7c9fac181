-- jerry.confirm_login_code: a mail lets a user in, and each code answers its own request
BEGIN;
\ir setup.psql
\ir login_code.psql

SELECT pg_temp.declared('confirm_login_code(text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.confirm_login_code(token => ''x'')', reason => 'it writes');

SELECT jerry.configure('jerry.code_login', 'on') \g /dev/null
SELECT is(pg_temp.complaint(answer), expected, name)
FROM (VALUES
	(jerry.confirm_login_code(), 'VALIDATION_ERROR/flow/Field is required', 'a flow is needed'),
	(jerry.confirm_login_code('x'), 'VALIDATION_ERROR/code/Field is required', 'and a code'),
	(jerry.confirm_login_code(code => '123456'), 'VALIDATION_ERROR/flow/Field is required', 'both of them'),
	(jerry.confirm_login_code('x', '123456'), 'INVALID_TOKEN', 'a word is no flow'),
	(jerry.confirm_login_code(repeat('A', 24), '123456'), 'INVALID_TOKEN', 'nor is one that nobody was given'),
	(jerry.confirm_login_code(token => 'x'), 'INVALID_TOKEN', 'a word is no token'),
	(jerry.confirm_login_code(token => repeat('A', 56)), 'INVALID_TOKEN', 'nor is one that was never mailed')
) AS t (answer, expected, name);

SELECT pg_temp.ask() AS flow \gset
SELECT max(id) AS before FROM jerry.event \gset

-- ---------- logging in ----------

SAVEPOINT asked;
SELECT jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'), client => ROW('192.0.2.9', 'curl', NULL, NULL))
	AS answer
	\gset
SELECT is(pg_temp.keys((:'answer'::json)->'data'),
	'access_token,refresh_token,token_type,expires_in,user_id,device_token',
	'the answer is that of a login');
SELECT is((:'answer'::json)->'data'->>'user_id', :'user_id', 'of the user');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'answer'::json)->'data'->>'access_token')),
	pg_temp.verdict(jerry.refresh((:'answer'::json)->'data'->>'refresh_token'))), 'OK OK', 'with tokens that are good');
SELECT is(pg_temp.told(:before), 'user.logged_in', 'and its event');
SELECT results_eq('SELECT host(ip), user_agent FROM jerry.session', $$ VALUES ('192.0.2.9', 'curl') $$,
	'the session says from where');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))),
	pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token')))), 'INVALID_TOKEN INVALID_TOKEN',
	'once, by code or token');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK',
	'the password of a verified user stays');
ROLLBACK TO SAVEPOINT asked;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token'))), 'OK',
	'the token lets the user in by itself');
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'and uses up the code');
ROLLBACK TO SAVEPOINT asked;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(pg_temp.ask('other@example.com'), code)), 'INVALID_TOKEN',
	'the code of one request does not answer another') FROM pg_temp.mailed('login_code') AS code;
ROLLBACK TO SAVEPOINT asked;
SELECT pg_temp.mailed('login_code') AS first, pg_temp.mailed('login_token') AS first_token \gset
SELECT pg_temp.ask() AS second_flow \gset
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_login_code(:'flow', :'first')),
	pg_temp.verdict(jerry.confirm_login_code(token => :'first_token')),
	pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code')))),
	'INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN', 'a second request replaces the first');
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'second_flow', pg_temp.mailed('login_code'))), 'OK', 'and is good');
ROLLBACK TO SAVEPOINT asked;

-- ---------- five tries ----------

SELECT is(string_agg(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.wrong())), ' '),
	'INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN INVALID_TOKEN', 'a wrong code is refused') FROM generate_series(1, 4);
SAVEPOINT four;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'OK',
	'the fifth try counts');
ROLLBACK TO SAVEPOINT four;
SELECT is(pg_temp.verdict(jerry.confirm_login_code(token => :'flow' || repeat('A', 32))), 'INVALID_TOKEN',
	'a wrong token is a try, too');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))),
	pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token')))), 'INVALID_TOKEN INVALID_TOKEN',
	'after five of them both are dead');
SELECT is(pg_temp.verdict(jerry.confirm_login_code(pg_temp.ask(), pg_temp.mailed('login_code'))), 'OK',
	'the next request begins anew');
ROLLBACK TO SAVEPOINT asked;

-- ---------- what happens meanwhile ----------

UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second';
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))),
	pg_temp.verdict(jerry.confirm_login_code(token => :'flow' || repeat('A', 32))),
	pg_temp.verdict(jerry.confirm_login_code(token => pg_temp.mailed('login_token')))),
	'INVALID_TOKEN INVALID_TOKEN EXPIRED_TOKEN', 'only who has the token is told that it is late');
ROLLBACK TO SAVEPOINT asked;
SELECT jerry.ban_user(:'user_id', 'infinity', 'x') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'a ban ends the code');
ROLLBACK TO SAVEPOINT asked;
UPDATE jerry."user" SET banned_until = 'infinity' WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'USER_BANNED',
	'who has the code of one who was banned by hand is told');
ROLLBACK TO SAVEPOINT asked;
UPDATE jerry."user" SET email = 'moved@example.com' WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'a code is good for the address that it was mailed to');
ROLLBACK TO SAVEPOINT asked;
SELECT jerry.configure('jerry.code_login', 'off') \g /dev/null
SELECT is(pg_temp.verdict(jerry.confirm_login_code(:'flow', pg_temp.mailed('login_code'))), 'INVALID_TOKEN',
	'nobody gets in once it is off again');
ROLLBACK TO SAVEPOINT asked;

-- ---------- an account that somebody else has set up for the address ----------

SELECT jerry.login('other@example.com', 'Secret-123')->'data' AS attacker \gset
SELECT jerry.request_email_change((:'attacker'::json)->>'access_token', 'attacker@example.com', 'Secret-123')
	\g /dev/null
SELECT payload->'data'->>'email_change_token' AS pending FROM jerry.event
	WHERE event_type = 'user.email_change_offered' \gset
SELECT jerry.configure('jerry.require_verified_email', 'on') \g /dev/null
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.verdict(jerry.confirm_login_code(pg_temp.ask('other@example.com'), pg_temp.mailed('login_code'))),
	'OK',
	'the owner of an address that was not verified is let in');
SELECT is(pg_temp.told(:before),
	'user.login_code_requested session.revoked user.email_verified user.logged_in', 'which proves the address');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'attacker'::json)->>'access_token')),
	pg_temp.verdict(jerry.refresh((:'attacker'::json)->>'refresh_token')),
	pg_temp.verdict(jerry.login('other@example.com', 'Secret-123')),
	pg_temp.verdict(jerry.confirm_email_change(:'pending'))),
	'INVALID_TOKEN INVALID_TOKEN INVALID_CREDENTIALS INVALID_TOKEN',
	'whoever has registered it has no session, no password and no change pending');
SELECT set_eq(format('SELECT is_email_verified FROM jerry."user" WHERE id = %L', :'other_id'), ARRAY[true],
	'the row says so');

-- ---------- limits ----------

SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT jerry.set_limit('mail_token_network', 2, 3600, 2) \g /dev/null
SELECT is(string_agg(pg_temp.verdict(jerry.confirm_login_code(repeat('A', 24), '123456',
	client => ROW('192.0.2.1', NULL, NULL, NULL))), ' '), 'INVALID_TOKEN INVALID_TOKEN RATE_LIMITED',
	'wrong codes count for the network, as other tokens of mails do') FROM generate_series(1, 3);
SELECT * FROM finish();
ROLLBACK;

-- jerry.confirm_email_change: with the second of two addresses that confirm it is changed
BEGIN;
\ir setup.psql
\ir email_change.psql

SELECT pg_temp.declared('confirm_email_change(text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.confirm_email_change(''x'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.confirm_email_change(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/token/Field is required', 'a token is needed'),
	('x', 'INVALID_TOKEN', 'a word confirms nothing'),
	(:'here', 'INVALID_TOKEN', 'nor does an access token'),
	(repeat('A', 43), 'INVALID_TOKEN', 'nor one that was never issued')
) AS t (token, expected, name);

-- ---------- what happens meanwhile ----------

SELECT is(pg_temp.ask(:'here', 'new@example.com'), 'OK', 'a change is asked for');
SAVEPOINT asked;
UPDATE jerry.one_time_token SET expires_at = clock_timestamp() - interval '1 second';
SELECT is(concat_ws(' ', pg_temp.confirm('email_change_requested'), pg_temp.confirm('email_change_offered'),
	pg_temp.verdict(jerry.cancel_email_change(pg_temp.mailed('email_change_offered')))),
	'EXPIRED_TOKEN EXPIRED_TOKEN EXPIRED_TOKEN', 'late tokens have expired');
ROLLBACK TO SAVEPOINT asked;
UPDATE jerry."user" SET email = 'moved@example.com' WHERE id = :'user_id';
SELECT is(concat_ws(' ', pg_temp.confirm('email_change_requested'), pg_temp.confirm('email_change_offered')),
	'INVALID_TOKEN INVALID_TOKEN', 'an address that was changed by hand is not changed by mails of before');
ROLLBACK TO SAVEPOINT asked;
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'user_id';
SELECT is(pg_temp.confirm('email_change_requested'), 'INVALID_TOKEN', 'who was banned goes nowhere');
ROLLBACK TO SAVEPOINT asked;
DELETE FROM jerry."user" WHERE id = :'user_id';
SELECT is(pg_temp.confirm('email_change_offered'), 'INVALID_TOKEN', 'nor who was deleted');
ROLLBACK TO SAVEPOINT asked;
SELECT is(pg_temp.verdict(jerry.change_password(:'here', 'Secret-123', 'New-Secret-1', 'New-Secret-1')), 'OK',
	'who has another password');
SELECT is(pg_temp.confirm('email_change_offered'), 'INVALID_TOKEN', 'has no change pending');
ROLLBACK TO SAVEPOINT asked;
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.reset_password(pg_temp.mailed('password_reset_requested', 'password_reset_token'),
	'New-Secret-1', 'New-Secret-1')), 'OK', 'nor has who');
SELECT is(pg_temp.confirm('email_change_offered'), 'INVALID_TOKEN', 'has reset it');
ROLLBACK TO SAVEPOINT asked;
SELECT is(pg_temp.confirm('email_change_offered'), 'OK false', 'when the new address confirms first');
SELECT pg_temp.new_user('New@example.com') \g /dev/null
SELECT is(pg_temp.confirm('email_change_requested'), 'DUPLICATE_EMAIL',
	'and somebody else gets it before the old one does');
SELECT is(pg_temp.address(:'user_id'), 'user@example.com', 'the user has the one of before');
SELECT is(pg_temp.verdict(jerry.validate_token(:'there')), 'OK', 'and the sessions');
ROLLBACK TO SAVEPOINT asked;
UPDATE jerry.one_time_token SET data = '{}' WHERE purpose ~ 'change';
SELECT is(concat_ws(' ', pg_temp.confirm('email_change_requested'), pg_temp.confirm('email_change_offered')),
	'INVALID_TOKEN INVALID_TOKEN', 'tokens that somebody has changed by hand are none');
ROLLBACK TO SAVEPOINT asked;

-- ---------- both confirm ----------

SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT pg_temp.mailed('password_reset_requested', 'password_reset_token') AS reset \gset
SELECT max(id) AS before FROM jerry.event \gset
SELECT pg_temp.mailed('email_change_requested') AS old \gset
SELECT is(pg_temp.without_time(jerry.confirm_email_change(:'old')),
	'{"success":true,"data":{"message":"Confirmed. The change waits for the other address.","is_changed":false},'
	'"timestamp":"T"}', 'the first answer');
SELECT is(pg_temp.verdict(jerry.confirm_email_change(:'old')), 'INVALID_TOKEN', 'one side does not confirm twice');
SELECT is(pg_temp.address(:'user_id'), 'user@example.com', 'it is not enough');
SELECT is(pg_temp.without_time(jerry.confirm_email_change(pg_temp.mailed('email_change_offered'),
	ROW('192.0.2.9', 'curl', NULL, NULL))),
	'{"success":true,"data":{"message":"Email changed successfully","is_changed":true},"timestamp":"T"}',
		'the second one');
SELECT is(pg_temp.address(:'user_id'), 'new@example.com verified', 'changes the address, which is verified');
SELECT is(pg_temp.told(:before), 'session.revoked/email user.email_verified/new@example.com '
	'user.email_changed/user@example.com', 'which is told');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","new_email":"new@example.com","ip_address":"192.0.2.9",'
		'"email_undo_token":"%s","locale":null}', :'user_id', pg_temp.mailed('email_changed', 'email_undo_token')),
	'the old address gets a way back');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token(:'here')),
	pg_temp.verdict(jerry.validate_token(:'there'))),
	'OK INVALID_TOKEN', 'the session that asked goes on, the others have ended');
SELECT results_eq(format('SELECT purpose, expires_at - created_at FROM jerry.one_time_token WHERE user_id = %L',
	:'user_id'), $$ VALUES ('email_undo', interval '7 days') $$, 'no token to the old address is good any more');
SELECT is(pg_temp.verdict(jerry.reset_password(:'reset', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'nor one for a new password');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')),
	pg_temp.verdict(jerry.login('new@example.com', 'Secret-123'))), 'INVALID_CREDENTIALS OK',
		'the login is the new one');

-- ---------- while it can be taken back ----------

SELECT is(concat_ws(' ', pg_temp.verdict(answer), answer->'error'->'details'->>'issue'),
	'RATE_LIMITED The last change of the address can still be taken back', 'the address is not changed again, and why')
FROM jerry.request_email_change(:'here', 'newest@example.com', 'Secret-123') AS answer;
SELECT ok((answer->'error'->'details'->>'retry_after')::int BETWEEN 604700 AND 604801, 'for seven days')
FROM jerry.request_email_change(:'here', 'newest@example.com', 'Secret-123') AS answer;
SELECT is(pg_temp.verdict(jerry.register('User@example.com', 'Secret-123', 'Secret-123')), 'DUPLICATE_EMAIL',
	'nobody else gets the old one');
SELECT is((SELECT count(*)::int FROM jerry."user"), 2, 'nor a row for it');
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.ask(pg_temp.log_in('owner@example.com')->>'access_token', 'user@example.com'), 'OK',
	'nor by a change of the address');
SELECT is(pg_temp.told(:before),
	'user.logged_in/owner@example.com user.email_change_requested/owner@example.com', 'of which it hears nothing');
-- ---------- a token without a session ----------
SELECT pg_temp.share_key() \g /dev/null
SELECT jerry.login('owner@example.com', 'Secret-123')->'data'->>'access_token' AS there,
	jerry.create_access_token(json_build_object('sub', :'owner_id')) AS shared \gset
SELECT is(pg_temp.ask(:'shared', 'moved@example.com'), 'OK', 'a token without a session changes an address, too');
SELECT is(concat_ws(' ', pg_temp.confirm('email_change_offered'), pg_temp.confirm('email_change_requested')),
	'OK false OK true', 'in either order');
SELECT is(pg_temp.verdict(jerry.validate_token(:'there')), 'INVALID_TOKEN', 'and all sessions end');

SELECT * FROM finish();
ROLLBACK;

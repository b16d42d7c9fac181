-- jerry.undo_email_change: the old address takes a change back, for seven days
BEGIN;
\ir setup.psql
\ir email_change.psql

SELECT pg_temp.declared('undo_email_change(text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.undo_email_change(''x'')', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.undo_email_change(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/token/Field is required', 'a token is needed'),
	('x', 'INVALID_TOKEN', 'a word takes back nothing'),
	(:'here', 'INVALID_TOKEN', 'nor does an access token'),
	(repeat('A', 43), 'INVALID_TOKEN', 'nor one that was never issued')
) AS t (token, expected, name);
SELECT is(pg_temp.ask(:'here', 'new@example.com'), 'OK', 'a change is asked for');
SELECT is(pg_temp.complete(), 'OK false OK true', 'and confirmed');

-- ---------- what happens meanwhile ----------
SAVEPOINT changed;
UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second' WHERE purpose = 'email_undo';
SELECT is(pg_temp.verdict(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'))),
	'EXPIRED_TOKEN',
	'after that it cannot be taken back');
SELECT is(pg_temp.verdict(jerry.register('User@example.com', 'Secret-123', 'Secret-123')), 'OK', 'and is free');
SELECT is(pg_temp.ask(:'here', 'newest@example.com'), 'OK', 'and so is the user to change it again');
ROLLBACK TO SAVEPOINT changed;
UPDATE jerry."user" SET email = 'moved@example.com' WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'))),
	'INVALID_TOKEN',
	'nor when it was changed by hand since');
SELECT is(pg_temp.ask(:'here', 'newest@example.com'), 'OK', 'which counts for nothing');
ROLLBACK TO SAVEPOINT changed;
INSERT INTO jerry."user" (email, password_hash) VALUES ('user@example.com', 'x');
SELECT is(pg_temp.verdict(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'))),
	'DUPLICATE_EMAIL', 'nor when somebody was given it by hand');
SELECT is(pg_temp.address(:'user_id'), 'new@example.com verified', 'and nothing changes');
ROLLBACK TO SAVEPOINT changed;
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'))), 'OK',
	'who is banned may take it back');
SELECT is((SELECT password_hash ~ '^!' FROM jerry."user" WHERE id = :'user_id'), true, 'and stays banned');
ROLLBACK TO SAVEPOINT changed;

-- ---------- a thief, and the owner who takes it back ----------

SELECT jerry.request_password_reset('new@example.com') \g /dev/null
SELECT is(pg_temp.verdict(jerry.reset_password(pg_temp.mailed('password_reset_requested', 'password_reset_token'),
	'Thief-Secret-1', 'Thief-Secret-1')), 'OK', 'the thief has reset the password');
SELECT jerry.login('new@example.com', 'Thief-Secret-1')->'data'->>'access_token' AS thief \gset
SELECT jerry.request_password_reset('new@example.com') \g /dev/null
SELECT pg_temp.mailed('password_reset_requested', 'password_reset_token') AS next_reset \gset
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.without_time(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'),
	ROW('192.0.2.9', 'curl', NULL, NULL))),
	'{"success":true,"data":{"message":"The address is the old one again. A token for a new password is on its way to '
	'it."},"timestamp":"T"}', 'the owner takes the change back, which no reset has prevented');
SELECT is(pg_temp.address(:'user_id'), 'user@example.com verified', 'the address is the old one');
SELECT is(pg_temp.told(:before), 'session.revoked/email user.email_change_undone/user@example.com '
	'user.password_reset_requested/user@example.com', 'which is told');
SELECT is((SELECT payload->>'data' FROM jerry.event WHERE event_type = 'user.email_change_undone'),
	format('{"user_id":"%s","email":"user@example.com","new_email":"new@example.com","ip_address":"192.0.2.9"}',
		:'user_id'), 'in these words');
SELECT is(pg_temp.verdict(jerry.validate_token(:'thief')), 'INVALID_TOKEN', 'the thief is out');
SELECT is(pg_temp.verdict(jerry.reset_password(:'next_reset', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'and does not come back by a reset');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.login('user@example.com', 'Thief-Secret-1')),
	pg_temp.verdict(jerry.login('user@example.com', '*'))), 'INVALID_CREDENTIALS INVALID_CREDENTIALS',
		'nor by a password');
SELECT is_empty($$ SELECT FROM jerry.doctor() WHERE problem = 'unusable hash' $$, 'of which there is none, as planned');
SELECT is(pg_temp.verdict(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'))),
	'INVALID_TOKEN',
	'it is taken back once');
SELECT is(pg_temp.verdict(jerry.reset_password(pg_temp.mailed('password_reset_requested', 'password_reset_token'),
	'Owner-Secret-1', 'Owner-Secret-1')), 'OK', 'the owner sets a new password');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Owner-Secret-1')), 'OK', 'and logs in');
SELECT is(pg_temp.verdict(jerry.register('new@example.com', 'Secret-123', 'Secret-123')), 'OK',
	'nothing is kept for the thief');

-- ---------- spelling ----------

SELECT jerry.login('user@example.com', 'Owner-Secret-1')->'data'->>'access_token' AS here \gset
SELECT is(pg_temp.ask(:'here', 'USER@example.com', 'Owner-Secret-1'), 'OK',
	'the same address can be written in another way');
SELECT is(concat_ws(' ', pg_temp.confirm('email_change_requested'), pg_temp.confirm('email_change_offered'),
	pg_temp.address(:'user_id')), 'OK false OK true USER@example.com verified', 'which both confirm');
SELECT is(pg_temp.verdict(jerry.undo_email_change(pg_temp.mailed('email_changed', 'email_undo_token'))), 'OK',
	'and taken back');
SELECT * FROM finish();
ROLLBACK;

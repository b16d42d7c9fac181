-- jerry.reset_password: the token of a mail sets a new password, and whoever was logged in is out
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT pg_temp.verification_token(:'user_id') AS verification \gset
CREATE TEMPORARY TABLE device AS SELECT * FROM (VALUES ('here', :'here'::json), ('there', :'there'),
	('other', :'other')) AS d (name, login);
CREATE FUNCTION pg_temp.live() RETURNS text
	RETURN (SELECT string_agg(name, ' ' ORDER BY name) FROM device
			WHERE pg_temp.verdict(jerry.validate_token(login->>'access_token')) = 'OK'
				AND pg_temp.verdict(jerry.refresh(login->>'refresh_token')) = 'OK');
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', event_type, payload->'data'->>'reason'), ' ' ORDER BY id)
		FROM jerry.event WHERE id > since);
CREATE FUNCTION pg_temp.request(email text DEFAULT 'user@example.com') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.request_password_reset(email);
	RETURN (SELECT payload->'data'->>'password_reset_token' FROM jerry.event
		WHERE event_type = 'user.password_reset_requested' ORDER BY id DESC LIMIT 1);
END
$$;
SELECT pg_temp.request() AS token \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('reset_password(text,text,text,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.reset_password(''x'', ''x'', ''x'')', reason => 'it writes');

-- ---------- what is missing or wrong, in the order in which it is told ----------

SELECT is(pg_temp.complaint(jerry.reset_password(token, new, confirmation)), expected, name)
FROM (VALUES
	(NULL, NULL, NULL, 'VALIDATION_ERROR/token/Field is required', 'a token is needed'),
	('x', NULL, 'a', 'VALIDATION_ERROR/new_password/Field is required', 'so is a password'),
	('x', 'a', NULL, 'VALIDATION_ERROR/new_password_confirmation/Field is required', 'twice'),
	('x', 'a', 'b', 'INVALID_TOKEN', 'a word is no token'),
	(repeat('A', 43), 'a', 'b', 'INVALID_TOKEN', 'nor is one that was never issued'),
	(:'token' || 'x', 'a', 'b', 'INVALID_TOKEN', 'nor one with a letter behind it'),
	((:'here'::json)->>'access_token', 'a', 'b', 'INVALID_TOKEN', 'nor an access token'),
	(:'token', 'New-Secret-1', 'New-Secret-2', 'PASSWORD_MISMATCH/new_password_confirmation/Passwords do not match',
		'the passwords must be one'),
	(:'token', 'new', 'new', 'WEAK_PASSWORD/new_password/Password must be at least 8 characters long',
		'by the rules of a registration'),
	(:'token', 'User@example.com-1', 'User@example.com-1',
		'WEAK_PASSWORD/new_password/Password must not contain a part of the email address', 'all of them')
) AS t (token, new, confirmation, expected, name);
SELECT is(pg_temp.live(), 'here other there', 'none of that ends a session');
SELECT is(pg_temp.told(:before), NULL, 'or tells anything');
SAVEPOINT issued;
UPDATE jerry.one_time_token SET expires_at = clock_timestamp() - interval '1 second';
SELECT is(pg_temp.complaint(jerry.reset_password(:'token', 'New-Secret-1', 'New-Secret-1')), 'EXPIRED_TOKEN',
	'a late token has expired');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'and changes nothing');
UPDATE jerry.one_time_token SET expires_at = now() - interval '7 days 1 minute';
SELECT jerry.maintain() \g /dev/null
SELECT is(pg_temp.complaint(jerry.reset_password(:'token', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'after a week nobody knows it');
ROLLBACK TO SAVEPOINT issued;
UPDATE jerry."user" SET email = 'moved@example.com' WHERE id = :'user_id';
SELECT is(pg_temp.complaint(jerry.reset_password(:'token', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'who reads the mail of an earlier address gets nothing');
ROLLBACK TO SAVEPOINT issued;
UPDATE jerry."user" SET password_hash = '!' || password_hash WHERE id = :'user_id';
SELECT is(pg_temp.complaint(jerry.reset_password(:'token', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'who was banned meanwhile does not come back by it');
SELECT is((SELECT password_hash ~ '^!' FROM jerry."user" WHERE id = :'user_id'), true, 'and stays banned');
ROLLBACK TO SAVEPOINT issued;

-- ---------- success ----------

SELECT jerry.reset_password(:'token', 'New-Secret-1', 'New-Secret-1',
	ROW('192.0.2.9', 'curl', NULL, NULL)) AS answer \gset
SELECT is(pg_temp.without_time(:'answer'),
	'{"success":true,"data":{"message":"Password reset successfully"},"timestamp":"T"}',
	'the answer is the compact envelope, with no tokens of a session in it, after a weak password, too');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'INVALID_CREDENTIALS',
	'the old password lets nobody in');
SELECT is(pg_temp.live(), 'other', 'all sessions of the user have ended');
SELECT is(pg_temp.told(:before),
	'session.revoked/password session.revoked/password user.email_verified user.password_reset',
	'which is told, and that the address was proved');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","ip_address":"192.0.2.9","locale":null}', :'user_id'),
	'user.password_reset has the documented bytes');
SELECT results_eq(format($$ SELECT is_email_verified, email_verified_at = updated_at, password_hash ~ '^\$2a\$04\$'
	FROM jerry."user" WHERE id = %L $$, :'user_id'), $$ VALUES (true, true, true) $$, 'the row says so');
SELECT is_empty(format('SELECT FROM jerry.one_time_token WHERE user_id = %L', :'user_id'),
	'no one-time token of the user is left');
SELECT is(pg_temp.complaint(jerry.verify_email(:'verification')), 'INVALID_TOKEN',
	'that of the registration is good no more');
SELECT isnt_empty(format('SELECT FROM jerry.one_time_token WHERE user_id = %L', :'other_id'),
	'those of others are as they were');
SELECT is(pg_temp.complaint(jerry.reset_password(:'token', 'Newer-Secret-1', 'Newer-Secret-1')), 'INVALID_TOKEN',
	'a token works once');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'New-Secret-1')), 'OK', 'the new password does');

SELECT max(id) AS before FROM jerry.event \gset
UPDATE jerry."user" SET email_verified_at = '2026-01-15T10:30:00Z' WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.reset_password(pg_temp.request(), 'New-Secret-1', 'New-Secret-1')), 'OK',
	'the password may be the one that was forgotten');
SELECT is(pg_temp.told(:before), 'user.password_reset_requested session.revoked/password user.password_reset',
	'who was verified is not verified again');
SELECT is((SELECT email_verified_at FROM jerry."user" WHERE id = :'user_id'), '2026-01-15T10:30:00Z'::timestamptz,
	'nor the time changed');

-- ---------- an account that somebody else has set up for the address ----------

SELECT jerry.configure('jerry.require_verified_email', 'off') \g /dev/null
SELECT jerry.register('victim@example.com', 'Attacker-123', 'Attacker-123')->'data'->>'user_id' AS victim \gset
SELECT jerry.login('victim@example.com', 'Attacker-123')->'data' AS attacker \gset
SELECT is(pg_temp.verdict(jerry.reset_password(pg_temp.request('victim@example.com'), 'Owner-Secret-1',
	'Owner-Secret-1')), 'OK', 'the owner of the address asks for a new password');
SELECT is(pg_temp.verdict(jerry.login('victim@example.com', 'Attacker-123')), 'INVALID_CREDENTIALS',
	'whoever registered it has no password any more');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'attacker'::json)->>'access_token')),
	pg_temp.verdict(jerry.refresh((:'attacker'::json)->>'refresh_token'))), 'INVALID_TOKEN INVALID_TOKEN',
	'nor a session');
SELECT is(pg_temp.verdict(jerry.login('victim@example.com', 'Owner-Secret-1')), 'OK', 'the owner has');

-- ---------- after too many guesses ----------

SET LOCAL jerry.rate_limits = on;
DELETE FROM jerry.rate_bucket;
SELECT jerry.login('victim@example.com', 'wrong',
	ROW('192.0.2.1', NULL, NULL, NULL)) FROM generate_series(1, 6) \g /dev/null
SELECT is(pg_temp.verdict(jerry.login('victim@example.com', 'Owner-Secret-1', ROW('192.0.2.1', NULL, NULL, NULL))),
	'RATE_LIMITED', 'a user who has guessed too often waits');
UPDATE jerry.one_time_token SET created_at = created_at - interval '61 seconds';
SELECT is(pg_temp.verdict(jerry.reset_password(pg_temp.request('victim@example.com'), 'Owner-Secret-2',
	'Owner-Secret-2')), 'OK', 'not for a new password');
SELECT is(pg_temp.verdict(jerry.login('victim@example.com', 'Owner-Secret-2', ROW('192.0.2.1', NULL, NULL, NULL))),
	'OK', 'with which the address is free');
RESET jerry.rate_limits;

-- ---------- a change ends what was requested before ----------

SELECT pg_temp.request('other@example.com') AS requested \gset
SELECT is(pg_temp.verdict(jerry.change_password((:'other'::json)->>'access_token', 'Secret-123', 'New-Secret-1',
	'New-Secret-1')), 'OK', 'who remembers the password after all changes it');
SELECT is(pg_temp.complaint(jerry.reset_password(:'requested', 'Newer-Secret-1', 'Newer-Secret-1')), 'INVALID_TOKEN',
	'and the mail is void');
SELECT set_eq(format('SELECT purpose FROM jerry.one_time_token WHERE user_id = %L', :'other_id'),
	ARRAY['verify_email'], 'not that of the registration');

SELECT pg_temp.request('other@example.com') AS requested \gset
DELETE FROM jerry."user" WHERE id = :'other_id';
SELECT is(pg_temp.complaint(jerry.reset_password(:'requested', 'Newer-Secret-1', 'Newer-Secret-1')), 'INVALID_TOKEN',
	'a token goes with its user');

SELECT * FROM finish();
ROLLBACK;

-- jerry.verify_email: a one-time token proves an address
BEGIN;
\ir setup.psql

CREATE TEMPORARY TABLE account AS SELECT pg_temp.new_user() AS id;
SELECT id AS user_id FROM account \gset
SELECT pg_temp.verification_token(:'user_id') AS token \gset

SELECT pg_temp.declared('verify_email(text,jerry.client)', roles => 'jerry_admin, jerry_api', volatility => 'v',
	parallel => 'u', strict => false,
	call => 'SELECT jerry.verify_email(''x'')', reason => 'it writes');

-- ---------- tokens that are not good ----------

SELECT is(pg_temp.complaint(jerry.verify_email(token)), expected, name)
FROM (VALUES
	(NULL, 'VALIDATION_ERROR/token/Field is required', 'a missing token is told'),
	('', 'INVALID_TOKEN', 'an empty token is invalid'),
	('x', 'INVALID_TOKEN', 'a word is invalid'),
	(repeat('A', 43), 'INVALID_TOKEN', 'a token that was never issued is invalid'),
	(:'token' || 'x', 'INVALID_TOKEN', 'a token with a letter behind it is invalid'),
	(left(:'token', -1), 'INVALID_TOKEN', 'a token that was cut is invalid'),
	(' ' || :'token', 'INVALID_TOKEN', 'a token with a space before it is invalid'),
	(translate(:'token', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
		'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'), 'INVALID_TOKEN',
		'the case of a token matters'),
	((SELECT encode(token_hash, 'hex') FROM jerry.one_time_token), 'INVALID_TOKEN',
		'the hash that is stored is no token'),
	((SELECT pg_temp.base64url(token_hash) FROM jerry.one_time_token), 'INVALID_TOKEN', 'in no form'),
	(pg_temp.log_in()->>'access_token', 'INVALID_TOKEN', 'an access token is no verification token')
) AS t (token, expected, name);

SAVEPOINT issued;
UPDATE jerry.one_time_token SET purpose = 'reset_password';
SELECT is(pg_temp.complaint(jerry.verify_email(:'token')), 'INVALID_TOKEN',
	'a token for another purpose is nothing here');
SELECT isnt_empty('SELECT FROM jerry.one_time_token', 'and is not used up');
ROLLBACK TO SAVEPOINT issued;

UPDATE jerry.one_time_token SET expires_at = clock_timestamp() - interval '1 second';
SELECT is(pg_temp.complaint(jerry.verify_email(:'token')), 'EXPIRED_TOKEN', 'a late token has expired');
SELECT is(pg_temp.complaint(jerry.verify_email(:'token')), 'EXPIRED_TOKEN', 'and says so again');
SELECT is((SELECT is_email_verified FROM jerry."user"), false, 'a late token verifies nothing');
SELECT is((SELECT count(*)::int FROM jerry.event WHERE event_type = 'user.email_verified'), 0, 'and emits no event');
ROLLBACK TO SAVEPOINT issued;

-- ---------- success ----------

UPDATE jerry."user" SET updated_at = now() - interval '1 day';
SELECT jerry.verify_email(:'token') AS answer \gset
SELECT is(pg_temp.without_time(:'answer'),
	format('{"success":true,"data":{"message":"Email verified successfully","user_id":"%s"},"timestamp":"T"}',
	:'user_id'),
	'the answer is the compact envelope in the documented order');
SELECT results_eq($$ SELECT is_email_verified, email_verified_at = updated_at,
	abs(extract(epoch FROM clock_timestamp() - email_verified_at)) < 60 FROM jerry."user" $$,
	$$ VALUES (true, true, true) $$, 'the account is verified, now');
SELECT is_empty('SELECT FROM jerry.one_time_token', 'the token is gone');
SELECT is(payload->>'event_type', 'user.email_verified', 'the event is emitted') FROM jerry.event ORDER BY id DESC
	LIMIT 1;
SELECT is((payload->'data')::text, format('{"user_id":"%s","email":"user@example.com"}', :'user_id'),
	'the event has user and address')
FROM jerry.event ORDER BY id DESC LIMIT 1;

-- ---------- once ----------

SELECT is(pg_temp.complaint(jerry.verify_email(:'token')), 'INVALID_TOKEN', 'a used token is invalid');
SELECT is((SELECT count(*)::int FROM jerry.event WHERE event_type = 'user.email_verified'), 1,
	'and emits no second event');

UPDATE jerry."user" SET email_verified_at = '2026-01-15T10:30:00Z';
INSERT INTO jerry.one_time_token VALUES (digest(repeat('B', 43), 'sha256'), 'verify_email', :'user_id', now(),
	now() + interval '1 hour');
SELECT is(pg_temp.verdict(jerry.verify_email(repeat('B', 43))), 'OK', 'another token can be redeemed');
SELECT is((SELECT email_verified_at FROM jerry."user"), '2026-01-15T10:30:00Z'::timestamptz,
	'the time is that of the first verification');

-- ---------- what it ends ----------

SELECT pg_temp.new_user('later@example.com') AS later \gset
SELECT pg_temp.log_in('later@example.com')->>'access_token' AS before \gset
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'later'))), 'OK',
	'a user who is logged in proves the address');
SELECT is(pg_temp.verdict(jerry.validate_token(:'before')), 'OK', 'and stays logged in');

-- ---------- which address ----------

SELECT pg_temp.new_user('moved@example.com') AS moved \gset
SELECT pg_temp.verification_token(:'moved') AS token \gset
UPDATE jerry."user" SET email = 'elsewhere@example.com' WHERE id = :'moved';
SELECT is(pg_temp.complaint(jerry.verify_email(:'token')), 'INVALID_TOKEN',
	'a token that was mailed to another address proves nothing');
UPDATE jerry.one_time_token SET expires_at = now() - interval '1 minute' WHERE user_id = :'moved';
SELECT is(pg_temp.complaint(jerry.verify_email(:'token')), 'INVALID_TOKEN', 'and is not said to have expired');
UPDATE jerry.one_time_token SET expires_at = now() + interval '1 minute' WHERE user_id = :'moved';
UPDATE jerry."user" SET email = 'moved@example.com' WHERE id = :'moved';
SELECT is(pg_temp.verdict(jerry.verify_email(:'token')), 'OK', 'it does once the user has that address again');
SELECT pg_temp.new_user('old@example.com') AS old \gset
UPDATE jerry.one_time_token SET email = NULL WHERE user_id = :'old';
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'old'))), 'OK',
	'one of an earlier version, which does not know where it went, is good');

-- ---------- whose ----------

SELECT pg_temp.new_user('first@example.com') AS first, pg_temp.new_user('second@example.com') AS second \gset
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'second'))), 'OK',
	'the second user verifies first');
SELECT results_eq($$ SELECT email::text, is_email_verified FROM jerry."user"
	WHERE email IN ('first@example.com', 'second@example.com') ORDER BY email $$,
	$$ VALUES ('first@example.com', false), ('second@example.com', true) $$, 'a token verifies its own user');
SELECT isnt_empty(format('SELECT FROM jerry.one_time_token WHERE user_id = %L', :'first'),
	'the token of another user stays');
DELETE FROM jerry."user" WHERE id = :'first';
SELECT is(pg_temp.verdict(jerry.verify_email(pg_temp.verification_token(:'first'))), 'INVALID_TOKEN',
	'the token of a deleted user is invalid');

SELECT pg_temp.log_in('second@example.com')->>'access_token' AS second_token \gset
SELECT ok(:'second_token' <> '', 'a verified user can log in');
SELECT is(jerry.me(:'second_token')->'data'->>'is_email_verified', 'true', 'and is told to be verified');

SELECT * FROM finish();
ROLLBACK;

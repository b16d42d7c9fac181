-- jerry.ban_user: an operator keeps a user out, for a time or for good
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS here, pg_temp.log_in() AS there, pg_temp.log_in('other@example.com') AS other \gset
SELECT pg_temp.verification_token(:'user_id') AS verification \gset
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT payload->'data'->>'password_reset_token' AS reset FROM jerry.event ORDER BY id DESC LIMIT 1 \gset
SELECT max(id) AS before FROM jerry.event \gset
CREATE FUNCTION pg_temp.told(since bigint) RETURNS text
	RETURN (SELECT string_agg(concat_ws('/', event_type, payload->'data'->>'reason'), ' ' ORDER BY id)
		FROM jerry.event WHERE id > since);

SELECT pg_temp.declared('ban_user(uuid,timestamp with time zone,text,jerry.client)', roles => 'jerry_admin',
	volatility => 'v', parallel => 'u', strict => false, call => 'SELECT jerry.ban_user(gen_random_uuid())',
	reason => 'it writes');

-- ---------- what is missing or wrong ----------

SELECT is(pg_temp.complaint(jerry.ban_user(user_id::uuid, until, reason)), expected, name)
FROM (VALUES
	(NULL, NULL::timestamptz, NULL, 'VALIDATION_ERROR/user_id/Field is required', 'somebody is banned'),
	(gen_random_uuid()::text, NULL, NULL, 'USER_NOT_FOUND', 'who exists'),
	(:'user_id', now(), NULL, 'VALIDATION_ERROR/until/Time must be in the future', 'until a time to come'),
	(:'user_id', '-infinity', NULL, 'VALIDATION_ERROR/until/Time must be in the future', 'not the one before all'),
	(:'user_id', '10000-01-01 00:00:00Z', NULL, 'VALIDATION_ERROR/until/Time must be before the year 10000',
		'which an answer can tell'),
	(:'user_id', NULL, repeat(U&'\00FC', 501), 'VALIDATION_ERROR/reason/Reason must be at most 500 characters long',
		'for a reason, not a story')
) AS t (user_id, until, reason, expected, name);
SELECT is(pg_temp.told(:before), NULL, 'none of that tells anything');
SELECT is(pg_temp.verdict(jerry.validate_token((:'here'::json)->>'access_token')), 'OK', 'or ends a session');

-- ---------- for a time ----------

SELECT jerry.ban_user(:'user_id', '2126-01-15T11:30:00+01', repeat(U&'\00FC', 500)) AS answer \gset
SELECT is(pg_temp.without_time(:'answer'), format('{"success":true,"data":{"user_id":"%s",'
	'"banned_until":"2126-01-15T10:30:00Z","ended_sessions":2},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope');
SELECT is(pg_temp.told(:before), 'session.revoked/ban session.revoked/ban user.banned',
	'each session is told, and the ban');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","banned_until":"2126-01-15T10:30:00Z","ban_reason":"%s"}',
		:'user_id', repeat(U&'\00FC', 500)), 'user.banned has the documented bytes');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token(login->>'access_token')),
	pg_temp.verdict(jerry.refresh(login->>'refresh_token'))), expected, name)
FROM (VALUES
	(:'here'::json, 'INVALID_TOKEN INVALID_TOKEN', 'the user is out'),
	(:'there', 'INVALID_TOKEN INVALID_TOKEN', 'everywhere'),
	(:'other', 'OK OK', 'nobody else')
) AS t (login, expected, name);
SELECT jerry.login('user@example.com', 'Secret-123') AS refused \gset
SELECT is(pg_temp.without_time(:'refused'), '{"success":false,"error":{"code":"USER_BANNED","message":"User is banned",'
	'"details":{"until":"2126-01-15T10:30:00Z"}},"timestamp":"T"}',
	'the right password is told of the ban and its end, not of the reason');
SELECT is(pg_temp.without_time(jerry.login('user@example.com', 'wrong')),
	pg_temp.without_time(jerry.login('nobody@example.com', 'wrong')), 'a wrong one is told what everybody is told');
SELECT is(pg_temp.verdict(jerry.verify_email(:'verification')), 'INVALID_TOKEN', 'no token of a mail is good any more');
SELECT is(pg_temp.verdict(jerry.reset_password(:'reset', 'New-Secret-1', 'New-Secret-1')), 'INVALID_TOKEN',
	'nor the one for a new password');
SELECT max(id) AS before FROM jerry.event \gset
SELECT is(pg_temp.without_time(banned), pg_temp.without_time(nobody), name || ' is answered as for everybody')
FROM (VALUES
	(jerry.request_password_reset('user@example.com'), jerry.request_password_reset('nobody@example.com'), 'a reset'),
	(jerry.resend_verification('user@example.com'), jerry.resend_verification('nobody@example.com'), 'a resend')
) AS t (banned, nobody, name);
SET LOCAL jerry.hide_accounts = on;
UPDATE jerry."user" SET created_at = created_at - interval '61 seconds';
SELECT is(pg_temp.verdict(jerry.register('user@example.com', 'Another-123', 'Another-123')), 'OK',
	'so is a hidden registration');
RESET jerry.hide_accounts;
SELECT is(pg_temp.told(:before), NULL, 'nothing is mailed');
SELECT is((SELECT count(*)::int FROM jerry.one_time_token WHERE user_id = :'user_id'), 0, 'there is nothing to mail');
SELECT is_empty($$ SELECT FROM jerry.doctor() WHERE finding ~ 'hash' AND problem = 'unusable hash' $$,
	'nor is there anything for the doctor');

SET LOCAL jerry.require_verified_email = on;
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'USER_BANNED',
	'who is not verified either is banned first');
SET LOCAL jerry.hide_accounts = on;
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'INVALID_CREDENTIALS',
	'and where that is hidden nothing at all');
RESET jerry.hide_accounts;
RESET jerry.require_verified_email;

SET LOCAL jerry.rate_limits = on;
SELECT is(string_agg(DISTINCT pg_temp.verdict(jerry.login('user@example.com', 'Secret-123',
	ROW('192.0.2.1', NULL, NULL, NULL))), ' '), 'USER_BANNED', 'the right password is no guess, however often')
	FROM generate_series(1, 20);
RESET jerry.rate_limits;

-- ---------- it ends by itself ----------

SAVEPOINT banned;
UPDATE jerry."user" SET banned_until = clock_timestamp() WHERE id = :'user_id';
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'with its last second');
SELECT is(pg_temp.told(:before), 'user.logged_in', 'of which nobody is told');
SELECT jerry.request_password_reset('user@example.com') \g /dev/null
SELECT is(pg_temp.told(:before), 'user.logged_in user.password_reset_requested', 'mails go out again');
ROLLBACK TO SAVEPOINT banned;

-- ---------- another one in its place, for good ----------

SELECT is(jerry.ban_user(:'user_id')->>'data', format('{"user_id":"%s","banned_until":null,"ended_sessions":0}',
	:'user_id'), 'the next ban replaces it, for good');
SELECT is((SELECT payload->>'data' FROM jerry.event ORDER BY id DESC LIMIT 1),
	format('{"user_id":"%s","email":"user@example.com","banned_until":null,"ban_reason":null}', :'user_id'),
	'which is told, too');
SELECT is(jerry.login('user@example.com', 'Secret-123')->'error'->>'details', '{"until":null}', 'and to the user');
SELECT results_eq(format('SELECT banned_until, ban_reason FROM jerry."user" WHERE id = %L', :'user_id'),
	$$ VALUES ('infinity'::timestamptz, NULL::text) $$, 'the row says so');
SELECT is(jerry.ban_user(:'user_id', 'infinity')->'data'->>'banned_until', NULL, 'infinity is for good');

-- ---------- by hand ----------

SELECT is(pg_temp.verdict(jerry.refresh((:'other'::json)->>'refresh_token')), 'OK', 'another user refreshes');
UPDATE jerry."user" SET banned_until = 'infinity' WHERE id = :'other_id';
SELECT is(pg_temp.verdict(jerry.refresh((:'other'::json)->>'refresh_token')), 'INVALID_TOKEN',
	'until a ban that was written by hand');

SELECT * FROM finish();
ROLLBACK;

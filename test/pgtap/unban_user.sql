-- jerry.unban_user: an operator lets a user in again
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() AS before_the_ban, jerry.ban_user(:'user_id', reason => 'spam') \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('unban_user(uuid,jerry.client)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => false, call => 'SELECT jerry.unban_user(gen_random_uuid())', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.unban_user(NULL)), 'VALIDATION_ERROR/user_id/Field is required', 'a user is needed');
SELECT is(pg_temp.complaint(jerry.unban_user(gen_random_uuid())), 'USER_NOT_FOUND', 'who exists');
SELECT is(pg_temp.without_time(jerry.unban_user(:'user_id')),
	format('{"success":true,"data":{"user_id":"%s","was_banned":true},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope');
SELECT is((SELECT payload->>'event_type' || (payload->>'data') FROM jerry.event WHERE id > :before),
	format('user.unbanned{"user_id":"%s","email":"user@example.com"}', :'user_id'), 'it is told');
SELECT results_eq(format('SELECT banned_until, ban_reason FROM jerry."user" WHERE id = %L', :'user_id'),
	$$ VALUES (NULL::timestamptz, NULL::text) $$, 'nothing is left of the ban');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'the password is the one of before');
SELECT is(pg_temp.verdict(jerry.validate_token((:'before_the_ban'::json)->>'access_token')), 'INVALID_TOKEN',
	'sessions do not come back');

SELECT max(id) AS before FROM jerry.event \gset
SELECT is(jerry.unban_user(:'user_id')->'data'->>'was_banned', 'false', 'who is not banned is let in again');
SELECT is((SELECT max(id) FROM jerry.event)::int, :before, 'which is nothing to tell');
UPDATE jerry."user" SET banned_until = now() - interval '1 minute' WHERE id = :'user_id';
SELECT is(jerry.unban_user(:'user_id')->'data'->>'was_banned', 'false', 'nor is it after the end of a ban');

SELECT * FROM finish();
ROLLBACK;

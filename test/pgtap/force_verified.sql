-- jerry.force_verified: an operator vouches for an address
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() AS session, pg_temp.verification_token(:'user_id') AS token \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('force_verified(uuid,jerry.client)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.force_verified(gen_random_uuid())', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.force_verified(NULL)), 'VALIDATION_ERROR/user_id/Field is required',
	'a user is needed');
SELECT is(pg_temp.complaint(jerry.force_verified(gen_random_uuid())), 'USER_NOT_FOUND', 'who exists');
SELECT is(pg_temp.without_time(jerry.force_verified(:'user_id')),
	format('{"success":true,"data":{"user_id":"%s","was_verified":false},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope');
SELECT results_eq(format('SELECT is_email_verified, email_verified_at = updated_at FROM jerry."user" WHERE id = %L',
	:'user_id'), $$ VALUES (true, true) $$, 'the row says so');
SELECT is((SELECT concat(payload->>'event_type', payload->>'data') FROM jerry.event WHERE id > :before),
	format('user.email_verified{"user_id":"%s","email":"user@example.com"}', :'user_id'), 'and an event');
SELECT is(pg_temp.verdict(jerry.verify_email(:'token')), 'INVALID_TOKEN', 'the token of the mail has nothing to do');
SELECT is(pg_temp.verdict(jerry.validate_token((:'session'::json)->>'access_token')), 'OK', 'sessions stay');

SELECT max(id) AS before FROM jerry.event \gset
UPDATE jerry."user" SET email_verified_at = '2026-01-15T10:30:00Z' WHERE id = :'user_id';
SELECT is(jerry.force_verified(:'user_id')->'data'->>'was_verified', 'true', 'once is enough');
SELECT is((SELECT max(id) FROM jerry.event)::int, :before, 'for an event');
SELECT is((SELECT email_verified_at FROM jerry."user" WHERE id = :'user_id'), '2026-01-15T10:30:00Z'::timestamptz,
	'and for the time');

SELECT * FROM finish();
ROLLBACK;

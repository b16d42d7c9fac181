-- jerry.delete_user: an operator deletes an account, at once
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS session, pg_temp.verification_token(:'user_id') AS token \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('delete_user(uuid,jerry.client)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.delete_user(gen_random_uuid())', reason => 'it writes');

SELECT is(pg_temp.complaint(jerry.delete_user(NULL)), 'VALIDATION_ERROR/user_id/Field is required',
	'a user is needed');
SELECT is(pg_temp.complaint(jerry.delete_user(gen_random_uuid())), 'USER_NOT_FOUND', 'who exists');

CREATE TABLE public.note (owner uuid REFERENCES jerry."user" (id));
INSERT INTO public.note VALUES (:'user_id');
SELECT is(pg_temp.outcome(format('SELECT jerry.delete_user(%L)', :'user_id')), '23503',
	'a foreign key of the application''s can forbid it');
DROP TABLE public.note;
SELECT is(pg_temp.without_time(jerry.delete_user(:'user_id')),
	format('{"success":true,"data":{"user_id":"%s","email":"user@example.com"},"timestamp":"T"}', :'user_id'),
	'the answer is the compact envelope');
SELECT is((SELECT concat(payload->>'event_type', payload->>'data') FROM jerry.event WHERE id > :before),
	format('user.deleted{"user_id":"%s","email":"user@example.com"}', :'user_id'), 'one event tells it');
SELECT is(concat_ws(' ', pg_temp.verdict(jerry.validate_token((:'session'::json)->>'access_token')),
	pg_temp.verdict(jerry.verify_email(:'token')), pg_temp.verdict(jerry.login('user@example.com', 'Secret-123'))),
	'INVALID_TOKEN INVALID_TOKEN INVALID_CREDENTIALS', 'nothing of the user is good any more');
SELECT is(pg_temp.verdict(jerry.delete_user(:'user_id')), 'USER_NOT_FOUND', 'who is gone is gone');
SELECT is(pg_temp.verdict(jerry.login('other@example.com', 'Secret-123')), 'OK', 'others are not');
SELECT isnt(pg_temp.new_user(), :'user_id'::uuid, 'the address is free');

SELECT * FROM finish();
ROLLBACK;

-- jerry.revoke_sessions: an operator ends all sessions of a user
BEGIN;
\ir setup.psql

SELECT pg_temp.new_user() AS user_id, pg_temp.new_user('other@example.com') AS other_id \gset
SELECT pg_temp.log_in() AS first, pg_temp.log_in() AS second, pg_temp.log_in('other@example.com') AS other \gset
SELECT max(id) AS before FROM jerry.event \gset

SELECT pg_temp.declared('revoke_sessions(uuid)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.revoke_sessions(gen_random_uuid())', reason => 'it writes');

SELECT is(jerry.revoke_sessions(:'user_id'), 2::bigint, 'it returns how many sessions it ended');
SELECT is(pg_temp.verdict(jerry.validate_token(token)), verdict, verdict) FROM (VALUES
	((:'first'::json)->>'access_token', 'INVALID_TOKEN'), ((:'second'::json)->>'access_token', 'INVALID_TOKEN'),
		((:'other'::json)->>'access_token', 'OK')) AS t (token, verdict);
SELECT is(pg_temp.verdict(jerry.refresh((:'first'::json)->>'refresh_token')), 'INVALID_TOKEN',
	'refresh tokens are invalid, too');
SELECT set_eq(
	format($$ SELECT event_type, payload->'data'->>'user_id' AS user_id, (payload->'data'->>'session_id')::uuid AS id,
		payload->'data'->>'reason' AS reason FROM jerry.event WHERE id > %s $$, :before),
	format($$ SELECT 'session.revoked' AS event_type, %L AS user_id, id, 'admin' AS reason
		FROM jerry.session WHERE user_id = %1$L $$, :'user_id'),
	'each is told, with the reason');
SELECT set_eq(format('SELECT revoked_for FROM jerry.session WHERE user_id = %L', :'user_id'), ARRAY['admin'],
	'and kept in its row');
SELECT is(jerry.revoke_sessions(:'user_id'), 0::bigint, 'again there is none');
SELECT is(jerry.revoke_sessions(gen_random_uuid()), 0::bigint, 'nor has nobody any');
SELECT is(jerry.revoke_sessions(NULL), NULL, 'NULL is nobody');
SELECT is(pg_temp.verdict(jerry.login('user@example.com', 'Secret-123')), 'OK', 'the user can log in again');

SELECT * FROM finish();
ROLLBACK;

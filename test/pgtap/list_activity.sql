-- jerry.list_activity: what is on record about the account and the sessions of who asks
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('list_activity(text,bigint,bigint,jerry.client)', roles => 'jerry_admin, jerry_api',
	volatility => 's', parallel => 'u', strict => false, call => 'SELECT jerry.list_activity(''x'')',
	reason => 'it runs SQL');

CREATE FUNCTION pg_temp.client() RETURNS jerry.client
	RETURN json_populate_record(NULL::jerry.client, '{"ip": "192.0.2.7", "user_agent": "curl/8.5"}');
CREATE FUNCTION pg_temp.seen(answer json) RETURNS text
	RETURN (SELECT string_agg(concat_ws(' ', a->>'action', a->>'outcome', a->>'reason', a->>'current'), ', ')
			FROM json_array_elements(answer->'data'->'activity') AS a);

SELECT pg_temp.new_user('ada@example.com') AS ada, pg_temp.new_user('bob@example.com') AS bob \gset
SELECT jerry.login('ada@example.com', 'wrong', pg_temp.client()) \g /dev/null
SELECT jerry.login('bob@example.com', 'Secret-123') \g /dev/null
SELECT pg_temp.log_in('ada@example.com') AS first \gset
SELECT jerry.login('ada@example.com', 'Secret-123', pg_temp.client())->'data' AS second \gset
SELECT jerry.logout(:'second'::json->>'access_token', 'others') \g /dev/null
SELECT jerry.force_verified(:'ada', pg_temp.client()) \g /dev/null
SELECT jerry.unlock('ada@example.com') \g /dev/null

SELECT jerry.list_activity(:'second'::json->>'access_token') AS all \gset
SELECT is(pg_temp.seen(:'all'), 'account.force_verified OK false, session.end OK others false, session.login OK true, '
	'session.login OK false, session.login INVALID_CREDENTIALS false, account.register OK false',
	'what has happened to the account and its sessions, the newest first, and nothing of others');
SELECT is((:'all'::json->'data'->'activity'->0)::jsonb - 'id' - 'at', jsonb_build_object('action',
	'account.force_verified', 'outcome', 'OK', 'actor', 'admin', 'session_id', NULL, 'current', false, 'ip', NULL,
	'user_agent', NULL, 'label', 'unknown', 'reason', NULL), 'what an operator did, but not from where');
SELECT is(:'all'::json->'data'->>'next', NULL, 'all of it');
SELECT is((:'all'::json->'data'->'activity'->2)::jsonb - 'id' - 'at', jsonb_build_object('action', 'session.login',
	'outcome', 'OK', 'actor', 'user', 'session_id', pg_temp.claims(:'second'::json->>'access_token')->>'sid',
	'current', true, 'ip', '192.0.2.7', 'user_agent', 'curl/8.5', 'label', 'curl', 'reason', NULL),
	'with what is known of the client');

SELECT jerry.list_activity(:'second'::json->>'access_token', NULL, 2) AS page \gset
SELECT is(pg_temp.seen(:'page'), 'account.force_verified OK false, session.end OK others false', 'a page');
SELECT jerry.list_activity(:'second'::json->>'access_token', (:'page'::json->'data'->>'next')::bigint, 2) AS page \gset
SELECT is(pg_temp.seen(:'page'), 'session.login OK true, session.login OK false', 'the next one');
SELECT jerry.list_activity(:'second'::json->>'access_token', (:'page'::json->'data'->>'next')::bigint, 2) AS page \gset
SELECT is(pg_temp.seen(:'page'), 'session.login INVALID_CREDENTIALS false, account.register OK false',
	'and the last one, which is full');
SELECT is(:'page'::json->'data'->>'next', NULL, 'and says that it is the last');

SELECT is(pg_temp.verdict(jerry.list_activity(:'second'::json->>'access_token', NULL, n)), 'VALIDATION_ERROR',
	n || ' rows are none, or too many') FROM unnest(ARRAY[0, -1, 101]) AS n;
SELECT is(pg_temp.verdict(jerry.list_activity(t)), 'INVALID_TOKEN', 'not with ' || t)
FROM unnest(ARRAY['x', :'second'::json->>'refresh_token', :'first'::json->>'access_token']) AS t;
SELECT is(pg_temp.verdict(jerry.list_activity(NULL)), 'VALIDATION_ERROR', 'nor with none');

SELECT * FROM finish();
ROLLBACK;

-- What operators do to accounts is on record: who, to whom, from where
BEGIN;
\ir setup.psql

CREATE FUNCTION pg_temp.operator() RETURNS jerry.client
	RETURN ROW('192.0.2.9', 'console/1.0', 'ticket-4711', NULL)::jerry.client;
SELECT pg_temp.new_user() AS user_id, jerry.hash_password('New-Secret-1') AS hash \gset
SELECT pg_temp.log_in() \g /dev/null
SELECT max(id) AS before FROM jerry.audit \gset

SELECT jerry.create_user('ida@example.com', client => pg_temp.operator())->'data'->>'user_id' AS ida \gset
SELECT jerry.create_user('ida@example.com', client => pg_temp.operator()) \g /dev/null
SELECT jerry.force_verified(:'user_id', pg_temp.operator()) \g /dev/null
SELECT jerry.force_verified(:'user_id', pg_temp.operator()) \g /dev/null
SELECT jerry.set_password_hash(:'user_id', :'hash', client => pg_temp.operator()) \g /dev/null
SELECT jerry.set_app_metadata(:'user_id', '{"plan":"pro"}', pg_temp.operator()) \g /dev/null
SELECT jerry.set_app_metadata(:'user_id', '{"plan":"pro"}', pg_temp.operator()) \g /dev/null
SELECT jerry.ban_user(:'user_id', '2126-01-15T10:30:00Z', 'spam', pg_temp.operator()) \g /dev/null
SELECT jerry.ban_user(:'user_id', client => pg_temp.operator()) \g /dev/null
SELECT jerry.unban_user(:'user_id', pg_temp.operator()) \g /dev/null
SELECT jerry.unban_user(:'user_id', pg_temp.operator()) \g /dev/null
SELECT jerry.delete_user(:'ida', pg_temp.operator()) \g /dev/null
-- what changes nothing
SELECT jerry.delete_user(gen_random_uuid()), jerry.find_users(), jerry.user_of('ida@example.com') \g /dev/null

SELECT results_eq(format('SELECT action, outcome, actor, user_id::text, details::text FROM jerry.audit WHERE id > %s
	ORDER BY id', :before), format($$ VALUES
	('account.create', 'OK', 'admin', %2$L, NULL),
	('account.create', 'DUPLICATE_EMAIL', 'admin', NULL, NULL),
	('account.force_verified', 'OK', 'admin', %1$L, NULL),
	('session.end', 'OK', 'admin', %1$L, '{"reason":"admin"}'),
	('account.set_password_hash', 'OK', 'admin', %1$L, NULL),
	('account.set_app_metadata', 'OK', 'admin', %1$L, NULL),
	('account.ban', 'OK', 'admin', %1$L, '{"banned_until":"2126-01-15T10:30:00Z","ban_reason":"spam"}'),
	('account.ban', 'OK', 'admin', %1$L, '{"banned_until":null,"ban_reason":null}'),
	('account.unban', 'OK', 'admin', %1$L, NULL),
	('account.delete', 'OK', 'admin', %2$L, '{"reason":"admin"}') $$, :'user_id', :'ida'),
	'each change has its row, with outcome and details');
SELECT set_eq(format('SELECT concat_ws(''|'', ip, user_agent, request_id, role) FROM jerry.audit WHERE id > %s',
	:before),
	ARRAY['192.0.2.9|console/1.0|ticket-4711|' || current_user], 'with the operator''s client and role');

SELECT max(id) AS before FROM jerry.audit \gset
SELECT jerry.ban_user(:'user_id', reason => 'spam') \g /dev/null
SELECT jerry.login('user@example.com', 'New-Secret-1') \g /dev/null
SELECT is((SELECT concat_ws(' ', action, outcome, user_id) FROM jerry.audit ORDER BY id DESC LIMIT 1),
	'session.login USER_BANNED ' || :'user_id', 'so is a banned user who tries to log in');

SELECT * FROM finish();
ROLLBACK;

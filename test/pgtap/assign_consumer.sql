-- jerry.assign_consumer: whose a consumer is
BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() FROM generate_series(1, 3);
CREATE ROLE jerry_test_first;
CREATE ROLE jerry_test_second;
GRANT jerry_events TO jerry_test_first, jerry_test_second;

-- what a role can do with a consumer: claim/ack/replay
CREATE FUNCTION pg_temp.may(role_name name, consumer text) RETURNS text
	RETURN concat_ws('/', pg_temp.outcome(format('SELECT count(*) FROM jerry.claim_events(%L, 1)', consumer),
		role_name),
		pg_temp.outcome(format('SELECT jerry.ack_events(%L, ''{0}'')', consumer), role_name),
		pg_temp.outcome(format('SELECT jerry.replay_events(%L, ''infinity'')', consumer), role_name));

SELECT pg_temp.declared('assign_consumer(text,name)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.assign_consumer(''x'', ''jerry_events'')', reason => 'it writes');

SELECT is(pg_temp.may('jerry_test_first', 'mail'), '1/0/0', 'the first that claims has a consumer');
SELECT is(pg_temp.may('jerry_test_second', 'mail'), '42501/42501/42501', 'with which another role can do nothing');
SELECT is(pg_temp.outcome('SELECT jerry.ack_events(''mail'', ARRAY(SELECT id FROM jerry.event))', 'jerry_test_second'),
	'42501', 'not even make its events vanish');
SELECT is((SELECT count(*)::int FROM jerry.delivery WHERE consumer = 'mail'), 1, 'what it has had out is there');
SELECT is(jerry.assign_consumer('mail', 'jerry_test_second'), true, 'an administrator gives it to that role');
SELECT is(pg_temp.may('jerry_test_second', 'mail'), '1/0/0', 'which can do everything with it');
SELECT is(pg_temp.may('jerry_test_first', 'mail'), '42501/42501/42501', 'the first no more');
SELECT is(jerry.assign_consumer('mail', 'jerry_events'), true, 'it can belong to a group');
SELECT is(pg_temp.may('jerry_test_first', 'mail') || pg_temp.may('jerry_test_second', 'mail'), '1/0/00/0/0',
	'then it is everybody''s who is a member');
SELECT is(jerry.assign_consumer('nobody', 'jerry_events'), false, 'what is no consumer can be given to nobody');
SELECT is(pg_temp.outcome('SELECT jerry.assign_consumer(''mail'', ''jerry_test_nobody'')'), '42704',
	'who does not exist can have none');
SELECT is(pg_temp.outcome('SELECT jerry.assign_consumer(''a b'', ''jerry_events'')'), '22023',
	'a name that is not valid is refused');
SELECT is(concat(jerry.assign_consumer(NULL, 'jerry_events'), jerry.assign_consumer('mail', NULL)), '',
	'NULL is nothing to assign');

SELECT is(jerry.assign_consumer('mail', 'jerry_test_first'), true, 'the first has it back');
DROP ROLE jerry_test_first;
SELECT is(pg_temp.may('jerry_test_second', 'mail'), '42501/42501/42501', 'that its owner is gone gives it to nobody');
UPDATE jerry.delivery SET claimable_at = '-infinity' WHERE event_id = (SELECT min(id) FROM jerry.event);
SELECT is(pg_temp.may('jerry_admin', 'mail'), '1/0/0', 'except administrators');
CREATE ROLE jerry_test_first;
GRANT jerry_events TO jerry_test_first;
SELECT is(pg_temp.may('jerry_test_first', 'mail'), '0/0/0',
	'a role of that name, as after a restore on another server, finds it again');

SELECT * FROM finish();
ROLLBACK;

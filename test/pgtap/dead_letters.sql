-- jerry.retry_events, release_events, reject_events, dead_letters, requeue_events, next_event_at: what becomes of
-- events that a consumer could not handle
BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() FROM generate_series(1, 4);
SELECT min(id) AS id FROM jerry.event \gset
SELECT jerry.claim_events('stock') \g /dev/null

-- event/attempt of what comes now, counted from the first event
CREATE FUNCTION pg_temp.claim(max integer DEFAULT 100) RETURNS text
	RETURN (SELECT string_agg((event_id - first + 1)::text || '/' || attempt, ',' ORDER BY event_id)
			FROM jerry.claim_events('mail', max), (SELECT min(id) FROM jerry.event) AS e (first));
-- seconds until an event can be claimed, in whole minutes
CREATE FUNCTION pg_temp.minutes(event_id bigint) RETURNS integer
	RETURN (SELECT round(extract(epoch FROM claimable_at - now()) / 60)::int FROM jerry.delivery AS d
			WHERE consumer = 'mail' AND d.event_id = minutes.event_id);

SELECT pg_temp.declared('retry_events(text,bigint[],interval,text)', roles => 'jerry_admin, jerry_events',
	volatility => 'v', parallel => 'u', strict => true,
	call => 'SELECT jerry.retry_events(''x'', ''{}'', ''1s'', ''y'')', reason => 'it writes');
SELECT pg_temp.declared('release_events(text,bigint[],interval)', roles => 'jerry_admin, jerry_events',
	volatility => 'v', parallel => 'u', strict => true,
	call => 'SELECT jerry.release_events(''x'', ''{}'')', reason => 'it writes');
SELECT pg_temp.declared('reject_events(text,bigint[],text)', roles => 'jerry_admin, jerry_events', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.reject_events(''x'', ''{}'', ''y'')', reason => 'it writes');
SELECT pg_temp.declared('requeue_events(text,bigint[])', roles => 'jerry_admin, jerry_events', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.requeue_events(''x'', ''{}'')', reason => 'it writes');
SELECT pg_temp.declared('dead_letters(text,bigint,integer)', roles => 'jerry_admin, jerry_events', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.dead_letters(''x'')', reason => 'it looks at what happens meanwhile');
SELECT pg_temp.declared('next_event_at(text)', roles => 'jerry_admin, jerry_events', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.next_event_at(''x'')', reason => 'it looks at what happens meanwhile');

-- ---------- another try ----------

SELECT is(pg_temp.claim(), '1/1,2/1,3/1,4/1', 'everything is claimed');
SELECT is(jerry.retry_events('mail', ARRAY[:id, :id + 1], '0', 'greylisted'), 2::bigint, 'two are to be tried again');
SELECT is(pg_temp.claim(), '1/2,2/2', 'they come at once, and the try has counted');
SELECT is(jerry.retry_events('mail', ARRAY[:id], '5 minutes', 'greylisted'), 1::bigint, 'one of them later');
SELECT is(pg_temp.minutes(:id), 5, 'after the delay');
SELECT is(pg_temp.claim(), NULL, 'and not before');
SELECT is(jerry.retry_events('mail', ARRAY[:id, :id, NULL, -1], '0', 'again'), 1::bigint,
	'an event counts once, and what is none not at all');

-- ---------- no try ----------

SELECT is(pg_temp.claim(), '1/3', 'a third try');
SELECT is(jerry.release_events('mail', ARRAY[:id]), 1::bigint, 'that was none: the destination is away');
SELECT is(pg_temp.claim(), '1/3', 'does not count');
SELECT is(jerry.release_events('mail', ARRAY[:id], '10 minutes'), 1::bigint, 'it can be given back for later');
SELECT is(pg_temp.minutes(:id), 10, 'after the delay');
UPDATE jerry.delivery SET attempts = 0 WHERE consumer = 'mail' AND event_id = :id;
SELECT is(jerry.release_events('mail', ARRAY[:id]), 1::bigint, 'what was not claimed');
SELECT is(pg_temp.claim(), '1/1', 'has no tries to take back');

SELECT throws_ok($$ SELECT jerry.release_events('mail', '{}', '-1 second') $$, '22023',
	'delay must not be negative, and at most 30 days', 'there is no delay into the past');
SELECT throws_ok($$ SELECT jerry.retry_events('mail', '{}', '31 days', 'x') $$, '22023',
	'delay must not be negative, and at most 30 days', 'nor for ever');
SELECT is(jerry.retry_events('nobody', ARRAY[:id], '0', 'x'), 0::bigint, 'an unknown consumer has nothing to try');

-- ---------- dead letters ----------

SELECT is(jerry.reject_events('mail', ARRAY[:id + 1, :id + 2], 'no such mailbox'), 2::bigint, 'two are given up');
UPDATE jerry.delivery SET claimable_at = '-infinity' WHERE consumer = 'mail' AND rejected_at IS NULL;
SELECT is(pg_temp.claim(), '1/2,4/2', 'they do not come again');
SELECT results_eq($$ SELECT event_id, event_type, attempts, rejected_at BETWEEN now() AND clock_timestamp(), reason
		FROM jerry.dead_letters('mail') $$,
	format($$ VALUES (%s::bigint, 'test', 2, true, 'no such mailbox'), (%s, 'test', 1, true, 'no such mailbox') $$,
		:id + 1, :id + 2),
	'but are shown');
SELECT is((SELECT array_agg(event_id) FROM jerry.dead_letters('mail', max => 1)), ARRAY[:id + 1]::bigint[], 'so many');
SELECT is((SELECT array_agg(event_id) FROM jerry.dead_letters('mail', :id + 1)), ARRAY[:id + 2]::bigint[],
	'from behind one');
SELECT is((SELECT count(*)::int FROM jerry.dead_letters('stock')), 0, 'another consumer has none');
SELECT is((SELECT count(*)::int FROM jerry.dead_letters('nobody')), 0, 'nor has one that does not exist');
SELECT throws_ok($$ SELECT jerry.dead_letters('mail', max => 0) $$, '22023', 'max must be between 1 and 10000',
	'none at all is no number');

SELECT is(jerry.retry_events('mail', ARRAY[:id + 1], '0', 'x') + jerry.release_events('mail', ARRAY[:id + 1])
	+ jerry.reject_events('mail', ARRAY[:id + 1], 'x'), 0::bigint, 'what is dead waits for nothing');
SELECT is(jerry.requeue_events('mail', ARRAY[:id, :id + 1]), 1::bigint, 'only what is dead can be brought back');
SELECT is(pg_temp.claim(), '2/1', 'it comes as if for the first time');
SELECT is(jerry.reject_events('mail', ARRAY[:id + 1], repeat('ü', 300)), 1::bigint, 'a long reason');
SELECT is((SELECT reason FROM jerry.dead_letters('mail') LIMIT 1), repeat('ü', 256), 'is cut, between two characters');
SELECT is(jerry.ack_events('mail', ARRAY[:id + 1]), 1::bigint, 'a dead letter can be acknowledged');
SELECT is((SELECT array_agg(event_id) FROM jerry.dead_letters('mail')), ARRAY[:id + 2]::bigint[], 'and is forgotten');
SELECT is(jerry.replay_events('mail', '-infinity'), 4::bigint, 'a replay');
SELECT is(pg_temp.claim(), '1/1,2/1,3/1,4/1', 'has everything come again');
SELECT is((SELECT count(*)::int FROM jerry.dead_letters('mail')), 0, 'what was dead, too');

-- ---------- how long they are kept ----------

-- jerry.maintain would, and emit an event
SELECT jerry.seal_audit() \g /dev/null
SELECT jerry.ack_events('stock', ARRAY(SELECT id FROM jerry.event)),
	jerry.ack_events('mail', ARRAY(SELECT id FROM jerry.event WHERE id <> :id + 3)),
	jerry.reject_events('mail', ARRAY[:id + 3], 'no such mailbox') \g /dev/null
UPDATE jerry.event SET created_at = now() - interval '1 year';
UPDATE jerry.delivery SET rejected_at = now() - interval '6 days' WHERE rejected_at IS NOT NULL;
SELECT is(jerry.maintain()->'data'->>'dead_letters', '0', 'a dead letter is kept for a week');
SELECT is((SELECT array_agg(id) FROM jerry.event WHERE event_type = 'test'), ARRAY[:id + 3]::bigint[],
	'with its event, however old');
UPDATE jerry.delivery SET rejected_at = now() - interval '8 days' WHERE rejected_at IS NOT NULL;
SELECT is((SELECT concat(m->>'dead_letters', m->>'events') FROM (SELECT jerry.maintain()->'data' AS m) AS t), '11',
	'and then goes, and the event with it');

-- ---------- when to look again ----------

DELETE FROM jerry.delivery; -- of events of maintain()
DELETE FROM jerry.event;
UPDATE jerry.consumer SET complete = true, seen = NULL, horizon = NULL; -- this transaction has made it
SELECT is(jerry.next_event_at('mail'), NULL, 'nothing waits');
INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() FROM generate_series(1, 2);
SELECT ok(jerry.next_event_at('mail') <= clock_timestamp(), 'what nobody has been given yet can be claimed');
SELECT jerry.claim_events('mail', lease => '10 minutes') \g /dev/null
SELECT min(id) AS id FROM jerry.event \gset
SELECT ok(jerry.next_event_at('mail') - clock_timestamp() BETWEEN '9 minutes' AND '10 minutes',
	'what is claimed can be when its lease ends');
SELECT jerry.retry_events('mail', ARRAY[:id], '1 minute', 'x') \g /dev/null
SELECT ok(jerry.next_event_at('mail') - clock_timestamp() BETWEEN '50 seconds' AND '1 minute', 'the first one counts');
SELECT jerry.reject_events('mail', ARRAY[:id], 'x') \g /dev/null
SELECT ok(jerry.next_event_at('mail') - clock_timestamp() > '9 minutes', 'what is dead does not');
SELECT ok(jerry.next_event_at('nobody') <= clock_timestamp(), 'a new consumer may claim');
UPDATE jerry.consumer SET complete = false, seen = '{}', horizon = pg_current_snapshot() WHERE name = 'mail';
SELECT ok(jerry.next_event_at('mail') - clock_timestamp() BETWEEN '9 seconds' AND '10 seconds',
	'and looks after what was under way when it began');

-- ---------- who may ----------

CREATE ROLE jerry_test_other;
GRANT jerry_events TO jerry_test_other;
SELECT throws_ok(format('SET LOCAL ROLE jerry_test_other; SELECT jerry.%s', call), '42501', NULL, call)
FROM (VALUES ('retry_events(''mail'', ''{1}'', ''0'', ''x'')'), ('release_events(''mail'', ''{1}'')'),
	('reject_events(''mail'', ''{1}'', ''x'')'), ('requeue_events(''mail'', ''{1}'')'), ('dead_letters(''mail'')'),
	('next_event_at(''mail'')')) AS t (call);

SELECT * FROM finish();
ROLLBACK;

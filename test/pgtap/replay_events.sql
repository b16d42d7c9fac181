-- jerry.replay_events: what happened since a time once more
BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() - n * interval '1 hour'
	FROM generate_series(4, 1, -1) AS n;
SELECT min(id) AS id FROM jerry.event \gset
SELECT jerry.claim_events('mail'), jerry.claim_events('stock') \g /dev/null

CREATE FUNCTION pg_temp.claim(name text) RETURNS text
	RETURN (SELECT string_agg((event_id - first + 1)::text || '/' || attempt, ',' ORDER BY event_id)
			FROM jerry.claim_events(name), (SELECT min(id) FROM jerry.event) AS e (first));
CREATE FUNCTION pg_temp.ack_all(name text) RETURNS bigint
	RETURN jerry.ack_events(name, ARRAY(SELECT id FROM jerry.event));

SELECT pg_temp.declared('replay_events(text,timestamp with time zone)', roles => 'jerry_admin, jerry_events',
	volatility => 'v', parallel => 'u', strict => true,
	call => 'SELECT jerry.replay_events(''x'', now())', reason => 'it writes');

SELECT is(pg_temp.ack_all('mail'), 4::bigint, 'everything is handled');
SELECT is(jerry.replay_events('mail', '-infinity'), 4::bigint, 'everything can come again');
SELECT is(pg_temp.claim('mail'), '1/1,2/1,3/1,4/1', 'at once, as if for the first time');
SELECT is(pg_temp.claim('mail'), NULL, 'but once');

UPDATE jerry.delivery SET claimable_at = now() + interval '1 day', attempts = 7 WHERE consumer = 'mail'
	AND event_id < :id + 3;
SELECT is(jerry.replay_events('mail', '-infinity'), 4::bigint, 'what is out with a worker comes again, too');
SELECT is(pg_temp.claim('mail'), '1/1,2/1,3/1,4/1', 'its lease does not go on, and its attempts are forgotten');
SELECT is(jerry.ack_events('mail', ARRAY[:id, :id + 2]), 2::bigint, 'of what is handled and what is not');
SELECT is(jerry.replay_events('mail', '-infinity'), 4::bigint, 'both come again');
SELECT is(pg_temp.claim('mail'), '1/1,2/1,3/1,4/1', 'once');

SELECT is(pg_temp.ack_all('mail'), 4::bigint, 'everything is handled again');
SELECT is(jerry.replay_events('mail', now() - interval '2 hours'), 2::bigint,
	'a replay begins with what happened at that very time');
SELECT is(pg_temp.claim('mail'), '3/1,4/1', 'and holds nothing earlier');
SELECT is(jerry.replay_events('mail', now()), 0::bigint, 'nothing happened since now');
SELECT is((SELECT count(*)::int FROM jerry.delivery WHERE consumer = 'stock' AND attempts = 1), 4,
	'another consumer is not concerned');

INSERT INTO jerry.event (event_type, payload, created_at) VALUES ('test', '{}', now());
SELECT is(jerry.replay_events('mail', now()), 0::bigint, 'what was never dispatched is no replay');
SELECT is(pg_temp.claim('mail'), '5/1', 'it comes, once');
SELECT is(pg_temp.claim('stock'), '5/1', 'to everybody');

SELECT is(jerry.remove_consumer('stock'), true, 'a consumer that goes');
SELECT throws_ok($$ SELECT jerry.replay_events('stock', now()) $$, '22023', 'there is no consumer of that name',
	'has no replay');
SELECT is(concat(jerry.replay_events(NULL, now()), jerry.replay_events('mail', NULL)), '', 'NULL is nothing to replay');
SELECT throws_ok($$ SELECT jerry.replay_events('a b', now()) $$, '22023', NULL, 'a name that is not valid is refused');

DELETE FROM jerry.delivery;
DELETE FROM jerry.event WHERE id < :id + 4;
SELECT is(jerry.replay_events('mail', '-infinity'), 1::bigint, 'what is not kept any more cannot come again');

SELECT * FROM finish();
ROLLBACK;

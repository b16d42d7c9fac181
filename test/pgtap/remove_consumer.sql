-- jerry.remove_consumer: who does not come any more holds nothing up
BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() - interval '30 days'
	FROM generate_series(1, 3);
SELECT jerry.claim_events('mail', 1), jerry.claim_events('stock') \g /dev/null
SELECT jerry.ack_events('stock', ARRAY(SELECT id FROM jerry.event)) \g /dev/null

SELECT pg_temp.declared('remove_consumer(text)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.remove_consumer(''x'')', reason => 'it writes');

SELECT is(jerry.maintain()->'data'->>'events', '0', 'old events wait for their consumer');
SAVEPOINT there;
SELECT is(jerry.remove_consumer('mail'), true, 'a consumer is removed');
SELECT results_eq('SELECT name FROM jerry.consumer', ARRAY['stock'], 'the others stay');
SELECT is_empty('SELECT FROM jerry.delivery', 'what waited for it waits no more');
SELECT is((SELECT count(*)::int FROM jerry.event), 3, 'the events are still there');
SELECT is(jerry.remove_consumer('mail'), false, 'it cannot be removed twice');
SELECT is((SELECT count(*)::int FROM jerry.claim_events('mail')), 3, 'when it comes back it gets all that is kept');
SELECT is(jerry.remove_consumer('mail'), true, 'and can go again');
SELECT is(jerry.maintain()->'data'->>'events', '3', 'then the old events go');
ROLLBACK TO SAVEPOINT there;
SELECT is((SELECT count(*)::int FROM jerry.delivery WHERE consumer = 'mail'), 3,
	'a removal that is rolled back was none');

SELECT is(jerry.remove_consumer('nobody'), false, 'who is unknown cannot be removed');
SELECT is(jerry.remove_consumer('MAIL'), false, 'names differ by case');
SELECT is(jerry.remove_consumer(NULL), NULL, 'NULL is no consumer');
SELECT is(pg_temp.outcome(format('SELECT jerry.remove_consumer(%L)', name)), '22023',
	format('no consumer is called %L', left(name, 10)))
FROM unnest(ARRAY['', 'a b']) AS name;

SELECT * FROM finish();
ROLLBACK;

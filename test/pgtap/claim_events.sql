-- jerry.claim_events: a consumer's share of the outbox, leased to one of its workers
BEGIN ISOLATION LEVEL REPEATABLE READ;
\ir setup.psql
SELECT pg_temp.outcome($$ SELECT count(*) FROM jerry.claim_events('mail') $$) AS repeatable_read \gset
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
\ir setup.psql
SELECT pg_temp.outcome($$ SELECT count(*) FROM jerry.claim_events('mail') $$) AS serializable \gset
ROLLBACK;

BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
SELECT pg_temp.new_user(n || '@example.com') FROM unnest(ARRAY['first', 'second', 'third']) AS n \g /dev/null

-- whose events a consumer claims: first,second
CREATE FUNCTION pg_temp.claim(consumer text, max integer DEFAULT 100, lease interval DEFAULT '1 minute') RETURNS text
	RETURN (SELECT string_agg(split_part(payload->'data'->>'email', '@', 1), ',' ORDER BY n)
			FROM jerry.claim_events(consumer, max, lease) WITH ORDINALITY AS c (event_id, event_type, payload, attempt,
				n));

-- as if the leases of this consumer had ended
CREATE FUNCTION pg_temp.end_leases(name text) RETURNS void LANGUAGE sql AS
	'UPDATE jerry.delivery SET claimable_at = ''-infinity'' WHERE consumer = name';

SELECT pg_temp.declared('claim_events(text,integer,interval)', roles => 'jerry_admin, jerry_events', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.claim_events(''x'')', reason => 'it writes');

SELECT results_eq(
	$$ SELECT event_id, event_type, payload::text, attempt FROM jerry.claim_events('mail') $$,
	$$ SELECT id, event_type, payload::text, 1 FROM jerry.event ORDER BY id $$,
	'the first claim brings every event, oldest first, byte by byte');
SELECT results_eq('SELECT name, created_at BETWEEN now() AND clock_timestamp() FROM jerry.consumer',
	$$ VALUES ('mail', true) $$, 'and makes the consumer');
SELECT results_eq(
	$$ SELECT count(*)::int, min(attempts), max(attempts),
		bool_and(claimable_at BETWEEN now() + '1 minute' AND clock_timestamp() + '1 minute') FROM jerry.delivery $$,
	$$ VALUES (3, 1, 1, true) $$, 'a lease is a minute unless one says otherwise');
SELECT is(pg_temp.claim('mail'), NULL, 'what is leased is not claimed again');
SELECT pg_temp.new_user('fourth@example.com') AS fourth \gset
SELECT is(pg_temp.claim('mail'), 'fourth', 'what happens later is');

SELECT pg_temp.end_leases('mail') \g /dev/null
SELECT results_eq($$ SELECT attempt FROM jerry.claim_events('mail') $$, ARRAY[2, 2, 2, 2],
	'when the lease ends it comes again, and tells how often it came');
SELECT is(pg_temp.claim('mail'), NULL, 'leased anew');
UPDATE jerry.delivery SET claimable_at = '-infinity' WHERE event_id = (SELECT min(id) FROM jerry.event);
SELECT is(pg_temp.claim('mail'), 'first', 'each delivery has a lease of its own');

SELECT pg_temp.end_leases('mail') \g /dev/null
SELECT is(pg_temp.claim('mail', 2), 'first,second', 'at most as many as one asks for, the oldest');
SELECT is(pg_temp.claim('mail', 2), 'third,fourth', 'then the next');
SELECT is(pg_temp.claim('mail', 2), NULL, 'then no more');
SELECT pg_temp.end_leases('mail') \g /dev/null
SELECT is(pg_temp.claim('mail', 1, '2 hours'), 'first', 'a lease can be longer');
SELECT results_eq($$ SELECT claimable_at BETWEEN now() + '2 hours' AND clock_timestamp() + '2 hours' FROM jerry.delivery
	ORDER BY event_id LIMIT 1 $$, ARRAY[true],
	'and ends when it says');

-- ---------- consumers know nothing of each other ----------

SELECT is(pg_temp.claim('stock'), 'first,second,third,fourth', 'another consumer gets every event that is still kept');
SELECT is(pg_temp.claim('stock'), NULL, 'with leases of its own');
SELECT pg_temp.new_user('fifth@example.com') AS fifth \gset
SELECT is(pg_temp.claim('mail', 10), 'second,third,fourth,fifth', 'a new event goes to one consumer');
SELECT is(pg_temp.claim('stock'), 'fifth', 'and to the other');
SELECT is((SELECT count(*)::int FROM jerry.event WHERE NOT dispatched), 0,
	'an event that was given to the consumers is marked');
SELECT is(pg_temp.claim('Mail'), 'first,second,third,fourth,fifth', 'names differ by case');

-- ---------- what is rolled back was not claimed ----------

SELECT pg_temp.end_leases('mail') \g /dev/null
SELECT pg_temp.new_user('sixth@example.com') AS sixth \gset
SAVEPOINT claim;
SELECT is(pg_temp.claim('mail', 1), 'first', 'a claim');
SELECT is(pg_temp.claim('audit', 1), 'first', 'and one of a new consumer');
ROLLBACK TO SAVEPOINT claim;
SELECT is(pg_temp.claim('mail', 1), 'first', 'that are rolled back were not');
SELECT is((SELECT count(*)::int FROM jerry.consumer WHERE name = 'audit'), 0, 'and made no consumer');
SELECT is(pg_temp.claim('stock'), 'sixth', 'an event whose dispatch was rolled back is dispatched again');
SELECT pg_temp.new_user('gone@example.com') AS gone \gset
ROLLBACK TO SAVEPOINT claim;
SELECT is(pg_temp.claim('stock'), 'sixth', 'an event that was rolled back is never seen');

-- ---------- a large outbox ----------

INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'bulk', '{}', now() FROM generate_series(1, 10100);
SELECT is((SELECT count(*)::int FROM jerry.claim_events('bulk', 10000)), 10000, 'ten thousand can be claimed at once');
SELECT is((SELECT count(*)::int FROM jerry.claim_events('bulk', 10000)), 106, 'and then the rest');
SELECT is((SELECT count(*)::int FROM jerry.delivery WHERE consumer = 'stock'), 10106,
	'the other consumer was given them as well');
SELECT is((SELECT count(*)::int FROM (SELECT event_id FROM jerry.claim_events('bulk2', 10000) LIMIT 1) AS c), 1,
	'who reads one row of many');
SELECT is((SELECT count(*)::int FROM jerry.delivery WHERE consumer = 'bulk2' AND attempts = 1), 10000,
	'has claimed all the same');

-- ---------- arguments ----------

SELECT is(pg_temp.outcome(format('SELECT count(*) FROM jerry.claim_events(%L)', name)), '22023',
	format('no consumer is called %s', to_json(left(name, 10))))
FROM unnest(ARRAY['', ' ', 'a b', 'a/b', 'a''b', E'a\n', U&'\00E9', repeat('a', 65)]) AS name;
SELECT isnt(pg_temp.outcome(format('SELECT count(*) FROM jerry.claim_events(%L, 1)', name)), '22023',
	format('a consumer can be called %L', left(name, 10)))
FROM unnest(ARRAY['a', '0', '_.-', 'AZaz09', repeat('a', 64)]) AS name;
SELECT is(pg_temp.outcome(format('SELECT count(*) FROM jerry.claim_events(''new'', %s)', max)), '22023',
	format('nobody claims %s events', max))
FROM unnest(ARRAY[0, -1, 10001]) AS max;
SELECT is(pg_temp.outcome(format('SELECT count(*) FROM jerry.claim_events(''new'', 1, %L)', lease)), '22023',
	format('a lease cannot take %s', lease))
FROM unnest(ARRAY['0', '-1 second', '1 day -24 hours', '24 hours 1 second', '2 days', '100 years']) AS lease;
SELECT is(pg_temp.outcome(format('SELECT count(*) FROM jerry.claim_events(%s)', arguments)), '0',
	format('(%s) is nothing to claim', arguments))
FROM unnest(ARRAY['NULL', '''new'', NULL', '''new'', 1, NULL']) AS arguments;
SELECT is((SELECT count(*)::int FROM jerry.consumer WHERE name = 'new'), 0, 'none of that made a consumer');
SELECT isnt(pg_temp.claim('new', 1), NULL, 'and the name is still free');
SELECT is(:'repeatable_read'::text, '0A000', 'REPEATABLE READ could pass an event over: it is refused');
SELECT is(:'serializable'::text, '0A000', 'so is SERIALIZABLE');

-- ---------- a consumer belongs to the role that made it ----------

DELETE FROM jerry.consumer;
CREATE ROLE jerry_test_posts;
CREATE ROLE jerry_test_post;
CREATE ROLE jerry_test_other;
GRANT jerry_events TO jerry_test_posts, jerry_test_post, jerry_test_other;
CREATE FUNCTION pg_temp.claimed_by(role name, consumer text) RETURNS text
	RETURN pg_temp.outcome(format('SELECT count(*) > 0 FROM jerry.claim_events(%L, 1)', consumer), role);
SELECT is(pg_temp.claimed_by('jerry_test_posts', 'post'), 'true', 'who claims first has a consumer');
SELECT is((SELECT owner FROM jerry.consumer WHERE name = 'post'), 'jerry_test_posts', 'that is his');
SELECT is(pg_temp.claimed_by('jerry_test_post', 'post'), '42501', 'and nobody else''s');
GRANT jerry_test_posts TO jerry_test_post;
SELECT is(pg_temp.claimed_by('jerry_test_post', 'post'), 'true', 'except the members of his role');
SELECT is(pg_temp.claimed_by('jerry_admin', 'post'), 'true', 'and administrators');
UPDATE jerry.consumer SET owner = NULL;
SELECT is(pg_temp.claimed_by('jerry_admin', 'post'), 'true',
	'of a consumer without an owner, as an update from 1.1 leaves them, an administrator claims');
SELECT is((SELECT owner FROM jerry.consumer WHERE name = 'post'), NULL, 'and does not become the owner');
SELECT pg_temp.claimed_by('jerry_test_other', 'post') \g /dev/null
SELECT is((SELECT owner FROM jerry.consumer WHERE name = 'post'), 'jerry_test_other', 'whoever else claims next does');

SELECT * FROM finish();
ROLLBACK;

-- jerry.ack_events: what a consumer has handled does not come again
BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() FROM generate_series(1, 6);
SELECT min(id) AS id FROM jerry.event \gset
SELECT jerry.claim_events('stock', 6), jerry.claim_events('mail', 4) \g /dev/null

-- what is left for a consumer, counted from the first event: 1,2,3
CREATE FUNCTION pg_temp.waiting(name text) RETURNS text
	RETURN (SELECT string_agg((event_id - first + 1)::text, ',' ORDER BY event_id)
			FROM jerry.delivery, (SELECT min(id) FROM jerry.event) AS e (first) WHERE consumer = name);

SELECT pg_temp.declared('ack_events(text,bigint[])', roles => 'jerry_admin, jerry_events', volatility => 'v',
	parallel => 'u', strict => true,
	call => 'SELECT jerry.ack_events(''x'', ''{}'')', reason => 'it writes');

SELECT is(jerry.ack_events('mail', ARRAY[:id, :id + 1]), 2::bigint, 'two events are acknowledged');
SELECT is(pg_temp.waiting('mail'), '3,4,5,6', 'the others wait');
UPDATE jerry.delivery SET claimable_at = '-infinity';
SELECT set_eq($$ SELECT event_id FROM jerry.claim_events('mail') $$,
	ARRAY[:id + 2, :id + 3, :id + 4, :id + 5]::bigint[],
	'what was acknowledged does not come again when its lease ends');
SELECT is(jerry.ack_events('mail', ARRAY[:id, :id + 1]), 0::bigint, 'a second acknowledgement counts nothing');
SELECT is(pg_temp.waiting('stock'), '1,2,3,4,5,6', 'another consumer is not concerned');
SELECT is((SELECT count(*)::int FROM jerry.event), 6, 'the events stay, for others and for a replay');

SELECT is(jerry.ack_events('stock', ARRAY[:id + 5]), 1::bigint,
	'what was not claimed yet can be acknowledged: it need not come');
SELECT is(jerry.ack_events('mail', ARRAY[:id + 2, :id + 2, :id + 2]), 1::bigint, 'an event counts once');
SELECT is(jerry.ack_events('mail', ARRAY[:id + 3, NULL, -1, 0, 9223372036854775807]), 1::bigint,
	'ids that are no events are ignored');
SELECT is(jerry.ack_events('mail', ARRAY[[:id + 4], [:id + 5]]::bigint[]), 2::bigint,
	'rows of a matrix are ids as well');
SELECT is(pg_temp.waiting('mail'), NULL, 'nothing waits any more');
SELECT is(jerry.ack_events('mail', '{}'), 0::bigint, 'no id is no acknowledgement');
SELECT is(jerry.ack_events('nobody', ARRAY[:id]), 0::bigint, 'an unknown consumer has nothing to acknowledge');
SELECT is((SELECT count(*)::int FROM jerry.consumer), 2, 'and does not become one');
SELECT is(jerry.ack_events(NULL, ARRAY[:id]), NULL, 'NULL is no consumer');
SELECT is(jerry.ack_events('stock', NULL), NULL, 'NULL is no list');

INSERT INTO jerry.event (event_type, payload, created_at) VALUES ('test', '{}', now());
SELECT is(jerry.ack_events('mail', ARRAY[:id + 6]), 0::bigint, 'what was not dispatched is not waiting');
SELECT is((SELECT count(*)::int FROM jerry.claim_events('mail')), 1, 'it comes');

SAVEPOINT acknowledged;
SELECT is(jerry.ack_events('mail', ARRAY[:id + 6]), 1::bigint, 'an acknowledgement');
ROLLBACK TO SAVEPOINT acknowledged;
SELECT is(pg_temp.waiting('mail'), '7', 'that is rolled back was none');

-- work and its acknowledgement can be one transaction
CREATE TABLE public.handled (event_id bigint PRIMARY KEY);
WITH work AS (INSERT INTO public.handled VALUES (:id + 6) RETURNING event_id)
SELECT is(jerry.ack_events('mail', array_agg(event_id)), 1::bigint, 'work and acknowledgement are one statement')
FROM work;
SELECT throws_ok(
	format(
		'WITH work AS (INSERT INTO public.handled VALUES (%s) RETURNING event_id) SELECT jerry.ack_events(''stock'', '
		'array_agg(event_id)) FROM work', :id + 6),
	'23505', NULL, 'work that fails');
SELECT is(pg_temp.waiting('stock'), '1,2,3,4,5,7', 'acknowledges nothing');

-- ANALYZE by a superuser, or autovacuum, runs functions of whoever owns a table as that role, but it is the superuser
-- who calls
CREATE ROLE a_thief;
GRANT jerry_events TO a_thief;
CREATE FUNCTION public.thief(n integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN jerry.ack_events('stock', ARRAY(SELECT id FROM generate_series(1, 100000) AS id))::text;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TABLE public.trap (n integer);
ALTER TABLE public.trap OWNER TO a_thief;
CREATE INDEX ON public.trap (public.thief(n));
ALTER TABLE public.trap ALTER COLUMN n SET STATISTICS 1;
INSERT INTO public.trap VALUES (1), (2);
DELETE FROM jerry.delivery WHERE consumer = 'stock';
INSERT INTO jerry.delivery (consumer, event_id, claimable_at, attempts) VALUES ('stock', :id, '-infinity', 0);
ANALYZE public.trap;
SELECT is(pg_temp.waiting('stock'), '1',
	'a function in somebody''s index, which the server runs, acknowledges nothing');
SELECT is((SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'trap_thief_idx'), '{42501}', 'it is refused');

SELECT is(pg_temp.outcome(format('SELECT jerry.ack_events(%L, ''{1}'')', name)), '22023',
	format('no consumer is called %L', left(name, 10)))
FROM unnest(ARRAY['', 'a b', U&'\00E9', repeat('a', 65)]) AS name;

SELECT * FROM finish();
ROLLBACK;

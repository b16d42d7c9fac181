-- jerry.maintain: what nobody needs any more goes, and nothing else
BEGIN ISOLATION LEVEL REPEATABLE READ;
\ir setup.psql
SELECT pg_temp.outcome('SELECT jerry.maintain()') AS repeatable_read \gset
ROLLBACK;

BEGIN;
\ir setup.psql
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
DELETE FROM jerry."user";
SELECT jerry.version() \g /dev/null

-- how many rows of each kind went: events/one-time tokens/sessions; and sessions that were idle, if any
CREATE FUNCTION pg_temp.gone(batch integer DEFAULT 1000) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	data json := jerry.maintain(batch)->'data';
BEGIN
	RETURN concat_ws('/', data->>'events', data->>'one_time_tokens', data->>'sessions',
		nullif(data->>'idle_sessions', '0'));
END
$$;
CREATE FUNCTION pg_temp.happen(age interval, n integer DEFAULT 1) RETURNS void LANGUAGE sql AS
	'INSERT INTO jerry.event (event_type, payload, created_at) SELECT ''test'', ''{}'', clock_timestamp() - age '
		'FROM generate_series(1, n)';

SELECT pg_temp.declared('maintain(integer)', roles => 'jerry_admin, jerry_api', volatility => 'v', parallel => 'u',
	strict => true,
	call => 'SELECT jerry.maintain()', reason => 'it writes');

SELECT is(pg_temp.without_time(jerry.maintain()),
	'{"success":true,"data":{"dead_letters":0,"events":0,"one_time_tokens":0,"sessions":0,"idle_sessions":0,'
	'"deleted_users":0,"reminders":0,"rate_buckets":0,"audit_months":0},"timestamp":"T"}',
	'the answer is the compact envelope in the documented order');

-- ---------- events ----------

SELECT pg_temp.happen('7 days 1 minute'), pg_temp.happen('6 days 23 hours') \g /dev/null
SELECT is(pg_temp.gone(), '1/0/0', 'without a consumer an event is kept for a week');
SELECT results_eq('SELECT created_at < now() - interval ''6 days'', dispatched FROM jerry.event',
	$$ VALUES (true, true) $$, 'a younger one stays');
SELECT is((SELECT count(*)::int FROM jerry.claim_events('mail')), 1, 'and a first consumer gets it');

UPDATE jerry.event SET created_at = now() - interval '1 year';
SELECT is(pg_temp.gone(), '0/0/0', 'an event that is not acknowledged is kept, however old');
UPDATE jerry.delivery SET claimable_at = '-infinity';
SELECT is(pg_temp.gone(), '0/0/0', 'also when its lease has ended');
SELECT jerry.claim_events('stock') \g /dev/null
SELECT is(jerry.ack_events('mail', ARRAY(SELECT id FROM jerry.event)), 1::bigint, 'one consumer has handled it');
SELECT is(pg_temp.gone(), '0/0/0', 'the other has not');
SELECT is(jerry.ack_events('stock', ARRAY(SELECT id FROM jerry.event)), 1::bigint, 'now it has, too');
SELECT is(pg_temp.gone(), '1/0/0', 'now the event goes');

SELECT pg_temp.happen('1 year') \g /dev/null
SELECT is(pg_temp.gone(), '0/0/0', 'an old event that no consumer has seen is dispatched, not deleted');
SELECT is((SELECT count(*)::int FROM jerry.delivery), 2, 'each consumer will get it');
SELECT is((SELECT count(*)::int FROM jerry.claim_events('mail')), 1, 'and does');

SET LOCAL jerry.event_retention = '1min';
SELECT pg_temp.happen('59 seconds'), pg_temp.happen('61 seconds') \g /dev/null
SELECT jerry.claim_events('mail'), jerry.claim_events('stock') \g /dev/null
SELECT jerry.ack_events(c, ARRAY(SELECT id FROM jerry.event)) FROM unnest(ARRAY['mail', 'stock']) AS c \g /dev/null
SELECT is(pg_temp.gone(), '2/0/0', 'the time for which events are kept is a setting');
SELECT is((SELECT count(*)::int FROM jerry.event), 1, 'it counts from when they happened');
SET LOCAL jerry.event_retention = 0;
SELECT is(pg_temp.gone(), '1/0/0', '0 keeps none that everybody has handled');

SELECT pg_temp.happen('1 hour', 25) \g /dev/null
SELECT jerry.remove_consumer('mail'), jerry.remove_consumer('stock') \g /dev/null
-- that is on record, which maintain() would seal with an event
SELECT jerry.seal_audit() \g /dev/null
DELETE FROM jerry.event WHERE event_type = 'audit.sealed';
SELECT is(pg_temp.gone(10), '10/0/0', 'no more than a batch');
SELECT is(pg_temp.gone(10), '10/0/0', 'goes at a time');
SELECT is(pg_temp.gone(10), '5/0/0', 'the last batch is smaller');
SELECT is(pg_temp.gone(10), '0/0/0', 'then there is nothing left');
RESET jerry.event_retention;

-- ---------- one-time tokens ----------

SELECT pg_temp.new_user(n || '@example.com') FROM unnest(ARRAY['a', 'b', 'c']) AS n \g /dev/null
DELETE FROM jerry.event WHERE payload->'data'->>'email' <> 'a@example.com';
SELECT payload->'data'->>'email_verification_token' AS token FROM jerry.event \gset
SELECT is(pg_temp.gone(), '0/0/0', 'a token that can be redeemed stays');
UPDATE jerry.one_time_token SET expires_at = now() - interval '6 days 23 hours';
SELECT is(pg_temp.gone(), '0/0/0', 'one that ended this week as well');
SELECT is(pg_temp.verdict(jerry.verify_email(:'token')), 'EXPIRED_TOKEN',
	'so that its owner is told what is wrong with it');
UPDATE jerry.one_time_token SET expires_at = now() - interval '7 days 1 minute';
SELECT is(pg_temp.gone(2), '0/2/0', 'after a week it goes, a batch at a time');
SELECT is(pg_temp.gone(2), '0/1/0', 'with the rest');
SELECT is(pg_temp.verdict(jerry.verify_email(:'token')), 'INVALID_TOKEN', 'and is unknown');
SELECT is((SELECT count(*)::int FROM jerry."user"), 3, 'its user stays');

-- ---------- sessions ----------

SELECT pg_temp.log_in('a@example.com')->>'access_token' AS a_access, pg_temp.log_in('b@example.com'),
	pg_temp.log_in('c@example.com') \gset
SELECT is(pg_temp.gone(), '0/0/0', 'a session that is alive stays');
UPDATE jerry.session SET revoked_at = now();
SELECT is(pg_temp.gone(), '0/0/0', 'a revoked one as well: its tokens must be known as such');
UPDATE jerry.session SET revoked_at = NULL, expires_at = now() - interval '23 hours';
SELECT is(pg_temp.verdict(jerry.validate_token(:'a_access')), 'OK', 'the last access token of a session outlives it');
SELECT is(pg_temp.gone(), '0/0/0', 'by a day, for which the session stays');
SELECT is(pg_temp.verdict(jerry.validate_token(:'a_access')), 'OK', 'and the token valid');
SET LOCAL jerry.access_token_ttl = '22h';
SELECT is(pg_temp.gone(2), '0/0/2', 'or less, when access tokens end sooner');
SELECT is(pg_temp.gone(2), '0/0/1', 'a batch at a time');
RESET jerry.access_token_ttl;
SELECT is((SELECT count(*)::int FROM jerry."user"), 3, 'the users stay');
SELECT pg_temp.log_in('a@example.com')->>'access_token' AS a_access \gset
UPDATE jerry.session SET expires_at = now() - interval '24 hours 1 minute';
SELECT is(pg_temp.gone(), '0/0/1', 'a day after its end a session goes');
SELECT is(pg_temp.verdict(jerry.validate_token(:'a_access')), 'INVALID_TOKEN',
	'and with it whatever claims to belong to it');

-- ---------- sessions that nobody uses ----------

SELECT pg_temp.log_in('a@example.com')->>'access_token' AS a_access, pg_temp.log_in('b@example.com') AS b,
	pg_temp.log_in('c@example.com') \gset
UPDATE jerry.session SET created_at = now() - interval '6 days';
UPDATE jerry.session SET last_used_at = now() - interval '50 hours' WHERE user_id =
	(SELECT id FROM jerry."user" WHERE email = 'b@example.com');
DELETE FROM jerry.event;
SELECT is(pg_temp.gone(), '0/0/0', 'a session that is not used stays');
SET LOCAL jerry.session_idle_timeout = '51h';
SAVEPOINT idle;
UPDATE jerry.session SET expires_at = now() - interval '1 minute';
SELECT is(pg_temp.gone(), '0/0/0', 'one that is over does not end once more');
ROLLBACK TO SAVEPOINT idle;
SELECT is(pg_temp.gone(1), '0/0/0/1', 'with an idle timeout it ends, a batch at a time');
SELECT is(pg_temp.gone(2), '0/0/0/1', 'unless it was used since');
SELECT is(pg_temp.gone(2), '0/0/0', 'and only once');
SELECT results_eq($$ SELECT u.email::text, s.revoked_for, s.revoked_at BETWEEN now() AND clock_timestamp()
	FROM jerry.session AS s JOIN jerry."user" AS u ON u.id = s.user_id ORDER BY 1 $$,
	$$ VALUES ('a@example.com', 'idle', true), ('b@example.com', NULL, NULL), ('c@example.com', 'idle', true) $$,
	'the row says why');
SELECT set_eq($$ SELECT concat_ws('/', event_type, payload->'data'->>'user_id',
		payload->'data'->>'session_id', payload->'data'->>'reason') FROM jerry.event
		WHERE event_type <> 'audit.sealed' $$,
	$$ SELECT concat_ws('/', 'session.revoked', user_id, id, 'idle') FROM jerry.session WHERE revoked_for = 'idle' $$,
	'and an event does, for each');
SELECT is(pg_temp.verdict(jerry.validate_token(:'a_access')), 'INVALID_TOKEN', 'its tokens are invalid');
SELECT is(pg_temp.verdict(jerry.validate_token(:'b'::json->>'access_token')), 'OK', 'those of the other are not');
RESET jerry.session_idle_timeout;
DELETE FROM jerry.session;
DELETE FROM jerry.event;

SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off;
CREATE FUNCTION pg_temp.scan() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXPLAIN (COSTS off) SELECT id FROM jerry.session WHERE COALESCE(last_used_at, created_at) <= now()
		AND revoked_at IS NULL AND expires_at > now() ORDER BY COALESCE(last_used_at, created_at) LIMIT 1
		FOR UPDATE SKIP LOCKED
	LOOP
		IF line ~ 'Scan' THEN
			RETURN trim(line);
		END IF;
	END LOOP;
END
$$;
SELECT is(pg_temp.scan(), '->  Index Scan using idx_session_last_used on session',
	'who was idle longest is found without looking at the others');
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_sort;

-- ---------- limits ----------

CREATE FUNCTION pg_temp.buckets_gone(batch integer DEFAULT 1000) RETURNS text
	RETURN jerry.maintain(batch)->'data'->>'rate_buckets';
INSERT INTO jerry.rate_bucket (id, full_until) SELECT gen_random_uuid(), now() + n * interval '1 minute'
	FROM generate_series(-150, 100) AS n;
SELECT is(pg_temp.buckets_gone(1), '100', 'limits of which nothing is used are forgotten, a hundred batches at a time');
SELECT is(pg_temp.buckets_gone(), '51', 'until there are none');
SELECT is((SELECT count(*)::int FROM jerry.rate_bucket WHERE full_until > now()), 100, 'the others stay');
DELETE FROM jerry.rate_bucket;

-- ---------- what is never touched ----------

SELECT is((SELECT count(*)::int FROM jerry.signing_key), 1, 'keys stay');
SELECT jerry.claim_events('idle') \g /dev/null
SELECT jerry.ack_events('idle', ARRAY(SELECT id FROM jerry.event)) \g /dev/null
SELECT is(pg_temp.gone(), '0/0/0', 'a consumer that has nothing to do');
SELECT is((SELECT count(*)::int FROM jerry.consumer), 1, 'stays a consumer');

SELECT pg_temp.happen('1 year', 3), pg_temp.happen('1 hour', 3) \g /dev/null
SELECT is(pg_temp.outcome($$ SELECT jerry.maintain(1)->'data'->>'events' $$, 'jerry_api'), '0',
	'the sidecar''s role may call it');
SELECT jerry.remove_consumer('idle') \g /dev/null
SAVEPOINT maintained;
SELECT is(pg_temp.gone(), '3/0/0', 'what it deleted');
ROLLBACK TO SAVEPOINT maintained;
SELECT is(pg_temp.gone(), '3/0/0', 'comes back when it is rolled back');

SELECT is(pg_temp.outcome(format('SELECT jerry.maintain(%s)', batch)), '22023',
	format('a batch of %s is refused', batch))
FROM unnest(ARRAY[0, -1, 100001]) AS batch;
SELECT is(:'repeatable_read'::text, '0A000', 'REPEATABLE READ could pass an event over: it is refused');
SELECT is(jerry.maintain(NULL)::text, NULL, 'NULL is no batch');

SELECT * FROM finish();
ROLLBACK;

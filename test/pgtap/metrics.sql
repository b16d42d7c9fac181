-- jerry.metrics: figures that a monitor asks for every few seconds
BEGIN;
\ir setup.psql
DELETE FROM jerry.delivery;
DELETE FROM jerry.consumer;
DELETE FROM jerry.event;
DELETE FROM jerry.signing_key;

CREATE FUNCTION pg_temp.figure(name text, wanted json DEFAULT NULL) RETURNS double precision
	RETURN (SELECT value FROM jerry.metrics() WHERE metric = name AND labels::text IS NOT DISTINCT FROM wanted::text);
CREATE FUNCTION pg_temp.pending(consumer text) RETURNS double precision
	RETURN pg_temp.figure('jerry_outbox_pending', json_build_object('consumer', consumer));
CREATE FUNCTION pg_temp.oldest(consumer text) RETURNS double precision
	RETURN pg_temp.figure('jerry_outbox_oldest_seconds', json_build_object('consumer', consumer));
CREATE FUNCTION pg_temp.keys(state text) RETURNS double precision
	RETURN pg_temp.figure('jerry_signing_keys', json_build_object('state', state));
CREATE FUNCTION pg_temp.age(state text) RETURNS double precision
	RETURN pg_temp.figure('jerry_signing_key_age_seconds', json_build_object('state', state));

SELECT pg_temp.declared('metrics()', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'u',
	strict => false, call => 'SELECT jerry.metrics()', reason => 'it reads what the server estimates');

SELECT is((SELECT count(DISTINCT (metric, help)) FROM jerry.metrics()), (SELECT count(DISTINCT metric)
	FROM jerry.metrics()), 'a metric has one help');
SELECT is((SELECT count(*) FROM jerry.metrics() WHERE metric !~ '^jerry(_[a-z]+)+$' OR help !~ '^[A-Z].*\.$'
	OR value < 0 OR value IS NULL), 0::bigint, 'names, helps and values are as they should be');

-- ---------- the versions ----------

SELECT is((SELECT labels->>'version' FROM jerry.metrics() WHERE metric = 'jerry_database_info' AND value = 1),
	jerry.version(), 'the version of Jerry');
SELECT alike(current_setting('server_version'), (SELECT labels->>'pg_version' || '%' FROM jerry.metrics()
	WHERE metric = 'jerry_database_info'), 'and of PostgreSQL');

-- ---------- events ----------

SELECT is((SELECT count(*) FROM jerry.metrics() WHERE metric ~ 'outbox'), 0::bigint,
	'without a consumer nothing waits');
INSERT INTO jerry.consumer (name, created_at) VALUES ('mailer', now()), ('idle', now());
INSERT INTO jerry.event (event_type, payload, created_at, dispatched)
	SELECT 'test', '{}', clock_timestamp() - '1 minute'::interval * n, true FROM generate_series(5, 1, -1) AS n;
INSERT INTO jerry.delivery SELECT 'mailer', id, created_at, 0 FROM jerry.event;
SELECT is(pg_temp.pending('mailer'), 5::double precision, 'what a consumer has not acknowledged is counted');
SELECT ok(pg_temp.oldest('mailer') BETWEEN 300 AND 330, 'and the oldest has its age');
SELECT is(pg_temp.pending('idle'), 0::double precision, 'a consumer without events has 0');
SELECT is(pg_temp.oldest('idle'), 0::double precision, 'of an age of 0');
DELETE FROM jerry.delivery WHERE event_id = (SELECT min(id) FROM jerry.event);
SELECT is(pg_temp.pending('mailer'), 4::double precision, 'what is acknowledged does not count');
SELECT ok(pg_temp.oldest('mailer') BETWEEN 240 AND 270, 'and has no age');
UPDATE jerry.event SET created_at = clock_timestamp() + '1 hour'::interval;
SELECT is(pg_temp.oldest('mailer'), 0::double precision, 'an event of a clock that was ahead is not younger than 0');
INSERT INTO jerry.event (event_type, payload, created_at, dispatched)
	SELECT 'test', '{}', now(), true FROM generate_series(1, 10010);
INSERT INTO jerry.delivery SELECT 'idle', id, created_at, 0 FROM jerry.event;
SELECT is(pg_temp.pending('idle'), 10000::double precision, 'no more than 10000 are counted');

-- ---------- keys ----------

SELECT is((SELECT sum(value) FROM jerry.metrics() WHERE metric = 'jerry_signing_keys'), 0::double precision,
	'without a key each state has 0');
SELECT is((SELECT count(*) FROM jerry.metrics() WHERE metric = 'jerry_signing_keys'), 4::bigint,
	'there are four states');
SELECT jerry.rotate_key(), jerry.rotate_key() \g /dev/null
UPDATE jerry.signing_key SET status_at = clock_timestamp() - '1 day'::interval WHERE status = 'active';
SELECT is(pg_temp.keys('active'), (SELECT count(*) FROM jerry.signing_key WHERE status = 'active')::double precision,
	'keys are counted by state');
SELECT ok(pg_temp.age('active') BETWEEN 86400 AND 86430, 'the oldest of a state has its age');
SELECT is(pg_temp.age('retired'), NULL, 'nobody is interested in the age of retired ones');

-- ---------- what is on record ----------

CREATE FUNCTION pg_temp.on_record(action text, outcome text) RETURNS double precision
	RETURN pg_temp.figure('jerry_audit_rows_total', json_build_object('action', action, 'outcome', outcome));
SELECT jerry.seal_audit() \g /dev/null
SELECT pg_temp.on_record('session.login', 'ok') AS ok, pg_temp.on_record('session.login', 'refused') AS refused \gset
SELECT pg_temp.new_user(), pg_temp.log_in(), jerry.login('user@example.com', 'wrong') \g /dev/null
SELECT jerry.login('user@example.com', 'wrong'), jerry.seal_audit() \g /dev/null
SELECT is(row(pg_temp.on_record('session.login', 'ok'), pg_temp.on_record('session.login', 'refused')),
	row(:ok::double precision + 1, :refused::double precision + 2), 'what was put on record is counted by outcome');
SELECT is(pg_temp.on_record('account.lockout', 'refused'), 0::double precision, 'also what never happened');

-- ---------- users and sessions ----------

SELECT ok(pg_temp.figure('jerry_users') >= 0 AND pg_temp.figure('jerry_sessions') >= 0,
	'users and sessions are estimated');
SELECT is((SELECT count(*) FROM jerry.metrics() WHERE labels::text ~ '[0-9]{5}|@'), 0::bigint, 'nobody is named');

SELECT * FROM finish();
ROLLBACK;

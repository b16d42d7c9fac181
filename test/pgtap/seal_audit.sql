-- jerry.seal_audit: what is on record, as hashes that are chained
BEGIN ISOLATION LEVEL REPEATABLE READ;
\ir setup.psql
SELECT pg_temp.outcome('SELECT jerry.seal_audit()') AS repeatable_read \gset
ROLLBACK;

BEGIN;
\ir setup.psql

SELECT pg_temp.declared('seal_audit()', roles => 'jerry_admin', volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.seal_audit()', reason => 'it writes');
SELECT is(:'repeatable_read'::text, '0A000', 'it does not work with an old snapshot');

-- what is there already, if the tests run where somebody is at work
SELECT jerry.seal_audit() \g /dev/null
SELECT coalesce(max(id), 0) AS seals, coalesce(max(last_id), 0) AS sealed FROM jerry.audit_seal \gset
SELECT coalesce(max(id), 0) AS events FROM jerry.event \gset

SELECT is((jerry.seal_audit()->'data'->>'rows')::int, 0, 'without anything new there is no seal');
SELECT is_empty(format('SELECT FROM jerry.audit_seal WHERE id > %s', :seals), 'none at all');
SELECT is_empty(format('SELECT FROM jerry.event WHERE id > %s', :events), 'and no event');

/*
 * The hashes as SQL alone makes them.
 */
CREATE FUNCTION pg_temp.field(name text, value bytea) RETURNS bytea
	RETURN coalesce(convert_to(name, 'UTF8') || '\x00'::bytea || int4send(length(value)) || value, ''::bytea);
CREATE FUNCTION pg_temp.field(name text, value text) RETURNS bytea
	RETURN pg_temp.field(name, convert_to(value, 'UTF8'));
CREATE FUNCTION pg_temp.row_hash(a jerry.audit) RETURNS bytea
	RETURN sha256(pg_temp.field('id', int8send(a.id)) || pg_temp.field('at', timestamptz_send(a.at))
		|| pg_temp.field('action', a.action) || pg_temp.field('outcome', a.outcome) || pg_temp.field('actor', a.actor)
		|| pg_temp.field('user_id', uuid_send(a.user_id)) || pg_temp.field('session_id', uuid_send(a.session_id))
		|| pg_temp.field('role', a.role) || pg_temp.field('acting_role', a.acting_role)
		|| pg_temp.field('ip', inet_send(a.ip)) || pg_temp.field('user_agent', a.user_agent)
		|| pg_temp.field('request_id', a.request_id) || pg_temp.field('details', a.details::text));
CREATE FUNCTION pg_temp.seal_hash(s jerry.audit_seal) RETURNS bytea
	RETURN sha256(s.previous || int8send(s.id) || timestamptz_send(s.sealed_at) || int8send(s.first_id)
		|| int8send(s.last_id) || int4send(s.row_count) || date_send(s.month) || sha256(s.entries));

-- ---------- one seal ----------

SELECT jerry.register('ada@example.com', 'Secret-123', 'Secret-123', json_populate_record(NULL::jerry.client,
	'{"ip": "2001:db8::7", "user_agent": "Größe \u2713", "request_id": "r-1"}')) \g /dev/null
SELECT jerry.login('ada@example.com', 'wrong', '192.0.2.7', 'curl') \g /dev/null
SELECT count(*)::int AS rows FROM jerry.audit WHERE id > :sealed \gset
SELECT jerry.seal_audit()->'data' AS answer \gset
SELECT is(:'answer'::json->>'rows', :'rows', 'all rows are sealed');
SELECT is(:'answer'::json->>'seal', (SELECT id || ':' || encode(hash, 'hex') FROM jerry.audit_seal
	ORDER BY id DESC LIMIT 1), 'by the seal that the answer tells');
SELECT is(row(s.id, s.first_id, s.last_id, s.row_count, s.month, s.sealed_at BETWEEN now() AND clock_timestamp()),
	row(:seals + 1::bigint, min(a.id), max(a.id), :rows::int, date_trunc('month', now() AT TIME ZONE 'UTC')::date,
		true),
	'which is the next one, of these rows and this month')
FROM jerry.audit_seal AS s, jerry.audit AS a WHERE s.id > :seals AND a.id > :sealed GROUP BY s.id;
SELECT is(s.entries, (SELECT string_agg(int8send(a.id) || pg_temp.row_hash(a), ''::bytea ORDER BY a.id)
	FROM jerry.audit AS a WHERE a.id > :sealed), 'with the id and the documented hash of each row')
FROM jerry.audit_seal AS s WHERE s.id > :seals;
SELECT is(hash, pg_temp.seal_hash(s), 'and its own') FROM jerry.audit_seal AS s WHERE s.id > :seals;
SELECT is(previous, coalesce((SELECT hash FROM jerry.audit_seal WHERE id = :seals), decode(repeat('00', 32), 'hex')),
	'behind the previous one, or none') FROM jerry.audit_seal WHERE id = :seals + 1;
SELECT is(regexp_replace(payload::text, '"timestamp":"[^"]*"', '"timestamp":"T"'),
	format('{"event_type":"audit.sealed","timestamp":"T","data":{"seal":"%s"}}', :'answer'::json->>'seal'),
	'and there is an event with it') FROM jerry.event ORDER BY id DESC LIMIT 1;
SELECT is(jerry.seal_audit()->'data'->>'seal', :'answer'::json->>'seal', 'it is the newest until there is another');

-- ---------- more ----------

-- around the turn of a year, as two clocks see it
INSERT INTO jerry.audit_odd_12 (id, at, action, outcome, actor, role)
	SELECT nextval('jerry.audit_id_seq'), '2025-12-31 23:59:59.999999+00', 'test.seal', 'OK', 'jerry', 'x'
	FROM generate_series(1, 2);
INSERT INTO jerry.audit_even_01 (id, at, action, outcome, actor, role)
	VALUES (nextval('jerry.audit_id_seq'), '2026-01-01 00:00+00', 'test.seal', 'OK', 'jerry', 'x');
INSERT INTO jerry.audit_odd_12 (id, at, action, outcome, actor, role, details)
	VALUES (nextval('jerry.audit_id_seq'), '2025-12-31 23:59:59.999999+00', 'test.seal', 'OK', 'jerry', 'x',
		'{"a": 1}');
SELECT jerry.seal_audit() \g /dev/null
SELECT results_eq(format('SELECT month, row_count FROM jerry.audit_seal WHERE id > %s ORDER BY id', :seals + 1),
	$$ VALUES ('2025-12-01'::date, 2), ('2026-01-01', 1), ('2025-12-01', 1) $$, 'a seal is of one month');
SELECT results_eq('SELECT count(*) FROM jerry.event WHERE event_type = ''audit.sealed'' AND id > ' || :events,
	ARRAY[2::bigint], 'one event is for all of a call');

INSERT INTO jerry.audit_even_02 (id, at, action, outcome, actor, role)
	SELECT nextval('jerry.audit_id_seq'), v.at, 'test.seal', 'OK', 'jerry', 'x'
	FROM (VALUES ('infinity'::timestamptz), ('-infinity'), ('0044-03-15 BC')) AS v (at);
SELECT jerry.seal_audit() \g /dev/null
SELECT bag_eq(format('SELECT month FROM jerry.audit_seal WHERE id > %s', :seals + 4),
	$$ VALUES ('infinity'::date), ('-infinity'), ('0044-03-01 BC') $$, 'no time keeps others from being sealed');

INSERT INTO jerry.audit_even_02 (id, at, action, outcome, actor, role)
	SELECT nextval('jerry.audit_id_seq'), '2026-02-02', 'test.seal', 'OK', 'jerry', 'x' FROM generate_series(1, 10001);
SELECT is(jerry.seal_audit()->'data'->>'rows', '10001', 'many rows');
SELECT results_eq(format('SELECT row_count FROM jerry.audit_seal WHERE id > %s ORDER BY id', :seals + 7),
	ARRAY[5000, 5000, 1], 'are sealed in several seals');

SELECT pg_temp.new_user('eve@example.com') \g /dev/null
SELECT jerry.maintain() \g /dev/null
SELECT is(row_count, 1, 'jerry.maintain seals, too') FROM jerry.audit_seal WHERE id = :seals + 11;
SELECT is(jerry.seal_audit()->'data'->>'rows', '0', 'all that there was');

SELECT is_empty($$ SELECT FROM jerry.audit_seal AS s WHERE s.hash <> pg_temp.seal_hash(s)
	OR s.previous <> coalesce((SELECT p.hash FROM jerry.audit_seal AS p WHERE p.id = s.id - 1),
		decode(repeat('00', 32), 'hex')) $$, 'each seal is hashed with the previous one');
SELECT is_empty($$ SELECT FROM jerry.audit_seal WHERE length(entries) <> 40 * row_count $$,
	'and has 40 bytes for a row');

SAVEPOINT undone;
SELECT jerry.login('ada@example.com', 'wrong'), jerry.seal_audit() \g /dev/null
ROLLBACK TO SAVEPOINT undone;
SELECT jerry.login('ada@example.com', 'wrong') \g /dev/null
SELECT is(jerry.seal_audit()->'data'->>'rows', '1', 'what is rolled back was not sealed either');
SELECT is(jerry.verify_audit()->'data'->>'intact', 'true', 'and everything is in order');

-- ---------- counts ----------

CREATE TEMPORARY TABLE listed (action text, who text, details text);
\copy listed FROM PROGRAM '../../tools/generate-audit members ../../contract/audit.txt'
SELECT set_eq('SELECT action FROM jerry.audit_count', 'SELECT action FROM listed',
	'each action of contract/audit.txt has its count, and no other');
CREATE TEMPORARY TABLE before AS SELECT * FROM jerry.audit_count;
SELECT jerry.login('ada@example.com', 'wrong'), jerry.login('nobody@example.com', 'wrong'),
	jerry.create_role('counted') \g /dev/null
SELECT results_eq('TABLE jerry.audit_count ORDER BY action', 'TABLE before ORDER BY action',
	'nobody who puts something on record counts it');
SELECT jerry.seal_audit(), jerry.seal_audit() \g /dev/null
SELECT set_eq('SELECT action, c.ok - b.ok AS ok, c.refused - b.refused AS refused FROM jerry.audit_count AS c '
	'JOIN before AS b USING (action) WHERE c <> b',
	$$ VALUES ('session.login', 0::bigint, 2::bigint), ('role.create', 1, 0) $$,
	'who seals it does, once');

-- ---------- nobody changes it ----------

SELECT throws_ok(statement, '55000', 'cannot change or remove what is on record', statement)
FROM unnest(ARRAY['UPDATE jerry.audit_seal SET month = month', 'DELETE FROM jerry.audit_seal',
	'TRUNCATE jerry.audit_seal']) AS statement;

SELECT * FROM finish();
ROLLBACK;

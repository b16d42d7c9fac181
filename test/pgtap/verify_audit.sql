-- jerry.verify_audit: the first row that is not as it was sealed
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('verify_audit(timestamp with time zone,text)', roles => 'jerry_admin', volatility => 'v',
	parallel => 'u', strict => false, call => 'SELECT jerry.verify_audit()',
	reason => 'it reads what the last commit left');

-- what is there already, if the tests run where somebody is at work
SELECT jerry.seal_audit() \g /dev/null
SELECT jerry.verify_audit()->'data' AS before, coalesce(max(id), 0) AS seals FROM jerry.audit_seal \gset
SELECT :'before'::json->>'rows' AS rows \gset

INSERT INTO jerry.audit_even_10 (id, at, action, outcome, actor, role, ip, user_agent)
	SELECT nextval('jerry.audit_id_seq'), '2026-10-10 10:10:10.101010+00', 'test.old', 'OK', 'user', 'x', '192.0.2.1',
		'é' FROM generate_series(1, 3);
SELECT jerry.seal_audit()->'data'->>'seal' AS first \gset
SELECT clock_timestamp() AS between \gset
SELECT nextval('jerry.audit_id_seq') \g /dev/null
INSERT INTO jerry.audit_even_11 (id, at, action, outcome, actor, role)
	SELECT nextval('jerry.audit_id_seq'), '2026-11-11 11:11+00', 'test.new', 'OK', 'user', 'x'
	FROM generate_series(1, 3);
SELECT jerry.seal_audit()->'data'->>'seal' AS second \gset
SELECT last_value AS last FROM jerry.audit_id_seq \gset
INSERT INTO jerry.audit_even_11 (id, at, action, outcome, actor, role)
	VALUES (nextval('jerry.audit_id_seq'), '2026-11-11 11:12+00', 'test.unsealed', 'OK', 'user', 'x');

SELECT is(pg_temp.without_time(jerry.verify_audit()),
	format('{"success":true,"data":{"intact":true,"seals":%s,"rows":%s,"not_sealed":1,"seal":"%s","dropped":null,'
	'"finding":null},"timestamp":"T"}', :seals + 2, :rows + 6, :'second'), 'everything is as it was sealed');
SELECT is(jerry.verify_audit(:'between')->'data'->>'rows', '3', 'or what was sealed since a time');
SELECT is(jerry.verify_audit(kept => kept)->'data'->>'intact', 'true', 'with the seal that was kept')
FROM unnest(ARRAY[:'first', :'second']) AS kept;

SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL DateStyle = 'German, DMY';
SET LOCAL IntervalStyle = 'sql_standard';
SET LOCAL bytea_output = 'escape';
SET LOCAL client_encoding = 'LATIN1';
SELECT is(jerry.verify_audit()->'data'->>'intact', 'true', 'whatever the session has set');
RESET client_encoding;
RESET TimeZone;
RESET DateStyle;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT is(jerry.verify_audit()->'data'->>'intact', 'true', 'and however the rows are found');
RESET enable_indexscan;
RESET enable_bitmapscan;

/*
 * The finding after some statements of a superuser with the triggers off, which are undone.  Ids of seals and rows
 * count from this test's first ones.
 */
CREATE TEMPORARY TABLE base AS SELECT :seals::bigint AS seal, :last::bigint - 7 AS row;
CREATE FUNCTION pg_temp.finding(what text, since timestamptz DEFAULT NULL, kept text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	relation regclass;
	result text;
BEGIN
	FOR relation IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'guard_audit' LOOP
		EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
	END LOOP;
	EXECUTE what;
	SELECT concat_ws(' ', answer->>'intact', answer->'finding'->>'problem',
			(answer->'finding'->>'seal')::bigint - base.seal, (answer->'finding'->>'id')::bigint - base.row,
			answer->'finding'->>'at', answer->'finding'->>'action')
		INTO result FROM (SELECT jerry.verify_audit(since, kept)->'data') AS a (answer), base;
	RAISE 'undone' USING errcode = 'ZZ000', detail = result;
EXCEPTION
	WHEN sqlstate 'ZZ000' THEN
		GET STACKED DIAGNOSTICS result = PG_EXCEPTION_DETAIL;
		RETURN result;
END
$$;
SELECT id AS id2 FROM jerry.audit, base WHERE id = base.row + 2 \gset
SELECT id AS id6 FROM jerry.audit, base WHERE id = base.row + 6 \gset

SELECT is(pg_temp.finding('SELECT'), 'true', 'triggers that are off are no finding by themselves');

-- ---------- changed ----------

SELECT is(pg_temp.finding(format('UPDATE jerry.audit SET %s WHERE id = %s', change, :id2)),
	'false row_changed 1 2 2026-10-10T10:10:10Z test.old', change)
FROM unnest(ARRAY['outcome = ''INVALID_CREDENTIALS''', 'actor = ''admin''', 'role = ''y''', 'acting_role = ''x''',
	'acting_role = ''''', 'user_id = gen_random_uuid()', 'session_id = gen_random_uuid()', 'ip = ''192.0.2.1/31''',
	'ip = NULL', 'ip = ''::ffff:192.0.2.1''', 'user_agent = ''e''', 'user_agent = NULL', 'request_id = user_agent, '
	'user_agent = NULL', 'details = ''{}''', 'at = at + interval ''1 microsecond''']) AS change;
SELECT is(pg_temp.finding(format('UPDATE jerry.audit SET at = %L WHERE id = %s', at, :id2)),
	'false row_changed 1 2 test.old', 'a time that is none: ' || at)
FROM unnest(ARRAY['infinity', '-infinity']) AS at;
SELECT is(pg_temp.finding(format('UPDATE jerry.audit SET outcome = ''x'' WHERE id IN (%s, %s)', :id6, :id2)),
	'false row_changed 1 2 2026-10-10T10:10:10Z test.old', 'the first one is named');
SELECT is(pg_temp.finding(format('UPDATE jerry.audit SET outcome = ''x'' WHERE id = %s', :id6)),
	'false row_changed 2 6 2026-11-11T11:11:00Z test.new', 'or one of a later seal');
SELECT is(pg_temp.finding(format('UPDATE jerry.audit SET outcome = ''x'' WHERE id IN (%s, %s)', :id6, :id2),
	since => :'between'), 'false row_changed 2 6 2026-11-11T11:11:00Z test.new',
	'what was sealed before since is not looked at');
SELECT is(pg_temp.finding('UPDATE jerry.audit SET outcome = ''x'' WHERE action = ''test.unsealed'''), 'true',
	'nor what was not sealed yet');

-- ---------- removed ----------

SELECT is(pg_temp.finding(format('DELETE FROM jerry.audit WHERE id = %s', :id2)), 'false row_removed 1 2',
	'a row is missing');
SELECT is(pg_temp.finding('DELETE FROM jerry.audit_even_10 WHERE action = ''test.old'''), 'false row_removed 1 1',
	'all rows of a seal are');
SELECT alike(pg_temp.finding('TRUNCATE jerry.audit_even_11'), 'false row_removed%', 'a month is');
SELECT is(pg_temp.finding(format('DELETE FROM jerry.audit WHERE id = %s', :last)), 'false row_removed 2 7',
	'the last row that was sealed is');

-- ---------- dropped ----------

-- as jerry.maintain() puts it on record
CREATE FUNCTION pg_temp.drop_of(partition text, at text) RETURNS text
	RETURN format('INSERT INTO jerry.audit_odd_12 (id, at, action, outcome, actor, role, details) '
		'VALUES (nextval(''jerry.audit_id_seq''), %L, ''audit.drop'', ''OK'', ''jerry'', ''x'', '
		'''{"partition":"%s"}''); ',
		at, partition);
CREATE FUNCTION pg_temp.emptying(part text) RETURNS text
	RETURN format('DELETE FROM jerry.%I WHERE action LIKE ''test.%%''; ', part);
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_even_10', '2027-12-01')), 'true',
	'no row of a month that was dropped is missed');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_even_10', '2027-12-01')
	|| 'SELECT jerry.seal_audit()'), 'true', 'also when that is sealed');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_odd_01', '2027-12-01')), 'true',
	'nor one of a month before it');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_11') || pg_temp.drop_of('audit_even_10', '2027-12-01')),
	'false row_removed 2 5', 'but one of a later month is');
SELECT is(pg_temp.finding(format('DELETE FROM jerry.audit WHERE id = %s; ', :id2)
	|| pg_temp.drop_of('audit_even_10', '2027-12-01')), 'false row_removed 1 2', 'and one of which others are there');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_even_10', '2026-10-31')),
	'false row_removed 1 1', 'a month is not dropped before its end');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || format('INSERT INTO jerry.audit_even_11 '
	'(id, at, action, outcome, actor, role, details) VALUES (%s, ''2027-12-01'', ''audit.drop'', ''OK'', ''jerry'', '
	'''x'', ''{"partition":"audit_even_10"}'')', base.row + 4)), 'false row_removed 1 1',
	'nor by a row that was added later') FROM base;
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || format('UPDATE jerry.audit SET action = ''audit.drop'', '
	'at = ''2027-12-01'', details = ''{"partition":"audit_even_10"}'' WHERE id = %s', :id6)), 'false row_removed 1 1',
	'or changed');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of(partition, '2027-12-01')),
	'false row_removed 1 1', 'or tells no month: ' || partition)
FROM unnest(ARRAY['', 'audit', 'audit_even_13', 'audit_even_1', 'audit_odd_1']) AS partition;
SAVEPOINT dropped;
INSERT INTO jerry.audit_odd_02 (id, at, action, outcome, actor, role)
	VALUES (nextval('jerry.audit_id_seq'), '2001-02-03 04:05+00', 'test.old', 'OK', 'user', 'x');
SELECT jerry.seal_audit() \g /dev/null
SELECT is(jerry.maintain()->'data'->>'audit_months', '1', 'what jerry.maintain drops');
SELECT is(concat_ws(' ', data->>'intact', data->>'dropped' >= '2001-02', data->>'not_sealed'), 'true t 0',
	'is not missed')
FROM (SELECT jerry.verify_audit()->'data') AS v (data);
ROLLBACK TO SAVEPOINT dropped;
SELECT pg_temp.drop_of('audit_even_02', '2027-12-01') || pg_temp.drop_of('audit_even_01', '2027-12-01') AS drops \gset
:drops
SELECT is(jerry.verify_audit()->'data'->>'dropped', '2026-02', 'what was dropped is told');
ROLLBACK TO SAVEPOINT dropped;

-- ---------- short ----------

CREATE FUNCTION pg_temp.shortening() RETURNS text
	RETURN format('UPDATE jerry.audit_seal SET entries = sha256(entries) WHERE id = %s; ',
		(SELECT base.seal + 1 FROM base));
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_even_10', '2027-12-01')
	|| pg_temp.shortening(), kept => :'first'), 'true', 'of a month that was dropped a seal needs no entries');
SELECT is(pg_temp.finding(pg_temp.shortening()), 'false seal_changed 1', 'one of a month that is there');
SELECT is(pg_temp.finding(pg_temp.shortening() || 'UPDATE jerry.audit SET outcome = ''x'' WHERE id = ' || :id2),
	'false seal_changed 1', 'also if that is what it was done for');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.shortening()), 'false row_removed 1 1',
	'or was removed in another way');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_even_10', '2027-12-01')
	|| pg_temp.shortening() || format('INSERT INTO jerry.audit_even_10 (id, at, action, outcome, actor, role) '
	'VALUES (%s, ''2026-10-11'', ''test.new'', ''OK'', ''user'', ''x'')', :id2)),
	'false row_added 1 2 2026-10-11T00:00:00Z test.new', 'where nothing is left nothing can be added');
SELECT is(pg_temp.finding(pg_temp.emptying('audit_even_10') || pg_temp.drop_of('audit_even_10', '2027-12-01')
	|| pg_temp.shortening() || format('UPDATE jerry.audit_seal SET entries = sha256(entries) WHERE id = %s',
	:seals + 1)), 'false seal_changed 1', 'and the hash of the entries is still theirs');

-- ---------- added ----------

CREATE FUNCTION pg_temp.insertion(id bigint, part text DEFAULT 'jerry.audit_even_11') RETURNS text
	RETURN format('INSERT INTO %s (id, at, action, outcome, actor, role) '
		'VALUES (%s, ''2026-11-11 11:11+00'', ''test.new'', ''OK'', ''user'', ''x'')', part, id);
SELECT is(pg_temp.finding(pg_temp.insertion(base.row + 4)), 'false row_added 2 4 2026-11-11T11:11:00Z test.new',
	'a row where an id was free') FROM base;
SELECT is(pg_temp.finding(pg_temp.insertion(base.row + 6, 'jerry.audit_even_12')) COLLATE "C" ~
	'^false row_(added|changed) 2 6 ', true, 'a row with the id of another one, in another month') FROM base;
SELECT is(pg_temp.finding(pg_temp.insertion(:last, 'jerry.audit_even_12')) ~ '^false row_(added|changed) 2 7 ', true,
	'also the last one') FROM base;
SELECT is(split_part(pg_temp.finding(pg_temp.insertion(-1)), ' ', 2), 'row_added', 'a row before all others');
SELECT is(pg_temp.finding(format('UPDATE jerry.audit SET id = %s WHERE id = %s', base.row + 4, base.row + 5)),
	'false row_added 2 4 2026-11-11T11:11:00Z test.new', 'a row that has another id') FROM base;
SELECT is(pg_temp.finding(format('WITH moved AS (DELETE FROM jerry.audit_even_11 WHERE id = %s RETURNING *) '
	'INSERT INTO jerry.audit_odd_03 SELECT * FROM moved', :id6)), 'true',
	'in which partition a row is does not change what is on record');

-- ---------- seals ----------

SELECT is(pg_temp.finding(format('UPDATE jerry.audit_seal SET %s WHERE id = %s', change, :seals + 1)),
	'false seal_changed 1', change)
FROM unnest(ARRAY['sealed_at = sealed_at + interval ''1 microsecond''', 'first_id = first_id - 1',
	'last_id = last_id + 1', 'row_count = 2', 'month = ''2026-11-01''', 'entries = substr(entries, 41)',
	'entries = ''''', 'entries = entries || ''x''', 'hash = sha256(hash)', 'previous = sha256(previous)', 'hash = ''''',
	'previous = previous || ''x''::bytea, hash = hash || ''x''::bytea, row_count = 1']) AS change;
SELECT is(pg_temp.finding('DELETE FROM jerry.audit_seal WHERE id = ' || :seals + 1), 'false seal_removed 1',
	'a seal is missing');
SELECT is(pg_temp.finding('UPDATE jerry.audit_seal SET id = id + 1 WHERE id = ' || :seals + 2), 'false seal_removed 2',
	'or has another number');
SELECT is(pg_temp.finding('DELETE FROM jerry.audit_seal WHERE id = ' || :seals + 2), 'true',
	'that the last one is missing nobody can tell');
SELECT is(pg_temp.finding('DELETE FROM jerry.audit_seal WHERE id = ' || :seals + 2, kept => :'second'),
	'false seal_removed 2', 'but for who has kept it');

-- ---------- who makes all seals anew ----------

CREATE FUNCTION pg_temp.seal_anew() RETURNS text
	RETURN format('UPDATE jerry.audit SET outcome = ''x'' WHERE id = %s; '
		'DELETE FROM jerry.audit_seal WHERE id > %s; SELECT jerry.seal_audit();',
		(SELECT base.row + 2 FROM base), (SELECT seal FROM base));
SELECT is(pg_temp.finding(pg_temp.seal_anew()), 'true',
	'who seals anew what was changed is not found out by the seals');
SELECT is(pg_temp.finding(pg_temp.seal_anew(), kept => :'first'), 'false seal_replaced 1',
	'but by a seal that was kept');
SELECT alike(pg_temp.finding(pg_temp.seal_anew(), kept => :'second'), 'false seal_%', 'also by a later one');
SELECT is(pg_temp.finding(pg_temp.seal_anew(), since => 'infinity', kept => :'first'), 'false seal_replaced 1',
	'whatever rows are looked at');

SELECT is(pg_temp.outcome(format('SELECT jerry.verify_audit(kept => %L)', kept)), '22023', 'no seal: ' || kept)
FROM unnest(ARRAY['', ':', '1', '1:', 'x', ':' || repeat('0', 64), '-1:' || repeat('0', 64), '1:' || repeat('0', 63),
	'1:' || repeat('0', 65), '1:' || repeat('A', 64), '1234567890123456789:' || repeat('0', 64)]) AS kept;
SELECT is(pg_temp.finding('SELECT', kept => '123456789012345678:' || repeat('0', 64)), 'false seal_removed 3',
	'a seal that was never made');

SELECT * FROM finish();
ROLLBACK;

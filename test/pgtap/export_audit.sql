-- jerry.export_audit: what is on record as lines of JSON
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('export_audit(bigint,integer)', roles => 'jerry_admin', volatility => 'v', parallel => 'u',
	strict => true, call => 'SELECT jerry.export_audit()', reason => 'it waits for who is writing');

SELECT coalesce(max(id), 0) AS before FROM jerry.audit \gset
SELECT jerry.register(n || '@example.com', 'Secret-123', 'Secret-123') FROM unnest(ARRAY['ada', 'bob', 'cyd']) AS n
\g /dev/null
SELECT results_eq(format('SELECT id FROM jerry.export_audit(%s)', :'before'),
	format('SELECT id FROM jerry.audit WHERE id > %s ORDER BY id', :'before'), 'all rows beyond an id, in their order');
SELECT results_eq(format('SELECT id FROM jerry.export_audit(%s, 2)', :'before'),
	format('SELECT id FROM jerry.audit WHERE id > %s ORDER BY id LIMIT 2', :'before'), 'no more than are wanted');
SELECT is(line::jsonb, to_jsonb(a), 'a line is the row') FROM jerry.export_audit(:before, 1) AS e JOIN jerry.audit AS a
	USING (id);
SELECT is(strpos(line, E'\n'), 0, 'and one line') FROM jerry.export_audit(:before, 1);
SELECT is_empty($$ SELECT FROM jerry.export_audit((SELECT max(id) FROM jerry.audit)) $$, 'then there is nothing');
SELECT throws_ok(format('SELECT jerry.export_audit(0, %s)', n), '22023', NULL, n || ' rows are none, or too many')
FROM unnest(ARRAY[0, -1, 10001]) AS n;

SELECT * FROM finish();
ROLLBACK;

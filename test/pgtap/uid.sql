-- jerry.uid: who the transaction is for, and how that ends
-- a transaction that authenticates and commits, and leaves nothing else behind
BEGIN;
SET LOCAL jerry.bcrypt_cost = 4;
SELECT jerry.register('committed@example.com', 'Secret-123', 'Secret-123')->'data'->>'user_id' AS committed_id \gset
SELECT jerry.login('committed@example.com', 'Secret-123')->'data'->>'access_token' AS committed \gset
SELECT jerry.authenticate(:'committed') AS answer \gset
SELECT coalesce(jerry.uid() = :'committed_id', false) AS before_commit \gset
DELETE FROM jerry."user" WHERE id = :'committed_id';
DELETE FROM jerry.event WHERE created_at >= now();
DELETE FROM jerry.signing_key WHERE created_at >= now();
COMMIT;
SELECT jerry.uid() IS NULL AND jerry.claims() IS NULL AS after_commit \gset

-- one that rolls back
BEGIN;
\ir setup.psql
SELECT pg_temp.new_user() AS id \gset
SELECT pg_temp.log_in()->>'access_token' AS access \gset
SELECT jerry.authenticate(:'access') AS answer \gset
SELECT coalesce(jerry.uid() = :'id', false) AS before_rollback \gset
ROLLBACK;
SELECT jerry.uid() IS NULL AND jerry.claims() IS NULL AS after_rollback \gset

-- a procedure that commits in between: each of its transactions begins without
BEGIN;
CREATE PROCEDURE public.jerry_test_commit(email text, INOUT seen text) LANGUAGE plpgsql AS $$
DECLARE
	user_id uuid;
	token text;
BEGIN
	PERFORM set_config('jerry.bcrypt_cost', '4', true);
	user_id := jerry.register(email, 'Secret-123', 'Secret-123')->'data'->>'user_id';
	token := jerry.login(email, 'Secret-123')->'data'->>'access_token';
	PERFORM jerry.authenticate(token);
	seen := CASE WHEN jerry.uid() = user_id THEN 'one' ELSE 'none' END;
	DELETE FROM jerry."user" WHERE id = user_id;
	DELETE FROM jerry.event WHERE created_at >= now();
	DELETE FROM jerry.signing_key WHERE created_at >= now();
	COMMIT;
	seen := seen || ', ' || coalesce(jerry.uid()::text, 'none');
END
$$;
COMMIT;
CALL public.jerry_test_commit('procedure@example.com', NULL) \gset procedure_
DROP PROCEDURE public.jerry_test_commit;

BEGIN;
\ir setup.psql
SELECT pg_temp.new_user('ada@example.com') AS ada, pg_temp.new_user('bob@example.com') AS bob \gset
SELECT pg_temp.log_in('ada@example.com')->>'access_token' AS ada_token,
pg_temp.log_in('bob@example.com')->>'access_token' AS bob_token \gset

SELECT pg_temp.declared('uid()', roles => 'jerry_admin, jerry_api', volatility => 's', parallel => 'r', strict => false,
	call => 'SELECT jerry.uid()', reason => 'the identity is in the memory of the leader, and a statement has one');

SELECT ok(:'before_commit', 'a transaction has its identity');
SELECT ok(:'after_commit', 'which ends with its commit');
SELECT ok(:'before_rollback', 'another has its own');
SELECT ok(:'after_rollback', 'which ends with its rollback');
SELECT is(:'procedure_seen'::text, 'one, none', 'a procedure that commits begins its next transaction without one');

SELECT is(jerry.uid(), NULL, 'a transaction begins without an identity');
SELECT is(pg_temp.verdict(jerry.authenticate(:'ada_token')), 'OK', 'a token');
SELECT is(jerry.uid(), :'ada', 'gives it one');
SELECT is(jerry.uid(), :'ada', 'for every statement');
SELECT is(pg_temp.verdict(jerry.authenticate(:'bob_token')), 'OK', 'another token');
SELECT is(jerry.uid(), :'bob', 'takes its place');

-- ---------- savepoints ----------

SAVEPOINT one;
SELECT is(jerry.uid(), :'bob', 'a savepoint changes nothing');
SELECT jerry.authenticate(:'ada_token') \g /dev/null
SELECT is(jerry.uid(), :'ada', 'an identity of a savepoint');
ROLLBACK TO SAVEPOINT one;
SELECT is(jerry.uid(), NULL, 'goes when that is rolled back, and the earlier one does not come back');
SELECT jerry.authenticate(:'ada_token') \g /dev/null
RELEASE SAVEPOINT one;
SELECT is(jerry.uid(), :'ada', 'it stays when the savepoint is released');

SAVEPOINT outer_one;
SELECT jerry.authenticate(:'bob_token') \g /dev/null
SAVEPOINT inner_one;
SELECT is(jerry.uid(), :'bob', 'an identity is there in savepoints within');
ROLLBACK TO SAVEPOINT inner_one;
SELECT is(jerry.uid(), :'bob', 'and survives them');
RELEASE SAVEPOINT inner_one;
SAVEPOINT inner_one;
SELECT jerry.authenticate(:'ada_token') \g /dev/null
RELEASE SAVEPOINT inner_one;
SELECT is(jerry.uid(), :'ada', 'released into the savepoint around it');
ROLLBACK TO SAVEPOINT outer_one;
SELECT is(jerry.uid(), NULL, 'it goes with that one');

SELECT jerry.authenticate(:'ada_token') \g /dev/null
SAVEPOINT fails;
SELECT jerry.authenticate('x') \g /dev/null
ROLLBACK TO SAVEPOINT fails;
SELECT is(jerry.uid(), NULL, 'a token that was not valid has ended the identity for good');

SELECT jerry.authenticate(:'ada_token') \g /dev/null
CREATE FUNCTION pg_temp.caught(token text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM jerry.authenticate(token);
	RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN
	NULL;
END
$$;
SELECT pg_temp.caught(:'bob_token') \g /dev/null
SELECT is(jerry.uid(), NULL, 'an exception that is caught ends what began in its block');

-- ---------- statements ----------

SELECT results_eq(format($$ SELECT jerry.uid() FROM (SELECT jerry.authenticate(%L) OFFSET 0) AS a
	WHERE authenticate IS NOT NULL $$, :'ada_token'), ARRAY[:'ada'::uuid],
	'a query that authenticates first can ask after it');
SELECT is((SELECT count(*)::int FROM generate_series(1, 1000) WHERE jerry.uid() = :'ada'), 1000,
	'a statement has the same answer for each row');

PREPARE who AS SELECT jerry.uid();
CREATE FUNCTION pg_temp.who() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT jerry.uid()';
CREATE TEMPORARY VIEW who AS SELECT jerry.uid() AS id;
CREATE FUNCTION pg_temp.whos() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	id uuid;
BEGIN
	EXECUTE 'EXECUTE who' INTO id;
	RETURN concat_ws(' ', id, pg_temp.who(), (SELECT who.id FROM who), (SELECT jerry.claims()->>'sub'));
END
$$;
SELECT is(pg_temp.whos(), concat_ws(' ', :'ada', :'ada', :'ada', :'ada'),
	'prepared statements, functions and views ask');
SELECT jerry.authenticate(:'bob_token') \g /dev/null
SELECT is(pg_temp.whos(), concat_ws(' ', :'bob', :'bob', :'bob', :'bob'), 'each time they run');
SELECT jerry.authenticate(NULL) \g /dev/null
SELECT is(pg_temp.whos(), '', 'also for nobody');
DEALLOCATE who;

SELECT jerry.authenticate(:'ada_token') \g /dev/null
CREATE TEMPORARY TABLE owned (owner uuid DEFAULT jerry.uid(), n integer);
INSERT INTO owned (n) VALUES (1), (2);
SELECT is((SELECT count(*)::int FROM owned WHERE owner = :'ada'), 2, 'it can be the default of a column');

-- the leader asks, also when workers do the rest
CREATE TABLE public.jerry_test_large AS SELECT n, :'ada'::uuid AS owner FROM generate_series(1, 20000) AS n;
ALTER TABLE public.jerry_test_large SET (parallel_workers = 2);
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
ANALYZE public.jerry_test_large;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		result := result || line || E'\n';
	END LOOP;
	RETURN result;
END
$$;
SELECT matches(pg_temp.plan_of('SELECT sum(n) FROM public.jerry_test_large'), 'Parallel Seq Scan',
	'a large table is read by workers');
SELECT unalike(pg_temp.plan_of('SELECT sum(n) FROM public.jerry_test_large WHERE owner = jerry.uid()'),
	'%Parallel Seq Scan%', 'but not where each would have to ask for itself');
SELECT is((SELECT count(*)::int FROM public.jerry_test_large WHERE owner = jerry.uid()), 20000,
	'and the answer is right');
SELECT alike(pg_temp.plan_of('SELECT sum(n) FROM public.jerry_test_large WHERE owner = (SELECT jerry.uid())'),
	'%Parallel Seq Scan%',
	'asked once by the leader, workers may compare');
SELECT is((SELECT count(*)::int FROM public.jerry_test_large WHERE owner = (SELECT jerry.uid())), 20000,
	'and do so rightly');

-- ---------- expiry ----------

SELECT jerry.create_access_token(format('{"sub":"%s","sid":"%s"}', :'ada', pg_temp.claims(:'ada_token')->>'sid')::json,
	'2 seconds') AS short_token \gset
SELECT jerry.authenticate(:'short_token') \g /dev/null
SELECT is(jerry.uid(), :'ada', 'a token that ends soon');
SELECT is(string_agg(coalesce(jerry.uid()::text, 'nobody'), ' ' ORDER BY n), concat_ws(' ', :'ada', :'ada'),
	'a statement keeps the answer it began with')
FROM (SELECT n, pg_sleep_until(to_timestamp((pg_temp.claims(:'short_token')->>'exp')::bigint + 0.05))
	FROM generate_series(1, 2) AS n OFFSET 0) AS slept;
SELECT is(jerry.uid(), NULL, 'the next one has none, once the token has ended');
SELECT is(jerry.claims()::text, NULL, 'nor claims');
SELECT is(pg_temp.verdict(jerry.authenticate(:'short_token')), 'EXPIRED_TOKEN', 'it authenticates nobody any more');
SELECT is(pg_temp.verdict(jerry.authenticate(:'ada_token')), 'OK', 'another does');
SELECT is(jerry.uid(), :'ada', 'in the same transaction');

SELECT * FROM finish();
ROLLBACK;

"""States in which a function can be called: statements for one session each, with {e} where the call stands.

{e} is an expression of type text: the call itself, or a function in PL/pgSQL around it, which says that it is IMMUTABLE and PARALLEL SAFE whatever is
true; {w} is always the latter, for places that want an immutable function. Every statement is run, also after one that fails.
"""

BLOCK = "DO $block$ DECLARE r text; {} BEGIN {} END $block$"
DOMAIN = "CREATE DOMAIN pg_temp.d AS text CHECK (VALUE IS NULL OR {e} IS NOT NULL)"
TABLE = "CREATE TEMPORARY TABLE t (n integer, v text)"
ROW_TRIGGER = """CREATE FUNCTION pg_temp.fire() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM {e}; RETURN COALESCE(NEW, OLD); END $f$"""
EVENT_TRIGGER = """CREATE FUNCTION pg_temp.fire() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM {e}; END $f$"""
CHANGES = ["INSERT INTO t VALUES (1, 'a'), (2, 'b')", "UPDATE t SET v = 'c'", "DELETE FROM t", "TRUNCATE t"]


def trigger(timing, level):
    return [TABLE, ROW_TRIGGER, f"CREATE TRIGGER fire {timing} INSERT OR UPDATE OR DELETE ON t FOR EACH {level} EXECUTE FUNCTION pg_temp.fire()", *CHANGES]


def event_trigger(event, *commands):
    return [EVENT_TRIGGER, f"CREATE EVENT TRIGGER states_fire ON {event} EXECUTE FUNCTION pg_temp.fire()", *commands, "DROP EVENT TRIGGER states_fire"]


# what a hot standby takes as well
READING = {
    "a statement": ["SELECT {e}"],
    "a prepared statement": ["PREPARE p AS SELECT {e}", *["EXECUTE p"] * 7],
    "many rows": ["SELECT {e} FROM generate_series(1, 50) ORDER BY 1", "SELECT max({e}) FROM generate_series(1, 50) GROUP BY {e}"],
    "an inner query": ["SELECT (SELECT {e}) FROM pg_class WHERE relname = (SELECT {e}) OR relname = {e}"],
    "a transaction": ["BEGIN", "SELECT {e}", "SELECT {e}", "COMMIT"],
    "a rolled back transaction": ["BEGIN", "SELECT {e}", "ROLLBACK", "SELECT {e}"],
    "a released savepoint": ["BEGIN", "SAVEPOINT a", "SELECT {e}", "SAVEPOINT b", "SELECT {e}", "RELEASE a", "SELECT {e}", "COMMIT"],
    "a rolled back savepoint": ["BEGIN", "SAVEPOINT a", "SELECT {e}", "ROLLBACK TO a", "SELECT {e}", "COMMIT"],
    "a savepoint after an error": ["BEGIN", "SAVEPOINT a", "SELECT {e}", "SELECT 1/0", "ROLLBACK TO a", "SELECT {e}", "COMMIT"],
    "a failed transaction": ["BEGIN", "SELECT 1/0", "SELECT {e}", "COMMIT"],
    "read only": ["BEGIN READ ONLY", "SELECT {e}", "COMMIT"],
    "repeatable read": ["BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT {e}", "SELECT {e}", "COMMIT"],
    "serializable": ["BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT {e}", "SELECT {e}", "COMMIT"],
    "serializable, deferrable": ["BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE", "SELECT {e}", "COMMIT"],
    "commit and chain": ["BEGIN", "SELECT {e}", "COMMIT AND CHAIN", "SELECT {e}", "ROLLBACK AND CHAIN", "SELECT {e}", "COMMIT"],
    "a cursor": ["BEGIN", "DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT {e} FROM generate_series(1, 3)", "FETCH c", "FETCH BACKWARD c", "COMMIT",
                 "FETCH ALL c", "SELECT {e}", "CLOSE c"],
    "a cursor of a savepoint": ["BEGIN", "SAVEPOINT a", "DECLARE c CURSOR FOR SELECT {e} FROM generate_series(1, 3)", "FETCH c", "ROLLBACK TO a",
                                "SELECT {e}", "COMMIT"],
    "a cursor after an error": ["BEGIN", "DECLARE c CURSOR FOR SELECT {e} FROM generate_series(1, 3)", "FETCH c", "SAVEPOINT a", "SELECT 1/0",
                                "ROLLBACK TO a", "FETCH ALL c", "COMMIT"],
    "a parallel query": ["SET parallel_setup_cost = 0", "SET parallel_tuple_cost = 0", "SET min_parallel_table_scan_size = 0",
                         "SELECT max({e}) FROM pg_class", "SELECT count(*) FROM pg_class WHERE {e} IS NOT NULL"],
    "a parallel worker": ["SET force_parallel_mode = on", "SET debug_parallel_query = on", "SELECT {e}", "SELECT max({e}) FROM pg_class"],
    "a parallel worker in a transaction": ["SET force_parallel_mode = on", "SET debug_parallel_query = on", "BEGIN", "SELECT {e}", "SAVEPOINT a",
                                           "SELECT {e}", "COMMIT"],
    "a copy to the client": ["COPY (SELECT {e} FROM generate_series(1, 3)) TO STDOUT"],
    "a block": [BLOCK.format("", "PERFORM {e}; r := {e}; EXECUTE $$SELECT 1 WHERE $1 IS NULL$$ USING {e}; ASSERT {e} IS NOT NULL OR true;")],
    "a block that commits": [BLOCK.format("", "FOR i IN 1..3 LOOP r := {e}; COMMIT; r := {e}; ROLLBACK; PERFORM {e}; END LOOP;")],
    "a loop over a query that commits": [BLOCK.format("x record;", "FOR x IN SELECT {e} FROM generate_series(1, 3) LOOP r := {e}; COMMIT; END LOOP;")],
    "an exception": [BLOCK.format("", "BEGIN r := {e}; RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN r := {e}; END; r := {e};")],
    "an exception of the call itself": [BLOCK.format("", "BEGIN r := {e}; EXCEPTION WHEN OTHERS THEN r := SQLSTATE; END; r := {e};")],
    "a condition after a commit": [BLOCK.format("", "COMMIT; IF {e} IS NULL THEN r := ''; END IF; ROLLBACK; RAISE NOTICE '%', {e};")],
    "another encoding": ["SET client_encoding = 'LATIN1'", "SELECT {e}", "SET client_encoding = 'SQL_ASCII'", "SELECT {e}"],
    "another role": ["SET ROLE jerry_api", "SELECT {e}", "SET ROLE jerry_events", "SELECT {e}", "RESET ROLE"],
    "all plans are generic": ["SET plan_cache_mode = force_generic_plan", "SET jit_above_cost = 0", "SELECT {e}"],
    "no index": ["SET enable_indexscan = off", "SET enable_bitmapscan = off", "SELECT {e}"],
}

# what has to write to the catalog first
WRITING = {
    "a domain without a snapshot, after a commit": [DOMAIN, BLOCK.format("v pg_temp.d;", "COMMIT; GET DIAGNOSTICS v = PG_CONTEXT;")],
    "a domain without a snapshot, after a rollback": [DOMAIN, BLOCK.format("v pg_temp.d;", "ROLLBACK; GET DIAGNOSTICS v = PG_CONTEXT;")],
    "a domain without a snapshot, twice": [
        DOMAIN, BLOCK.format("v pg_temp.d;", "r := {e}; COMMIT; GET DIAGNOSTICS v = PG_CONTEXT; ROLLBACK; GET DIAGNOSTICS v = PG_CONTEXT; r := {e};")],
    "a domain in an exception": [
        DOMAIN, BLOCK.format("v pg_temp.d;", "BEGIN r := 1/0; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS v = MESSAGE_TEXT; END;")],
    "a domain in an exception after a commit": [
        DOMAIN, BLOCK.format("v pg_temp.d;", "COMMIT; BEGIN RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS v = MESSAGE_TEXT; END;")],
    "a domain of a column": [DOMAIN, "CREATE TEMPORARY TABLE t (v pg_temp.d)", "INSERT INTO t VALUES ('a')", "ALTER TABLE t ALTER v TYPE text",
                             "ALTER TABLE t ALTER v TYPE pg_temp.d USING v"],
    "a domain that is altered": ["CREATE DOMAIN pg_temp.d AS text", "CREATE TEMPORARY TABLE t (v pg_temp.d)", "INSERT INTO t VALUES ('a')",
                                 "ALTER DOMAIN pg_temp.d ADD CHECK ({e} IS NOT NULL)"],
    "an argument of a procedure": ["CREATE PROCEDURE pg_temp.p(v text) LANGUAGE plpgsql AS $$ BEGIN COMMIT; v := {e}; ROLLBACK; END $$",
                                   "CALL pg_temp.p({e})", BLOCK.format("", "COMMIT; CALL pg_temp.p({e}); r := {e};")],
    "the default of an argument": ["CREATE PROCEDURE pg_temp.p(v text DEFAULT {e}) LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$", "CALL pg_temp.p()",
                                   BLOCK.format("", "COMMIT; CALL pg_temp.p();")],
    "a function in SQL": ["CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT {e} $$", "SELECT pg_temp.f()"],
    "a function in SQL that writes": [TABLE, "CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE sql AS $$ INSERT INTO pg_temp.t VALUES (1, {e}) RETURNING v $$",
                                      "SELECT pg_temp.f()", "SELECT * FROM pg_temp.f() LIMIT 0"],
    "a trigger before each row": trigger("BEFORE", "ROW"),
    "a trigger after each row": trigger("AFTER", "ROW"),
    "a trigger before each statement": trigger("BEFORE", "STATEMENT"),
    "a trigger after each statement": trigger("AFTER", "STATEMENT"),
    "the condition of a trigger": [TABLE, "CREATE FUNCTION pg_temp.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
                                   "CREATE TRIGGER fire BEFORE INSERT OR UPDATE ON t FOR EACH ROW WHEN ({e} IS NOT NULL) EXECUTE FUNCTION pg_temp.fire()", *CHANGES],
    "a trigger at the commit": [TABLE, ROW_TRIGGER, "CREATE CONSTRAINT TRIGGER fire AFTER INSERT ON t INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.fire()",
                                "BEGIN", "INSERT INTO t VALUES (1)", "SELECT {e}", "COMMIT", "BEGIN", "INSERT INTO t VALUES (1)", "SET CONSTRAINTS ALL IMMEDIATE", "COMMIT",
                                BLOCK.format("", "INSERT INTO t VALUES (1); COMMIT; r := {e};")],
    "a trigger instead of a row": ["CREATE TEMPORARY VIEW t AS SELECT 1 AS n, 'a' AS v", ROW_TRIGGER,
                                   "CREATE TRIGGER fire INSTEAD OF INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.fire()", *CHANGES[:3]],
    "a check": ["CREATE TEMPORARY TABLE t (n integer, v text, CHECK ({e} IS NOT NULL))", *CHANGES],
    "a check that is added": [TABLE, *CHANGES[:1], "ALTER TABLE t ADD CHECK ({e} IS NOT NULL) NOT VALID", "ALTER TABLE t VALIDATE CONSTRAINT t_check"],
    "a default": ["CREATE TEMPORARY TABLE t (n integer, v text DEFAULT {e})", "INSERT INTO t (n) VALUES (1)", "ALTER TABLE t ADD w text DEFAULT {e}"],
    "a generated column": ["CREATE TEMPORARY TABLE t (n integer, v text, g text GENERATED ALWAYS AS ({w}) STORED)", *CHANGES],
    "an index expression": [TABLE, *CHANGES[:1], "CREATE INDEX i ON t (({w} || v))", *CHANGES[:3], *CHANGES[:1], "ANALYZE t", "REINDEX TABLE t", "VACUUM FULL t",
                            "SELECT count(*) FROM t WHERE {w} || v = 'x'"],
    "the condition of an index": [TABLE, *CHANGES[:1], "CREATE INDEX i ON t (n) WHERE {w} IS NOT NULL", *CHANGES, "VACUUM FULL t"],
    "an index that is built concurrently": ["CREATE TABLE states_t (v text)", "INSERT INTO states_t VALUES ('a')",
                                            "CREATE INDEX CONCURRENTLY states_i ON states_t (({w} || v))", "REINDEX TABLE CONCURRENTLY states_t", "DROP TABLE states_t"],
    "statistics": ["CREATE TABLE states_t (v text)", "INSERT INTO states_t SELECT 'a' FROM generate_series(1, 100)", "CREATE STATISTICS states_s ON ({w} || v), v FROM states_t",
                   "ANALYZE states_t", "DROP TABLE states_t"],
    "a partition key": ["CREATE TEMPORARY TABLE t (n integer, v text) PARTITION BY RANGE (({w} || v))", "CREATE TEMPORARY TABLE u PARTITION OF t DEFAULT", *CHANGES],
    "a policy": ["CREATE TEMPORARY TABLE t (n integer, v text)", *CHANGES[:1], "GRANT ALL ON t TO jerry_api", "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                 "CREATE POLICY p ON t USING ({e} IS NOT NULL) WITH CHECK ({e} IS NOT NULL)", "SET ROLE jerry_api", "TABLE t", *CHANGES, "RESET ROLE"],
    "a view": ["CREATE TEMPORARY VIEW t WITH (security_barrier) AS SELECT {e} AS v", "TABLE t", "SELECT * FROM t WHERE v = 'x'"],
    "a materialized view": ["CREATE MATERIALIZED VIEW states_t AS SELECT 1 AS n, {e} AS v", "CREATE UNIQUE INDEX states_i ON states_t (n)",
                            "REFRESH MATERIALIZED VIEW states_t", "REFRESH MATERIALIZED VIEW CONCURRENTLY states_t", "DROP MATERIALIZED VIEW states_t"],
    "a rule": [TABLE, "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT {e}", *CHANGES],
    "a new table": ["CREATE TEMPORARY TABLE t AS SELECT {e} AS v", "PREPARE p AS SELECT {e} AS v", "CREATE TEMPORARY TABLE u AS EXECUTE p"],
    "returned by a change": [TABLE, "INSERT INTO t VALUES (1, {e}) RETURNING {e}", "WITH x AS (UPDATE t SET v = {e} RETURNING v) SELECT {e} FROM x",
                             "MERGE INTO t USING (VALUES (1)) AS s (n) ON t.n = s.n WHEN MATCHED AND {e} IS NOT NULL THEN UPDATE SET v = {e}"],
    "a copy from a program": ["CREATE TEMPORARY TABLE t (n integer, v text DEFAULT {e}, CHECK ({e} IS NOT NULL))", "COPY t (n) FROM PROGRAM 'echo 1' WHERE {e} IS NOT NULL"],
    "an event trigger at the start of a command": event_trigger("ddl_command_start", TABLE),
    "an event trigger at the end of a command": event_trigger("ddl_command_end", TABLE, "CREATE INDEX ON t (n)"),
    "an event trigger after a drop": [TABLE, *event_trigger("sql_drop", "DROP TABLE t")],
    "an event trigger before a rewrite": [TABLE, *event_trigger("table_rewrite", "ALTER TABLE t ALTER n TYPE bigint")],
    "a prepared transaction": ["BEGIN", "SELECT {e}", "PREPARE TRANSACTION 'states'", "ROLLBACK PREPARED 'states'", "SELECT {e}"],
    "a notification that waits": ["LISTEN jerry_events", "BEGIN", "SELECT {e}", "SAVEPOINT a", "SELECT {e}", "ROLLBACK TO a", "COMMIT", "SELECT {e}"],
    "an operator": ["CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq)", "SELECT {e} OPERATOR(pg_temp.===) {e}"],
}

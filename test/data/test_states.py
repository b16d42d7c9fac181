"""Every function of Jerry in every state of a session, a query or a server: an answer or an error that says what is
wrong, never a crash or a leak.

The functions are those of the catalog, so that a new one is tried without anybody's doing. make check-assert runs this
on a server with assertions.
"""

import concurrent.futures
import contextlib
import io
import os
import pathlib
import re
import resource
import uuid

import psycopg2
import pytest

import fastpath
from database import connect, query, value
from installation import PASSWORD, answer
from programs import BINDIR, ROOT, Server, run, with_database
from states import READING, WRITING
from test_standby import build_standby, replay
from waiting import eventually

PATIENCE = 60
# what a server, with assertions or without, says when something was left behind or went wrong inside
COMPLAINT = re.compile(
    r"TRAP:|PANIC:|terminated by signal|(reference|refcount|file) leak|was not closed|still active|Sanitizer|runtime "
    r"error:|(ERROR|WARNING|FATAL):  XX"
)
# by name where the type does not say it all
ARGUMENTS = {
    "email": "'states@example.com'",
    "password": f"'{PASSWORD}'",
    "password_confirmation": f"'{PASSWORD}'",
    "kinds": "'{login}'",
    "emails": "'{states@example.com}'",
    "passwords": f"'{{{PASSWORD}}}'",
    "clients": "'{NULL}'",
    "plain_password": f"'{PASSWORD}'",
    "consumer": "'states'",
    "secret": "'0123456789abcdef-a secret of the states'",
    "data": """'{"sub": "00000000-0000-0000-0000-000000000000"}'""",
    "token_type": "'access'",
    "scope": "'others'",
    "file": "'/etc/passwd'",
    "form": "'words'",
    "ip": "'192.0.2.1'",
    "max": "10",
    "batch": "10",
    "at_once": "false",
}
BY_TYPE = {
    "text": "'x'",
    "bytea": "'0123456789abcdef-a secret of the states'",
    "boolean": "true",
    "integer": "1",
    "bigint": "1",
    "bigint[]": "'{1,2}'",
    "interval": "'1 minute'",
    "timestamp with time zone": "'-infinity'",
    "inet": "'192.0.2.1'",
    "jerry.client": "'(192.0.2.1,states,r,device)'",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
    "json": """'{"success":true,"data":{}}'""",
    "jsonb": "'{}'",
}


class Function:
    """One of pg_proc, and how it is called."""

    def __init__(self, oid, name, names, types, returns_set, result, tokens):
        self.oid, self.name, self.types, self.result = oid, name, types, result
        self.literals = [self.literal(argument, kind, tokens) for argument, kind in zip(names, types)]
        arguments = ", ".join(f"{literal}::{kind}" for literal, kind in zip(self.literals, types))
        self.is_trigger = result in ("trigger", "event_trigger")
        self.call = f"jerry.{name}({arguments})"
        self.direct = None if returns_set or self.is_trigger else f"({self.call})::text"
        self.wrapper = f"states.f{oid}"
        self.wrapped = f"{self.wrapper}()"

    def literal(self, argument, kind, tokens):
        if argument in tokens and (self.name, argument) != ("verify_email", "token"):
            return f"'{tokens[argument]}'"
        return ARGUMENTS.get(argument) or BY_TYPE.get(kind, "NULL")


def functions_of(db, tokens):
    rows = query(
        db,
        """SELECT p.oid::integer, p.proname, p.proretset, format_type(p.prorettype, NULL),
           ARRAY(SELECT coalesce(p.proargnames[n], '') FROM generate_series(1, p.pronargs) AS n ORDER BY n),
           ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n)
           FROM pg_proc AS p WHERE p.pronamespace = 'jerry'::regnamespace ORDER BY 2, 1""",
    )
    return [
        Function(oid, name, names, types, returns_set, result, tokens)
        for oid, name, returns_set, result, names, types in rows
    ]


def wrap(db, functions):
    """The functions in PL/pgSQL around them, which pretend to be harmless."""
    query(db, "CREATE SCHEMA states")
    query(db, "GRANT USAGE ON SCHEMA states TO jerry_api, jerry_events")
    for function in functions:
        if not function.is_trigger:
            body = f"BEGIN RETURN (SELECT string_agg(a::text, ' ') FROM {function.call} AS a); END"
            query(
                db,
                f"CREATE FUNCTION {function.wrapped} RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE "
                f"AS $f$ {body} $f$"
            )


class Bench:
    """A server with Jerry, all its functions, and somebody's tokens."""

    def __init__(self, server):
        self.server = server
        self.dsn = server.dsn
        with contextlib.closing(connect(self.dsn)) as db:
            query(db, "CREATE EXTENSION jerry CASCADE")
            answer(db, "register", "states@example.com", PASSWORD, PASSWORD)
            tokens = answer(db, "login", "states@example.com", PASSWORD)
            self.tokens = {
                "token": tokens["access_token"], "access_token": tokens["access_token"],
                "refresh_token": tokens["refresh_token"]
            }
            self.functions = functions_of(db, self.tokens)
            wrap(db, self.functions)
        self.log = pathlib.Path(server.names["JERRY_POSTGRES_LOG"])
        self.read = 0

    def complaints(self):
        """Of the log, since the last time."""
        with self.log.open(errors="replace") as log:
            log.seek(self.read)
            said = log.read()
            self.read = log.tell()
        return [line for line in said.splitlines() if COMPLAINT.search(line)]

    def __enter__(self):
        self.complaints()
        return self

    def __exit__(self, kind, *_):
        complaints = self.complaints()
        assert not complaints, complaints[:5]


@pytest.fixture(scope="module")
def bench(new_server):
    # log_error_verbosity: the SQLSTATE of each error, so that an internal one is seen wherever it is raised
    return Bench(new_server(
        "jerry.bcrypt_cost=4", "wal_level=logical", "max_prepared_transactions=4", "log_error_verbosity=verbose",
        "autovacuum_naptime=1"
    ))


@pytest.fixture(scope="module")
def standby(bench, run_folder):
    server = Server(build_standby(bench.server, run_folder / f"standby-{uuid.uuid4().hex[:8]}"), "jerry.bcrypt_cost=4",
                    "max_prepared_transactions=4",
                    "wal_level=logical", "log_error_verbosity=verbose")
    here = connect(bench.dsn)
    there = connect(server.dsn)
    replay(here, there)
    here.close()
    there.close()
    yield server
    server.remove()


def walk(dsn, functions, state, statements):
    """The statements for one function after the other; a new session, with all that a first call does, where it may
    matter which is the first.
    """
    if state.startswith(("a domain without", "a parallel worker")):
        for function in functions:
            walk_in_one_session(dsn, [function], state, statements)
    else:
        first = len(state) % len(functions)
        walk_in_one_session(dsn, functions[first:] + functions[:first], state, statements)


def walk_in_one_session(dsn, functions, state, statements):
    with contextlib.closing(connect(dsn)) as db:
        for function in functions:
            for expression in filter(None, (function.direct, function.wrapped)):
                errors = []
                for statement in statements:
                    try:
                        execute(db, statement.replace("{e}", expression).replace("{w}", function.wrapped))
                    except psycopg2.Error as error:
                        assert not db.closed, f"jerry.{function.name}: {statement}: {error}"
                        errors.append((error.pgcode, statement))
                query(db, "ROLLBACK")
                query(db, "DISCARD ALL")
                # its call cannot fail: a state in which it does is not the state that it is said to be
                if function.name == "version" and state != "a failed transaction":
                    # 22012: the error that a state begins with; 42704: a setting of another version; 0A000: nothing for
                    # a standby
                    assert not [error for error in errors if error[0] not in ("22012", "42704", "0A000")], errors
        assert value(db, "SELECT jerry.version()")


def execute(db, sql):
    with db.cursor() as cursor:
        if sql.startswith("COPY ("):
            cursor.copy_expert(sql, io.StringIO())
        else:
            cursor.execute(sql)


def callable_functions(bench):
    return [function for function in bench.functions if not function.is_trigger]


@pytest.mark.parametrize("state", [*READING, *WRITING])
def test_every_function_survives(bench, state):
    with bench:
        walk(bench.dsn, callable_functions(bench), state, {**READING, **WRITING}[state])


@pytest.mark.parametrize("state", READING)
def test_every_function_survives_on_a_standby(bench, standby, state):
    with bench:
        walk(standby.dsn, callable_functions(bench), state, READING[state])
    log = pathlib.Path(standby.names["JERRY_POSTGRES_LOG"]).read_text(errors="replace")
    assert not [line for line in log.splitlines() if COMPLAINT.search(line)]


def test_every_function_survives_the_fast_path(bench):
    """Trigger functions too: nothing keeps them from being called there."""
    around = [
        [], ["BEGIN"], ["BEGIN", "SAVEPOINT a", "SELECT 1/0", "ROLLBACK TO a"], ["BEGIN", "SELECT 1/0"],
        ["BEGIN ISOLATION LEVEL SERIALIZABLE"]
    ]
    with bench, contextlib.closing(connect(bench.dsn)) as db:
        for function in bench.functions:
            given = [binary(db, literal, kind) for literal, kind in zip(function.literals, function.types)]
            for before in around:
                with contextlib.closing(fastpath.Connection(bench.dsn)) as session:
                    for sql in before:
                        session.query(sql)
                    state = session.call(function.oid, *given)
                    if function.name == "version":
                        assert state == ("25P02" if before == around[3] else None)
                    for arguments in ([None] * len(given), [b""] * len(given), given[:-1], [*given, b"x"], given):
                        session.call(function.oid, *arguments)
                    session.query("COMMIT")
                    session.call(function.oid, *given)


def binary(db, literal, kind):
    """An argument as the fast path takes it."""
    send = value(db, "SELECT typsend::regproc::text FROM pg_type WHERE oid = %s::regtype", kind)
    sent = value(db, f"SELECT {send}({literal}::{kind})")
    return None if sent is None else bytes(sent)


@pytest.mark.parametrize(
    "timing, level", [("BEFORE", "ROW"), ("AFTER", "ROW"), ("BEFORE", "STATEMENT"), ("AFTER", "STATEMENT")]
)
def test_every_trigger_function_survives_as_any_trigger(bench, timing, level):
    with bench, contextlib.closing(connect(bench.dsn)) as db:
        functions = [function for function in bench.functions if function.result == "trigger"]
        assert functions
        for function in functions:
            query(db, "CREATE TEMPORARY TABLE t (n integer)")
            events = "INSERT OR UPDATE OR DELETE" + (" OR TRUNCATE" if level == "STATEMENT" else "")
            query(db, f"CREATE TRIGGER a {timing} {events} ON t FOR EACH {level} EXECUTE FUNCTION {function.call}")
            for change in ("INSERT INTO t VALUES (1)", "UPDATE t SET n = 2", "DELETE FROM t", "TRUNCATE t"):
                with contextlib.suppress(psycopg2.Error):
                    query(db, change)
            query(db, "DROP TABLE t")


@pytest.mark.parametrize("event", ["ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"])
def test_every_event_trigger_function_survives_every_event(bench, event):
    with bench, contextlib.closing(connect(bench.dsn)) as db:
        functions = [function for function in bench.functions if function.result == "event_trigger"]
        assert functions
        for function in functions:
            query(db, f"CREATE EVENT TRIGGER states_e ON {event} EXECUTE FUNCTION {function.call}")
            for command in (
                "CREATE TEMPORARY TABLE t (n integer)", "ALTER TABLE t ALTER n TYPE bigint", "DROP TABLE t"
            ):
                with contextlib.suppress(psycopg2.Error):
                    query(db, command)
            query(db, "DROP EVENT TRIGGER states_e")


@contextlib.contextmanager
def tables_locked(bench):
    """Whoever reads or writes a table of Jerry waits."""
    with contextlib.closing(connect(bench.dsn)) as holder:
        query(holder, "BEGIN")
        names = query(
            holder,
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'jerry'::regnamespace AND relkind = 'r'"
        )
        query(holder, "LOCK TABLE " + ", ".join(name for (name,) in names))
        yield holder
        query(holder, "COMMIT")


@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout"])
def test_every_function_survives_a_timeout(bench, setting):
    waited = 0
    with bench:
        for function in callable_functions(bench):
            call = function.direct or function.wrapped
            for warm in (False, True):
                with contextlib.closing(connect(bench.dsn)) as db:
                    if warm:
                        with contextlib.suppress(psycopg2.Error):
                            query(db, f"SELECT {call}")
                    query(db, f"SET {setting} = '20ms'")
                    query(db, "BEGIN")
                    query(db, "SAVEPOINT a")
                    with tables_locked(bench):
                        try:
                            query(db, f"SELECT {call}")
                        except (psycopg2.errors.QueryCanceled, psycopg2.errors.LockNotAvailable):
                            waited += 1
                        except psycopg2.Error:
                            pass  # refused before it came to a table
                        query(db, "ROLLBACK TO a")
                        caught = "DO $$ BEGIN PERFORM {}; EXCEPTION WHEN query_canceled OR OTHERS THEN NULL; END $$"
                        query(db, caught.format(call))
                    query(db, f"SET {setting} = 0")
                    with contextlib.suppress(psycopg2.Error):
                        query(db, f"SELECT {call}")
                    query(db, "ROLLBACK")
                    assert value(db, "SELECT jerry.version()")
    assert waited >= 20, "hardly a function had to wait: the test proves nothing"


@pytest.mark.parametrize("end", ["pg_cancel_backend", "pg_terminate_backend"])
def test_every_function_survives_being_stopped(bench, end):
    stopped = 0
    with bench, concurrent.futures.ThreadPoolExecutor(1) as pool:
        for function in callable_functions(bench):
            call = function.direct or function.wrapped
            with contextlib.closing(connect(bench.dsn)) as db, tables_locked(bench) as holder:
                running = pool.submit(query, db, f"SELECT {call}")
                waits = "SELECT count(*) > 0 FROM pg_locks WHERE pid = %s AND NOT granted"
                eventually(
                    lambda: running.done() or value(holder, waits, db.info.backend_pid), "it neither waits nor ends",
                    pause=0.002
                )
                value(holder, f"SELECT {end}(%s)", db.info.backend_pid)
                try:
                    running.result(PATIENCE)
                except (psycopg2.errors.QueryCanceled, psycopg2.errors.AdminShutdown, psycopg2.OperationalError):
                    stopped += 1
                except psycopg2.Error:
                    pass
    assert stopped >= 10


def test_every_function_survives_without_memory(bench):
    """Less and less address space for a backend, before and after it has loaded the library."""
    if "libasan" in os.environ.get("JERRY_SERVER_ENV", ""):
        pytest.skip("the address sanitizer ends a process that has no memory")
    refused = 0
    with bench:
        for function in callable_functions(bench):
            call = function.direct or function.wrapped
            for warm in (False, True):
                for room in (0, 64, 128, 160, 192, 256, 1024, 4096):
                    with contextlib.closing(connect(bench.dsn)) as db:
                        if warm:
                            with contextlib.suppress(psycopg2.Error):
                                query(db, f"SELECT {call}")
                        pid = db.info.backend_pid
                        pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0])
                        limit = pages * resource.getpagesize() + room * 1024
                        run("prlimit", "--pid", pid, f"--as={limit}:", user="postgres")
                        for _ in range(3):
                            try:
                                query(db, f"SELECT {call}")
                            except psycopg2.Error as error:
                                assert not db.closed, f"jerry.{function.name} with {room} kB: {error}"
                                refused += error.pgcode == "53200"
                        run("prlimit", "--pid", pid, "--as=unlimited:", user="postgres")
                        assert value(db, "SELECT jerry.version()")
    assert refused >= 10, "hardly a call lacked memory: the test proves nothing"


def test_every_function_survives_in_an_apply_worker_of_logical_replication(bench):
    """Called by triggers, checks and defaults of a subscriber's table."""
    with contextlib.closing(connect(bench.dsn)) as publisher:
        query(publisher, "CREATE DATABASE states_subscriber TEMPLATE template0")
        query(publisher, "CREATE TABLE states_replicated (n integer PRIMARY KEY)")
        query(publisher, "CREATE PUBLICATION states_publication FOR TABLE states_replicated")
        value(publisher, "SELECT count(*) FROM pg_create_logical_replication_slot('states', 'pgoutput')")
        with bench, contextlib.closing(connect(with_database(bench.dsn, "states_subscriber"))) as db:
            query(db, "CREATE EXTENSION jerry CASCADE")
            query(db, "CREATE TABLE outcome (name text, state text)")
            functions = [function for function in functions_of(db, bench.tokens) if not function.is_trigger]
            wrap(db, functions)
            query(db, "CREATE TABLE states_replicated (n integer PRIMARY KEY)")
            attempts = "".join(
                f"BEGIN PERFORM {function.direct or function.wrapped}; INSERT INTO outcome "
                f"VALUES ('{function.name}', '');"
                f" EXCEPTION WHEN OTHERS THEN INSERT INTO outcome VALUES ('{function.name}', SQLSTATE); END;"
                for function in functions
            )
            query(
                db,
                "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $f$ "
                f"BEGIN {attempts} RETURN NEW; END $f$"
            )
            for timing in ("BEFORE", "AFTER"):
                query(
                    db,
                    f"CREATE TRIGGER {timing} {timing} INSERT OR UPDATE ON states_replicated FOR EACH ROW "
                    "EXECUTE FUNCTION fire()"
                )
                query(db, f"ALTER TABLE states_replicated ENABLE ALWAYS TRIGGER {timing}")
            query(db, "CREATE FUNCTION all_of_them() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$ "
                "DECLARE r text; BEGIN {} RETURN ''; END $f$".format(
                "".join(
                    f"BEGIN r := {function.wrapped}; EXCEPTION WHEN OTHERS THEN NULL; END;" for function in functions
                )))
            query(db, "ALTER TABLE states_replicated ADD CHECK (all_of_them() IS NOT NULL), ADD v text DEFAULT "
                      "all_of_them(),"
                      " ADD g text GENERATED ALWAYS AS (all_of_them()) STORED")
            query(db, "CREATE INDEX ON states_replicated ((all_of_them() || n))")
            conninfo = f"{bench.dsn}?application_name=states"
            query(
                db,
                f"CREATE SUBSCRIPTION states CONNECTION '{conninfo}' PUBLICATION states_publication WITH (create_slot "
                "= false, copy_data = false)"
            )
            try:
                query(publisher, "INSERT INTO states_replicated VALUES (1), (2)")
                query(publisher, "UPDATE states_replicated SET n = n + 10")
                eventually(
                    lambda: value(db, "SELECT count(*) = 2 FROM states_replicated WHERE n > 10"), "the rows do not come"
                )
                outcomes = query(db, "SELECT name, state, count(*) FROM outcome GROUP BY 1, 2")
                assert {name for name, _, _ in outcomes} == {function.name for function in functions}
                assert ("version", "") in {(name, state) for name, state, _ in outcomes}
                assert not [name for name, state, _ in outcomes if state.startswith("XX")]
            finally:
                query(db, "ALTER SUBSCRIPTION states DISABLE")
                query(db, "ALTER SUBSCRIPTION states SET (slot_name = NONE)")
                query(db, "DROP SUBSCRIPTION states")
        eventually(
            lambda: value(publisher, "SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'states'"),
            "the slot stays in use"
        )
        value(publisher, "SELECT pg_drop_replication_slot('states')")
        query(publisher, "DROP PUBLICATION states_publication")
        query(publisher, "DROP TABLE states_replicated")
        query(publisher, "DROP DATABASE states_subscriber WITH (FORCE)")


def test_every_function_survives_in_a_worker_of_autovacuum(bench):
    """Which evaluates the expressions of indexes."""
    with bench, contextlib.closing(connect(bench.dsn)) as db:
        for function in callable_functions(bench):
            body = f"BEGIN RETURN left({function.wrapped} || v, 1000); EXCEPTION WHEN OTHERS THEN RETURN v; END"
            query(
                db,
                f"CREATE FUNCTION states.safe{function.oid}(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE "
                f"AS $f$ {body} $f$"
            )
            query(
                db,
                f"CREATE TABLE states.t{function.oid} (v text) WITH (autovacuum_analyze_threshold = 1, "
                "autovacuum_analyze_scale_factor = 0)"
            )
            query(db, f"CREATE INDEX ON states.t{function.oid} (states.safe{function.oid}(v))")
            query(db, f"INSERT INTO states.t{function.oid} SELECT n FROM generate_series(1, 10) AS n")
        analyzed = "SELECT bool_and(autoanalyze_count > 0) FROM pg_stat_user_tables WHERE schemaname = 'states'"
        eventually(lambda: value(db, analyzed), "no worker of autovacuum comes")
        for function in callable_functions(bench):
            query(db, f"DROP TABLE states.t{function.oid}")
            query(db, f"DROP FUNCTION states.safe{function.oid}(text)")


def test_every_function_survives_in_single_user_mode(bench):
    """Last: the server is stopped for it."""
    functions = callable_functions(bench)
    with contextlib.closing(connect(bench.dsn)) as db:
        folder = value(db, "SELECT current_setting('data_directory')")
        database = value(db, "SELECT current_database()")
    run(ROOT / "tools" / "cluster", "stop", bench.server.folder)
    statements = []
    for function in functions:
        call = function.direct or function.wrapped
        statements += [
            f"SELECT {call}", "BEGIN", f"SELECT {call}", "SAVEPOINT a", "SELECT 1/0", "ROLLBACK TO a", f"SELECT {call}",
            "COMMIT"
        ]
        domain = f"states_d{function.oid}"
        statements += [f"CREATE DOMAIN {domain} AS text CHECK (VALUE IS NULL OR {call} IS NOT NULL)",
                       f"DO $$ DECLARE v {domain}; BEGIN COMMIT; GET DIAGNOSTICS v = PG_CONTEXT; END $$",
                       f"DROP DOMAIN {domain}"]
    statements.append("SELECT 'the end' AS said")
    program = next(bench.server.folder.resolve().glob(f"**/server{BINDIR}/postgres"), BINDIR / "postgres")
    words = dict(word.partition("=")[::2] for word in os.environ.get("JERRY_SERVER_ENV", "").split())
    said = run(
        program, "--single", "-D", folder, database, given="\n".join(statements) + "\n", user="postgres", **words
    )
    assert 'said = "the end"' in said
    bench.server.start()
    with bench, contextlib.closing(connect(bench.dsn)) as db:
        assert value(db, "SELECT jerry.version()")

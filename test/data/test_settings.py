"""Settings of an installation: they count in every session at once, in whatever state it is, and whoever tells the
server otherwise wins.
"""

import contextlib
import uuid

import psycopg2
import pytest

from database import connect, query, value
from installation import PASSWORD, answer
from programs import ROOT, psql, run, with_role
from waiting import eventually

DAY = 24 * 60 * 60


@pytest.fixture
def sessions(new_installation):
    """sessions(): one more session of an installation of this test's own."""
    dsn = new_installation()
    with contextlib.ExitStack() as stack:
        yield lambda options="": stack.enter_context(contextlib.closing(connect(dsn + options)))


def configure(db, name, text):
    query(db, "SELECT jerry.configure(%s, %s)", name, text)


def cost(db):
    return value(db, "SELECT substr(jerry.hash_password('x'), 5, 2)::int")


def shown(db, name):
    return query(db, "SELECT value, source FROM jerry.configuration() WHERE name = %s", name)[0]


def unset(db):
    """Undo what the fixture has set on the database, which would win."""
    query(db, f"ALTER DATABASE {value(db, 'SELECT current_database()')} RESET jerry.bcrypt_cost")


def test_open_sessions_have_it_with_the_next_call(sessions):
    unset(sessions())
    first, second = sessions(), sessions()
    assert cost(second) == 12
    configure(first, "jerry.bcrypt_cost", "5")
    assert cost(second) == 5
    assert shown(second, "jerry.bcrypt_cost") == ("5", "jerry.setting")
    assert cost(sessions()) == 5
    configure(first, "jerry.bcrypt_cost", None)
    configure(first, "jerry.access_token_ttl", "15min")
    assert cost(second) == 12
    answer(first, "register", "ada@example.com", PASSWORD, PASSWORD)
    assert answer(second, "login", "ada@example.com", PASSWORD)["expires_in"] == 15 * 60


def test_an_open_transaction_has_it_as_well(sessions):
    first, second = sessions(), sessions()
    for level in "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE READ ONLY":
        query(second, f"BEGIN ISOLATION LEVEL {level}")
        query(second, "SELECT count(*) FROM pg_class")
        query(second, "SELECT jerry.validate_token('x')")
        configure(first, "jerry.audience", level)
        query(second, "SELECT jerry.validate_token('x')")
        assert value(second, "SHOW jerry.audience") == level
        query(second, "ROLLBACK")


def test_what_is_not_committed_does_not_count_elsewhere(sessions):
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    configure(first, "jerry.verification_ttl", "1h")
    assert shown(first, "jerry.verification_ttl") == ("3600", "jerry.setting")
    assert shown(second, "jerry.verification_ttl") == (str(DAY), "default")
    query(first, "ROLLBACK")
    for db in first, second:
        assert shown(db, "jerry.verification_ttl") == (str(DAY), "default")


def test_an_aborted_subtransaction_leaves_nothing(sessions):
    db = sessions()
    query(db, "BEGIN")
    query(db, "SAVEPOINT s")
    configure(db, "jerry.verification_ttl", "1h")
    query(db, "SELECT jerry.validate_token('x')")
    with pytest.raises(psycopg2.errors.DivisionByZero):
        query(db, "SELECT 1 / 0")
    query(db, "ROLLBACK TO s")
    assert shown(db, "jerry.verification_ttl") == (str(DAY), "default")
    query(db, "COMMIT")
    assert shown(db, "jerry.verification_ttl") == (str(DAY), "default")


def test_whoever_tells_the_server_otherwise_wins(sessions):
    first = sessions()
    name = value(first, "SELECT current_database()")
    configure(first, "jerry.issuer", "table")
    query(first, f"ALTER DATABASE {name} SET jerry.issuer = 'database'")
    second = sessions()
    assert shown(first, "jerry.issuer") == ("table", "jerry.setting")
    assert shown(second, "jerry.issuer") == ("database", "database")
    query(second, "SET jerry.issuer = 'session'")
    configure(first, "jerry.issuer", "changed")
    assert shown(second, "jerry.issuer") == ("session", "session")
    query(second, "RESET ALL")
    assert shown(second, "jerry.issuer") == ("database", "database")
    query(first, f"ALTER DATABASE {name} RESET jerry.issuer")
    assert shown(sessions(), "jerry.issuer") == ("changed", "jerry.setting")
    # a setting of the session before the library is there, and one of a function
    third = sessions("?options=-c%20jerry.issuer%3Dclient")
    assert shown(third, "jerry.issuer") == ("client", "client")
    query(first, "CREATE FUNCTION public.own() RETURNS text LANGUAGE plpgsql SET jerry.issuer = 'function'"
                 " AS 'BEGIN PERFORM jerry.validate_token(''x''); RETURN current_setting(''jerry.issuer''); END'")
    assert value(first, "SELECT public.own()") == "function"
    assert shown(first, "jerry.issuer") == ("changed", "jerry.setting")
    query(first, "DISCARD ALL")
    assert shown(first, "jerry.issuer") == ("changed", "jerry.setting")


def test_the_options_of_a_connection_take_back_nothing(new_installation):
    dsn, name = new_installation(), f"jerry_settings_{uuid.uuid4().hex}"
    setting = "jerry.require_verified_email"
    with contextlib.closing(connect(dsn)) as db:
        query(db, f"ALTER DATABASE {value(db, 'SELECT current_database()')} SET {setting} = on")
        query(db, f"CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE jerry_api")
        try:
            options = f"{with_role(dsn, name, 'x')}?options=-c%20{setting}%3Doff"
            # a call that is refused comes to nothing, and so does the next one
            with contextlib.closing(connect(options)) as client:
                for _ in range(2):
                    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=setting):
                        query(client, "SELECT jerry.version()")
            with contextlib.closing(connect(with_role(dsn, name, "x"))) as client:
                query(client, "SELECT jerry.version()")
                assert value(client, f"SHOW {setting}") == "on"
            # whoever may set it may do so there, too
            query(db, f"GRANT SET ON PARAMETER {setting} TO {name}")
            with contextlib.closing(connect(options)) as client:
                query(client, "SELECT jerry.version()")
                assert value(client, f"SHOW {setting}") == "off"
        finally:
            query(db, f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_the_file_of_the_server_wins_until_it_has_no_such_line(new_server):
    dsn = new_server().dsn
    psql(dsn, "SET client_min_messages = warning; CREATE EXTENSION jerry CASCADE")
    with contextlib.closing(connect(dsn)) as db:
        configure(db, "jerry.issuer", "table")
        assert shown(db, "jerry.issuer") == ("table", "jerry.setting")
        for command, expected in (
            ("ALTER SYSTEM SET jerry.issuer = 'file'", ("file", "configuration file")),
            ("ALTER SYSTEM RESET jerry.issuer", ("table", "jerry.setting")),
        ):
            query(db, command)
            query(db, "SELECT pg_reload_conf()")
            eventually(lambda: shown(db, "jerry.issuer") == expected, lambda: shown(db, "jerry.issuer"))


def test_parallel_workers_have_it(sessions):
    first, second = sessions(), sessions()
    answer(first, "register", "ada@example.com", PASSWORD, PASSWORD)
    configure(first, "jerry.audience", "here")
    token = answer(first, "login", "ada@example.com", PASSWORD)["access_token"]
    configure(first, "jerry.audience", None)
    query(first, "CREATE TABLE public.many AS SELECT g FROM generate_series(1, 20000) AS g")
    query(first, "ALTER TABLE public.many SET (parallel_workers = 2)")
    for db in second, sessions():
        for name in "parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size":
            query(db, f"SET {name} = 0")
        query(db, "SET parallel_leader_participation = off")  # or the leader alone has counted before a worker is there
        query(db, "SELECT jerry.version()")
        statement = (
            "SELECT count(*) FILTER (WHERE jerry.error_code(jerry.validate_token('%s')) IS NULL) "
            "FROM public.many WHERE mod(g, 100) = 0"
        ) % token
        assert "Workers Launched: 2" in "\n".join(
            row for (row,) in query(db, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + statement)
        )
        # without an audience of ours one in the token is no matter; with another it is
        for audience, valid in ("here", 200), ("elsewhere", 0), (None, 200), ("here", 200):
            configure(first, "jerry.audience", audience)
            assert value(db, statement) == valid, audience
            assert shown(db, "jerry.audience")[0] == (audience or "")  # the leader hands on what it knows, however old


def test_what_came_by_another_way_and_is_not_valid_stops_nobody(sessions):
    first, second = sessions(), sessions()
    configure(first, "jerry.verification_ttl", "1h")
    assert shown(second, "jerry.verification_ttl") == ("3600", "jerry.setting")
    query(first, "UPDATE jerry.setting SET value = 'for ever'")
    query(first, "INSERT INTO jerry.setting VALUES ('jerry.of_a_later_version', '1', now())")
    assert shown(second, "jerry.verification_ttl") == (str(DAY), "default")
    assert any("jerry.verification_ttl" in notice for notice in second.notices)
    assert answer(second, "register", "ada@example.com", PASSWORD, PASSWORD)
    assert value(second, "SELECT count(*) FROM jerry.doctor() WHERE problem = 'setting not valid'") == 2


def test_a_session_that_was_there_before_the_table_finds_it(new_database):
    dsn = new_database()
    psql(dsn, "SET client_min_messages = warning; CREATE EXTENSION jerry VERSION '1.1.0' CASCADE")
    with contextlib.closing(connect(dsn)) as old, contextlib.closing(connect(dsn)) as new:
        answer(old, "register", "ada@example.com", PASSWORD, PASSWORD)
        assert answer(old, "login", "ada@example.com", PASSWORD)["expires_in"] == DAY
        query(new, "ALTER EXTENSION jerry UPDATE")
        configure(new, "jerry.access_token_ttl", "15min")
        assert answer(old, "login", "ada@example.com", PASSWORD)["expires_in"] == 15 * 60
        # and one that saw it dropped and made again
        query(new, "SET jerry.allow_drop = on")
        query(new, "DROP EXTENSION jerry")
        query(new, "CREATE EXTENSION jerry")
        answer(old, "register", "ada@example.com", PASSWORD, PASSWORD)
        assert answer(old, "login", "ada@example.com", PASSWORD)["expires_in"] == DAY
        configure(new, "jerry.access_token_ttl", "16min")
        assert answer(old, "login", "ada@example.com", PASSWORD)["expires_in"] == 16 * 60


def test_setup_database_keeps_lifetimes_in_the_table(new_database):
    dsn = new_database()
    names = {"JERRY_DSN": dsn, "JERRY_SIDECAR_ROLE": "jerry_test_setup"}
    try:
        psql(dsn, "SET client_min_messages = warning; CREATE EXTENSION jerry VERSION '1.1.0' CASCADE")
        # as the tool of 1.1.0 left it
        psql(dsn, f"ALTER DATABASE {dsn.rpartition('/')[2]} SET jerry.access_token_ttl = '2h'")
        run(
            ROOT / "tools" / "setup-database", JWT_ACCESS_TOKEN_EXPIRE_HOURS="3", JWT_REFRESH_TOKEN_EXPIRE_DAYS="30",
            **names
        )
        kept = "SELECT name, value, source FROM jerry.configuration() WHERE name ~ '(access|refresh)_token_ttl'"
        expected = [
            ("jerry.access_token_ttl", "10800", "jerry.setting"),
            ("jerry.refresh_token_ttl", "2592000", "jerry.setting")
        ]
        for again in {}, {"JWT_ACCESS_TOKEN_EXPIRE_HOURS": "3"}:
            with contextlib.closing(connect(dsn)) as db:
                assert query(db, kept) == expected
                assert value(db, "SELECT count(*) FROM jerry.doctor() WHERE problem = 'setting not dumped'") == 0
            run(ROOT / "tools" / "setup-database", **names, **again)
    finally:
        psql(dsn, "SET jerry.allow_drop = on; DROP OWNED BY jerry_test_setup; DROP ROLE jerry_test_setup")


@pytest.mark.parametrize("preparation", [
    "DROP SCHEMA public", "ALTER DATABASE {name} SET search_path = 'app'", "ALTER DATABASE {name} SET search_path = ''"
])
def test_setup_database_needs_no_schema_to_create_in(new_database, preparation):
    dsn = new_database()
    psql(dsn, preparation.format(name=dsn.rpartition("/")[2]))
    try:
        said = run(ROOT / "tools" / "setup-database", JERRY_DSN=dsn, JERRY_SIDECAR_ROLE="jerry_test_setup")
        assert said.startswith("DATABASE_URL=")
        with contextlib.closing(connect(dsn)) as db:
            query(db, "SELECT jerry.register('ada@example.com', %s, %s)", PASSWORD, PASSWORD)
            assert answer(db, "login", "ada@example.com", PASSWORD)["expires_in"] == DAY
    finally:
        psql(dsn, "DROP OWNED BY jerry_test_setup; DROP ROLE jerry_test_setup")

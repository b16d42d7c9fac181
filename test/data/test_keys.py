"""The keys that a backend keeps in its memory: how long it trusts them, and what turns off the trigger that tells it of
a change.
"""

import contextlib
import os
import pathlib
import subprocess

import pytest

from database import connect, query, value
from installation import PASSWORD, answer, code
from programs import pg

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """The file with the seconds by which the server's clock is ahead, and the library that reads it."""
    folder = tmp_path_factory.mktemp("clock")
    for path in (folder, folder.parent):
        path.chmod(0o755)
    offset, library = folder / "offset", folder / "clock.so"
    offset.write_text("0")
    source = HERE / "clock.c"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", f'-DOFFSET="{offset}"', "-o", library, source, "-ldl"], check=True,
        timeout=60
    )
    return offset, library


@pytest.fixture(scope="module")
def server(clock, new_server):
    """One whose clock can be set, with a user."""
    environment = dict(os.environ)
    preload = [word for word in environment.get("JERRY_SERVER_ENV", "").split() if word.startswith("LD_PRELOAD=")]
    before = preload[0].partition("=")[2] + ":" if preload else ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JERRY_SERVER_ENV", f"{environment.get('JERRY_SERVER_ENV', '')} LD_PRELOAD={before}{clock[1]}")
        made = new_server("jerry.bcrypt_cost=4")
    with contextlib.closing(connect(made.dsn)) as db:
        query(db, "CREATE EXTENSION jerry CASCADE")
        answer(db, "register", "ada@example.com", PASSWORD, PASSWORD)
    return made


@pytest.fixture
def owner(server, clock):
    connection = connect(server.dsn)
    query(connection, "ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed")
    query(connection, "UPDATE jerry.signing_key SET status = 'active'")
    yield connection
    connection.close()
    clock[0].write_text("0")


@pytest.fixture
def backend(server):
    """The one that keeps the keys."""
    connection = connect(server.dsn)
    yield connection
    connection.close()


def log_in(db):
    return answer(db, "login", "ada@example.com", PASSWORD)["access_token"]


def restore_with_triggers_disabled(server):
    """What pg_restore --data-only --disable-triggers does to a table that is empty already."""
    script = pg("pg_dump", "--data-only", "--disable-triggers", "--table=jerry.signing_key", "-d", server.dsn)
    statements = [line for line in script.splitlines() if line.startswith("ALTER TABLE")]
    assert any("ENABLE TRIGGER ALL" in statement for statement in statements)
    pg("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", server.dsn, given="\n".join(statements))


def retire_as_replication_does(db):
    query(db, "BEGIN")
    query(db, "SET LOCAL session_replication_role = replica")
    query(db, "UPDATE jerry.signing_key SET status = 'retired'")
    query(db, "COMMIT")


def problems(db):
    return [finding for (finding,) in query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'trigger state'")]


def test_a_key_that_replication_retires_is_not_trusted_any_more(owner, backend):
    token = log_in(owner)
    assert code(backend, "validate_token", token) is None
    retire_as_replication_does(owner)
    assert code(backend, "validate_token", token) == "INVALID_TOKEN"


def test_a_retired_key_is_trusted_for_a_minute_at_most(server, owner, backend, clock):
    assert problems(owner) == []
    restore_with_triggers_disabled(server)
    assert value(owner, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'signing_key_changed'") == "O"
    assert len(problems(owner)) == 1
    token = log_in(owner)
    assert code(backend, "validate_token", token) is None
    retire_as_replication_does(owner)
    # nothing has told this backend
    assert code(backend, "validate_token", token) is None
    clock[0].write_text("61")
    for function in ("validate_token", "verify_token", "me", "authenticate", "decode_token"):
        assert code(backend, function, token) == "INVALID_TOKEN"


def test_a_clock_that_is_set_back_does_not_keep_a_key(server, owner, backend, clock):
    restore_with_triggers_disabled(server)
    clock[0].write_text("3600")
    token = log_in(owner)
    assert code(backend, "validate_token", token) is None
    retire_as_replication_does(owner)
    clock[0].write_text("0")
    assert code(backend, "validate_token", token) == "INVALID_TOKEN"


def test_keys_are_not_read_with_every_call(owner, backend, clock):
    token = log_in(owner)
    query(backend, "BEGIN")

    def reads():
        """In this transaction."""
        return value(
            backend, "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relid = 'jerry.signing_key'::regclass"
        )

    for _ in range(100):
        assert code(backend, "validate_token", token) is None
    assert reads() == 1
    clock[0].write_text("61")
    for _ in range(100):
        assert code(backend, "validate_token", token) is None
    assert reads() == 2
    query(backend, "COMMIT")


@pytest.mark.parametrize("state", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
def test_doctor_tells_of_every_trigger_that_does_not_always_fire(owner, state):
    query(owner, "SET jerry.allow_changes = on")
    wanted = 0
    for table, name in query(owner, "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
                             "JOIN pg_class AS c ON c.oid = tgrelid"
                             " WHERE relnamespace = 'jerry'::regnamespace AND NOT tgisinternal"):
        query(owner, f"ALTER TABLE {table} {state} TRIGGER {name}")
        wanted += 1
    for (name,) in query(owner, "SELECT evtname FROM pg_event_trigger"):
        query(owner, f"ALTER EVENT TRIGGER {name} {state}")
        wanted += 1
    assert wanted >= 3 and len(problems(owner)) == wanted
    for (statement,) in query(owner, "SELECT hint FROM jerry.doctor() WHERE problem = 'trigger state'"):
        query(owner, statement)
    assert problems(owner) == []

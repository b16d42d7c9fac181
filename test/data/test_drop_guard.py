"""The drop guard in real transactions: whatever a DROP was meant for, users stay, unless somebody says that they may
go.
"""

import pathlib

import psycopg2
import pytest

from database import connect, query, value
from programs import with_role

COUNT = 'SELECT count(*) FROM jerry."user"'


@pytest.fixture
def guarded(new_installation):
    """The way into an installation with a user."""
    dsn = new_installation()
    db = connect(dsn)
    query(db, "SELECT jerry.register('user@example.com', 'Secret-123', 'Secret-123')")
    db.close()
    return dsn


def in_new_session(dsn, *commands):
    """Run commands as the first ones of a session, which has not loaded the library yet; returns the last one's error.
    """
    db = connect(dsn)
    try:
        for command in commands:
            query(db, command)
    except psycopg2.Error as error:
        return error
    finally:
        db.close()
    return None


def users(dsn):
    db = connect(dsn)
    try:
        return value(db, COUNT)
    finally:
        db.close()


WAYS = [
    ["DROP EXTENSION jerry"],
    ["DROP EXTENSION jerry CASCADE"],
    ["DROP EXTENSION pgcrypto CASCADE"],
    ["DROP EXTENSION pgcrypto, jerry"],
    ["CREATE SCHEMA crypto", "ALTER EXTENSION pgcrypto SET SCHEMA crypto", "DROP SCHEMA crypto CASCADE"],
    ["ALTER EXTENSION jerry DROP TABLE jerry.\"user\"", "DROP TABLE jerry.\"user\" CASCADE"],
    ["BEGIN", "SAVEPOINT a", "DROP EXTENSION jerry CASCADE"],
    ["SET session_replication_role = replica", "DROP EXTENSION jerry CASCADE"],
    ["SET jerry.allow_drop = off", "DROP EXTENSION jerry CASCADE"],
    ["DO 'BEGIN EXECUTE ''DROP EXTENSION jerry CASCADE''; END'"],
]


@pytest.mark.parametrize("commands", WAYS, ids=lambda commands: "; ".join(commands))
def test_users_are_not_dropped_by_mistake(guarded, commands):
    error = in_new_session(guarded, *commands)
    assert error is not None and error.pgcode == "55000", error
    assert error.diag.message_primary == "cannot drop the users of extension jerry"
    assert "jerry.allow_drop" in error.diag.message_hint
    assert users(guarded) == 1


DISGUISES = {
    "jerry.people": [
        'ALTER EXTENSION jerry DROP TABLE jerry."user"',
        'ALTER TABLE jerry."user" RENAME TO people',
        "DROP TABLE jerry.people CASCADE",
    ],
    'old."user"': [
        "ALTER SCHEMA jerry RENAME TO old",
        'ALTER TABLE old."user" RENAME password_hash TO hash',
        "DROP EXTENSION jerry CASCADE",
    ],
    "public.people": [
        'ALTER EXTENSION jerry DROP TABLE jerry."user"',
        'ALTER TABLE jerry."user" SET SCHEMA public',
        'ALTER TABLE public."user" RENAME TO people',
        "ALTER TABLE people RENAME password_hash TO hash",
        "ALTER TABLE people DROP COLUMN updated_at, DROP COLUMN email_verified_at",
        "DROP TABLE people CASCADE",
    ],
}


@pytest.mark.parametrize("table", DISGUISES)
def test_users_are_known_by_another_name_too(guarded, table):
    error = in_new_session(guarded, *DISGUISES[table])
    assert error is not None and error.pgcode == "55000", error
    db = connect(guarded)
    assert value(db, f"SELECT count(*) FROM {table}") == 1
    query(db, "CREATE TABLE alike (id uuid, a varchar, b varchar, c boolean, d timestamptz, e timestamptz)")
    query(db, "INSERT INTO alike DEFAULT VALUES")
    query(db, "DROP TABLE alike")
    query(db, f"DELETE FROM {table}")
    db.close()
    assert in_new_session(guarded, DISGUISES[table][-1]) is None


ALLOWED_WAYS = [way for way in WAYS if "BEGIN" not in way and not way[0].startswith("SET")]


@pytest.mark.parametrize("commands", ALLOWED_WAYS, ids=lambda commands: "; ".join(commands))
def test_users_are_dropped_by_who_allows_it(guarded, commands):
    assert in_new_session(guarded, "SET jerry.allow_drop = on", *commands) is None
    with pytest.raises(psycopg2.errors.UndefinedTable):
        users(guarded)


def test_without_users_the_extension_can_be_dropped_and_made_again(guarded):
    assert in_new_session(guarded, 'DELETE FROM jerry."user"', "DROP EXTENSION jerry", "CREATE EXTENSION jerry") is None
    assert users(guarded) == 0


def test_what_an_owner_owns_is_not_dropped_with_users(dsn, new_database, new_role):
    owned = new_database()
    password = new_role("jerry_test_extension_owner")
    in_new_session(dsn, "ALTER ROLE jerry_test_extension_owner SUPERUSER")
    as_owner = with_role(owned, "jerry_test_extension_owner", password)
    try:
        assert in_new_session(as_owner, "CREATE EXTENSION jerry CASCADE", "SET jerry.bcrypt_cost = 4",
                              "SELECT jerry.register('user@example.com', 'Secret-123', 'Secret-123')") is None
        # by another superuser, and by the owner, who may have lost the rights of one since and cannot allow it then
        error = in_new_session(owned, "DROP OWNED BY jerry_test_extension_owner CASCADE")
        assert error is not None and error.pgcode == "55000", error
        in_new_session(dsn, "ALTER ROLE jerry_test_extension_owner NOSUPERUSER")
        for commands in (
            ["DROP OWNED BY jerry_test_extension_owner CASCADE"],
            ["DROP EXTENSION jerry"],
            ["SET jerry.allow_drop = on", "DROP EXTENSION jerry"],
        ):
            error = in_new_session(as_owner, *commands)
            assert error is not None and error.pgcode in ("55000", "42501"), error
        assert users(owned) == 1
        assert in_new_session(
            owned, "SET jerry.allow_drop = on", "DROP OWNED BY jerry_test_extension_owner CASCADE"
        ) is None
        with pytest.raises(psycopg2.errors.UndefinedTable):
            users(owned)
    finally:
        in_new_session(owned, "SET jerry.allow_drop = on", "DROP OWNED BY jerry_test_extension_owner CASCADE")


def test_a_table_that_another_session_fills_is_not_dropped(new_installation):
    dsn = new_installation()
    writer = psycopg2.connect(dsn)
    query(writer, "SELECT jerry.register('user@example.com', 'Secret-123', 'Secret-123')")
    dropper = psycopg2.connect(dsn, options="-c lock_timeout=500")
    # it waits for the writer, and looks only then
    with pytest.raises(psycopg2.errors.LockNotAvailable):
        query(dropper, "DROP EXTENSION jerry")
    writer.commit()
    dropper.rollback()
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        query(dropper, "DROP EXTENSION jerry")
    writer.close()
    dropper.close()


def test_without_the_library_tables_can_be_dropped_once_the_guard_is_disabled(new_server):
    """As docs/OPERATIONS.md says."""
    server = new_server()
    in_new_session(server.dsn, "CREATE EXTENSION jerry CASCADE")
    tree = pathlib.Path(server.names["JERRY_POSTGRES_LOG"]).parent / "server"
    (library,) = tree.rglob("jerry.so")
    library.rename(library.with_suffix(".away"))
    try:
        error = in_new_session(server.dsn, "CREATE TEMPORARY TABLE t ()", "DROP TABLE t")
        assert error is not None and error.pgcode == "58P01", error
        disable = [f"ALTER EVENT TRIGGER {guard} DISABLE" for guard in ("jerry_guard_users", "jerry_guard_tables")]
        assert in_new_session(server.dsn, *disable, "CREATE TEMPORARY TABLE t ()", "DROP TABLE t") is None
    finally:
        library.with_suffix(".away").rename(library)
    db = connect(server.dsn)
    found = "SELECT hint FROM jerry.doctor() WHERE finding ~ 'jerry_guard' ORDER BY hint"
    hints = [hint for (hint,) in query(db, found)]
    assert hints == [
        f"ALTER EVENT TRIGGER {guard} ENABLE ALWAYS;" for guard in ("jerry_guard_tables", "jerry_guard_users")
    ]
    for hint in hints:
        query(db, hint)
    assert query(db, found) == []
    db.close()


CHANGES = [
    'ALTER TABLE jerry."user" ADD COLUMN display_name text',
    "CREATE INDEX CONCURRENTLY other ON jerry.session (ip)",
    'CREATE TRIGGER same BEFORE UPDATE ON jerry."user" FOR EACH ROW '
    'EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE TABLE public.child () INHERITS (jerry."user")',
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_dump_would_lack_is_refused_as_the_first_command_of_a_session(guarded, change):
    error = in_new_session(guarded, change)
    assert error is not None and error.pgcode == "55000", error
    assert "which belongs to extension jerry" in error.diag.message_primary
    assert "foreign key" in error.diag.message_hint and "jerry.allow_changes" in error.diag.message_hint
    assert in_new_session(guarded, "SET jerry.allow_changes = off", change).pgcode == "55000"
    assert in_new_session(guarded, "SET jerry.allow_changes = on", change) is None


def test_a_role_that_owns_nothing_cannot_allow_a_change(guarded, new_role):
    as_nobody = with_role(guarded, "jerry_test_nobody", new_role("jerry_test_nobody"))
    # the setting is anybody's until the library is there, and then is not
    error = in_new_session(as_nobody, "SET jerry.allow_changes = on", CHANGES[0])
    assert error is not None and error.pgcode == "42501", error

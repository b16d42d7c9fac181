"""What a role that may call Jerry can do to itself and to others with the settings and plans of its session, and what concurrent sessions can."""

import collections
import threading

import psycopg2
import pytest

from database import connect, query, value
from installation import PASSWORD, answer, code
from programs import with_role


@pytest.fixture(scope="module")
def installation(new_role, new_installation):  # in this order: the database, with what a role owns in it, goes before the role
    return new_installation()


@pytest.fixture
def owner(installation):
    connection = connect(installation)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def app(installation, new_role):
    """app(): a new session of a role that may call the API and nothing else."""
    password = new_role("jerry_data_app", "jerry_api")
    made = []

    def session():
        made.append(connect(with_role(installation, "jerry_data_app", password)))
        return made[-1]

    yield session
    for connection in made:
        connection.close()


def new_user(owner, name):
    return answer(owner, "register", f"{name}@example.com", PASSWORD, PASSWORD)["user_id"]


def log_in(owner, name):
    return answer(owner, "login", f"{name}@example.com", PASSWORD)


def make_everything_parallel(db):
    for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        query(db, f"SELECT set_config('{setting}', '0', false)")


@pytest.mark.parametrize("call", ["jerry.version()", "pg_temp.planted()"])
def test_a_parallel_query_does_not_switch_the_settings_off(installation, owner, app, call):
    """The server gives a library that it loads in a parallel operation the defaults, whatever the configuration says."""
    name = installation.rpartition("/")[2]
    query(owner, f"ALTER DATABASE {name} SET jerry.require_verified_email = on")
    try:
        db = app()
        make_everything_parallel(db)
        query(db, "CREATE FUNCTION pg_temp.planted() RETURNS text LANGUAGE sql PARALLEL SAFE SET jit = off AS 'SELECT jerry.version()'")
        try:
            query(db, f"SELECT max({call}) FROM pg_catalog.pg_class")
        except psycopg2.errors.InvalidTransactionState:
            pass  # refused is as good as served with the settings in force
        assert value(db, "SELECT jerry.version()")
        assert value(db, "SHOW jerry.require_verified_email") == "on"
    finally:
        query(owner, f"ALTER DATABASE {name} RESET jerry.require_verified_email")


def test_a_token_is_validated_in_a_query_over_a_big_table(owner, app):
    new_user(owner, "parallel")
    token = log_in(owner, "parallel")["access_token"]
    db = app()
    make_everything_parallel(db)
    rows = query(db, "SELECT DISTINCT jerry.validate_token(%s)->>'success' FROM pg_catalog.pg_class", token)
    assert rows == [("true",)]


def test_a_caller_reads_no_key_and_no_token_in_a_plan(owner, app):
    """debug_print_plan shows the constants of a plan to the caller; a plan of ours has parameters."""
    db = app()
    db.notices = collections.deque()  # psycopg2's own list forgets all but fifty
    for setting in ("debug_print_plan = on", "client_min_messages = log", "plan_cache_mode = force_custom_plan"):
        query(db, f"SET {setting}")
    query(owner, "DELETE FROM jerry.signing_key")
    answer(db, "register", "plans@example.com", PASSWORD, PASSWORD)
    answer(db, "login", "plans@example.com", PASSWORD)
    shown = "".join("".join(db.notices).split())  # the server breaks lines anywhere
    assert "constvalue" in shown, "nothing was shown: the test proves nothing"
    secret = bytes(value(owner, "SELECT secret FROM jerry.signing_key WHERE status = 'active'"))
    token = value(owner, "SELECT payload->'data'->>'email_verification_token' FROM jerry.event WHERE payload->'data'->>'email' = 'plans@example.com' ORDER BY id LIMIT 1")
    assert as_datum(secret) not in shown
    assert as_datum(token.encode()) not in shown


def as_datum(content):
    """Bytes as a plan prints them: signed numbers, here without the spaces between."""
    return "".join(str(byte - 256 if byte > 127 else byte) for byte in content)


def test_default_privileges_of_the_installer_grant_nothing(new_role, new_database):
    dsn = new_database()
    new_role("jerry_data_bystander")
    db = connect(dsn)
    try:
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            query(db, f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO jerry_data_bystander")
            query(db, f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO jerry_api")
        query(db, "CREATE EXTENSION jerry CASCADE")
        for relation in ("jerry.signing_key", "jerry.event_id_seq"):
            for role in ("jerry_data_bystander", "jerry_api"):
                assert not value(db, "SELECT has_table_privilege(%s, %s, 'SELECT')", role, relation), (role, relation)
        assert not value(db, "SELECT has_function_privilege('jerry_data_bystander', 'jerry.create_access_token(json,interval)', 'EXECUTE')")
        assert value(db, "SELECT has_function_privilege('jerry_api', 'jerry.login(text,text,inet,text)', 'EXECUTE')")
    finally:
        query(db, "DROP OWNED BY jerry_data_bystander")
        db.close()


@pytest.mark.parametrize("statement", ["SELECT jerry.maintain()", "SELECT jerry.claim_events('late')"])
def test_events_are_not_dispatched_with_an_old_snapshot(owner, statement):
    query(owner, "SET default_transaction_isolation = 'repeatable read'")
    with pytest.raises(psycopg2.errors.FeatureNotSupported):
        query(owner, statement)


def test_claims_that_are_too_long_for_a_token_are_refused_before_they_are_signed(owner):
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        query(owner, "SELECT jerry.create_access_token(json_build_object('a', repeat('x', 50000000)))")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER SCHEMA jerry RENAME TO jerry_old",
        'ALTER TABLE jerry."user" RENAME TO people',
        'ALTER TABLE jerry."user" SET SCHEMA public',
        'ALTER EXTENSION jerry DROP TABLE jerry."user"',
    ],
)
def test_users_under_another_name_are_not_dropped_either(new_installation, statement):
    db = connect(new_installation())
    try:
        new_user(db, "renamed")
        query(db, statement)
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            query(db, 'DROP TABLE jerry."user" CASCADE' if "ALTER EXTENSION" in statement else "DROP EXTENSION jerry CASCADE")
    finally:
        db.close()


def test_a_user_who_is_deleted_during_the_login_has_wrong_credentials(installation, owner):
    """Between the reading of the hash and the writing of the session lies the time of one bcrypt."""
    query(owner, "SET jerry.bcrypt_cost = 13")
    user_id = new_user(owner, "vanishing")
    slow = connect(installation)
    query(slow, "SELECT jerry.version()")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(code(slow, "login", "vanishing@example.com", PASSWORD)))
    thread.start()
    wait_until_hashing(owner, slow)
    query(owner, 'DELETE FROM jerry."user" WHERE id::text = %s', user_id)
    thread.join(30)
    slow.close()
    assert answers == ["INVALID_CREDENTIALS"]


def wait_until_hashing(owner, session):
    """Its login has been under way for a time in which it has long read the hash, and has most of the bcrypt before it."""
    under_way = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active' AND query LIKE '%%login%%' AND clock_timestamp() - query_start > '50 ms'"
    while not query(owner, under_way, session.get_backend_pid()):
        pass


def test_two_first_claims_of_one_name_deliver_once(installation, owner):
    new_user(owner, "twice")
    first, second = connect(installation), connect(installation)
    try:
        query(first, "BEGIN")
        ids = [row[0] for row in query(first, "SELECT event_id FROM jerry.claim_events('twins', 10000)")]
        query(first, "SELECT jerry.ack_events('twins', %s)", ids)
        got = []
        thread = threading.Thread(target=lambda: got.extend(query(second, "SELECT event_id FROM jerry.claim_events('twins', 10000)")))
        thread.start()
        while not query(owner, "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", second.get_backend_pid()):
            pass
        query(first, "COMMIT")
        thread.join(30)
        assert ids and got == []
    finally:
        first.close()
        second.close()

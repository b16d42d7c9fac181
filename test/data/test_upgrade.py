"""Upgrades: from every version that was released, with data, to what a new installation has."""

import uuid

import psycopg2.errors
import pytest

from database import connect, query, value, verification_token
from installation import PASSWORD, answer, check_it_is_guarded, code, columns, rows, tables
from programs import ROOT, psql, run, with_role

# the first release has a script of its own, jerry--VERSION.sql, each later one the way from the release before it
RELEASED = sorted(path.stem.split("--")[-1] for path in (ROOT / "sql" / "releases").glob("jerry--*.sql"))

CATALOG = ROOT / "test" / "data" / "catalog.sql"


@pytest.fixture(scope="module")
def fresh(new_installation):
    return new_installation()


@pytest.fixture
def old_installation(new_database):
    """old_installation(version): an installation of that version, served by the library of today."""

    def install(version):
        dsn = new_database()
        psql(dsn, f"SET client_min_messages = warning; CREATE EXTENSION jerry VERSION '{version}' CASCADE")
        psql(dsn, f"ALTER DATABASE {dsn.rpartition('/')[2]} SET jerry.bcrypt_cost = 4")
        return dsn

    return install


def live(db, name):
    """What every version can do, from the registration on; returns the tokens."""
    user_id = answer(db, "register", f"{name}@example.com", PASSWORD, PASSWORD)["user_id"]
    tokens = answer(db, "login", f"{name}@example.com", PASSWORD, "192.0.2.1", "curl")
    assert answer(db, "validate_token", tokens["access_token"])["user_id"] == user_id
    assert answer(db, "me", tokens["access_token"])["user_id"] == user_id
    assert answer(db, "verify_token", tokens["access_token"])["sub"] == user_id
    assert code(db, "validate_token", answer(db, "refresh", tokens["refresh_token"])["access_token"]) is None
    assert answer(db, "verify_email", verification_token(db, user_id))["user_id"] == user_id
    assert code(db, "login", f"{name}@example.com", "wrong") == "INVALID_CREDENTIALS"
    assert code(db, "register", f"{name}@example.com", PASSWORD, PASSWORD) == "DUPLICATE_EMAIL"
    assert value(db, "SELECT jerry.verify_password('x', jerry.hash_password('x'))")
    return tokens


def test_there_is_something_to_upgrade_from():
    assert {"1.0.0", "1.1.0"} <= set(RELEASED)


@pytest.mark.parametrize("version", RELEASED)
def test_an_update_keeps_the_data(old_installation, version):
    dsn = old_installation(version)
    db = connect(dsn)
    given = live(db, "ada")
    query(db, "SELECT jerry.import_key(repeat('imported', 8))")
    later = live(db, "bob")
    layout = {table: columns(db, table) for table in tables(db)}
    before = rows(db, layout)
    # a session that has used the old functions goes on over the update
    other = connect(dsn)
    assert code(other, "validate_token", given["access_token"]) is None

    query(db, "ALTER EXTENSION jerry UPDATE")

    assert value(db, "SELECT extversion = jerry.version() FROM pg_extension WHERE extname = 'jerry'")
    assert rows(db, layout) == before
    for session in db, other:
        for tokens in given, later:
            assert code(session, "validate_token", tokens["access_token"]) is None
            assert code(session, "refresh", tokens["refresh_token"]) is None
    live(other, "cleo")
    # nobody has collected the old events: the first consumer gets them
    assert value(db, "SELECT count(*) FROM jerry.claim_events('mail')") == value(db, "SELECT count(*) FROM jerry.event")
    check_it_is_guarded(db)
    other.close()
    db.close()


@pytest.mark.parametrize("version", [version for version in RELEASED if version != "1.0.0"])
def test_consumers_go_on_after_an_update(old_installation, new_role, version):
    dsn = old_installation(version)
    db = connect(dsn)
    live(db, "ada")
    # as that version left it: of three events one is acknowledged, one out with a worker, one not collected
    query(db, "UPDATE jerry.event SET dispatched = true WHERE id < (SELECT max(id) FROM jerry.event)")
    events = [event_id for (event_id,) in query(db, "SELECT id FROM jerry.event ORDER BY id")]
    assert len(events) == 3
    query(db, "INSERT INTO jerry.consumer VALUES ('mail', now())")
    query(db, "INSERT INTO jerry.delivery VALUES ('mail', %s, now() + interval '1 minute', 1)", events[1])
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        query(db, "SELECT jerry.claim_events('mail')")

    query(db, "ALTER EXTENSION jerry UPDATE")

    names = [f"jerry_test_{uuid.uuid4().hex}" for _ in range(2)]
    mailer, other = (connect(with_role(dsn, name, new_role(name, "jerry_events"))) for name in names)
    assert "mail" in value(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'consumer without owner'")
    assert value(mailer, "SELECT jerry.ack_events('mail', %s)", [events[1]]) == 1
    assert query(mailer, "SELECT event_id, attempt FROM jerry.claim_events('mail')") == [(events[2], 1)]
    # whose worker claims first after the update has it
    assert value(db, "SELECT owner FROM jerry.consumer") == names[0]
    assert query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'consumer without owner'") == []
    for call in "jerry.claim_events('mail')", "jerry.ack_events('mail', '{1}')", "jerry.replay_events('mail', '-infinity')":
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            query(other, f"SELECT {call}")
    live(db, "bob")
    assert len(query(mailer, "SELECT event_id, attempt FROM jerry.claim_events('mail')")) == 3
    for session in mailer, other, db:
        session.close()


@pytest.mark.parametrize("version", RELEASED)
def test_an_update_makes_what_a_new_installation_makes(old_installation, fresh, version):
    dsn = old_installation(version)
    psql(dsn, "ALTER EXTENSION jerry UPDATE")
    updated, new = (psql(where, "", "-f", CATALOG).splitlines() for where in (dsn, fresh))
    assert [line for line in updated if line not in new] == []
    assert [line for line in new if line not in updated] == []
    assert updated == new


DEFAULTS = """
CREATE ROLE jerry_test_default;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO jerry_test_default, jerry_api, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO jerry_test_default, jerry_events;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO jerry_test_default;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO jerry_test_default
"""


@pytest.mark.parametrize("version", [None, *RELEASED])
def test_default_privileges_grant_nothing_of_what_is_new(new_database, fresh, version):
    dsn = new_database()
    try:
        if version:
            psql(dsn, f"SET client_min_messages = warning; CREATE EXTENSION jerry VERSION '{version}' CASCADE")
            psql(dsn, DEFAULTS)
            # what somebody has granted on purpose stays
            psql(dsn, 'GRANT REFERENCES ON jerry."user" TO jerry_test_default; GRANT USAGE ON SCHEMA jerry TO jerry_test_default')
            psql(dsn, "ALTER EXTENSION jerry UPDATE")
            assert psql(dsn, """SELECT has_table_privilege('jerry_test_default', 'jerry."user"', 'REFERENCES')""") == "t"
            psql(dsn, 'REVOKE ALL ON jerry."user" FROM jerry_test_default; REVOKE ALL ON SCHEMA jerry FROM jerry_test_default')
        else:
            psql(dsn, DEFAULTS)
            psql(dsn, "SET client_min_messages = warning; CREATE EXTENSION jerry CASCADE")
        assert psql(dsn, "SELECT finding FROM jerry.doctor() WHERE problem = 'rights'") == ""
        granted, wanted = (
            {line for line in psql(where, "", "-f", CATALOG).splitlines() if line.startswith(("function|", "relation|", "schema|"))}
            for where in (dsn, fresh)
        )
        assert granted == wanted
    finally:
        psql(dsn, "DROP OWNED BY jerry_test_default; DROP ROLE jerry_test_default")


@pytest.mark.parametrize("version", RELEASED)
def test_the_tests_of_the_functions_pass_after_an_update(old_installation, version):
    dsn = old_installation(version)
    psql(dsn, f"ALTER DATABASE {dsn.rpartition('/')[2]} RESET ALL")
    psql(dsn, "ALTER EXTENSION jerry UPDATE; CREATE EXTENSION pgtap")
    folder = ROOT / "test" / "pgtap"
    said = run("sh", "-c", 'cd "$1" && pg_prove --dbname "$2" *.sql', "sh", folder, dsn)
    assert "Result: PASS" in said

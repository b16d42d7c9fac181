"""A copy by logical replication, as PostgreSQL is upgraded without downtime: rows come, sequences do not."""

import datetime
import threading

import pytest

from database import connect, query, value
from installation import HOOK, PASSWORD, answer, check_it_works, fill
from waiting import eventually

PATIENCE = 60
# in a partition of its own, as what happened in another month
ANOTHER_MONTH = """INSERT INTO jerry.audit_{} (id, at, action, outcome, actor, role)
    SELECT nextval('jerry.audit_id_seq'), '{}', 'test', 'OK', 'jerry', 'test'
    FROM generate_series(1, {})"""




def elsewhere():
    """A partition, and a time that belongs there."""
    today = datetime.date.today()
    then = (today.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)
    return f"{('even', 'odd')[then.year % 2]}_{then.month:02}", then


@pytest.fixture(scope="module")
def servers(new_server):
    return new_server("wal_level=logical", "max_wal_senders=4", "max_replication_slots=4"), new_server()


@pytest.fixture
def copy(servers):
    """copy(): connections to an installation and to its copy, from then on on its own."""
    original, other = servers
    connections = []

    def copy(events=0):
        old = connect(original.dsn)
        query(old, "CREATE EXTENSION jerry CASCADE")
        query(old, "ALTER DATABASE jerry SET jerry.bcrypt_cost = 4")
        given = fill(old)
        query(
            old,
            "INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() "
            "FROM generate_series(1, %s)",
            events
        )
        query(old, ANOTHER_MONTH.format(*elsewhere(), events or 1))
        query(old, "CREATE PUBLICATION everything FOR ALL TABLES")
        new = connect(other.dsn)
        query(new, "CREATE EXTENSION jerry CASCADE")
        query(new, "ALTER DATABASE jerry SET jerry.bcrypt_cost = 4")
        query(new, "SET jerry.bcrypt_cost = 4")
        # a copy of rows has no functions
        query(new, HOOK)
        query(new, f"CREATE SUBSCRIPTION everything CONNECTION '{original.dsn}' PUBLICATION everything")
        connections.extend((old, new))
        last = value(old, "SELECT max(id) FROM jerry.event")
        eventually(lambda: value(new, "SELECT max(id) FROM jerry.event") == last, "the rows do not come")
        eventually(
            lambda: value(new, "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel"), "the copy does not end"
        )
        query(new, "DROP SUBSCRIPTION everything")
        return old, new, given

    yield copy
    for db in connections:
        query(db, "DROP PUBLICATION IF EXISTS everything")
        query(db, "SET jerry.allow_drop = on")
        query(db, "DROP EXTENSION jerry CASCADE")
        query(db, "DROP FUNCTION IF EXISTS public.installation_hook")
        db.close()


FOUND = "SELECT finding FROM jerry.doctor() WHERE problem IN ('event ids', 'audit ids') ORDER BY problem"


@pytest.mark.parametrize("events", [0, 5000])
def test_a_copy_takes_over(copy, events):
    old, new, given = copy(events)
    last = value(new, "SELECT max(id) FROM jerry.event")
    last_on_record = value(new, "SELECT max(id) FROM jerry.audit")
    on_record = value(new, "SELECT count(*) FROM jerry.audit")
    assert query(old, FOUND) == []
    assert query(new, FOUND) == [
        (f"jerry.audit_id_seq is at 1, the newest row is {last_on_record}",),
        (f"jerry.event_id_seq is at 1, the newest row is {last}",),
    ]
    # with an old snapshot, too
    query(new, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    answer(new, "login", "bob@example.com", PASSWORD)
    query(new, "COMMIT")
    check_it_works(new, given)
    assert query(new, FOUND) == []
    assert value(
        new, "SELECT last_value FROM jerry.event_id_seq"
    ) >= value(new, "SELECT max(id) FROM jerry.event") > last
    # what the copy has written comes after what it has got, in whatever month that was
    assert value(new, "SELECT count(*) FROM jerry.audit WHERE id <= %s", last_on_record) == on_record
    assert value(new, "SELECT count(*) FROM jerry.audit WHERE id > %s", last_on_record) > 0
    # the consumers of the original go on
    waiting = {event_id for (event_id,) in query(new, "SELECT id FROM jerry.event WHERE id > %s", last)}
    assert waiting <= {event_id for (event_id,) in query(new, "SELECT event_id FROM jerry.claim_events('mail', 10000)")}


@pytest.mark.parametrize("behind", [3, 500, 50_000])
def test_many_find_their_ids_at_once(new_installation, behind):
    dsn = new_installation()
    db = connect(dsn)
    # as a copy has them: with holes, and the sequence at its beginning
    query(
        db, "INSERT INTO jerry.event (id, event_type, payload, created_at) OVERRIDING SYSTEM VALUE "
        "SELECT n, 'test', '{}', now() FROM generate_series(1, %s) AS n"
        " WHERE n %% 10 <> 7", behind,
    )
    answer(db, "register", "ada@example.com", PASSWORD, PASSWORD)
    # makes the first key
    answer(db, "login", "ada@example.com", PASSWORD)
    query(db, "SELECT setval('jerry.event_id_seq', 1, false)")
    failed = []

    def log_in():
        try:
            session = connect(dsn)
            # left open, so that nobody else sees what it has: nobody may wait for it either
            query(session, "SET lock_timeout = '5s'")
            query(session, "BEGIN")
            answer(session, "login", "ada@example.com", PASSWORD)
            together.wait(PATIENCE)
            query(session, "COMMIT")
            for _ in range(10):
                answer(session, "login", "ada@example.com", PASSWORD)
            session.close()
        except Exception as error:  # for the test, which joins us
            failed.append(error)
            together.abort()

    threads = [threading.Thread(target=log_in) for _ in range(8)]
    together = threading.Barrier(len(threads))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failed == []
    assert value(db, "SELECT count(*) FROM jerry.event WHERE event_type = 'user.logged_in'") == 89
    assert query(db, FOUND) == []
    db.close()

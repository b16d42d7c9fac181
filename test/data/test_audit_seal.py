"""What is on record is sealed while others go on writing, and stays verifiable wherever it gets to."""

import pathlib
import random
import threading
import time
import uuid

import psycopg2
import pytest

from database import connect, query, value
from programs import psql, with_database

ROWS = 100_000
MEMORY_MAX = 40 << 20
WRITERS, SEALERS, SECONDS = 6, 3, 4


@pytest.fixture(scope="module")
def server(new_server):
    return new_server("jerry.bcrypt_cost=4", "max_prepared_transactions=2")


@pytest.fixture
def installation(server):
    """The way into a new database of a server that may be crashed."""
    name = f"sealed_{uuid.uuid4().hex[:8]}"
    psql(server.dsn, f"CREATE DATABASE {name} TEMPLATE template0")
    dsn = with_database(server.dsn, name)
    psql(dsn, "CREATE EXTENSION jerry CASCADE")
    yield dsn
    psql(server.dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def db(installation):
    connection = connect(installation)
    yield connection
    connection.close()


def fail(db):
    """Something that is put on record, and nothing else."""
    assert value(db, "SELECT jerry.error_code(jerry.login('nobody@example.com', 'wrong'))") == "INVALID_CREDENTIALS"


def seal(db):
    return value(db, "SELECT jerry.seal_audit()->'data'")


def verdict(db, kept=None):
    return value(db, "SELECT jerry.verify_audit(kept => %s)->'data'", kept)


def check_all_is_sealed(db, kept=None):
    rows = value(db, "SELECT count(*) FROM jerry.audit")
    found = verdict(db, kept)
    assert found["intact"] and (found["rows"], found["not_sealed"]) == (rows, 0), found
    assert value(db, "SELECT sum(ok + refused) FROM jerry.audit_count") == rows


def test_a_row_that_is_committed_late_is_waited_for(installation, db):
    late = connect(installation)
    query(late, "BEGIN")
    fail(late)
    fail(db)
    began = time.monotonic()
    assert seal(db) == {"rows": 0, "seal": None}
    assert time.monotonic() - began >= 0.2
    # others go on meanwhile, and so does maintenance
    assert value(db, "SELECT jerry.maintain()")["success"]
    fail(db)
    query(late, "COMMIT")
    late.close()
    kept = seal(db)
    assert kept["rows"] == 3
    check_all_is_sealed(db, kept["seal"])


def test_who_ends_soon_is_waited_for(installation, db):
    late = connect(installation)

    def end_soon():
        time.sleep(0.05)
        query(late, "COMMIT")

    # on a busy machine soon may be late
    for _ in range(20):
        query(late, "BEGIN")
        fail(late)
        ending = threading.Thread(target=end_soon)
        ending.start()
        rows = seal(db)["rows"]
        ending.join()
        if rows:
            break
    else:
        pytest.fail("it does not wait")
    late.close()
    check_all_is_sealed(db)


@pytest.mark.parametrize("end, sealed", [("COMMIT PREPARED 'late'", 2), ("ROLLBACK PREPARED 'late'", 1)])
def test_a_prepared_transaction_is_waited_for(server, installation, db, end, sealed):
    late = connect(installation)
    query(late, "BEGIN")
    fail(late)
    query(late, "PREPARE TRANSACTION 'late'")
    late.close()
    fail(db)
    assert seal(db)["rows"] == 0
    db.close()
    server.crash()
    again = connect(installation)
    assert seal(again)["rows"] == 0, "also after a crash"
    query(again, end)
    assert seal(again)["rows"] == sealed
    check_all_is_sealed(again)
    again.close()


def test_one_session_seals_at_a_time_and_nobody_waits(installation, db):
    fail(db)
    other = connect(installation)
    query(other, "BEGIN")
    assert seal(other)["rows"] == 1
    fail(db)
    assert seal(db) == {"rows": 0, "seal": None}
    query(other, "COMMIT")
    other.close()
    assert seal(db)["rows"] == 1
    check_all_is_sealed(db)


def write(dsn, end, problems):
    """Puts something on record, in transactions of many lengths, of which some do not come to their end."""
    db = connect(dsn)
    dice = random.Random()
    try:
        while not end.is_set():
            query(db, "BEGIN")
            for _ in range(dice.randint(1, 3)):
                fail(db)
                time.sleep(dice.choice([0, 0, 0.001, 0.02]))
            query(db, dice.choice(["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"]))
    except psycopg2.Error as error:
        problems.append(error)
    db.close()


def go_on_sealing(dsn, end, statement, sealed, problems):
    db = connect(dsn)
    try:
        while not end.is_set():
            sealed.append(value(db, statement))
    except psycopg2.Error as error:
        problems.append(error)
    db.close()


def test_many_write_and_several_seal(installation, db):
    end = threading.Event()
    problems, sealed = [], []
    statements = ["SELECT jerry.seal_audit()->'data'->>'seal'", "SELECT jerry.maintain()->'data'->>'seal'"]
    workers = [threading.Thread(target=write, args=(installation, end, problems)) for _ in range(WRITERS)]
    workers += [
        threading.Thread(target=go_on_sealing, args=(installation, end, statements[i % 2], sealed, problems))
        for i in range(SEALERS)
    ]
    for worker in workers:
        worker.start()
    time.sleep(SECONDS)
    end.set()
    for worker in workers:
        worker.join()
    assert problems == []
    seal(db)
    check_all_is_sealed(db)
    seals = value(db, "SELECT count(*) FROM jerry.audit_seal")
    rows = value(db, "SELECT count(*) FROM jerry.audit")
    print(f"\n{rows} rows of {WRITERS} writers in {seals} seals of {SEALERS} sealers")
    assert seals > 10 and rows > 100
    assert value(db, "SELECT max(id) FROM jerry.audit_seal") == seals
    # whoever has kept any of them is told that all is well
    for kept in {seal for seal in sealed if seal}:
        assert verdict(db, kept)["intact"]


def test_what_is_sealed_is_there_after_a_crash(server, installation):
    end = threading.Event()
    workers = [threading.Thread(target=write, args=(installation, end, [])) for _ in range(3)]
    for worker in workers:
        worker.start()
    db = connect(installation)
    while not (kept := seal(db))["rows"]:
        pass
    db.close()
    server.crash()
    end.set()
    for worker in workers:
        worker.join()
    db = connect(installation)
    assert verdict(db, kept["seal"])["intact"]
    fail(db)
    seal(db)
    check_all_is_sealed(db, kept["seal"])
    db.close()


TRIGGERS_OFF = "ALTER TABLE {} DISABLE TRIGGER ALL"


@pytest.mark.parametrize(
    "what, problem",
    [
        ("UPDATE {} SET ip = '192.0.2.1' WHERE id = %s", "row_changed"),
        ("DELETE FROM {} WHERE id = %s", "row_removed"),
        ("UPDATE {} SET id = 1000 WHERE id = %s", "row_removed"),
    ],
)
def test_a_superuser_with_the_triggers_off_is_found_out(installation, db, what, problem):
    for _ in range(11):
        fail(db)
    seal(db)
    partition = value(db, "SELECT DISTINCT tableoid::regclass::text FROM jerry.audit")
    superuser = connect(installation)
    for command in "SET session_replication_role = replica", TRIGGERS_OFF.format(partition):
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            query(superuser, what.format(partition), 7)
        query(superuser, command)
    query(superuser, what.format(partition), 7)
    query(superuser, f"ALTER TABLE {partition} ENABLE ALWAYS TRIGGER guard_audit")
    superuser.close()
    fail(db)
    seal(db)
    finding = verdict(db)["finding"]
    assert (finding["problem"], finding["seal"], finding["id"]) == (problem, 1, 7)


def memory(pid):
    """The most that a process had of its own; memory that is shared is not the question."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return (int(status["RssAnon"].split()[0])) << 10


def put_on_record(db, partition, since):
    query(
        db,
        f"INSERT INTO jerry.{partition} (id, at, action, outcome, actor, user_id, session_id, role, ip, user_agent)"
        " SELECT nextval('jerry.audit_id_seq'), %s::timestamptz + n * interval '1 s', 'session.login', 'OK', 'user',"
        " gen_random_uuid(), gen_random_uuid(), 'jerry_sidecar', '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64)'"
        " FROM generate_series(1, %s) AS n",
        since,
        ROWS,
    )


class Watch:
    """The most memory that a process takes while it is watched, and how much it had before."""

    def __init__(self, pid):
        self.pid = pid
        self.before = self.most = memory(pid)
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.end.wait(0.01):
            self.most = max(self.most, memory(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join()


def test_many_rows_take_little_memory_and_time(db):
    put_on_record(db, "audit_even_06", "2026-06-01")
    # what a session takes once
    seal(db)
    verdict(db)
    put_on_record(db, "audit_even_07", "2026-07-01")
    took = []
    with Watch(db.info.backend_pid) as watch:
        for act in seal, verdict:
            began = time.monotonic()
            result = act(db)
            took.append(time.monotonic() - began)
    assert result["intact"] and result["rows"] == 2 * ROWS
    size = value(db, "SELECT pg_total_relation_size('jerry.audit_seal')")
    print(
        f"\n{ROWS} rows sealed in {took[0]:.2f} s, with {size / 2 / ROWS:.0f} bytes for each; {2 * ROWS} verified in "
        f"{took[1]:.2f} s; with {(watch.most - watch.before) >> 10} kB of memory"
    )
    assert watch.most - watch.before < MEMORY_MAX


def seal_one_by_one(db, partition, at, rows):
    query(
        db,
        f"""DO $$ BEGIN FOR n IN 1..{rows} LOOP
            INSERT INTO jerry.{partition} (id, at, action, outcome, actor, role)
                VALUES (nextval('jerry.audit_id_seq'), '{at}', 'session.login', 'OK', 'user', 'x');
            PERFORM jerry.seal_audit();
        END LOOP; END $$"""
    )


def short(db):
    """The ids of the seals without entries."""
    return value(db, "SELECT array_agg(id ORDER BY id) FROM jerry.audit_seal WHERE length(entries) = 32") or []


def size_of_seals(db):
    query(db, "VACUUM FULL jerry.audit_seal")
    return value(db, "SELECT pg_total_relation_size('jerry.audit_seal')")


def test_seals_of_dropped_months_get_short(installation, db):
    put_on_record(db, "audit_odd_06", "2001-06-01")
    first = seal(db)["seal"]
    large = value(db, "SELECT max(id) FROM jerry.audit_seal")
    small = 1500
    seal_one_by_one(db, "audit_odd_07", "2001-07-01", small)
    newest_old = value(db, "SELECT id || ':' || encode(hash, 'hex') FROM jerry.audit_seal ORDER BY id DESC LIMIT 1")
    fail(db)
    seal(db)
    before = size_of_seals(db)
    assert short(db) == []

    # who reads one of the months keeps all that is from then on
    reader = connect(installation)
    query(reader, "BEGIN")
    query(reader, "SELECT FROM jerry.audit_odd_06 LIMIT 1")
    assert value(db, "SELECT jerry.maintain()->'data'->>'audit_months'") == "1"
    assert short(db) == []
    query(reader, "COMMIT")
    reader.close()

    for done in 1000, large + small, large + small:
        assert value(db, "SELECT jerry.maintain()")["success"]
        assert short(db) == list(range(1, done + 1)), "the oldest first, so many at a time"
    for kept in None, first, newest_old:
        found = verdict(db, kept)
        assert found["intact"] and found["dropped"] >= "2001-07", found
        assert found["rows"] == value(db, "SELECT count(*) FROM jerry.audit")
    after = size_of_seals(db)
    print(f"\n{before} bytes in {large} seals of {ROWS} rows and {small} of one; without rows {after}, "
          f"{after / (large + small):.0f} bytes for each seal")
    assert after < 500 * (large + small)

    superuser = connect(installation)
    query(superuser, "ALTER TABLE jerry.audit_seal DISABLE TRIGGER guard_audit")
    for change, problem in (
        ("DELETE FROM jerry.audit_seal WHERE id = 1", "seal_removed"),
        ("DELETE FROM jerry.audit_seal WHERE id <= 700", "seal_removed"),
        ("UPDATE jerry.audit_seal SET entries = sha256(entries) WHERE id = 1", "seal_changed"),
        ("UPDATE jerry.audit_seal SET row_count = row_count + 1 WHERE id = 1", "seal_changed"),
    ):
        query(superuser, "BEGIN")
        query(superuser, change)
        finding = verdict(superuser)["finding"]
        assert (finding["problem"], finding["seal"]) == (problem, 1), change
        query(superuser, "ROLLBACK")
    superuser.close()


def test_what_was_removed_early_is_missed_after_its_seal_got_short(installation, db):
    put_on_record(db, "audit_even_06", "2026-06-01")
    seal(db)
    fail(db)
    seal(db)
    superuser = connect(installation)
    query(superuser, "ALTER TABLE jerry.audit_even_06 DISABLE TRIGGER guard_audit")
    query(superuser, "TRUNCATE jerry.audit_even_06")
    superuser.close()
    assert value(db, "SELECT jerry.maintain()")["success"]
    assert short(db) != []
    finding = verdict(db)["finding"]
    assert (finding["problem"], finding["seal"], finding["id"]) == ("row_removed", 1, 1)

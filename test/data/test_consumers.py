"""The outbox under load: every event of every committed transaction is handled, none of a rolled-back one, whoever
dies.
"""

import os
import random
import signal
import subprocess
import threading
import time
import uuid

import psycopg2
import psycopg2.errors
import pytest

from database import connect, query, value
from programs import ROOT, run, with_role
from waiting import eventually

EVENTS = 10_000
PATIENCE = 60
PASSWORD = "Secret-123"


@pytest.fixture(scope="module")
def mailer(new_role):
    """The role of the consumers: it may do nothing but claim and acknowledge."""
    return "jerry_test_mailer", new_role("jerry_test_mailer", "jerry_events")


@pytest.fixture(scope="module")
def consumer_c(tmp_path_factory):
    """examples/consumer.c, built as it says."""
    program = tmp_path_factory.mktemp("consumer") / "consumer"
    include = run(os.environ.get("PG_CONFIG", "pg_config"), "--includedir").strip()
    run(
        os.environ.get("CC", "gcc"), "-Wall", "-Wextra", "-Werror", "-O1", "-o", program,
        ROOT / "examples" / "consumer.c", f"-I{include}", "-lpq"
    )
    return program


class Worker:
    """One of the examples at work; what it has handled is in a file."""

    def __init__(self, dsn, folder, *command):
        self.file = folder / f"{uuid.uuid4().hex}.txt"
        with self.file.open("wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command], env={**os.environ, "DATABASE_URL": dsn}, stdin=subprocess.DEVNULL,
                stdout=output
            )

    def handled(self):
        """The ids it has finished a line about."""
        lines = self.file.read_bytes().split(b"\n")[:-1]
        return [int(line.split()[0]) for line in lines]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


class Producers(threading.Thread):
    """Makes events in transactions, of which about a quarter are rolled back; remembers the users of those that were
    not.
    """

    def __init__(self, dsn, events):
        super().__init__()
        self.dsn, self.events, self.error = dsn, events, None
        self.committed, self.rolled_back = set(), set()
        self.start()

    def run(self):
        try:
            self.produce()
        except Exception as error:  # for the test, which joins us
            self.error = error

    def produce(self):
        db = psycopg2.connect(self.dsn)
        left = self.events
        while left > 0:
            # each registration is two events: it is verified in the same transaction
            n = min(random.randint(1, 40), left // 2)
            [(before,)] = query(db, "SELECT last_value FROM jerry.event_id_seq")
            users = query(
                db,
                "SELECT jerry.unwrap(jerry.register(gen_random_uuid() || '@example.com', %s, %s))->>'user_id' "
                "FROM generate_series(1, %s)",
                PASSWORD, PASSWORD, n,
            )
            ids = [user_id for (user_id,) in users]
            query(
                db,
                "SELECT jerry.unwrap(jerry.verify_email(payload->'data'->>'email_verification_token')) FROM jerry.event"
                " WHERE event_type = 'user.registered' AND id >= %s AND payload->'data'->>'user_id' = ANY (%s)",
                before, ids,
            )
            if random.random() < 0.25:
                db.rollback()
                self.rolled_back.update(ids)
            else:
                db.commit()
                self.committed.update(ids)
                left -= 2 * n
        db.close()

    def finish(self):
        self.join(PATIENCE)
        assert not self.is_alive() and self.error is None, self.error


def test_no_event_is_lost_whoever_dies(new_installation, mailer, consumer_c, tmp_path):
    dsn = new_installation()
    mailer_dsn = with_role(dsn, *mailer)
    db = connect(dsn)
    producers = [Producers(dsn, EVENTS // 2) for _ in range(2)]
    # more wait than are handled before the last one dies, so that each dies in the middle of a batch
    eventually(lambda: value(db, "SELECT count(*) FROM jerry.event") > EVENTS // 2, "the producers make nothing")
    python = [ROOT / "examples" / "consumer.py", "mail"]
    workers = [
        Worker(mailer_dsn, tmp_path, *python),
        Worker(mailer_dsn, tmp_path, *python),
        Worker(mailer_dsn, tmp_path, consumer_c, "mail"),
    ]
    # by what all have handled: how many of the events one of them gets is left to chance
    victims = random.sample(workers, 2)
    for victim, goal in zip(victims, sorted(random.sample(range(EVENTS * 2 // 5), 2))):
        eventually(
            lambda: victim.handled() and sum(len(worker.handled()) for worker in workers) > goal,
            "a worker handles nothing"
        )
        victim.kill()
    for producer in producers:
        producer.finish()
    committed = set().union(*(producer.committed for producer in producers))
    rolled_back = set().union(*(producer.rolled_back for producer in producers))
    assert rolled_back, "nothing was rolled back"
    events = query(db, "SELECT id, event_type, payload->'data'->>'user_id' FROM jerry.event")
    assert len(events) == EVENTS
    assert {(kind, user) for _, kind, user in events} == {
        (kind, user) for kind in ("user.registered", "user.email_verified") for user in committed
    }

    # the survivor gets what is new, and what the dead have had out when their leases end
    [survivor] = [worker for worker in workers if worker not in victims]
    waiting = (
        "SELECT count(*) FROM jerry.event AS e WHERE NOT e.dispatched OR EXISTS"
        " (SELECT FROM jerry.delivery AS d WHERE d.event_id = e.id AND claimable_at <= clock_timestamp())"
    )
    eventually(lambda: value(db, waiting) == 0, "events are left")
    query(db, "UPDATE jerry.delivery SET claimable_at = '-infinity'")
    eventually(
        lambda: value(db, "SELECT count(*) FROM jerry.delivery WHERE consumer = 'mail'") == 0,
        "the events of the dead are left"
    )
    survivor.stop()

    handled = [event_id for worker in workers for event_id in worker.handled()]
    assert set(handled) == {event_id for event_id, _, _ in events}
    # at least once: what was out with a worker when it died, and the acknowledgement it could not send, may come twice
    assert len(handled) - len(set(handled)) <= 2 * 100 + 100

    # another consumer, that comes late, gets all of them as well
    audit = connect(mailer_dsn)
    seen = []
    while claimed := query(audit, "SELECT event_id, attempt FROM jerry.claim_events('audit', 3000)"):
        assert {attempt for _, attempt in claimed} == {1}
        seen += [event_id for event_id, _ in claimed]
        assert value(
            audit, "SELECT jerry.ack_events('audit', %s)", [event_id for event_id, _ in claimed]
        ) == len(claimed)
    assert seen == sorted(event_id for event_id, _, _ in events)
    audit.close()

    # and then nobody needs them any more
    query(db, "SET jerry.event_retention = 0")
    deleted = 0
    while n := value(db, "SELECT (jerry.maintain(3000)->'data'->>'events')::integer"):
        deleted += n
    assert deleted == EVENTS
    # but for the seals that maintain has just made
    assert query(
        db,
        "SELECT event_id FROM jerry.delivery LEFT JOIN jerry.event ON event.id = event_id "
        "WHERE event_type IS DISTINCT FROM 'audit.sealed'"
    ) == []
    db.close()


def test_the_outbox_does_not_grow(new_server):
    # where no snapshot or lock of an autovacuum worker keeps our own VACUUM from what is dead
    db = connect(new_server("autovacuum=off").dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    query(db, "SET jerry.event_retention = 0")
    sizes = []
    for _ in range(4):
        query(
            db,
            "INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() "
            "FROM generate_series(1, 5000)"
        )
        assert value(
            db, "SELECT jerry.ack_events('mail', array_agg(event_id)) FROM jerry.claim_events('mail', 10000)"
        ) == 5000
        while value(db, "SELECT (jerry.maintain()->'data'->>'events')::integer"):
            pass
        assert value(db, "SELECT count(*) FROM jerry.event") == 0
        query(db, "VACUUM jerry.event, jerry.delivery")
        sizes.append(
            value(db, "SELECT pg_total_relation_size('jerry.event') + pg_total_relation_size('jerry.delivery')")
        )
    assert sizes[3] <= 1.2 * sizes[1], sizes
    db.close()


class Repeating(threading.Thread):
    """Calls a function with a connection of its own again and again, until it is stopped."""

    def __init__(self, dsn, call):
        super().__init__()
        self.db, self.call, self.error, self.calls = connect(dsn), call, None, 0
        self.stopped = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.stopped.is_set():
                self.call(self.db)
                self.calls += 1
        except Exception as error:  # for the test, which stops us
            self.error = error

    def stop(self):
        self.stopped.set()
        self.join(PATIENCE)
        self.db.close()
        assert self.error is None, self.error


def emit(db):
    """A transaction with an event in the middle; its id may be older than what commits before it."""
    query(db, "BEGIN")
    query(db, "SELECT jerry.register(gen_random_uuid() || '@example.com', %s, %s)", PASSWORD, PASSWORD)
    time.sleep(random.random() / 50)
    query(db, "ROLLBACK" if random.random() < 0.1 else "COMMIT")


class Reader:
    """Claims and acknowledges as one consumer and remembers the events."""

    def __init__(self, name, dies=0.0):
        self.name, self.dies, self.seen = name, dies, []

    def __call__(self, db):
        claimed = [event_id for (event_id,) in query(
            db, "SELECT event_id FROM jerry.claim_events(%s, %s)", self.name, random.randint(1, 50)
        )]
        if claimed and random.random() < self.dies:
            # as a worker that dies: its lease ends at once
            query(
                db, "UPDATE jerry.delivery SET claimable_at = '-infinity' WHERE consumer = %s AND event_id = ANY (%s)",
                self.name, claimed
            )
            return
        if claimed:
            self.seen += claimed
            query(db, "SELECT jerry.ack_events(%s, %s)", self.name, claimed)
        else:
            time.sleep(0.005)


def test_a_new_consumer_misses_nothing_while_others_write(new_installation):
    dsn = new_installation()
    writers = [Repeating(dsn, emit) for _ in range(4)]
    readers = [Reader("first", dies=0.1)]
    running = [Repeating(dsn, readers[0])]
    for n in range(12):
        time.sleep(random.random() / 3)
        # two workers of one new consumer at once
        pair = [Reader(f"new{n}"), Reader(f"new{n}")]
        readers += pair
        running += [Repeating(dsn, reader) for reader in pair]
    time.sleep(0.5)
    for writer in writers:
        writer.stop()
    db = connect(dsn)
    events = {event_id for (event_id,) in query(db, "SELECT id FROM jerry.event")}
    left = "SELECT EXISTS (SELECT FROM jerry.delivery) OR EXISTS (SELECT FROM jerry.event WHERE NOT dispatched)"
    eventually(lambda: not value(db, left), "events are left")
    for reader in running:
        reader.stop()
    assert len(events) > 100
    for name in sorted({reader.name for reader in readers}):
        seen = [event_id for reader in readers if reader.name == name for event_id in reader.seen]
        assert set(seen) == events, f"{name} missed {sorted(events - set(seen))[:5]}"
        assert len(seen) == len(events), f"{name} got some twice without need"
    db.close()


def test_everything_at_once_ends_in_no_error(new_installation):
    """Claims, acknowledgements, replays, removals and maintenance meet each other all the time."""
    dsn = new_installation()
    name = dsn.rpartition("/")[2]
    setup = connect(dsn)
    query(setup, f"ALTER DATABASE {name} SET jerry.event_retention = 0")

    def replay(db):
        try:
            query(db, "SELECT jerry.replay_events('a', '-infinity')")
        except psycopg2.errors.InvalidParameterValue:
            pass  # it has not claimed yet

    def maintain(db):
        query(db, "SELECT jerry.maintain(20)")

    def remove(db):
        query(db, "SELECT jerry.remove_consumer('b')")
        time.sleep(0.02)

    def insert(db):
        query(
            db,
            "INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', clock_timestamp() "
            "FROM generate_series(1, 5)"
        )
        time.sleep(0.01)

    calls = [
        insert, insert, Reader("a", dies=0.2), Reader("a"), Reader("b"), Reader("b"), replay, maintain, maintain, remove
    ]
    running = [Repeating(dsn, call) for call in calls]
    time.sleep(5)
    eventually(lambda: all(one.calls > 10 for one in running), lambda: [one.calls for one in running])
    for one in running:
        one.stop()
    setup.close()


@pytest.fixture
def session(new_installation, new_role):
    """session(who): a session that waits for nobody, in an installation with five events: of the owner, of a or b,
    which consume, or of api.
    """
    dsn = new_installation()
    name = f"jerry_test_{uuid.uuid4().hex}"
    ways = {"owner": dsn}
    for who, grant in ("a", "jerry_events"), ("b", "jerry_events"), ("api", "jerry_api"):
        ways[who] = with_role(dsn, f"{name}_{who}", new_role(f"{name}_{who}", grant))
    opened = []

    def open_one(who):
        db = connect(ways[who])
        query(db, "SET lock_timeout = '2s'")
        opened.append(db)
        return db

    happen(open_one("owner"), 5)
    yield open_one
    for db in opened:
        db.close()


def happen(db, n=1):
    """n registrations; returns the ids of their events."""
    ids = []
    for _ in range(n):
        user = value(
            db, "SELECT jerry.unwrap(jerry.register(gen_random_uuid() || '@example.com', %s, %s))->>'user_id'",
            PASSWORD, PASSWORD
        )
        ids.append(value(db, "SELECT id FROM jerry.event WHERE payload->'data'->>'user_id' = %s", user))
    return ids


def from_elsewhere(db, n):
    """n events that nobody is given, as a session with an older library writes them, or a copy; returns their ids."""
    rows = query(
        db, "INSERT INTO jerry.event (event_type, payload, created_at) "
        "SELECT 'test', '{}', now() - interval '1 year' FROM generate_series(1, %s) RETURNING id", n
    )
    return [event_id for (event_id,) in rows]


def claim(db, consumer, n=100, lease="1 minute"):
    return [
        event_id for (event_id,) in query(db, "SELECT event_id FROM jerry.claim_events(%s, %s, %s)", consumer, n, lease)
    ]


def every(db):
    return [event_id for (event_id,) in query(db, "SELECT id FROM jerry.event ORDER BY id")]


OPEN = {
    "claim": ("a", "SELECT jerry.claim_events('analytics')"),
    "claim of much": ("a", "SELECT jerry.claim_events('analytics', 10000) FROM generate_series(1, 20)"),
    "first claim": ("a", "SELECT jerry.claim_events('fresh')"),
    "acknowledgement": ("a", "SELECT jerry.ack_events('analytics', ARRAY(SELECT generate_series(1, 1000)))"),
    "replay": ("a", "SELECT jerry.replay_events('analytics', '-infinity')"),
    "maintenance": ("api", "SELECT jerry.maintain(100000) FROM generate_series(1, 5)"),
    "registration": ("api", "SELECT jerry.register('open@example.com', 'Secret-123', 'Secret-123')"),
    "removal": ("owner", "SELECT jerry.remove_consumer('analytics')"),
    "lock": ("owner", "SELECT FROM jerry.consumer FOR UPDATE"),
}


@pytest.mark.parametrize("what", OPEN)
def test_a_transaction_that_stays_open_withholds_nothing_and_blocks_nobody(session, what):
    who, statement = OPEN[what]
    owner, a, b, api = session("owner"), session("a"), session("b"), session("api")
    claim(a, "analytics", 2)
    claim(b, "mail")
    fresh = happen(owner, 20)
    hanging = session(who)
    query(hanging, "BEGIN")
    query(hanging, statement)

    assert claim(b, "mail") == fresh
    later = happen(owner, 3)
    assert claim(b, "mail") == later
    assert value(b, "SELECT jerry.ack_events('mail', %s)", later) == 3
    assert value(b, "SELECT jerry.replay_events('mail', '-infinity')") == 28
    # a name that nobody has heard before
    assert claim(b, "third") == every(owner)
    assert value(api, "SELECT jerry.unwrap(jerry.maintain()) IS NOT NULL")
    # and workers of the same consumer: what happens later is theirs
    if what not in ("removal", "first claim"):
        newest = happen(owner, 2)
        assert set(newest) <= set(claim(session("a"), "analytics"))
    if what != "lock":
        assert value(owner, "SELECT jerry.remove_consumer('third')")
    query(hanging, "ROLLBACK")


def test_of_events_from_elsewhere_a_claim_holds_no_more_than_it_asks_for(session):
    owner, a, b = session("owner"), session("a"), session("b")
    claim(a, "analytics")
    claim(b, "mail")
    foreign = from_elsewhere(owner, 50)
    query(a, "BEGIN")
    assert claim(a, "analytics", 7) == foreign[:7]
    assert claim(b, "mail") == foreign[7:]
    query(a, "COMMIT")
    assert claim(b, "mail") == foreign[:7]
    assert claim(a, "analytics") == foreign[7:]


def test_a_consumer_gets_what_was_being_written_when_it_began(session):
    owner, b = session("owner"), session("b")
    before = every(owner)
    writers, ids = {}, {}
    for kind in "READ COMMITTED", "REPEATABLE READ", "SAVEPOINT", "DISPATCH", "ROLLBACK":
        db = writers[kind] = session("owner")
        query(db, "BEGIN" + (f" ISOLATION LEVEL {kind}" if " " in kind else ""))
        if kind == "SAVEPOINT":
            query(db, "SAVEPOINT one")
        if kind == "DISPATCH":
            [ids[kind]] = from_elsewhere(owner, 1)
            claim(db, "analytics")
        else:
            [ids[kind]] = happen(db)
    # an old snapshot, in which there is no consumer, but nothing written yet
    old = session("owner")
    query(old, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    query(old, "SELECT 1 FROM jerry.consumer")

    assert claim(b, "mail") == before
    assert value(b, "SELECT jerry.ack_events('mail', %s)", before) == len(before)
    # now everybody can see it, whatever snapshot he has
    [known] = happen(old)
    query(old, "COMMIT")
    [new] = happen(owner)
    assert set(claim(b, "mail")) == {known, new}
    assert value(b, "SELECT jerry.ack_events('mail', %s)", [known, new]) == 2
    # what they wrote is kept for it, though nobody has it to deliver
    query(owner, "SET jerry.event_retention = 0")
    came = []
    for kind, db in writers.items():
        assert not value(owner, "SELECT complete FROM jerry.consumer WHERE name = 'mail'")
        query(db, "ROLLBACK" if kind == "ROLLBACK" else "COMMIT")
        query(owner, "SELECT jerry.maintain()")
        came += claim(b, "mail")
    del ids["ROLLBACK"]
    sealed = query(owner, "SELECT id FROM jerry.event WHERE event_type = 'audit.sealed'")
    assert sorted(set(came) - {event_id for (event_id,) in sealed}) == sorted(ids.values())
    assert value(owner, "SELECT complete AND seen IS NULL AND horizon IS NULL FROM jerry.consumer WHERE name = 'mail'")
    assert value(b, "SELECT jerry.ack_events('mail', %s)", came) == len(came)
    assert claim(b, "mail") == []
    query(owner, "SELECT jerry.remove_consumer('analytics')")
    query(owner, "SELECT jerry.maintain()")
    assert query(owner, "SELECT id FROM jerry.event WHERE event_type <> 'audit.sealed'") == []


def test_a_consumer_gets_what_was_written_last_while_it_was_made(session):
    """The writer's number is the highest there is: no snapshot names it among those in progress."""
    owner, maker, writer, b = session("owner"), session("b"), session("owner"), session("b")
    query(maker, "BEGIN")
    before = claim(maker, "mail")
    query(writer, "BEGIN")
    [late] = happen(writer)
    query(maker, "COMMIT")
    assert claim(b, "mail") == []
    assert not value(owner, "SELECT complete FROM jerry.consumer WHERE name = 'mail'")
    query(writer, "COMMIT")
    assert claim(b, "mail") == [late] and late not in before
    assert value(owner, "SELECT complete FROM jerry.consumer WHERE name = 'mail'")


def test_a_horizon_of_another_server_is_passed(session):
    owner, b = session("owner"), session("b")
    claim(b, "mail")
    # as it comes with a dump that was made when the consumer had just begun
    query(owner, "UPDATE jerry.consumer SET horizon = '999999999:999999999:'")
    claim(b, "mail")
    assert value(owner, "SELECT complete FROM jerry.consumer")


def test_two_names_of_one_role_begin_one_after_the_other(session):
    owner, first, second = session("owner"), session("a"), session("a")
    query(first, "BEGIN")
    assert claim(first, "one") == every(owner)
    assert claim(second, "one") == claim(second, "two") == []
    query(first, "COMMIT")
    assert claim(second, "two") == every(owner)


def test_consumers_cannot_touch_each_other(session):
    owner, a, b = session("owner"), session("a"), session("b")
    events = every(owner)
    assert claim(a, "mail") == events
    for call in (
        "jerry.claim_events('mail')", "jerry.ack_events('mail', ARRAY(SELECT generate_series(1, 1000)))",
        "jerry.replay_events('mail', '-infinity')"
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            query(b, f"SELECT {call}")
    assert value(a, "SELECT jerry.ack_events('mail', %s)", events) == len(events)
    # the current role counts, as SET ROLE left it, and its members
    query(b, "SET ROLE jerry_events")
    assert claim(b, "shared", 1)
    query(b, "RESET ROLE")
    assert claim(b, "shared", 1) and claim(a, "shared", 1)


def test_a_lease_ends_within_a_day_and_by_a_replay(session):
    owner, a = session("owner"), session("a")
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        claim(a, "mail", 1, "1 day 1 second")
    assert claim(a, "mail", 100, "1 day") == every(owner)
    assert claim(a, "mail") == []
    assert value(a, "SELECT jerry.replay_events('mail', '-infinity')") == 5
    assert claim(a, "mail") == every(owner)


def test_made_up_names_are_soon_too_many(session):
    owner, a, b = session("owner"), session("a"), session("b")
    for n in range(16):
        assert claim(a, f"made-up-{n}", 1)
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        claim(a, "made-up-16", 1)
    assert claim(a, "made-up-15", 1)
    # that concerns nobody else
    assert claim(b, "mail", 1)
    for n in range(83):
        assert claim(owner, f"own-{n}", 1)
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        claim(owner, "own-83", 1)
    assert value(owner, "SELECT jerry.remove_consumer('own-82')")
    assert claim(b, "stock", 1)


def test_doctor_tells_of_a_claim_that_is_held_open(session):
    owner, a = session("owner"), session("a")
    claim(a, "mail", 1)
    query(a, "BEGIN")
    claim(a, "mail", 1)
    held = f"session {a.get_backend_pid()} of role "
    assert not [finding for _, finding, _ in query(owner, "SELECT * FROM jerry.doctor()") if finding.startswith(held)]
    # as it is found more than a minute later
    body = value(
        owner, "SELECT prosrc FROM pg_proc WHERE oid = 'jerry.doctor()'::regprocedure"
    ).replace("'1 minute'", "'-1 minute'")
    [problem] = [problem for problem, finding, _ in query(owner, body.replace("%", "%%")) if finding.startswith(held)]
    assert problem == "claim held open"
    query(a, "ROLLBACK")


class Sharing(threading.Thread):
    """One of several workers of a consumer, whose session is killed now and then; while a lease lasts nobody else may
    have what it has.
    """

    LEASE = 2
    held, guard = {}, threading.Lock()

    def __init__(self, dsn, done):
        super().__init__()
        self.dsn, self.done, self.handled, self.deaths, self.late, self.error = dsn, done, [], 0, 0, None
        self.start()

    def run(self):
        db = None
        while self.error is None and not self.done.is_set():
            try:
                if db is None:
                    db = connect(self.dsn)
                self.work(db)
            except psycopg2.OperationalError:  # killed
                self.deaths += 1
                db = None
            except Exception as error:  # for the test, which joins us
                self.error = error

    def work(self, db):
        # the lease ends no sooner than this
        lease_end = time.monotonic() + self.LEASE
        claimed = claim(db, "shared", random.randint(1, 60), f"{self.LEASE} seconds")
        now = time.monotonic()
        with self.guard:
            assert [event_id for event_id in claimed if self.held.get(event_id, 0) > now] == [], "two have it at once"
            self.held.update({event_id: lease_end for event_id in claimed})
        if not claimed:
            time.sleep(0.01)
            return
        time.sleep(random.random() / 100)
        if random.random() < 0.1:
            # in a transaction that comes to nothing
            query(db, "BEGIN")
            query(db, "SELECT jerry.ack_events('shared', %s)", claimed)
            query(db, "ROLLBACK")
        self.handled += claimed
        n = value(db, "SELECT jerry.ack_events('shared', %s)", claimed)
        if time.monotonic() < lease_end:
            assert n == len(claimed)
        else:
            self.late += len(claimed)


def test_eight_workers_never_have_an_event_at_once_and_lose_none(new_installation, mailer):
    dsn = new_installation()
    owner = connect(dsn)
    rest = "SELECT EXISTS (SELECT FROM jerry.delivery) OR EXISTS (SELECT FROM jerry.event WHERE NOT dispatched)"
    done = threading.Event()
    workers = [Sharing(with_role(dsn, *mailer), done) for _ in range(8)]
    end = time.monotonic() + PATIENCE
    made = 0
    while not any(worker.error for worker in workers) and (made < EVENTS or value(owner, rest)):
        assert time.monotonic() < end, "events are left"
        if made < EVENTS:
            # in both ways in which events come
            from_elsewhere(owner, 480)
            query(
                owner, "SELECT jerry.register(gen_random_uuid() || '@example.com', %s, %s) FROM generate_series(1, 20)",
                PASSWORD, PASSWORD
            )
            made += 500
            query(
                owner, "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE usename = %s "
                "AND datname = current_database()"
                " ORDER BY random() LIMIT 1) AS victim", mailer[0],
            )
        time.sleep(0.02)
    done.set()
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.error is None, worker.error
    handled = [event_id for worker in workers for event_id in worker.handled]
    assert set(handled) == set(every(owner)) and len(every(owner)) == EVENTS
    deaths = sum(worker.deaths for worker in workers)
    assert deaths > 5
    # twice only what was out when somebody died, or came too late
    assert len(handled) - EVENTS <= 60 * deaths + sum(worker.late for worker in workers)
    owner.close()

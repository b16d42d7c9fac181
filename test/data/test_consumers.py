"""The outbox under load: every event of every committed transaction is handled, none of a rolled-back one, whoever dies."""

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
    run(os.environ.get("CC", "gcc"), "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, ROOT / "examples" / "consumer.c", f"-I{include}", "-lpq")
    return program


class Worker:
    """One of the examples at work; what it has handled is in a file."""

    def __init__(self, dsn, folder, *command):
        self.file = folder / f"{uuid.uuid4().hex}.txt"
        with self.file.open("wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in command], env={**os.environ, "DATABASE_URL": dsn}, stdin=subprocess.DEVNULL, stdout=output
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
    """Makes events in transactions, of which about a quarter are rolled back; remembers the users of those that were not."""

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
            users = query(
                db,
                "SELECT jerry.unwrap(jerry.register(gen_random_uuid() || '@example.com', %s, %s))->>'user_id' FROM generate_series(1, %s)",
                PASSWORD, PASSWORD, n,
            )
            ids = [user_id for (user_id,) in users]
            query(
                db,
                "SELECT jerry.unwrap(jerry.verify_email(payload->'data'->>'email_verification_token')) FROM jerry.event"
                " WHERE event_type = 'user.registered' AND NOT dispatched AND payload->'data'->>'user_id' = ANY (%s)",
                ids,
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


def wait_until(condition, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_no_event_is_lost_whoever_dies(new_installation, mailer, consumer_c, tmp_path):
    dsn = new_installation()
    mailer_dsn = with_role(dsn, *mailer)
    db = connect(dsn)
    producers = [Producers(dsn, EVENTS // 2) for _ in range(2)]
    # more wait than are handled before the last one dies, so that each dies in the middle of a batch
    wait_until(lambda: value(db, "SELECT count(*) FROM jerry.event") > EVENTS // 2, "the producers make nothing")
    python = [ROOT / "examples" / "consumer.py", "mail"]
    workers = [
        Worker(mailer_dsn, tmp_path, *python),
        Worker(mailer_dsn, tmp_path, *python),
        Worker(mailer_dsn, tmp_path, consumer_c, "mail"),
    ]
    # by what all have handled: how many of the events one of them gets is left to chance
    victims = random.sample(workers, 2)
    for victim, goal in zip(victims, sorted(random.sample(range(EVENTS * 2 // 5), 2))):
        wait_until(lambda: victim.handled() and sum(len(worker.handled()) for worker in workers) > goal, "a worker handles nothing")
        victim.kill()
    for producer in producers:
        producer.finish()
    committed = set().union(*(producer.committed for producer in producers))
    rolled_back = set().union(*(producer.rolled_back for producer in producers))
    assert rolled_back, "nothing was rolled back"
    events = query(db, "SELECT id, event_type, payload->'data'->>'user_id' FROM jerry.event")
    assert len(events) == EVENTS
    assert {(kind, user) for _, kind, user in events} == {(kind, user) for kind in ("user.registered", "user.email_verified") for user in committed}

    # the survivor gets what is new, and what the dead have had out when their leases end
    [survivor] = [worker for worker in workers if worker not in victims]
    waiting = (
        "SELECT count(*) FROM jerry.event AS e WHERE NOT e.dispatched OR EXISTS"
        " (SELECT FROM jerry.delivery AS d WHERE d.event_id = e.id AND claimable_at <= clock_timestamp())"
    )
    wait_until(lambda: value(db, waiting) == 0, "events are left")
    query(db, "UPDATE jerry.delivery SET claimable_at = '-infinity'")
    wait_until(lambda: value(db, "SELECT count(*) FROM jerry.delivery WHERE consumer = 'mail'") == 0, "the events of the dead are left")
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
        assert value(audit, "SELECT jerry.ack_events('audit', %s)", [event_id for event_id, _ in claimed]) == len(claimed)
    assert seen == sorted(event_id for event_id, _, _ in events)
    audit.close()

    # and then nobody needs them any more
    query(db, "SET jerry.event_retention = 0")
    deleted = 0
    while n := value(db, "SELECT (jerry.maintain(3000)->'data'->>'events')::integer"):
        deleted += n
    assert deleted == EVENTS
    assert value(db, "SELECT count(*) FROM jerry.delivery") == 0
    db.close()


def test_the_outbox_does_not_grow(new_server):
    # where no snapshot or lock of an autovacuum worker keeps our own VACUUM from what is dead
    db = connect(new_server("autovacuum=off").dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    query(db, "SET jerry.event_retention = 0")
    sizes = []
    for _ in range(4):
        query(db, "INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', now() FROM generate_series(1, 5000)")
        assert value(db, "SELECT jerry.ack_events('mail', array_agg(event_id)) FROM jerry.claim_events('mail', 10000)") == 5000
        while value(db, "SELECT (jerry.maintain()->'data'->>'events')::integer"):
            pass
        assert value(db, "SELECT count(*) FROM jerry.event") == 0
        query(db, "VACUUM jerry.event, jerry.delivery")
        sizes.append(value(db, "SELECT pg_total_relation_size('jerry.event') + pg_total_relation_size('jerry.delivery')"))
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
        claimed = [event_id for (event_id,) in query(db, "SELECT event_id FROM jerry.claim_events(%s, %s)", self.name, random.randint(1, 50))]
        if claimed and random.random() < self.dies:
            # as a worker that dies: its lease ends at once
            query(db, "UPDATE jerry.delivery SET claimable_at = '-infinity' WHERE consumer = %s AND event_id = ANY (%s)", self.name, claimed)
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
    wait_until(lambda: not value(db, left), "events are left")
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
        query(db, "INSERT INTO jerry.event (event_type, payload, created_at) SELECT 'test', '{}', clock_timestamp() FROM generate_series(1, 5)")
        time.sleep(0.01)

    calls = [insert, insert, Reader("a", dies=0.2), Reader("a"), Reader("b"), Reader("b"), replay, maintain, maintain, remove]
    running = [Repeating(dsn, call) for call in calls]
    time.sleep(5)
    for one in running:
        one.stop()
    assert all(one.calls > 10 for one in running), [one.calls for one in running]
    setup.close()

"""The example consumers as services: what they do when the server is away, when an event cannot be handled, and when
they are to end.
"""

import fcntl
import os
import pathlib
import signal
import subprocess
import uuid

import pytest

from database import connect, query, value
from programs import ROOT, run, with_role
from waiting import eventually

PATIENCE = 60
EXAMPLES = ROOT / "examples"
BATCH = 100


@pytest.fixture(scope="module")
def server(new_server):
    server = new_server()
    db = connect(server.dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    query(db, "CREATE ROLE worker LOGIN PASSWORD 'worker'")
    query(db, "GRANT jerry_events TO worker")
    db.close()
    return server


@pytest.fixture(scope="module", params=["consumer.py", "consumer.c"])
def program(request, tmp_path_factory):
    if request.param == "consumer.py":
        return EXAMPLES / "consumer.py"
    built = tmp_path_factory.mktemp("consumer") / "consumer"
    include = run(os.environ.get("PG_CONFIG", "pg_config"), "--includedir").strip()
    run(
        os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Werror", "-O1", "-o", built, EXAMPLES / "consumer.c",
        f"-I{include}", "-lpq"
    )
    return built


@pytest.fixture
def start(server, program, tmp_path):
    """start(**where it writes): a worker of a consumer of its own, whose name it has."""
    running = []

    def start(**files):
        name = f"c{uuid.uuid4().hex}"
        files.setdefault("stdout", (tmp_path / "handled").open("wb"))
        worker = subprocess.Popen(
            [str(program), name], stdin=subprocess.DEVNULL, stderr=(tmp_path / "said").open("wb"),
            env={**os.environ, "DATABASE_URL": with_role(server.dsn, "worker", "worker")}, **files,
        )
        worker.consumer = name
        running.append(worker)
        return worker

    yield start
    for worker in running:
        worker.kill()
        worker.wait()


def happen(server, n=1):
    """n events, of whose lines a batch is more than a pipe of a page takes; returns their ids."""
    db = connect(server.dsn)
    ids = query(
        db, """INSERT INTO jerry.event (event_type, payload, created_at)
        SELECT 'test', format('{"data":{"user_id":"%%s"}}', repeat('x', 100))::json, now()
        FROM generate_series(1, %s) RETURNING id""", n,
    )
    db.close()
    return [event_id for (event_id,) in ids]


def handled(folder):
    return [int(line.split()[0]) for line in (folder / "handled").read_bytes().splitlines()]


def stop(server):
    os.kill(int(server.names["JERRY_POSTGRES_PID"]), signal.SIGQUIT)
    eventually(lambda: not pathlib.Path(server.folder, "data", "postmaster.pid").exists(), "the server does not end")


def test_a_worker_outlives_its_server(server, start, tmp_path):
    worker = start()
    [first] = happen(server)
    eventually(lambda: first in handled(tmp_path), "nothing is handled")
    stop(server)
    # it notices, and finds it away again
    eventually(lambda: (tmp_path / "said").read_bytes().count(b"consumer: ") >= 3, "it does not try again")
    assert worker.poll() is None
    was = server.dsn
    server.start()
    assert server.dsn == was, "the server has another port"
    [second] = happen(server)
    eventually(lambda: second in handled(tmp_path), "it does not come back")
    # a crash of another session, after which the server ends all
    db = connect(server.dsn)
    pid = value(db, "SELECT pid FROM pg_stat_activity WHERE usename = 'worker'")
    db.close()
    os.kill(pid, signal.SIGKILL)

    def is_there():
        try:
            return happen(server)
        except Exception:  # it is recovering
            return None

    third = []
    eventually(lambda: third or third.extend(is_there() or []) or third, "the server does not recover")
    eventually(lambda: third[0] in handled(tmp_path), "it does not come back")
    assert worker.poll() is None
    assert b"worker:" not in (tmp_path / "said").read_bytes(), "the password is told"


def test_an_event_that_cannot_be_handled_comes_again_until_it_is_given_up(server, start, tmp_path):
    with open("/dev/full", "wb") as full:
        worker = start(stdout=full)
    ids = happen(server, 3)
    db = connect(server.dsn)
    attempts = "SELECT event_id, attempts FROM jerry.delivery WHERE consumer = %s AND event_id >= %s ORDER BY 1"

    def tried(n):
        waiting = dict(query(db, attempts, worker.consumer, ids[0]))
        return sorted(waiting) == ids and min(waiting.values()) >= n

    eventually(lambda: tried(1), "they are not tried")
    eventually(lambda: tried(2), "they are not tried again")
    assert worker.poll() is None
    query(
        db, "UPDATE jerry.delivery SET claimable_at = '-infinity', attempts = 99 WHERE consumer = %s", worker.consumer
    )
    # from behind the events of the tests before, which are more than are shown at once
    dead = "SELECT event_id, attempts FROM jerry.dead_letters(%s, %s - 1)"
    given_up = [(event_id, 100) for event_id in ids]
    eventually(lambda: query(db, dead, worker.consumer, ids[0]) == given_up, "they are not given up")
    said = (tmp_path / "said").read_text()
    for event_id in ids:
        assert f"event {event_id}, attempt 1: " in said
        assert f"event {event_id} is given up after 100 attempts" in said
    assert worker.poll() is None
    db.close()


def start_unread(server, start):
    """A worker with much to do whose output nobody reads: it stands still in the middle of a batch; and the reading
    end.
    """
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    happen(server, 500)
    worker = start(stdout=writer)
    os.close(writer)
    return worker, reader


def test_what_was_claimed_is_finished_before_the_end(server, start):
    worker, reader = start_unread(server, start)
    db = connect(server.dsn)
    out = "SELECT count(*) FROM jerry.delivery WHERE consumer = %s AND attempts > 0"
    before = []

    def stands_still():
        before.append(value(db, out, worker.consumer))
        return len(before) > 10 and 0 < before[-1] < BATCH and len(set(before[-10:])) == 1

    eventually(stands_still, "it does not get stuck")
    worker.send_signal(signal.SIGTERM)
    with os.fdopen(reader, "rb") as output:
        lines = output.read().splitlines()
    assert worker.wait(PATIENCE) == 0
    assert len(lines) % BATCH == 0
    assert value(db, out, worker.consumer) == 0
    assert value(db, "SELECT count(*) FROM jerry.delivery WHERE consumer = %s", worker.consumer) > 0, "nothing was left"
    db.close()


def test_a_second_signal_ends_it_at_once(server, start):
    worker, reader = start_unread(server, start)
    db = connect(server.dsn)
    eventually(lambda: value(
        db, "SELECT count(*) FROM jerry.delivery WHERE consumer = %s AND attempts > 0", worker.consumer
    ) > 0, "it claims nothing")
    eventually(lambda: worker.send_signal(signal.SIGTERM) or worker.poll() is not None, "it does not end", pause=0.1)
    assert worker.returncode == -signal.SIGTERM
    os.close(reader)
    db.close()


def test_without_a_server_it_ends_when_asked(program, tmp_path):
    with (tmp_path / "alone").open("wb") as said:
        worker = subprocess.Popen(
            [str(program)], stdin=subprocess.DEVNULL, stderr=said,
            env={**os.environ, "DATABASE_URL": "postgresql://x:secret-y@127.0.0.1:1/x"}
        )
    try:
        eventually(lambda: (tmp_path / "alone").stat().st_size, "it says nothing")
        worker.terminate()
        assert worker.wait(PATIENCE) == 0
        assert b"secret-y" not in (tmp_path / "alone").read_bytes()
    finally:
        worker.kill()
        worker.wait()

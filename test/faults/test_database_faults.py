"""The database is stopped, killed, frozen, out of reach or out of room, and the API says so in time.

What clients may be told meanwhile is in watch.py.
"""

import contextlib
import signal
import time
import urllib.parse

import psycopg2
import pytest

import database
import server
from machine import patience
from network import Relay, blackhole
from waiting import eventually
from watch import BACK, DEADLINES, SLACK, USUAL, Client, new_account

# Attempts to connect in a second: the first ones come quickly, then two to four in a second.
ATTEMPTS_PER_SECOND = 10


def backends(cluster, lane="%", on=None):
    """The server processes of the sidecar's connections, that which was used last first, asked for on one of the
    owner's.
    """
    owner = on or database.connect(cluster.dsn)
    rows = database.query(
        owner,
        "SELECT pid FROM pg_stat_activity WHERE usename = 'jerry_sidecar' AND application_name LIKE %s"
        " ORDER BY query_start DESC",
        f"%/{lane}",
    )
    if on is None:
        owner.close()
    return [pid for pid, in rows]


def socket_of(cluster):
    port = urllib.parse.urlsplit(cluster.dsn).port
    return f"{cluster.names['JERRY_SOCKET']}/.s.PGSQL.{port}"


def url_of(cluster, port, host="127.0.0.1"):
    """The sidecar's way to the cluster through another port."""
    place = urllib.parse.urlsplit(cluster.database_url)
    return f"postgresql://{place.username}:{place.password}@{host}:{port}{place.path}"


@pytest.fixture
def relayed(cluster, make_sidecar):
    """A sidecar that reaches the cluster through a relay, and the relay."""
    relay = Relay(socket_of(cluster))
    sidecar = make_sidecar(url_of(cluster, relay.port))
    sidecar.wait_until_ready()
    yield sidecar, relay
    sidecar.stop()
    relay.close()


def test_it_is_stopped_and_started(cluster, sidecar, account, watched):
    with watched(sidecar, account) as watch:
        for _ in range(2):
            cluster.stop()
            watch.wait_until_told(503, *USUAL)
            time.sleep(1)
            cluster.start()
            watch.back(server.ready_at(cluster))


def test_it_is_killed_and_started(cluster, sidecar, account, watched):
    with watched(sidecar, account) as watch:
        for kill in server.kill, server.kill_postmaster:
            kill(cluster)
            watch.wait_until_told(503, *USUAL)
            cluster.start()
            watch.back(server.ready_at(cluster))


def test_one_of_its_backends_is_killed(cluster, sidecar, account, watched):
    """The server ends all other connections too and recovers by itself."""
    with watched(sidecar, account) as watch:
        server.kill_backend(cluster, backends(cluster, "login")[0])
        watch.back(server.ready_at(cluster))
        assert watch.told(503)


def test_it_hangs(cluster, sidecar, account, watched):
    """For longer than every deadline.  Afterwards the sidecar must not believe in answers to questions given up."""
    with watched(sidecar, account) as watch:
        server.freeze(cluster)
        frozen = time.time()
        watch.wait_until_lanes_time_out(since=frozen)
        watch.wait_until_told(503, "validate-token")
        assert time.time() - frozen < max(DEADLINES.values()) + patience(SLACK)
        server.thaw(cluster)
        watch.back(time.time())


def freeze_idle_backend(cluster, lane):
    """Freeze a connection between two statements: in the midst of one it could hold what the whole server needs.

    That which was used last: one that few requests need may wait for its next one for long.
    """
    owner = database.connect(cluster.dsn)
    while True:
        victim = backends(cluster, lane, on=owner)[0]
        server.send([victim], signal.SIGSTOP)
        if database.value(owner, "SELECT state FROM pg_stat_activity WHERE pid = %s", victim) == "idle":
            owner.close()
            return victim
        server.send([victim], signal.SIGCONT)


@pytest.mark.parametrize("lane", ["read", "write", "login"])
def test_one_of_its_backends_hangs(cluster, sidecar, account, watched, lane):
    """Its connection is given up; the others carry on, and a new one takes its place."""
    before = len(backends(cluster, lane))
    with watched(sidecar, account) as watch:
        victim = freeze_idle_backend(cluster, lane)
        try:
            eventually(lambda: watch.told(504))
            eventually(lambda: len(set(backends(cluster, lane)) - {victim}) == before)
            watch.back(time.time())
        finally:
            server.send([victim], signal.SIGCONT)
        # which then notices that it was given up; the next test counts
        eventually(lambda: victim not in backends(cluster, lane))


def test_it_cannot_be_reached_and_is_silent(cluster, relayed, watched):
    """The network between goes dead, without a word to either side."""
    sidecar, relay = relayed
    with watched(sidecar, new_account(sidecar)) as watch:
        relay.mode = Relay.HOLD
        held, before = time.time(), relay.accepted
        watch.wait_until_lanes_time_out(since=held)
        watch.wait_until_told(503, "validate-token")
        assert relay.accepted - before <= ATTEMPTS_PER_SECOND * (time.time() - held)
        relay.mode = Relay.PASS
        watch.back(time.time())


def test_it_closes_every_connection(cluster, relayed, watched):
    sidecar, relay = relayed
    with watched(sidecar, new_account(sidecar)) as watch:
        relay.mode = Relay.CLOSE
        closed, before = time.time(), relay.accepted
        watch.wait_until_told(503, *USUAL)
        time.sleep(3)
        assert relay.accepted - before <= ATTEMPTS_PER_SECOND * (time.time() - closed)
        relay.mode = Relay.PASS
        watch.back(time.time())


def test_it_was_never_there(cluster, sidecar, account, make_sidecar, watched):
    """A sidecar that starts with no way to its database says so at once, and finds it when there is one."""
    with contextlib.ExitStack() as stack:
        with blackhole() as port:
            lost = make_sidecar(url_of(cluster, port))
            client = Client(lost.url, account)
            worker = server.workers(lost)
            for _ in range(3):
                for route in USUAL:
                    seen, _ = client.ask(route)
                    assert seen.status == 503
                    assert seen.ended - seen.begun < patience(SLACK)
                time.sleep(1)
        relay = Relay(socket_of(cluster), port=port)
        stack.callback(relay.close)
        opened = time.time()
        eventually(lambda: all(client.ask(route)[0].status == USUAL[route] for route in USUAL))
        assert time.time() - opened < patience(BACK + SLACK)
        assert server.workers(lost) == worker
        lost.stop()


@pytest.mark.parametrize("host, status", [("localhost", 200), ("no-such-host.invalid", 503)])
def test_its_host_has_a_name(cluster, make_sidecar, host, status):
    """Names are looked up in a thread, inside the sandbox, which must not kill the worker for it."""
    url = url_of(cluster, urllib.parse.urlsplit(cluster.dsn).port, host)
    sidecar = make_sidecar(url, DATABASE_UNVERIFIED="True")
    worker = server.workers(sidecar)
    sidecar.wait_until("/readyz", status)
    time.sleep(2)
    assert sidecar.answers("/readyz") == status
    assert server.workers(sidecar) == worker


def test_it_has_no_connections_left(cluster, sidecar, account, watched):
    held = []
    with watched(sidecar, account) as watch:
        try:
            owner = database.connect(cluster.dsn)
            held.append(owner)
            full = False
            while not full:
                for pid in backends(cluster, on=owner):
                    database.query(owner, f"SELECT pg_terminate_backend({pid})")
                with contextlib.suppress(psycopg2.OperationalError):
                    while True:
                        held.append(database.connect(cluster.dsn))
                full = not backends(cluster, on=owner)
            watch.wait_until_told(503, *USUAL)
            time.sleep(1)
            assert not backends(cluster, on=owner)
        finally:
            for connection in held:
                connection.close()
        watch.back(time.time())


@pytest.fixture
def small_disk(cluster, monkeypatch):
    """The cluster on a disk that can be filled."""
    disk = server.FullDisk()
    preload = f"LD_PRELOAD={disk.library}"
    cluster.stop()
    monkeypatch.setenv("JERRY_SERVER_ENV", preload)
    cluster.start()
    yield disk
    cluster.stop()
    monkeypatch.undo()
    cluster.start()
    disk.close()


def test_it_has_no_disk_left(small_disk, cluster, sidecar, account, watched):
    """What writes is refused until there is room again; what reads goes on."""
    with watched(sidecar, account) as watch:
        small_disk.fill()
        watch.wait_until_told(503, "register", "login")
        refused = watch.told(503, "validate-token")
        validated = watch.told(200, "validate-token")
        eventually(lambda: watch.told(200, "validate-token") > validated + 20)
        assert watch.told(503, "validate-token") == refused
        small_disk.empty()
        watch.back(time.time())

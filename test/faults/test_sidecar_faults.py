"""The sidecar's own processes are killed, its clients leave, and it is told to end: nobody else is harmed by it.

What clients may be told meanwhile is in watch.py.
"""

import collections
import concurrent.futures
import json
import pathlib
import random
import signal
import socket
import struct
import time

import pytest

import database
import server
from client import AUTH
from machine import busy, patience
from raw import Connection
from users import PASSWORD, new_email
from waiting import PATIENCE, eventually
from watch import BACK, SLACK, USUAL, Client

# A worker that dies at its start is started anew this often.
STARTS_PER_SECOND = 1

# An end has to come within this time: that of the longest lane, and the rest for the database to take what was given
# up.
DRAIN_SECONDS = 10


def raw(method, path, body=None):
    """A request as bytes."""
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def login(user):
    return raw("POST", f"{AUTH}/login", {"email": user["email"], "password": user["password"]})


def register(email):
    return raw("POST", f"{AUTH}/register", {"email": email, "password": PASSWORD, "password_confirmation": PASSWORD})


def validate(account):
    return raw("POST", f"{AUTH}/validate-token", {"token": account["access_token"]})


LIVEZ = raw("GET", "/livez")


def seconds_until(condition):
    """How long it took."""
    begun = time.monotonic()
    eventually(condition)
    return time.monotonic() - begun


def serves(url, account):
    client = Client(url, account)
    return all(client.ask(route)[0].status == USUAL[route] for route in USUAL)


@pytest.fixture
def slow_hashes(db):
    """A hash takes as long as in a small installation, so that requests are under way when something happens."""
    database.query(db, "ALTER DATABASE jerry SET jerry.bcrypt_cost = 10")
    yield
    database.query(db, "ALTER DATABASE jerry RESET jerry.bcrypt_cost")


def test_a_worker_is_killed(sidecar, account, watched):
    with watched(sidecar, account, may_lose=True) as watch:
        for _ in range(3):
            (worker,) = server.workers(sidecar)
            time.sleep(1.2)
            server.send([worker], signal.SIGKILL)
            killed = time.time()
            watch.back(killed)
            assert server.workers(sidecar) not in (set(), {worker})


def test_one_of_two_workers_is_killed(cluster, account, make_sidecar):
    """Whichever it is, also the one that accepts the connections."""
    sidecar = make_sidecar(cluster.database_url, KORE_WORKERS="2")
    sidecar.wait_until_ready()
    eventually(lambda: len(server.workers(sidecar)) == 2)
    for victim in list(server.workers(sidecar)):
        time.sleep(1.2)
        server.send([victim], signal.SIGKILL)
        assert seconds_until(lambda: serves(sidecar.url, account)) < patience(BACK)
        eventually(lambda: len(server.workers(sidecar) - {victim}) == 2)


def test_a_worker_that_always_dies_is_not_started_in_a_tight_loop(sidecar, account):
    """It is killed as soon as it answers."""
    killed = set()
    begun = time.monotonic()
    while (seconds := time.monotonic() - begun) < 5 or (len(killed) < 3 and seconds < PATIENCE):
        found = server.workers(sidecar)
        if sidecar.answers("/livez") == 200:
            server.send(found, signal.SIGKILL)
            killed |= found
        time.sleep(0.005)
    # the first one was there before
    assert 3 <= len(killed) <= 1 + seconds * STARTS_PER_SECOND + 1
    assert seconds_until(lambda: serves(sidecar.url, account)) < patience(BACK)


def test_kores_parent_is_killed(sidecar, account):
    """Its worker notices, and the port is free again."""
    workers = server.workers(sidecar)
    server.send([server.kore(sidecar)], signal.SIGKILL)
    eventually(lambda: not any(server.is_alive(worker) for worker in workers), seconds=patience(DRAIN_SECONDS + SLACK))
    server.reap(workers)
    assert sidecar.answers("/livez") is None


def leave(url, content, number):
    """Send a request and go away without its answer: politely, or by a reset, or with half of it sent."""
    connection = Connection(url, source=f"127.0.3.{number % 20 + 1}")
    half = number % 5 == 4
    connection.send(content[: len(content) // 2] if half else content)
    time.sleep(random.random() / 20)
    if number % 2:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


def test_clients_leave_without_their_answers(slow_hashes, sidecar, account, db, watched, figure):
    emails = [new_email() for _ in range(200)]
    with watched(sidecar, account):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for number, email in enumerate(emails):
                for content in register(email), login(account), validate(account):
                    pool.submit(leave, sidecar.url, content, number)
        begun = time.time()
        eventually(lambda: serves(sidecar.url, account))
        assert time.time() - begun < patience(5 + SLACK)
    gone = sidecar.output().count('"status":499')
    assert gone > 0
    rows = database.query(
        db,
        """SELECT count(*), (SELECT count(*) FROM jerry.event WHERE event_type = 'user.registered'
        AND payload->'data'->>'user_id' = u.id::text)
        FROM jerry.user AS u WHERE email = ANY(%s) GROUP BY u.id""",
        emails,
    )
    assert set(rows) <= {(1, 1)}
    figure(f"{gone} requests were left; of {len(emails)} registrations among them {len(rows)} were made, each once")


def new_clients(url, answered, refused):
    """Clients that arrive one after the other until the port is closed."""
    while True:
        try:
            connection = Connection(url, source=f"127.0.4.{random.randrange(1, 250)}")
        except ConnectionRefusedError:
            return
        with connection:
            try:
                connection.send(LIVEZ)
                answer = connection.answer()  # the whole answer, or nothing
            except ConnectionError:
                assert connection.buffer == b""
                answer = None
        (refused if answer is None else answered).append(answer)


def answers(connection, deadline):
    """All the answers on a connection that was sent one request or several; the one that says close is the last."""
    connection.deadline = deadline
    found = []
    while not found or found[-1].headers["connection"] != "close":
        answer = connection.answer()
        if answer is None:
            break
        found.append(answer)
    connection.expect_end()
    return found


def test_sigterm_under_load_leaves_no_request_unanswered(slow_hashes, sidecar, account, figure):
    """Logins and registrations at work and in the queue, pipelines, requests that are still arriving."""
    half, rest = login(account)[:-1], login(account)[-1:]
    contents = [validate(account)] * 20 + [login(account)] * 20 + [
        register(new_email()) for _ in range(20)
    ] + [half] * 5
    pipelines = [validate(account) + LIVEZ + validate(account)] * 10
    connections = [
        Connection(sidecar.url, source=f"127.0.5.{number % 9 + 1}") for number in range(len(contents) + len(pipelines))
    ]
    idle = [Connection(sidecar.url, source="127.0.5.10") for _ in range(10)]
    later, refused = [], []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        arriving = [pool.submit(new_clients, sidecar.url, later, refused) for _ in range(2)]
        eventually(lambda: len(later) > 20)
        for connection, content in zip(connections, contents + pipelines):
            connection.send(content)
        begun = time.monotonic()
        sidecar.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        for connection, content in zip(connections, contents):
            if content == half:
                connection.send(rest)
        deadline = begun + patience(DRAIN_SECONDS)
        answered = [answers(connection, deadline) for connection in connections]
        assert not any(answers(connection, deadline) for connection in idle)
        for each in arriving:
            each.result()
    assert sidecar.process.wait(patience(DRAIN_SECONDS)) == 0
    seconds = time.monotonic() - begun

    assert [len(each) for each in answered[: len(contents)]] == [1] * len(contents)
    # who pipelines learns from the last answer which of its requests were not taken
    for each in answered[len(contents) :]:
        assert len(each) == 3 or each[-1].headers["connection"] == "close"
    statuses = collections.Counter(answer.status_code for each in answered for answer in each)
    assert set(statuses) <= {200, 201, 503, 504}
    assert statuses[200] >= (20 + len(pipelines)) / busy()
    figure(
        f"{sum(statuses.values())} answers to requests under way, {dict(statuses)}; ended after {seconds:.2f} s; of "
        f"clients that came one by one {len(later)} were answered, {len(refused)} not taken"
    )


def is_read(connection):
    """Has the other side taken all that was sent on this connection?"""
    place = "0100007F:%04X" % connection.socket.getsockname()[1]
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, _, queues, *_ = line.split()
        if remote == place:
            return int(queues.partition(":")[2], 16) == 0
    return False


def test_sigterm_while_the_database_hangs(cluster, sidecar, account, figure):
    """What is under way is answered at its deadline, then the sidecar ends."""
    server.freeze(cluster)
    requests = [
        validate(account), login(account), register(new_email()), raw("POST", f"{AUTH}/verify-email", {"token": "x"})
    ]
    connections = [Connection(sidecar.url) for _ in requests]
    for connection, content in zip(connections, requests):
        connection.send(content)
    eventually(lambda: all(is_read(connection) for connection in connections))
    begun = time.monotonic()
    sidecar.process.send_signal(signal.SIGTERM)
    codes = []
    for connection in connections:
        connection.deadline = begun + patience(DRAIN_SECONDS)
        codes.append(connection.answer().code)
        connection.expect_end()
    assert sidecar.process.wait(patience(DRAIN_SECONDS)) == 0
    # where there is one connection for logins, one of the two has waited for it in vain
    assert codes.count("GATEWAY_TIMEOUT") >= 3 and set(codes) <= {"GATEWAY_TIMEOUT", "SERVICE_UNAVAILABLE"}
    figure(f"ended after {time.monotonic() - begun:.2f} s")

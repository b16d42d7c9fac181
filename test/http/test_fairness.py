"""One client cannot take a lane from all others: its requests are refused before theirs.

The floods come from one address, or from one IPv6 /64, without an account.  The others ask one thing after the other
meanwhile, and all of that has to be answered as on any other day.
"""

import collections
import concurrent.futures
import contextlib
import json
import os
import threading
import time

import pytest

import database
from client import AUTH
from processes import Cluster
from raw import Connection
from users import new_email
from waiting import eventually

# A hash takes long enough for a queue to grow; and so long that a full queue is not worked off within the deadline.
SLOW_HASHES = "jerry.bcrypt_cost=10"
SLOWEST_HASH = 14
HASHED_TOGETHER = 4  # logins that one connection takes at a time

FLOOD_CONNECTIONS = 60
LOGINS = 10

# How a flood goes on after a refusal: at once, nearly, or when Retry-After says so.
RUDE, POLITE = 0.01, 1.0


def request(route, body, forwarded_for=None):
    content = json.dumps(body).encode()
    lines = [f"POST {AUTH}/{route} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines.append(f"Content-Length: {len(content)}")
    if forwarded_for is not None:
        lines.append(f"X-Forwarded-For: {forwarded_for}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def guess():
    """A login that fails only after its hash."""
    return {"email": new_email(), "password": "a guess"}


class Flood:
    """Connections that send the same kind of request again and again, as long as the context lasts."""

    def __init__(self, url, make_request, source, pause, connections=FLOOD_CONNECTIONS):
        self.url, self.make_request, self.source, self.pause = url, make_request, source, pause
        self.statuses = collections.Counter()
        self.over = threading.Event()
        self.clients = [threading.Thread(target=self.repeat, args=[number]) for number in range(connections)]

    def repeat(self, number):
        with Connection(self.url, source=self.source) as connection:
            while not self.over.is_set():
                connection.send(self.make_request(number))
                connection.deadline += 30
                status = connection.answer().status_code
                self.statuses[status] += 1
                self.over.wait(self.pause)

    def __enter__(self):
        for client in self.clients:
            client.start()
        eventually(lambda: self.statuses[503], lambda: f"the flood fills no queue: {self.statuses}")
        return self

    def __exit__(self, *_):
        self.over.set()
        for client in self.clients:
            client.join()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), SLOW_HASHES, "fsync=off")
    yield cluster
    cluster.remove()


@pytest.fixture(scope="module", params=["1", "2"], ids=["one-worker", "two-workers"])
def url(request, start_sidecar, cluster):
    """This machine is a trusted proxy, but not by all of its addresses."""
    names = {"TRUSTED_PROXIES": "127.0.0.3", "KORE_WORKERS": request.param, "MAX_CONNECTIONS_PER_ADDRESS": "0"}
    return start_sidecar(DATABASE_URL=cluster.database_url, **names).url


def logins_of_another(url, source, forwarded_for=None):
    """The statuses of logins that are sent one after the other, each by a connection of its own."""
    statuses = []
    for _ in range(LOGINS):
        with Connection(url, source=source) as connection:
            connection.send(request("login", guess(), forwarded_for))
            statuses.append(connection.answer().status_code)
    return statuses


@pytest.mark.parametrize("pause", [RUDE, POLITE], ids=["rude", "polite"])
def test_one_address_leaves_the_logins_of_others_answered(url, pause):
    with Flood(url, lambda _: request("login", guess()), "127.0.0.2", pause):
        assert logins_of_another(url, "127.0.0.1") == [401] * LOGINS


def test_one_address_behind_a_proxy_leaves_the_logins_of_others_answered(url):
    with Flood(url, lambda _: request("login", guess(), "192.0.2.1"), "127.0.0.3", RUDE):
        assert logins_of_another(url, "127.0.0.3", "192.0.2.2") == [401] * LOGINS


def test_one_network_leaves_the_logins_of_others_answered(url):
    """A client has a whole /64 of IPv6 addresses."""
    flood = Flood(url, lambda number: request("login", guess(), f"2001:db8:0:1::{number:x}"), "127.0.0.3", RUDE)
    with flood:
        assert logins_of_another(url, "127.0.0.3", "2001:db8:0:2::1") == [401] * LOGINS


def test_who_claims_to_be_many_is_one(url):
    """Nobody believes an address that comes from elsewhere than a trusted proxy."""
    flood = Flood(url, lambda number: request("login", guess(), f"192.0.2.{number}"), "127.0.0.2", RUDE)
    with flood:
        assert logins_of_another(url, "127.0.0.1") == [401] * LOGINS


def test_registrations_of_one_address_leave_the_logins_of_others_answered(url):
    password = {"password": "SecurePassword123!", "password_confirmation": "SecurePassword123!"}
    flood = Flood(url, lambda _: request("register", {"email": new_email(), **password}), "127.0.0.2", RUDE)
    with flood:
        assert logins_of_another(url, "127.0.0.1") == [401] * LOGINS
    assert flood.statuses[201] > 0


@pytest.fixture
def impatient(start_sidecar, cluster):
    """A sidecar whose statements wait for a lock for a fifth of a second, less than any lane's deadline."""
    url = cluster.database_url
    url += f"{'&' if '?' in url else '?'}options=-c%20lock_timeout%3D200"
    return start_sidecar(DATABASE_URL=url, MAX_CONNECTIONS_PER_ADDRESS="0", MAINTENANCE_INTERVAL="0").url


@contextlib.contextmanager
def locked(cluster):
    """Who looks for a one-time token has to wait."""
    with contextlib.closing(database.connect(cluster.dsn)) as owner:
        database.query(owner, "BEGIN")
        database.query(owner, "LOCK TABLE jerry.one_time_token IN ACCESS EXCLUSIVE MODE")
        yield


def test_one_address_leaves_the_lane_of_writes_to_others(impatient, cluster):
    """A token of the right length is looked for in the table, another one is not."""
    unknown, malformed = (request("verify-email", {"token": token}) for token in ("A" * 43, "x"))
    with locked(cluster), Flood(impatient, lambda _: unknown, "127.0.0.2", RUDE, connections=100):
        for _ in range(LOGINS):
            with Connection(impatient, source="127.0.0.1") as connection:
                connection.send(malformed)
                assert connection.answer().status_code == 401


def test_a_login_that_would_be_too_late_is_refused_at_once(start_sidecar, cluster):
    """The lane learns how long logins take, and tells who could only wait in vain."""
    with contextlib.closing(database.connect(cluster.dsn)) as owner:
        database.query(owner, f"ALTER DATABASE jerry SET jerry.bcrypt_cost = {SLOWEST_HASH}")
        try:
            url = start_sidecar(DATABASE_URL=cluster.database_url).url
        finally:
            database.query(owner, "ALTER DATABASE jerry RESET jerry.bcrypt_cost")

    def login(_):
        with Connection(url) as connection:
            begun = time.monotonic()
            connection.send(request("login", guess()))
            connection.deadline += 10
            return connection.answer().status_code, time.monotonic() - begun

    for number in range(8):
        login(number)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(login, range(40)))
    seconds = {status: sorted(time for each, time in answers if each == status) for status in (401, 503, 504)}
    assert sum(map(len, seconds.values())) == len(answers)
    under_way = os.cpu_count() * HASHED_TOGETHER
    assert len(seconds[504]) <= under_way, "only what was under way may be late"
    assert min(seconds[503]) < min(seconds[401] + seconds[504]), "who is refused learns it before the first is served"

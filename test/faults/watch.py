"""Clients that go on asking while something happens to the sidecar or its database, and what they may be told.

Whatever happens, /livez answers at once, and every other request is answered in the envelope within the deadline of its
lane: as usual, or with 503 and Retry-After, or with 504.  An address that is registered for the first time must not be
called taken: then the sidecar had tried twice.
"""

import collections
import concurrent.futures
import http.client
import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time
import types
import urllib.parse

from requests.structures import CaseInsensitiveDict

from answers import check_answer
from client import AUTH, Api
from machine import patience
from users import new_user, new_user_data

import server
from waiting import eventually

# Of /livez, in seconds.  Half of all answers have to come within the figure that is promised; the slowest may have met
# a busy machine, but has to be far below what waiting for a database would cost.  These, as every limit here, are for a
# machine that has little else to do; see machine.py.
LIVEZ_MEDIAN = 0.05
LIVEZ_SLOWEST = 1.0

# The deadline of each route, and what a busy machine may add.
DEADLINES = {
    "validate-token": 1, "refresh": 1, "me": 1, "sessions": 1, "verify-email": 2, "logout": 2, "login": 5, "register": 5
}
SLACK = 1.5

# Which routes share the connections of a lane.
LANES = {
    "read": {"validate-token", "refresh", "me", "sessions"},
    "write": {"verify-email", "logout"},
    "login": {"login", "register"},
}

# What a route answers when nothing is wrong.
USUAL = {
    "validate-token": 200, "refresh": 200, "me": 200, "sessions": 200, "verify-email": 401, "logout": 401, "login": 200,
    "register": 201
}

# A service is back this soon after its database.
BACK = 2.0

CLIENTS_PER_ROUTE = 2
PAUSE = 0.01
PATIENCE = 60

Seen = collections.namedtuple("Seen", "route begun ended status code")


def new_account(sidecar):
    """A registered user with tokens."""
    api = Api(sidecar.url)
    user = new_user(api)
    return {**user, **api.login(user).data}


class Client:
    """One client, which keeps its connection; answers are checked for their form."""

    def __init__(self, url, account=None):
        place = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=PATIENCE)
        self.account = account

    def body(self, route):
        if route == "register":
            return new_user_data()
        if route == "login":
            return {name: self.account[name] for name in ("email", "password")}
        if route == "refresh":
            return {"refresh_token": self.account["refresh_token"]}
        if route == "logout":
            return {"refresh_token": "x"}
        return {"token": self.account["access_token"] if route == "validate-token" else "x"}

    def ask(self, route, body=None):
        """What came of one request, status None when nothing did, and its data."""
        method, content = "POST", json.dumps(body or self.body(route))
        headers = {"Content-Type": "application/json"}
        if route in ("me", "sessions"):
            method, content, headers = "GET", None, {"Authorization": f"Bearer {self.account['access_token']}"}
        begun = time.time()
        try:
            self.connection.request(method, f"{AUTH}/{route}", content, headers)
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return Seen(route, begun, time.time(), None, type(error).__name__), None
        ended = time.time()
        envelope = check_answer(
            types.SimpleNamespace(
                status_code=response.status,
                headers=CaseInsensitiveDict(response.getheaders()),
                content=content,
                request=types.SimpleNamespace(method=method),
            )
        )
        code = envelope.get("error", {}).get("code")
        return Seen(route, begun, ended, response.status, code), envelope.get("data")


class Watch:
    """The clients, at work inside a with; what they saw is judged at its end.

    may_lose: requests may also stay without an answer, because the sidecar itself is killed.
    """

    def __init__(self, sidecar, account, figure, may_lose=False):
        self.sidecar = sidecar
        self.account = account
        self.figure = figure
        self.may_lose = may_lose
        self.seen = []
        self.back_after = []
        self.stopping = threading.Event()

    def __enter__(self):
        self.workers = server.workers(self.sidecar)
        command = [sys.executable, str(pathlib.Path(__file__).with_name("livez.py")), self.sidecar.url]
        self.livez = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.livez.stdout.readline()
        self.pool = concurrent.futures.ThreadPoolExecutor(CLIENTS_PER_ROUTE * len(USUAL))
        self.clients = [self.pool.submit(self.keep_asking, route) for route in USUAL for _ in range(CLIENTS_PER_ROUTE)]
        self.back(time.time())
        self.back_after.clear()
        return self

    def __exit__(self, kind, *rest):
        self.stopping.set()
        output, _ = self.livez.communicate()
        self.pool.shutdown()
        if kind is None:
            for client in self.clients:
                client.result()
            self.check(
                [types.SimpleNamespace(status=status, seconds=seconds) for status, seconds in json.loads(output)]
            )

    def keep_asking(self, route):
        client = Client(self.sidecar.url, self.account)
        while not self.stopping.is_set():
            self.seen.append(client.ask(route)[0])
            time.sleep(PAUSE)

    def told(self, status, route=None):
        """How many were told this status so far."""
        return sum(seen.status == status and route in (None, seen.route) for seen in list(self.seen))

    def wait_until_told(self, status, *routes, since=None):
        """Somebody who asks for each of these routes is told this status, after now or after this time."""
        since = since or time.time()

        def told():
            return {seen.route for seen in list(self.seen) if seen.status == status and seen.ended >= since}

        eventually(
            lambda: told().issuperset(routes), lambda: f"of {routes} only {told()} were told {status}: {self.counts()}"
        )

    def wait_until_lanes_time_out(self, since):
        """In each lane somebody is told 504 after this time.

        Not everybody: who waits while the lane loses its last connection is told 503.
        """

        def lanes():
            routes = {seen.route for seen in list(self.seen) if seen.status == 504 and seen.ended >= since}
            return {lane for lane in LANES if LANES[lane] & routes}

        eventually(lambda: len(lanes()) == len(LANES), lambda: f"only {lanes()} timed out: {self.counts()}")

    def back(self, since):
        """Every route serves again, soon after this time."""

        def first():
            """When a client of each route was served first."""
            ended = {}
            for seen in list(self.seen):
                if seen.begun >= since and seen.status == USUAL[seen.route]:
                    ended[seen.route] = min(ended.get(seen.route, seen.ended), seen.ended)
            return ended

        eventually(
            lambda: len(first()) == len(USUAL), lambda: f"only {sorted(first())} are back: {self.sidecar.last_words()}"
        )
        self.back_after.append(max(first().values()) - since)

    def counts(self):
        return dict(collections.Counter(seen.status for seen in list(self.seen)).most_common())

    def check(self, livez):
        lost = [seen for seen in self.seen if seen.status is None]
        alive = [answer.seconds for answer in livez if answer.status == 200]
        median, slowest = statistics.median(alive), max(answer.seconds for answer in livez)
        late = max(seen.ended - seen.begun - DEADLINES[seen.route] for seen in self.seen)
        self.figure(
            f"/livez {1000 * median:.1f} ms (median of {len(livez)}), {1000 * slowest:.0f} ms at most; "
            f"answers {self.counts()}, the latest {late:+.2f} s from its deadline; "
            f"back after {', '.join(f'{seconds:.2f}' for seconds in self.back_after) or '-'} s"
        )
        assert median < patience(LIVEZ_MEDIAN)
        assert slowest < patience(LIVEZ_SLOWEST)
        assert late < patience(SLACK)
        unusual = {seen for seen in self.seen if seen.status not in (USUAL[seen.route], 503, 504, None)}
        assert not unusual
        if not self.may_lose:
            assert len(alive) == len(livez)
            assert not lost
            assert server.workers(self.sidecar) == self.workers, "a worker was started anew"
        assert all(seconds < patience(BACK) for seconds in self.back_after), self.back_after

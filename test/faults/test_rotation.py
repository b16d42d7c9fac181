"""Sidecars and servers are killed while refresh tokens rotate, answers are lost, and nobody is logged out."""

import collections
import concurrent.futures
import random
import threading
import time

import jwt
import pytest

import database
import server
from users import new_user
from client import Api
from waiting import eventually
from watch import Client

KILLS = 12
CLIENTS = 8
TABS = 2
LOST = 0.05


@pytest.fixture
def rotating(cluster):
    owner = database.connect(cluster.dsn)
    database.query(owner, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
    yield owner
    owner.close()
    owner = database.connect(cluster.dsn)
    database.query(owner, "SELECT jerry.configure('jerry.rotate_refresh_tokens', NULL)")
    owner.close()


class Browser:
    """A client with a few tabs, which refresh at the same time, share the newest refresh token, and come again with the
    one that they have when no answer arrives.
    """

    def __init__(self, url, stopping):
        api = Api(url)
        self.url, self.stopping = url, stopping
        self.token = api.login(new_user(api)).data["refresh_token"]
        self.told = []
        self.rounds = 0

    def refresh(self, token):
        """The next token, or None; some answers get lost."""
        client = Client(self.url)
        seen, data = client.ask("refresh", {"refresh_token": token})
        client.connection.close()
        self.told.append((seen.status, seen.code))
        return data["refresh_token"] if data and random.random() >= LOST else None

    def live(self):
        with concurrent.futures.ThreadPoolExecutor(TABS) as tabs:
            while not self.stopping.is_set():
                answers = [token for token in tabs.map(self.refresh, [self.token] * TABS) if token]
                assert len(set(answers)) <= 1, "there are several successors"
                if answers:
                    self.token = answers[0]
                    self.rounds += 1
                time.sleep(0.02 + random.random() / 10 if answers else 0.3)


def kill_backend(cluster):
    """kill -9 for one process that is at work for the sidecar's refreshes."""
    owner = database.connect(cluster.dsn)
    at_work = "SELECT pid FROM pg_stat_activity WHERE query ~ 'refresh' AND usename = 'jerry_sidecar'"
    pids = [pid for pid, in database.query(owner, at_work)]
    owner.close()
    server.kill_backend(cluster, random.choice(pids))


def test_nobody_is_logged_out(cluster, sidecar, rotating, figure):
    """Twelve times while clients refresh: kill -9, for the whole server, one of its backends, the sidecar's worker."""
    stopping = threading.Event()
    browsers = [Browser(sidecar.url, stopping) for _ in range(CLIENTS)]
    before = sum(browser.rounds for browser in browsers)

    def wait_for_more(number):
        """Everybody is served again."""
        wanted = [browser.rounds + number for browser in browsers]
        eventually(
            lambda: all(browser.rounds >= rounds for browser, rounds in zip(browsers, wanted)), "somebody is not served"
        )

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        try:
            lives = [pool.submit(browser.live) for browser in browsers]
            for number in range(KILLS):
                wait_for_more(3)
                time.sleep(random.random() / 10)
                if number % 3 == 0:
                    server.kill(cluster)
                    cluster.start()
                elif number % 3 == 1:
                    kill_backend(cluster)
                else:
                    server.send(server.workers(sidecar), 9)
            wait_for_more(3)
        finally:
            stopping.set()
    for life in lives:
        life.result()

    told = collections.Counter(status for browser in browsers for status, _ in browser.told)
    generations = [jwt.decode(browser.token, options={"verify_signature": False})["gen"] for browser in browsers]
    figure(
        f"{KILLS} kills, {CLIENTS} clients with {TABS} tabs, {LOST:.0%} of the answers lost; {sum(told.values())} "
        f"refreshes, told {dict(told)}; {sum(generations)} generations; logged out: {told[401]}"
    )
    assert before == 0
    assert set(told) <= {200, 503, 504, None}, "somebody was told to log in"
    assert told[503] + told[None] > 0, "the kills were felt"
    owner = database.connect(cluster.dsn)
    assert database.query(owner, "SELECT revoked_for FROM jerry.session WHERE revoked_at IS NOT NULL") == []
    owner.close()
    for browser in browsers:
        assert browser.refresh(browser.token) or browser.told[-1][0] == 200

"""What was acknowledged is there, and nothing is done twice, however the database dies."""

import collections
import concurrent.futures
import contextlib
import random
import threading
import time

import pytest

import database
import server
from users import new_user_data
from waiting import eventually
from watch import Client

KILLS = 10
CLIENTS = 6


def kill_backend(cluster):
    """kill -9 for one process that is at work for the sidecar."""
    owner = database.connect(cluster.dsn)
    rows = database.query(owner, "SELECT pid FROM pg_stat_activity WHERE application_name ~ '/login$' LIMIT 1")
    owner.close()
    server.kill_backend(cluster, rows[0][0])


class Ledger:
    """Clients that register as fast as they can, and what each of them was told: (address, status, user id)."""

    def __init__(self, sidecar):
        self.url = sidecar.url
        self.told = []
        self.stopping = threading.Event()

    def register(self):
        client = Client(self.url)
        while not self.stopping.is_set():
            user = new_user_data()
            seen, data = client.ask("register", user)
            self.told.append((user["email"], seen.status, data and data["user_id"]))
            if seen.status != 201:
                time.sleep(0.01)

    def acknowledged(self):
        return {email: user_id for email, status, user_id in list(self.told) if status == 201}

    def wait_for_more(self, number):
        """Registrations succeed again, this many."""
        wanted = len(self.acknowledged()) + number
        eventually(lambda: len(self.acknowledged()) >= wanted, "nobody can register")


def test_what_was_acknowledged_is_there(cluster, sidecar, figure):
    """Ten times while registrations come in: kill -9, for everything at once, for the postmaster, for one backend."""
    ledger = Ledger(sidecar)
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        try:
            clients = [pool.submit(ledger.register) for _ in range(CLIENTS)]
            for number in range(KILLS):
                ledger.wait_for_more(20)
                time.sleep(random.random() / 10)
                (server.kill, server.kill_postmaster, kill_backend)[number % 3](cluster)
                cluster.start()
            ledger.wait_for_more(20)
        finally:
            ledger.stopping.set()
    for client in clients:
        client.result()

    owner = database.connect(cluster.dsn)
    stored = dict(database.query(owner, "SELECT email, id::text FROM jerry.user"))
    events = collections.Counter(
        user_id
        for user_id, in database.query(
            owner, "SELECT payload->'data'->>'user_id' FROM jerry.event WHERE event_type = 'user.registered'"
        )
    )
    owner.close()

    acknowledged = ledger.acknowledged()
    unacknowledged = set(stored) - set(acknowledged)
    statuses = collections.Counter(status for _, status, _ in ledger.told)
    figure(
        f"{KILLS} kills; {len(ledger.told)} addresses, told {dict(statuses)}; {len(stored)} stored, of them "
        f"{len(unacknowledged)} that could not be acknowledged; {len(set(acknowledged) - set(stored))} acknowledged "
        "but missing"
    )
    assert set(statuses) <= {201, 503, 504}, "a first registration is refused by nobody"
    assert statuses[503] > 0, "the kills were felt"
    assert {email: stored.get(email) for email in acknowledged} == acknowledged
    assert events == {user_id: 1 for user_id in stored.values()}, "each has its event, once"


def commits_wait(cluster, owner):
    """Does a commit wait? One is tried, and let go."""
    with contextlib.closing(database.connect(cluster.dsn)) as trying, concurrent.futures.ThreadPoolExecutor(1) as pool:
        commit = pool.submit(database.query, trying, "SELECT pg_logical_emit_message(true, 'trying', '')")
        pid = trying.info.backend_pid
        eventually(lambda: commit.done() or waits_for_a_standby(owner, pid))
        waited = not commit.done()
        database.query(owner, "SELECT pg_cancel_backend(%s)", pid)
        return waited


def waits_for_a_standby(owner, pid):
    return database.query(owner, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid = %s", pid)


@pytest.fixture
def commits_that_wait(cluster):
    """Commits reach the disk and then wait for a standby that there is not, until the settings are read again."""
    owner = database.connect(cluster.dsn)
    # the file is read again at a start, so there it is back to normal at once
    database.query(owner, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    database.query(owner, "SELECT pg_reload_conf()")
    # the checkpointer tells everybody who commits, and is itself the last to be told
    eventually(lambda: commits_wait(cluster, owner), "no commit waits")
    database.query(owner, "ALTER SYSTEM RESET synchronous_standby_names")
    yield owner
    if not owner.closed:
        database.query(owner, "SELECT pg_reload_conf()")
        owner.close()


def wait_for_commit(owner):
    eventually(
        lambda: database.query(owner, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), "nobody commits"
    )


def counts(cluster, user):
    """How often there are the user, its registration's event and its logins' events."""
    owner = database.connect(cluster.dsn)
    number = database.query(
        owner,
        """SELECT (SELECT count(*) FROM jerry.user WHERE email = %s),
        count(*) FILTER (WHERE event_type = 'user.registered'), count(*) FILTER (WHERE event_type = 'user.logged_in')
        FROM jerry.event WHERE payload->'data'->>'email' = %s""",
        user["email"],
        user["email"],
    )[0]
    owner.close()
    return number


@pytest.mark.parametrize("route", ["register", "login"])
def test_what_was_committed_but_not_answered_is_not_tried_again(cluster, sidecar, account, commits_that_wait, route):
    """The server is killed between a commit and its answer."""
    user, logins = (account, 2) if route == "login" else (new_user_data(), 0)  # the account has logged in once before
    client = Client(sidecar.url, account)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.ask, route, user if route == "register" else None)
        wait_for_commit(commits_that_wait)
        commits_that_wait.close()
        server.kill(cluster)
        assert asked.result()[0].status == 503
    cluster.start()
    sidecar.wait_until_ready()
    assert counts(cluster, user) == (1, 1, logins)


def test_a_log_out_that_was_committed_but_not_answered_has_happened(cluster, sidecar, account, commits_that_wait):
    client = Client(sidecar.url, account)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.ask, "logout", {"refresh_token": account["refresh_token"]})
        wait_for_commit(commits_that_wait)
        commits_that_wait.close()
        server.kill(cluster)
        assert asked.result()[0].status == 503
    cluster.start()
    sidecar.wait_until_ready()
    assert client.ask("validate-token")[0].code == "INVALID_TOKEN"
    assert client.ask("refresh")[0].code == "INVALID_TOKEN"
    with contextlib.closing(database.connect(cluster.dsn)) as owner:
        told = database.query(
            owner,
            "SELECT event_type, count(*) FROM jerry.event WHERE payload->'data'->>'user_id' = %s"
            " AND event_type IN ('session.revoked', 'user.logged_out') GROUP BY 1 ORDER BY 1",
            account["user_id"],
        )
    assert told == [("session.revoked", 1), ("user.logged_out", 1)]
    assert client.ask("logout", {"refresh_token": account["refresh_token"]})[0].status == 200


def test_what_is_committed_after_the_deadline_is_not_tried_again(cluster, sidecar, account, commits_that_wait):
    user = new_user_data()
    client = Client(sidecar.url, account)
    seen, _ = client.ask("register", user)
    assert seen.status == 504
    database.query(commits_that_wait, "SELECT pg_reload_conf()")
    sidecar.wait_until_ready()
    assert counts(cluster, user) == (1, 1, 0)
    assert client.ask("register", user)[0].code == "DUPLICATE_EMAIL"

"""Logins and registrations that wait go to the database together, and remain what they are: each its own."""

import collections
import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import threading
import time

import pytest

import database
from client import Api
from processes import Cluster
from raw import Connection
from users import PASSWORD, new_email, new_user_data
from waiting import eventually

# Few enough for the lane's queue, which every machine has.
AT_ONCE = 20
ROUNDS = 4
COST = 8
SANITIZED = "libasan" in os.environ.get("JERRY_SERVER_ENV", "")  # four together then take as long as one by one
SLOW_COST = 9 if SANITIZED else 11  # a batch takes long enough to be disturbed
ASKED_AGAIN = 10  # seconds after which the lane does when it was told that there is nothing together
SLOWER_COST = SLOW_COST + 2

FAR_TOO_LONG = "Secret-123" + "x" * 63


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A server whose log shows which statements the sidecar has sent, without their values."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "fsync=off")
    with contextlib.closing(database.connect(cluster.dsn)) as owner:
        database.query(owner, "ALTER ROLE jerry_sidecar SET log_statement = 'all'")
    yield cluster
    cluster.remove()


@pytest.fixture
def owner(cluster):
    with contextlib.closing(database.connect(cluster.dsn)) as connection:
        yield connection


def configure(owner, name, value):
    database.query(owner, "SELECT jerry.configure(%s, %s)", name, str(value) if value is not None else None)


@pytest.fixture(autouse=True)
def settings(owner):
    configure(owner, "jerry.bcrypt_cost", COST)
    configure(owner, "jerry.bcrypt_provider", "own")


def settled(start_sidecar, cluster):
    names = {"MAINTENANCE_INTERVAL": "0", "MAX_CONNECTIONS_PER_ADDRESS": "0"}
    sidecar = start_sidecar(DATABASE_URL=cluster.database_url, **names)
    sidecar.wait_until_settled()
    return sidecar


@pytest.fixture(scope="module")
def sidecar(start_sidecar, cluster):
    return settled(start_sidecar, cluster)


@pytest.fixture
def api_of_its_own(start_sidecar, cluster):
    """Of a sidecar that will know for a while that pgcrypto makes one hash at a time."""
    return Api(settled(start_sidecar, cluster).url)


@pytest.fixture
def api(sidecar):
    return Api(sidecar.url)


def at_once(calls):
    """The answers of calls made at the same time, in their order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


def hashes_ahead(cluster):
    """How often the server was asked to make some together."""
    return len(re.findall(r"LOG: +execute hash_ahead: ", cluster.log()))


def kinds(api, account):
    """One call of each kind, and what it is answered with."""
    new = new_user_data()
    return [
        (lambda: api.login(account), 200, None),
        (lambda: api.login({**account, "password": "wrong"}), 401, "INVALID_CREDENTIALS"),
        (lambda: api.login({**account, "email": new_email()}), 401, "INVALID_CREDENTIALS"),
        (lambda: api.login({**account, "password": FAR_TOO_LONG}), 401, "INVALID_CREDENTIALS"),
        (lambda: api.login({**account, "password": 'Pa\u0308ss"word\\{}'}), 401, "INVALID_CREDENTIALS"),
        (lambda: api.login({**account, "email": "no address"}), 400, "INVALID_EMAIL"),
        (lambda: api.register(new), 201, None),
        (lambda: api.register(new_user_data(email=account["email"])), 400, "DUPLICATE_EMAIL"),
        (lambda: api.register(new_user_data(password="weak", password_confirmation="weak")), 400, "WEAK_PASSWORD"),
        (lambda: api.register(new_user_data(password_confirmation="Another-1")), 400, "PASSWORD_MISMATCH"),
    ]


@pytest.mark.parametrize("provider", ["own", "pgcrypto"])
def test_of_all_kinds_at_once_each_gets_its_own_answer(api_of_its_own, owner, cluster, provider):
    api = api_of_its_own
    configure(owner, "jerry.bcrypt_provider", provider)
    account = new_user_data(password='Quotes"and\\{commas},1', password_confirmation='Quotes"and\\{commas},1')
    assert api.register(account).status == 201
    before, began = hashes_ahead(cluster), time.monotonic()
    for _ in range(ROUNDS):
        cases = [case for _ in range(AT_ONCE // 10) for case in kinds(api, account)]
        answers = at_once([call for call, _, _ in cases])
        assert [(answer.status, answer.code) for answer in answers] == [(status, code) for _, status, code in cases]
        users = [answer.data["user_id"] for answer in answers if answer.status == 200]
        assert len(set(users)) == 1
    if provider == "own":
        assert hashes_ahead(cluster) > before, "they did not go together: the test proves nothing"
    else:
        times = 1 + (time.monotonic() - began) // ASKED_AGAIN
        assert hashes_ahead(cluster) - before <= times * os.cpu_count(), "the lane goes on asking for what is of no use"


def test_one_alone_is_sent_as_ever(api, cluster):
    account = new_user_data()
    before = hashes_ahead(cluster)
    assert api.register(account).status == 201
    for _ in range(3):
        assert api.login(account).status == 200
    assert hashes_ahead(cluster) == before


def cpu_seconds(owner):
    """What the sessions of the login lane have used of the processors."""
    pids = database.query(owner, "SELECT pid FROM pg_stat_activity WHERE application_name = 'jerry/login'")
    used = [pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0] for (pid,) in pids]
    return sum(map(int, used)) / 1e9


@pytest.mark.skipif(SANITIZED, reason="it is the compiler that lets four hashes share the processor")
def test_together_they_take_less_of_the_processors_than_one_by_one(api_of_its_own, owner, cluster):
    api = api_of_its_own
    configure(owner, "jerry.bcrypt_cost", SLOW_COST)
    account = new_user_data()
    assert api.register(account).status == 201

    def seconds_of_a_login(provider):
        """On a machine that is busy with other things some would be too late, and are refused."""
        configure(owner, "jerry.bcrypt_provider", provider)
        at_once([lambda: api.login(account)] * 4)
        before = cpu_seconds(owner)
        answers = at_once([lambda: api.login(account)] * AT_ONCE)
        statuses = collections.Counter(answer.status for answer in answers)
        assert set(statuses) <= {200, 503}
        return (cpu_seconds(owner) - before) / statuses[200]

    together = min(seconds_of_a_login("own") for _ in range(3))
    assert hashes_ahead(cluster) > 0, "they did not go together: the test proves nothing"
    one_by_one = min(seconds_of_a_login("pgcrypto") for _ in range(3))
    assert one_by_one > 1.5 * together


def pids_at(owner, statement):
    return [
        pid
        for (pid,) in database.query(
            owner,
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'jerry/login' AND state = 'active'"
            " AND query LIKE %s",
            f"%{statement}%",
        )
    ]


@contextlib.contextmanager
def many_logins(api, owner, account):
    """Twenty are on their way, and some of their hashes are being made together; a list of the answers, at the end."""
    answers = []
    thread = threading.Thread(target=lambda: answers.extend(at_once([lambda: api.login(account)] * AT_ONCE)))
    thread.start()
    try:
        eventually(lambda: pids_at(owner, "hash_ahead"), "nothing goes together")
        yield answers
    finally:
        thread.join()


@pytest.fixture
def account(api, owner):
    account = new_user_data()
    assert api.register(account).status == 201
    configure(owner, "jerry.bcrypt_cost", SLOW_COST)
    return account


def test_a_connection_that_is_lost_takes_those_on_it_along_and_no_others(api, owner, account):
    with many_logins(api, owner, account) as answers:
        [killed, *_] = pids_at(owner, "hash_ahead")
        database.query(owner, "SELECT pg_terminate_backend(%s)", killed)
    statuses = collections.Counter(answer.status for answer in answers)
    assert set(statuses) == {200, 503}
    assert statuses[503] <= 4
    assert api.login(account).status == 200


def test_hashes_that_are_cancelled_fail_the_calls_behind_them_at_once(api, owner, account):
    """Each would hash for itself, else, and the four would take longer than they had together."""
    configure(owner, "jerry.bcrypt_cost", SLOWER_COST)

    def cancel_all():
        for pid in pids_at(owner, "hash_ahead"):
            database.query(owner, "SELECT pg_cancel_backend(%s)", pid)
        return over.is_set()

    over = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        # nobody@...: what costs as much as is wanted now
        strangers = [lambda: api.login(new_user_data())] * AT_ONCE

        def all_of_them():
            try:
                return at_once(strangers)
            finally:
                over.set()

        began = time.monotonic()
        answers = pool.submit(all_of_them)
        eventually(cancel_all, "logins are still on their way", seconds=30)
        took = time.monotonic() - began
    statuses = collections.Counter(answer.status for answer in answers.result())
    assert statuses[504] >= 4
    assert set(statuses) <= {401, 503, 504}
    assert took < 8
    configure(owner, "jerry.bcrypt_cost", COST)
    assert api.login(account).status == 200


def test_who_leaves_takes_nobody_along(sidecar, api, owner, account):
    body = b'{"email":"%s","password":"%s"}' % (account["email"].encode(), PASSWORD.encode())
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    leaving = [Connection(sidecar.url) for _ in range(8)]
    with many_logins(api, owner, account) as answers:
        for connection in leaving:
            connection.send(request)
        for connection in leaving:
            connection.socket.close()
    assert [answer.status for answer in answers if answer.status != 503] == [200] * (
        AT_ONCE - sum(answer.status == 503 for answer in answers)
    )
    assert sum(answer.status == 200 for answer in answers) >= 12


def test_who_is_told_to_stop_answers_them(start_sidecar, cluster, owner, account):
    sidecar = settled(start_sidecar, cluster)
    with many_logins(Api(sidecar.url), owner, account) as answers:
        sidecar.process.send_signal(signal.SIGTERM)
    assert [answer.status for answer in answers] == [200] * AT_ONCE
    assert sidecar.process.wait(10) == 0


def test_one_whose_statement_fails_leaves_its_neighbours_their_answers(api, owner, account):
    """Whoever changes the account of one of them holds that one up, until its lock_timeout, and nobody else's answer
    is another.
    """
    others = [new_user_data() for _ in range(3)]
    configure(owner, "jerry.bcrypt_cost", COST)
    for other in others:
        assert api.register(other).status == 201
    with contextlib.closing(database.connect(owner.dsn + f" password={owner.info.password}")) as holder:
        database.query(holder, "BEGIN")
        database.query(holder, 'SELECT FROM jerry."user" WHERE email = %s FOR UPDATE', account["email"])
        cases = [account, *others] * 2
        answers = at_once([lambda user=user: api.login(user) for user in cases])
        database.query(holder, "ROLLBACK")
    statuses = [answer.status for answer in answers]
    assert [status for user, status in zip(cases, statuses) if user is not account] == [200] * 6
    assert {status for user, status in zip(cases, statuses) if user is account} <= {503, 504}

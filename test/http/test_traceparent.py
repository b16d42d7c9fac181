"""traceparent: a request says which trace it is a part of; the log and the database's activity show it."""

import concurrent.futures
import contextlib

import pytest

import database
from client import AUTH, Api
from raw import Connection
from users import new_user
from waiting import eventually

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
NAMES = "SELECT application_name FROM pg_stat_activity WHERE usename = 'jerry_sidecar'"

INVALID = [
    "",
    "x",
    TRACE[:-1],
    TRACE + "0",
    TRACE + "-00",
    TRACE + " x",
    "01" + TRACE[2:],
    "ff" + TRACE[2:],
    TRACE.upper(),
    TRACE.replace("-", "_"),
    TRACE.replace("4bf", "4bg"),
    TRACE[:3] + "0" * 32 + TRACE[35:],
    TRACE[:36] + "0" * 16 + TRACE[52:],
    TRACE[:-2] + "0x",
    '"' + TRACE[1:],
    TRACE[:20] + '"\\' + TRACE[22:],
    TRACE + ", " + OTHER,
]


@pytest.fixture(scope="module")
def sidecar(private_cluster, start_sidecar):
    names = {"MAINTENANCE_INTERVAL": "0", "MAX_CONNECTIONS_PER_ADDRESS": "0"}
    return start_sidecar(DATABASE_URL=private_cluster.database_url, **names)


@pytest.fixture
def api(sidecar):
    return Api(sidecar.url)


def traced(trace=TRACE):
    return {"headers": {"traceparent": trace}}


def logged(sidecar, answer):
    return sidecar.logged_request(answer.headers["X-Request-ID"]).get("traceparent")


def names(db):
    return {name for name, in database.query(db, NAMES)}


@contextlib.contextmanager
def locked(cluster, table):
    """Nobody reads or writes a table."""
    with contextlib.closing(database.connect(cluster.dsn)) as db:
        database.query(db, "BEGIN")
        database.query(db, f"LOCK TABLE jerry.{table} IN ACCESS EXCLUSIVE MODE")
        yield
        database.query(db, "ROLLBACK")


def test_it_is_logged(sidecar, api):
    for answer in (
        api.post("verify-email", {"token": "x"}, **traced()),
        api.post("validate-token", {"token": "x"}, **traced()),
        api.post("login", {"email": 1}, **traced()),
        api.get("/nowhere", **traced()),
    ):
        assert logged(sidecar, answer) == TRACE
    assert logged(sidecar, api.post("verify-email", {"token": "x"})) is None


@pytest.mark.parametrize("trace", INVALID)
def test_anything_else_is_ignored(sidecar, api, trace):
    answer = api.post("verify-email", {"token": "x"}, **traced(trace))
    assert answer.code == "INVALID_TOKEN"
    assert logged(sidecar, answer) is None


def test_two_of_them_are_none(sidecar):
    with Connection(sidecar.url) as client:
        client.send(
            f"GET {AUTH}/me HTTP/1.1\r\nHost: x\r\ntraceparent: {TRACE}\r\nTraceparent: {TRACE}\r\n\r\n".encode()
        )
        answer = client.answer()
    assert answer.status_code == 401
    assert sidecar.logged_request(answer.headers["X-Request-ID"]).get("traceparent") is None


def test_the_activity_shows_it_while_the_statement_runs(private_cluster, private_db, api):
    before = names(private_db)
    with concurrent.futures.ThreadPoolExecutor() as pool, locked(private_cluster, "one_time_token"):
        first = pool.submit(api.post, "verify-email", {"token": "x" * 43}, **traced())
        second = pool.submit(api.post, "verify-email", {"token": "y" * 43}, **traced(OTHER))
        eventually(lambda: {f"jerry/{TRACE}", f"jerry/{OTHER}"} <= names(private_db), seconds=0.9)
    assert {first.result().status, second.result().status} <= {401, 503}
    eventually(lambda: names(private_db) == before)


def test_a_login_shows_it_while_it_hashes(private_cluster, private_db, private_api, api):
    user = new_user(private_api)
    with concurrent.futures.ThreadPoolExecutor() as pool, locked(private_cluster, '"user"'):
        login = pool.submit(api.login, user, **traced())
        eventually(lambda: f"jerry/{TRACE}" in names(private_db), seconds=0.9)
    assert login.result().status in (200, 503)
    assert api.login(user, **traced()).status == 200
    eventually(lambda: f"jerry/{TRACE}" not in names(private_db))


def test_the_rows_that_are_called_most_do_without(private_cluster, private_db, private_api, sidecar, api):
    token = private_api.login(new_user(private_api)).data["access_token"]
    with concurrent.futures.ThreadPoolExecutor() as pool, locked(private_cluster, "session"):
        validation = pool.submit(api.post, "validate-token", {"token": token}, **traced())
        waiting = "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        eventually(lambda: database.query(private_db, waiting) == [("jerry/read",)], seconds=0.9)
        assert f"jerry/{TRACE}" not in names(private_db)
    assert logged(sidecar, validation.result()) == TRACE


def test_answers_are_the_same_with_it(private_db, private_api, api):
    user = new_user(private_api)
    tokens = api.login(user, **traced()).data
    assert api.login({**user, "password": "Wrong.Password.1"}, **traced()).code == "INVALID_CREDENTIALS"
    assert api.post("refresh", {"refresh_token": tokens["refresh_token"]}, **traced()).status == 200
    assert api.post("refresh", {"refresh_token": "x"}, **traced()).code == "INVALID_TOKEN"
    assert api.register(user, **traced()).code == "DUPLICATE_EMAIL"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda n: api.post("refresh", {"refresh_token": tokens["refresh_token"] if n % 2 else "x"},
                               **(traced(TRACE if n % 3 else OTHER) if n % 4 else {})), range(200)
        ))
    assert [answer.status for answer in answers] == [200 if n % 2 else 401 for n in range(200)]
    eventually(lambda: not any("-" in name for name in names(private_db)))


def test_a_statement_that_fails_takes_nothing_along(private_db, api, sidecar):
    function = "FUNCTION jerry.verify_email(text, jerry.client)"
    database.query(private_db, f"REVOKE EXECUTE ON {function} FROM jerry_api")
    try:
        answer = api.post("verify-email", {"token": "x"}, **traced())
        assert answer.code == "INTERNAL_ERROR"
        assert logged(sidecar, answer) == TRACE
        [line] = [line for line in sidecar.wait_for_event("statement_failed")
                  if answer.headers["X-Request-ID"] in line["message"]]
        assert "SQLSTATE 42501" in line["message"]
    finally:
        database.query(private_db, f"GRANT EXECUTE ON {function} TO jerry_api")
    assert api.post("verify-email", {"token": "x"}, **traced()).code == "INVALID_TOKEN"
    assert not any("-" in name for name in names(private_db))

"""How long a connection without a request stays open, for clients and proxies that use it again."""

import concurrent.futures
import re
import time

import pytest

from raw import Connection
from relay import Relay

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"

SECONDS = 1
DELAY = 0.1
CLIENTS = 20


def timeout_of(answer):
    return int(re.fullmatch(r"timeout=(\d+)", answer.headers["Keep-Alive"])[1])


def test_proxies_close_first(url):
    """nginx and ALB keep idle connections for 60 seconds, unless they are told otherwise."""
    with Connection(url) as connection:
        connection.send(LIVEZ)
        assert timeout_of(connection.answer()) == 75


@pytest.fixture(scope="module")
def sidecar(start_sidecar, database_url):
    return start_sidecar(DATABASE_URL=database_url, KEEPALIVE_TIMEOUT=str(SECONDS))


def reuse(url):
    """A POST on a connection that has been idle for as long as the sidecar says, from where the last answer was seen.
    """
    with Connection(url) as connection:
        connection.send(LIVEZ)
        assert timeout_of(connection.answer()) == SECONDS
        time.sleep(SECONDS)
        connection.send(LOGIN)
        return connection.answer()


def test_who_keeps_a_connection_as_long_as_told_meets_no_closed_one(sidecar):
    with Relay(sidecar.url, DELAY) as relay, concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(reuse, [relay.url] * CLIENTS))
    assert [answer and answer.code for answer in answers] == ["VALIDATION_ERROR"] * CLIENTS


def test_an_idle_connection_is_closed_in_the_end(sidecar):
    with Connection(sidecar.url) as used, Connection(sidecar.url) as fresh:
        used.send(LIVEZ)
        used.answer()
        for connection in used, fresh:
            connection.deadline = time.monotonic() + SECONDS + 15
            connection.expect_end()

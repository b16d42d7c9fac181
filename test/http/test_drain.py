"""A sidecar that is told to stop answers the requests that are on their way to it."""

import datetime
import signal
import time

import pytest

from raw import Connection
from tls import TlsSocket

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
VALIDATE = (
    b"POST /api/v1/auth/validate-token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b'Content-Length: 13\r\n\r\n{"token":"x"}'
)

# Of guard.h, in seconds: requests that arrive in that time are answered.  Who could not send all of them in most of it
# tries again.
GRACE = 1.0
IN_TIME = 0.7 * GRACE
TRIES = 8

# A handshake takes its time on a machine that is busy.
CONNECTIONS = {"http": 60, "https": 10}


def begin_of_drain(sidecar):
    """When the sidecar began to stop, in the time of this machine."""
    [line] = sidecar.wait_for_event("drain")
    return datetime.datetime.strptime(
        line["time"], "%Y-%m-%dT%H:%M:%S.%fZ"
    ).replace(tzinfo=datetime.timezone.utc).timestamp()


def connect(sidecar, number):
    """A plain connection, also to a port that speaks TLS."""
    return Connection(sidecar.url.replace("https:", "http:"), source=f"127.0.6.{number % 7 + 1}")


@pytest.fixture(params=["http", "https"])
def start(request, start_sidecar, database_url, certificate):
    tls = certificate.environment if request.param == "https" else {}
    return lambda: start_sidecar(DATABASE_URL=database_url, **tls)


def late_requests(sidecar, prepare):
    """Stop a sidecar that has many connections without a request, and only then send one on each.

    None when the requests were not sent within the grace.
    """
    count = CONNECTIONS[sidecar.url.partition(":")[0]]
    connections = [connect(sidecar, number) for number in range(count)]
    try:
        for connection in connections:
            prepare(connection)
        sidecar.process.send_signal(signal.SIGTERM)
        begun = begin_of_drain(sidecar)
        for connection in connections:
            if sidecar.certificate and not isinstance(connection.socket, TlsSocket):
                if time.time() - begun > IN_TIME:
                    return None
                connection.socket = TlsSocket(connection.socket)
            connection.send(VALIDATE)
        if time.time() - begun > IN_TIME:
            return None
        answers = []
        for connection in connections:
            answers.append(connection.answer())
            connection.expect_end()
        return answers
    except (ConnectionError, OSError):
        if time.time() - begun > IN_TIME:
            return None
        raise
    finally:
        for connection in connections:
            connection.socket.close()


def fresh(connection):
    """Connected, and nothing else."""


@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
def test_a_request_that_was_on_its_way_is_answered(start, used):
    def answered_once(connection):
        if sidecar.certificate:
            connection.socket = TlsSocket(connection.socket)
        connection.send(LIVEZ)
        assert connection.answer().headers["connection"] == "keep-alive"

    for _ in range(TRIES):
        sidecar = start()
        answers = late_requests(sidecar, answered_once if used else fresh)
        if answers is not None:
            break
        sidecar.stop()
    assert answers is not None, f"this machine is too slow: {TRIES} times the requests were late"
    assert len(answers) >= 10
    for answer in answers:
        assert answer is not None, "a connection was closed without an answer"
        assert answer.code in ("INVALID_TOKEN", "SERVICE_UNAVAILABLE")
        assert answer.headers["connection"] == "close"
    assert sidecar.process.wait(20) == 0


def test_connections_on_which_nothing_comes_are_closed(start):
    sidecar = start()
    idle = [connect(sidecar, number) for number in range(10)]
    if not sidecar.certificate:
        for connection in idle[:5]:
            connection.send(LIVEZ)
            assert connection.answer().status_code == 200
    sidecar.process.send_signal(signal.SIGTERM)
    for connection in idle:
        connection.deadline = time.monotonic() + 20
        connection.expect_end()
    assert sidecar.process.wait(20) == 0


def test_half_a_request_has_its_time_to_become_a_whole_one(start_sidecar, database_url):
    sidecar = start_sidecar(DATABASE_URL=database_url)
    with connect(sidecar, 0) as connection:
        connection.send(VALIDATE[:20])
        connection.send(b"")
        assert requests_are_read(sidecar)
        sidecar.process.send_signal(signal.SIGTERM)
        begin_of_drain(sidecar)
        time.sleep(1.5 * GRACE)
        connection.send(VALIDATE[20:])
        assert connection.answer().code in ("INVALID_TOKEN", "SERVICE_UNAVAILABLE")
        connection.expect_end()


def requests_are_read(sidecar):
    """What was sent before has been read by the time this is answered."""
    return sidecar.answers("/livez") == 200

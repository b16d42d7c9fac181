"""The sidecar's log: one JSON object per line, whatever clients send."""

import collections
import re
import time

import pytest
import requests

from client import AUTH, Api
from processes import NOWHERE
from raw import Connection
from users import new_user_data
from waiting import eventually

TIME = re.compile(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


@pytest.fixture(scope="module")
def sidecar(start_sidecar, database_url):
    return start_sidecar(DATABASE_URL=database_url, TRUSTED_PROXIES="127.0.0.1")


@pytest.fixture
def api(sidecar):
    return Api(sidecar.url)


def exchange(sidecar, request):
    """Send bytes as they are; the only answer."""
    with Connection(sidecar.url) as connection:
        connection.send(request)
        return connection.answer()


def test_a_request_is_one_line(sidecar, api):
    answer = api.get("/nowhere?secret=1", headers={"X-Request-ID": "one-line"})
    line = sidecar.logged_request("one-line")
    assert TIME.match(line["time"])
    assert line["level"] == "INFO"
    assert line["event"] == "request"
    assert line["method"] == "GET"
    assert line["path"] == "/nowhere"
    assert line["status"] == answer.status == 404
    assert line["remote"] == "127.0.0.1"
    assert 0 <= line["duration_ms"] < 60000


def test_a_positive_answer_has_no_code(sidecar, api):
    answer = api.post("register", new_user_data())
    line = sidecar.logged_request(answer.headers["X-Request-ID"])
    assert line["status"] == answer.status == 201
    assert "code" not in line


def test_a_refusal_is_logged_with_its_code(sidecar, api):
    for answer in (
        api.validate_token("a.b.c"),
        api.get("/nowhere"),
        api.request("PUT", "/livez"),
        api.post("login", {}),
        api.post_bytes("login", b"x", "text/plain"),
    ):
        line = sidecar.logged_request(answer.headers["X-Request-ID"])
        assert (line["status"], line["code"]) == (answer.status, answer.code)


def test_the_client_behind_a_trusted_proxy_is_logged(sidecar, api):
    answer = api.get("/nowhere", headers={"X-Forwarded-For": "203.0.113.7"})
    assert sidecar.logged_request(answer.headers["X-Request-ID"])["remote"] == "203.0.113.7"


@pytest.mark.parametrize(
    "path",
    [
        '/x"y',
        "/x\\y",
        "/x\\u000a",
        '/x","status":200,"path":"/y',
        "/%0a%0d{}",
        "/x'y<z>",
        "/" + "p" * 1000,
        "/" + '"' * 600,
    ],
    ids=lambda path: path[:12],
)
def test_a_path_stays_inside_its_string(sidecar, path):
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    answer = exchange(sidecar, request)
    line = sidecar.logged_request(answer.headers["X-Request-ID"])
    assert line["path"] == path[: len(line["path"])]
    assert len(line["path"]) > min(len(path), 100) - 1
    assert line["status"] >= 400


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /\x1b[31mred HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /x\x00y HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /x\n{\"event\":\"request\",\"forged\":true} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: x\n{\"forged\":true}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\r{\"forged\":true}\r\n\r\n",
        b"{\"forged\":true}\r\n\r\n",
        b"\n{\"forged\":true}\n\n",
    ],
)
def test_bytes_that_are_no_request_forge_no_line(sidecar, api, request_bytes):
    exchange(sidecar, request_bytes)
    sidecar.logged_request(api.get("/nowhere").headers["X-Request-ID"])
    assert all("forged" not in line for line in sidecar.log_lines())


@pytest.mark.parametrize("agent", ['"', "\\", "}{", "a" * 2000, '","level":"ERROR', "%s%n%d"])
def test_headers_of_a_login_forge_no_line(sidecar, api, agent):
    headers = {"User-Agent": agent, "X-Forwarded-For": '1","level":"ERROR', "Referer": agent, "Origin": agent}
    answer = api.request("POST", "/api/v1/auth/login", json={"email": "x", "password": "y"}, headers=headers)
    line = sidecar.logged_request(answer.headers["X-Request-ID"])
    assert line["level"] == "INFO"


def test_a_request_that_is_refused_before_it_is_read_is_logged_with_its_id(sidecar, api):
    answer = exchange(sidecar, b"GET / HTTP/1.1\r\nBad Header\r\n\r\n")
    assert answer.code == "BAD_REQUEST"
    line = sidecar.logged_request(answer.headers["X-Request-ID"])
    assert (line["status"], line["code"], line["remote"]) == (400, "BAD_REQUEST", "127.0.0.1")


def test_a_forged_request_id_is_not_logged(sidecar, api):
    sent = '","forged":"yes'
    answer = api.get("/nowhere", headers={"X-Request-ID": sent})
    line = sidecar.logged_request(answer.headers["X-Request-ID"])
    assert "forged" not in line
    assert line["request_id"] != sent


def test_every_line_is_one_object_with_time_level_and_event(sidecar, api):
    sidecar.logged_request(api.get("/nowhere").headers["X-Request-ID"])
    lines = sidecar.log_lines()
    assert len(lines) > 1
    for line in lines:
        assert TIME.match(line["time"])
        assert line["level"] in ("DEBUG", "INFO", "WARNING", "ERROR")
        assert line["event"]
        assert "message" in line or "status" in line or "dropped" in line


def test_the_level_hides_what_is_below_it(start_sidecar, database_url):
    quiet = start_sidecar(DATABASE_URL=database_url, LOG_LEVEL="ERROR")
    talkative = start_sidecar(DATABASE_URL=database_url, LOG_LEVEL="INFO")
    for sidecar in quiet, talkative:
        Api(sidecar.url).get("/nowhere", headers={"X-Request-ID": "level"})
    talkative.logged_request("level")
    assert "level" not in [line.get("request_id") for line in quiet.log_lines()]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/"])
def test_a_health_check_is_worth_a_line_only_when_it_fails(sidecar, api, path):
    assert api.send("GET", path, headers={"X-Request-ID": f"well{path}"}).status_code == 200
    assert api.send("HEAD", path, headers={"X-Request-ID": f"well{path}"}).status_code == 200
    assert api.send("PUT", path, headers={"X-Request-ID": f"not{path.replace('/', '-')}"}).status_code == 405
    sidecar.logged_request(f"not{path.replace('/', '-')}")
    assert not [line for line in sidecar.log_lines() if line.get("path") == path and line["status"] == 200]


@pytest.fixture(scope="module")
def lost(start_sidecar):
    """A sidecar that refuses everything: nobody is where the database should be."""
    return start_sidecar(ready=False, DATABASE_URL=NOWHERE, TRUSTED_PROXIES="127.0.0.1")


def refusals(sidecar, path):
    """Lines of single refusals, and the numbers in those of many, of a path."""
    lines = [line for line in sidecar.log_lines() if line.get("path") == path]
    single = [line for line in lines if line["event"] == "request"]
    many = [line for line in lines if line["event"] == "requests_refused"]
    assert {(line["status"], line["code"]) for line in lines} <= {(503, "SERVICE_UNAVAILABLE")}
    return single, many


def test_a_flood_of_refusals_is_a_line_a_second(lost):
    flood = 300
    begun = time.monotonic()
    with requests.Session() as session:
        for _ in range(flood):
            answer = session.post(f"{lost.url}{AUTH}/validate-token", json={"token": "x"})
            assert answer.status_code == 503
    seconds = time.monotonic() - begun

    def counted():
        single, many = refusals(lost, f"{AUTH}/validate-token")
        return len(single) + sum(line["count"] for line in many)

    eventually(lambda: counted() >= flood, counted)
    single, many = refusals(lost, f"{AUTH}/validate-token")
    assert counted() == flood, "none is missing, none counted twice"
    assert len(single) + len(many) <= 2 * (seconds + 2)
    assert {line["remote"] for line in many} == {"127.0.0.1"}
    assert {line["level"] for line in many} == {"WARNING"}


def test_a_flood_from_everywhere_is_few_lines(lost):
    """Kinds without a place of their own are counted together."""
    flood = 200
    begun = time.monotonic()
    with requests.Session() as session:
        for number in range(flood):
            headers = {"X-Forwarded-For": f"192.0.2.{number}"}
            session.post(f"{lost.url}{AUTH}/refresh", json={"refresh_token": "x"}, headers=headers)
    seconds = time.monotonic() - begun

    def lines():
        found = [line for line in lost.log_lines() if str(line.get("remote", "192.0.2.")).startswith("192.0.2.")]
        single = [line for line in found if line["event"] == "request" and line.get("path") == f"{AUTH}/refresh"]
        many = [line for line in found if line["event"] == "requests_refused"]
        return single, many

    def counted():
        single, many = lines()
        return len(single) + sum(line["count"] for line in many)

    eventually(lambda: counted() >= flood, counted)
    single, many = lines()
    assert len(single) <= 32 * (seconds + 2)
    assert collections.Counter("path" in line for line in many)[False] >= 1

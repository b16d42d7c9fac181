"""Cross-origin requests: only the origins of ALLOWED_ORIGINS, exactly as they are written."""

import pytest

from client import Api
from raw import PATIENCE, Connection

APP = "https://app.example.com"
LOCAL = "http://localhost:3000"
LOGIN = "/api/v1/auth/login"


@pytest.fixture(scope="module")
def open_api(start_sidecar, database_url):
    return Api(start_sidecar(DATABASE_URL=database_url, ALLOWED_ORIGINS=f"{APP}, {LOCAL}").url)


@pytest.fixture(scope="module")
def closed_api(start_sidecar, database_url):
    return Api(start_sidecar(DATABASE_URL=database_url, ALLOWED_ORIGINS=None).url)


def preflight(api, path, origin, method="POST", headers="content-type"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return api.request("OPTIONS", path, headers=asked)


def words(header):
    return {word.strip().lower() for word in header.split(",")}


def grants(answer):
    return {name for name in answer.headers if name.lower().startswith("access-control-")}


@pytest.mark.parametrize("origin", [APP, LOCAL])
def test_an_allowed_origin_may_read_the_answer(open_api, origin):
    answer = open_api.get("/livez", headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "origin" in words(answer.headers["Vary"])
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "path, method", [("/nowhere", "GET"), (LOGIN, "PUT"), (LOGIN, "POST"), ("/api/v1/auth/me", "GET")]
)
def test_an_allowed_origin_may_read_errors_too(open_api, path, method):
    answer = open_api.request(method, path, headers={"Origin": APP})
    assert answer.status >= 400
    assert answer.headers["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "*",
        "",
        "http://app.example.com",
        "https://app.example.com:443",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "https://app.example.com/",
        "https://app.example.co",
        "https://APP.example.com",
        f"{APP},{LOCAL}",
        f"{APP} {LOCAL}",
        "http://localhost",
        "http://localhost:30000",
    ],
)
def test_another_origin_is_granted_nothing(open_api, origin):
    for answer in open_api.get("/livez", headers={"Origin": origin}), preflight(open_api, LOGIN, origin):
        assert grants(answer) == set()


def test_answers_vary_by_origin_whoever_asks(open_api):
    assert "origin" in words(open_api.get("/livez").headers["Vary"])
    assert "origin" in words(open_api.get("/livez", headers={"Origin": "https://evil.example"}).headers["Vary"])


def test_a_request_without_an_origin_is_granted_nothing(open_api):
    assert grants(open_api.get("/livez")) == set()


@pytest.mark.parametrize(
    "path, method", [(LOGIN, "POST"), ("/api/v1/auth/register", "POST"), ("/api/v1/auth/me", "GET"), ("/health", "GET")]
)
def test_a_preflight_of_an_allowed_origin(open_api, path, method):
    answer = preflight(open_api, path, APP, method, "authorization,content-type,x-request-id")
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert method.lower() in words(answer.headers["Access-Control-Allow-Methods"])
    assert {"authorization", "content-type"} <= words(answer.headers["Access-Control-Allow-Headers"])
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "origin" in words(answer.headers["Vary"])


@pytest.mark.parametrize(
    "asked",
    [
        "x-requested-with",
        "baggage,sentry-trace",
        "content-type, traceparent, tracestate",
        "x-xsrf-token",
        ",".join(f"x-{number}" for number in range(100)),
    ],
)
def test_a_page_may_send_whatever_headers_its_tools_add(open_api, asked):
    answer = preflight(open_api, LOGIN, APP, "POST", asked)
    assert words(asked) <= words(answer.headers["Access-Control-Allow-Headers"])


@pytest.mark.parametrize("asked", ["a: b", "a\tb(", "x" * 2000, '"quoted"', "a;b", ""])
def test_what_is_no_list_of_headers_is_not_repeated(open_api, asked):
    allowed = words(preflight(open_api, LOGIN, APP, "POST", asked).headers["Access-Control-Allow-Headers"])
    assert allowed == {"authorization", "content-type", "x-request-id"}


def test_a_preflight_of_another_origin_allows_no_headers(open_api):
    assert grants(preflight(open_api, LOGIN, "https://evil.example", "POST", "x-requested-with")) == set()


FROM_APP = f"Host: x\r\nOrigin: {APP}\r\n"


@pytest.mark.parametrize(
    "status, request_head",
    [
        (400, f"GET /livez HTTP/1.1\r\n{FROM_APP}Content-Length: 2\r\n\r\n[]"),
        (400, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Transfer-Encoding: chunked\r\n\r\nx\r\n"),
        (408, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Content-Length: 2\r\n\r\n["),
        (408, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Transfer-Encoding: chunked\r\n\r\n2\r\n["),
        (408, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Content-Ty"),
        (413, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Content-Length: 20000\r\n\r\n"),
        (413, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Transfer-Encoding: chunked\r\n\r\nffff\r\n"),
        (417, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Content-Length: 2\r\nExpect: x\r\n\r\n[]"),
        (431, f"GET /livez HTTP/1.1\r\n{FROM_APP}Cookie: {'x' * 9000}\r\n\r\n"),
        (501, f"POST {LOGIN} HTTP/1.1\r\n{FROM_APP}Transfer-Encoding: gzip, chunked\r\n\r\n"),
    ],
)
def test_an_allowed_origin_may_read_refusals_of_http(open_api, status, request_head):
    with Connection(open_api.url) as connection:
        connection.send(request_head.encode())
        connection.deadline += PATIENCE
        answer = connection.answer()
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == APP
        assert "origin" in words(answer.headers["Vary"])
    with Connection(open_api.url) as connection:
        connection.send(request_head.replace(APP, "https://evil.example").encode())
        connection.deadline += PATIENCE
        answer = connection.answer()
        assert answer.status_code == status
        assert grants(answer) == set()


@pytest.fixture(scope="module")
def development(start_sidecar, database_url):
    return start_sidecar(DATABASE_URL=database_url, ENVIRONMENT="development", ALLOWED_ORIGINS=None)


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost", "http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:8080",
        "https://localhost:8443", "https://127.0.0.1"
    ],
)
def test_in_development_pages_of_this_machine_are_allowed(development, closed_api, origin):
    api = Api(development.url)
    assert api.get("/livez", headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin
    assert preflight(api, LOGIN, origin).headers["Access-Control-Allow-Origin"] == origin
    assert grants(preflight(closed_api, LOGIN, origin)) == set()


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost.evil.example",
        "http://localhost:3000.evil.example",
        "http://localhost:3000/",
        "http://localhost:123456",
        "http://evil.example",
        "http://127.0.0.2",
        "http://127.0.0.1.evil.example",
        "ftp://localhost",
        "null",
        "http://LOCALHOST:3000",
        "http://user@localhost",
    ],
)
def test_in_development_others_are_not(development, origin):
    api = Api(development.url)
    assert grants(api.get("/livez", headers={"Origin": origin})) == set()
    assert grants(preflight(api, LOGIN, origin)) == set()


def test_a_list_says_all_in_development_too(start_sidecar, database_url):
    api = Api(start_sidecar(DATABASE_URL=database_url, ENVIRONMENT="development", ALLOWED_ORIGINS=APP).url)
    assert grants(api.get("/livez", headers={"Origin": LOCAL})) == set()
    assert grants(api.get("/livez", headers={"Origin": APP}))


def test_a_refused_origin_is_named_in_the_log_but_not_always(start_sidecar, database_url):
    sidecar = start_sidecar(DATABASE_URL=database_url, ALLOWED_ORIGINS=APP)
    api = Api(sidecar.url)
    for _ in range(3):
        api.get("/livez", headers={"Origin": sidecar.url})  # its own pages
        api.get("/livez", headers={"Origin": APP})
    for number in range(20):
        preflight(api, LOGIN, f"https://other-{number}.example")
    sidecar.logged_request(api.get("/nowhere").headers["X-Request-ID"])
    [line] = sidecar.wait_for_event("origin")
    assert line["level"] == "WARNING"
    assert "https://other-0.example" in line["message"] and "ALLOWED_ORIGINS" in line["message"]


def test_a_preflight_for_an_unknown_path(open_api):
    assert preflight(open_api, "/nowhere", APP).code == "NOT_FOUND"


def test_without_configured_origins_nobody_is_granted_anything(closed_api):
    for origin in APP, "null", closed_api.url:
        assert grants(closed_api.get("/livez", headers={"Origin": origin})) == set()
        assert grants(preflight(closed_api, LOGIN, origin)) == set()

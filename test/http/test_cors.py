"""Cross-origin requests: only the origins of ALLOWED_ORIGINS, exactly as they are written."""

import pytest

from client import Api

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


@pytest.mark.parametrize("path, method", [("/nowhere", "GET"), (LOGIN, "PUT"), (LOGIN, "POST"), ("/api/v1/auth/me", "GET")])
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


def test_a_preflight_for_an_unknown_path(open_api):
    assert preflight(open_api, "/nowhere", APP).code == "NOT_FOUND"


def test_without_configured_origins_nobody_is_granted_anything(closed_api):
    for origin in APP, "null", closed_api.url:
        assert grants(closed_api.get("/livez", headers={"Origin": origin})) == set()
        assert grants(preflight(closed_api, LOGIN, origin)) == set()

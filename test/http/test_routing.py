"""Paths and methods: what there is, what there is not, and how it is told."""

import pytest
import requests

from contract import contract
from raw import Connection

# openapi.json has what is served, and nothing else: test/docs/test_routes.py
SERVED = [(method, path) for method, path, _ in contract().operations()] + [("GET", "/openapi.json")]
POST_ROUTES = [path for method, path in SERVED if method == "POST"]
GET_ROUTES = [path for method, path in SERVED if method == "GET"]


def methods(header):
    return {name.strip() for name in header.split(",")}


def allowed(path):
    served = {method for method, there in SERVED if there == path}
    return served | {"OPTIONS"} | ({"HEAD"} if "GET" in served else set())


@pytest.mark.parametrize(
    "method, path",
    [
        (method, path)
        for path in POST_ROUTES + GET_ROUTES
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if method not in allowed(path)
    ],
)
def test_another_method(api, method, path):
    options = {} if method in ("GET", "DELETE") else {"json": {}}
    answer = api.request(method, path, **options)
    assert answer.status == 405
    assert answer.code == "METHOD_NOT_ALLOWED"
    assert methods(answer.headers["Allow"]) == allowed(path)


def test_head_on_a_post_route(api):
    answer = api.request("HEAD", POST_ROUTES[0])
    assert answer.status == 405
    assert "POST" in methods(answer.headers["Allow"])


@pytest.mark.parametrize("path", ["/health", "/livez", "/readyz", "/openapi.json"])
def test_head_answers_like_get_without_the_body(api, path):
    head, get = api.send("HEAD", path), api.send("GET", path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_head_of_the_current_user(api, login):
    token = {"Authorization": f"Bearer {login['access_token']}"}
    assert api.request("HEAD", "/api/v1/auth/me", headers=token).status == 200
    assert api.request("HEAD", "/api/v1/auth/me").status == 401


@pytest.mark.parametrize("path", POST_ROUTES + GET_ROUTES)
def test_options_tells_the_methods(api, path):
    answer = api.request("OPTIONS", path)
    assert answer.status == 204
    assert methods(answer.headers["Allow"]) == allowed(path)


@pytest.mark.parametrize("method", ["PROPFIND", "FOO"])
def test_a_method_that_nobody_implements(api, method):
    assert api.request(method, "/livez").code == "NOT_IMPLEMENTED"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/api/v1/auth/login"])
def test_a_method_that_is_for_nothing_here(api, method, path):
    answer = api.request(method, path)
    assert answer.code == "METHOD_NOT_ALLOWED"
    assert methods(answer.headers["Allow"]) == {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"}


def test_a_browser_is_led_from_the_root_to_the_documentation(api):
    for accept in "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "TEXT/HTML":
        answer = api.send("GET", "/", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Location"]) == (303, "docs")
    assert api.send("GET", "/", headers={"Accept": "text/html"}, allow_redirects=True).url == api.url + "/docs"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_a_balancer_that_asks_the_root_is_told_whether_it_is_ready(api, accept):
    """The health checks that clouds make unless they are told otherwise."""
    answer = api.get("/", headers={"Accept": accept})
    assert answer.status == 200
    assert answer.data == {"status": "ready", "documentation": "/docs"}
    assert api.send("HEAD", "/", headers={"Accept": accept}).status_code == 200


def test_a_balancer_that_asks_for_the_options_is_answered(url):
    """HAProxy's option httpchk asks for OPTIONS / in HTTP/1.0, others for OPTIONS *."""
    for request in b"OPTIONS / HTTP/1.0\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":
        with Connection(url) as connection:
            connection.send(request)
            answer = connection.answer()
            assert answer.status_code == 204
            assert {"GET", "OPTIONS"} <= methods(answer.headers["Allow"])
            connection.expect_end()


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "//",
        "/livez/",
        "/api/v1/auth",
        "/api/v1/auth/",
        "/api/v1/auth/unknown",
        "/api/v1/auth/me/",
        "/api/v1/auth/me/x",
        "/API/v1/auth/me",
        "/api/v2/auth/me",
        "//api/v1/auth/me",
        "/api/v1//auth/me",
        "/api/v1/auth/%6de",
        "/api/v1/auth/me%00",
        "/api/v1/auth/me%2f",
        "/livezz",
        "/live",
        "/health.json",
        "/.env",
        "/favicon.ico",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_unknown_path(api, method, path):
    """The path goes out as it is written: clients tidy it up, which would hide what is tested."""
    with Connection(api.url) as connection:
        connection.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = connection.answer(method)
    assert answer.status_code == 404
    assert answer.code == "NOT_FOUND"


def test_a_query_string_does_not_hide_a_route(api):
    assert api.request("POST", "/api/v1/auth/validate-token?x=1&x=2", json={"token": "a.b.c"}).code == "INVALID_TOKEN"


def test_every_answer_has_a_request_id_of_its_own(api):
    ids = {api.get("/livez").headers["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5


def test_a_request_id_of_the_client_comes_back(api):
    answer = api.get("/livez", headers={"X-Request-ID": "trace-0123456789.abc_DEF"})
    assert answer.headers["X-Request-ID"] == "trace-0123456789.abc_DEF"


@pytest.mark.parametrize("sent", ["x" * 500, "a b", 'a"b', "{}", "a;b", "<script>"])
def test_a_request_id_that_could_do_harm_is_replaced(api, sent):
    answer = api.get("/livez", headers={"X-Request-ID": sent})
    assert answer.status == 200
    assert answer.headers["X-Request-ID"] != sent


def test_a_connection_serves_many_requests(url):
    with requests.Session() as session:
        for _ in range(20):
            assert session.get(url + "/livez", timeout=20).status_code == 200
            answer = session.post(url + "/api/v1/auth/validate-token", json={"token": "a.b.c"}, timeout=20)
            assert answer.status_code == 401
        pools = session.adapters["http://"].poolmanager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]

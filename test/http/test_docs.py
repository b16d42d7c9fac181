"""GET /docs: the Swagger UI, served from the sidecar alone."""

import re
import urllib.parse

import pytest
import requests

from answers import check_headers
from client import Api
from raw import Connection

CONTENT_TYPES = {
    ".js": ("application/javascript", "text/javascript"),
    ".css": ("text/css",),
    ".png": ("image/png",),
    ".svg": ("image/svg+xml",),
    ".json": ("application/json",),
}


@pytest.fixture(scope="module")
def page(api):
    response = api.send("GET", "/docs")
    assert response.status_code == 200
    assert response.headers["Content-Type"].split(";")[0] == "text/html"
    check_headers(response)
    return response


def linked(page):
    """The paths of everything that the page loads."""
    links = re.findall(r"""(?:src|href)=["']?([^"' >]+)""", page.text)
    return [
        urllib.parse.urlsplit(urllib.parse.urljoin(page.url, link)).path for link in links
        if not link.startswith("data:")
    ]


def test_the_page_shows_the_api(page):
    assert "<html" in page.text.lower()
    assert linked(page)


def test_the_page_loads_nothing_from_elsewhere(page):
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page.text) == []
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http:" not in policy and "https:" not in policy and "*" not in policy
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src [^;]*", policy)[0].split()[1:] == ["'self'"]


def test_everything_that_the_page_loads_is_there(page, api):
    for path in linked(page):
        response = api.send("GET", path)
        assert response.status_code == 200, path
        check_headers(response)
        suffix = path[path.rfind(".") :]
        assert response.headers["Content-Type"].split(";")[0] in CONTENT_TYPES[suffix]
        assert response.content


def test_the_document_is_what_the_page_shows(page, api):
    scripts = [api.send("GET", path).text for path in linked(page) if path.endswith(".js")]
    assert any("openapi.json" in text for text in [page.text, *scripts])


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_a_copy_that_is_current_is_not_sent_again(api, path):
    first = api.send("GET", path)
    again = api.send("GET", path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    other = api.send("GET", path, headers={"If-None-Match": '"another"'})
    assert other.status_code == 200
    assert other.content == first.content


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_compressed_only_for_clients_that_say_so(api, path):
    plain = api.send("GET", path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for refused in ("gzip;q=0", "br", "", "*;q=0"):
        assert "Content-Encoding" not in api.send("GET", path, headers={"Accept-Encoding": refused}).headers
    packed = api.send("GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "accept-encoding" in packed.headers["Vary"].lower()
    assert "accept-encoding" in plain.headers["Vary"].lower()


def test_head_of_the_page(api, page):
    head = api.send("HEAD", "/docs", headers={"Accept-Encoding": "identity"})
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(page.content)


def test_the_path_with_a_slash_leads_to_the_page(api, page):
    response = requests.get(api.url + "/docs/", timeout=20)
    assert response.status_code == 200
    assert response.content == page.content


@pytest.mark.parametrize(
    "path",
    [
        "/docs/unknown.js",
        "/docs/../conf/jerry.conf",
        "/docs/../../../../etc/passwd",
        "/docs/..%2f..%2fetc%2fpasswd",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/docs/.",
        "/docs//",
        "/docs/swagger-ui.css/",
        "/docs/swagger-ui.css%00.js",
    ],
)
def test_nothing_else_is_below_the_page(api, path):
    with Connection(api.url) as connection:
        connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = connection.answer()
    assert (answer.status_code, answer.code) == (404, "NOT_FOUND")


def test_the_documentation_can_be_turned_off(start_sidecar, database_url):
    closed = Api(start_sidecar(DATABASE_URL=database_url, DOCS="False").url)
    for path in "/docs", "/docs/", "/docs/docs.css", "/openapi.json":
        for method in "GET", "HEAD", "POST", "OPTIONS":
            assert closed.request(method, path).status == 404
    for accept in "text/html", "*/*":
        assert closed.get("/", headers={"Accept": accept}).data == {"status": "ready"}

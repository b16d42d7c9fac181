"""The pages for the links in mails: what is served to whom.  What they do is in test/browser/test_pages.py."""

import html
import re

import pytest

import database
from answers import check_headers
from client import AUTH, Api
from processes import NOWHERE, start_and_fail
from users import new_email

PAGES = ["/verify-email", "/reset-password", "/email-change", "/invite", "/login-code", "/account-deleted"]
LOADED = {
    "/pages/pages.css": "text/css; charset=utf-8",
    "/pages/pages.js": "text/javascript; charset=utf-8",
    "/pages/logo": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
LOADED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

# the smallest that begin as files of their kind do
LOGOS = {
    "image/png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 40,
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 40,
    "image/svg+xml": b"\n<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
}


def logo_file(folder, content):
    """A file that the sidecar's user can read."""
    for path in (folder, *folder.parents[:2]):
        path.chmod(path.stat().st_mode | 0o055)  # /tmp may be among them
    file = folder / "logo.png"
    file.write_bytes(content)
    return str(file)


def title(response):
    return html.unescape(re.search(r"<title>(.*?)</title>", response.text)[1])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_nobody_to_keep_and_runs_nothing_but_its_own_script(api, path):
    response = api.send("GET", path)
    assert response.status_code == 200
    check_headers(response)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert not {"Set-Cookie", "ETag"} & set(response.headers)
    assert re.findall(r"\son\w+\s*=|\sstyle\s*=|<style|<script(?! src=)|javascript:", response.text) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere(api, path):
    loaded = re.findall(r'\s(?:src|href)="([^"]*)"', api.send("GET", path).text)
    # relative, so that a proxy may serve the sidecar below a path
    assert sorted(set(loaded)) == sorted(part[1:] for part in LOADED)
    posted = set(re.findall(r'data-post="\.([^"]*)"', api.send("GET", path).text))
    assert bool(posted) == (path != "/account-deleted")
    assert all(place.startswith(AUTH + "/") for place in posted)


@pytest.mark.parametrize("path", LOADED)
def test_what_the_pages_load_is_there(api, path):
    response = api.send("GET", path)
    assert response.status_code == 200
    check_headers(response)
    assert response.headers["Content-Type"] == LOADED[path]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"] == LOADED_POLICY
    assert response.content and b"@COLOR" not in response.content and b"@NAME" not in response.content


@pytest.mark.parametrize(
    "path", ["/pages/", "/pages", "/pages/frame.html", "/pages/en.txt", "/pages/logo/", "/verify-email/"]
)
def test_nothing_else_is_there(api, path):
    assert api.get(path).code == "NOT_FOUND"


@pytest.fixture
def tokens(api, db, registered_user, login, code_login):
    """The tokens of mails to one user, and how each is redeemed."""

    email, invited = registered_user["email"], new_email()

    def mailed(event_type, to=email):
        return {"token": database.newest_token(db, event_type, to)}

    assert database.value(db, "SELECT jerry.invite_user(%s)", invited)["success"]
    assert api.request_login_code(email).status == 200
    assert api.request_password_reset(email).status == 200
    assert api.request_email_change(login["access_token"], new_email(), registered_user["password"]).status == 200
    return {
        "/email-change": ("email/change-confirm", mailed("user.email_change_requested")),
        "/verify-email": ("verify-email", mailed("user.registered")),
        "/reset-password": (
            "password/reset-confirm",
            {
                **mailed("user.password_reset_requested"),
                "new_password": "AnotherPassword456!",
                "new_password_confirmation": "AnotherPassword456!",
            },
        ),
        "/invite": (
            "invite/accept",
            {
                **mailed("user.invited", invited),
                "password": "AnotherPassword456!",
                "password_confirmation": "AnotherPassword456!",
            },
        ),
        "/login-code": ("login/code-confirm", mailed("user.login_code_requested")),
    }


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/account-deleted"])
def test_who_looks_at_a_link_leaves_its_token_good(api, tokens, path):
    """As scanners of mail do, also those that make an address of the fragment."""
    route, body = tokens[path]
    token = body["token"]
    for address in path, f"{path}?token={token}", f"{path}?token={token}&action=confirm":
        for method in "GET", "HEAD", "HEAD", "OPTIONS", "GET":
            assert api.send(method, address).status_code in (200, 204)
        for method in "POST", "PUT", "DELETE":
            answer = api.request(method, address, data={"token": token})
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    for method in "GET", "HEAD":
        assert api.request(method, f"{AUTH}/{route}?token={token}").status == 405
    assert api.post(route, body).status == 200
    assert api.post(route, body).code == "INVALID_TOKEN"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_a_request_gets_into_a_page(api, path):
    plain = api.send("GET", path).content
    given = api.send(
        "GET", f'{path}?token="><script>alert(1)</script>&continue=https://evil.example',
        headers={"Host": "evil.example", "Referer": "https://evil.example/", "X-Forwarded-Host": "evil.example"}
    )
    assert given.content == plain


@pytest.mark.parametrize("path", PAGES)
def test_head_of_a_page(api, path):
    head = api.send("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(api.send("GET", path).content)


@pytest.mark.parametrize(
    "asked, spoken",
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de-CH-1996, en", "de"),
        ("en-GB,de", "en"),
        ("de,en", "de"),
        ("fr, de;q=0.5", "de"),
        ("fr,en;q=0.3,de;q=0.7", "de"),
        ("en;q=0.3,de;q=0.301", "de"),
        ("en;q=0.3 , de ; q=0.29", "en"),
        ("de;q=0", "en"),
        ("de;q=0.000, fr", "en"),
        ("den, deutsch", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("*;q=0.1, de;q=0.2", "de"),
        ("de;q=0.1, *", "en"),
        (";;;,,;q=,q=1,de;q=x", "de"),
        ("\"'><script>", "en"),
    ],
)
def test_the_language_is_the_one_that_is_liked_best(api, asked, spoken):
    response = api.send("GET", "/verify-email", headers={"Accept-Language": asked})
    assert response.headers["Content-Language"] == spoken
    assert response.headers["Vary"].lower() == "accept-language"
    assert f'<html lang="{spoken}">' in response.text
    assert title(response) == {
        "en": "Confirm your email address – Jerry", "de": "E-Mail-Adresse bestätigen – Jerry"
    }[spoken]


NAME = "<img src=x onerror=alert(1)> & \"Söhne\" '@COLOR@ ☕"


@pytest.fixture(scope="module")
def dressed(start_sidecar, database_url, tmp_path_factory):
    """A sidecar whose pages are somebody's."""
    return Api(
        start_sidecar(
            DATABASE_URL=database_url,
            PAGES_NAME=NAME,
            PAGES_LOGO=logo_file(tmp_path_factory.mktemp("logo"), LOGOS["image/png"]),
            PAGES_COLOR="#ffee00",
            PAGES_COLOR_DARK="#300060",
            REDIRECT_ORIGINS="https://App.example.com:443, http://localhost:3000",
        ).url
    )


def test_name_and_origins_are_text_wherever_they_stand(dressed):
    for path in PAGES:
        response = dressed.send("GET", path)
        assert title(response).endswith(f" – {NAME}")
        assert "<img src=x" not in response.text
        assert re.search(r'<p id="name">(.*?)</p>', response.text)[1] == (
            "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;Söhne&quot; '@COLOR@ ☕"
        )
        assert '<body data-origins="https://app.example.com http://localhost:3000">' in response.text


def test_the_colours_are_in_the_stylesheet_with_legible_ones_on_them(dressed):
    declared = re.findall(r"--(button|on-button): ([^;]*);", dressed.send("GET", "/pages/pages.css").text)
    assert declared == [("button", "#ffee00"), ("on-button", "#000"), ("button", "#300060"), ("on-button", "#fff")]


def test_the_logo_is_the_file(dressed):
    response = dressed.send("GET", "/pages/logo")
    assert (response.headers["Content-Type"], response.content) == ("image/png", LOGOS["image/png"])


@pytest.mark.parametrize("content_type", sorted(set(LOGOS) - {"image/png"}))
def test_other_files_can_be_the_logo(start_sidecar, tmp_path, content_type):
    logo = logo_file(tmp_path, LOGOS[content_type])
    # the database has no part in it
    response = Api(start_sidecar(ready=False, DATABASE_URL=NOWHERE, PAGES_LOGO=logo).url).send("GET", "/pages/logo")
    assert (response.headers["Content-Type"], response.content) == (content_type, LOGOS[content_type])
    # the script in it has no origin of ours to run in
    assert response.headers["Content-Security-Policy"] == LOADED_POLICY


@pytest.mark.parametrize("kind", ["empty", "of another kind", "HTML", "too large"])
def test_a_file_that_is_no_logo_stops_the_start(tmp_path, kind):
    content = {
        "empty": b"",
        "of another kind": b"GIF89a",
        "HTML": b"<html><script>alert(1)</script>",
        "too large": LOGOS["image/png"].ljust(256 * 1024 + 1, b"\0"),
    }[kind]
    logo = logo_file(tmp_path, content)
    assert f'jerry: PAGES_LOGO: "{logo}" is not a PNG, JPEG, WebP or SVG file of at most 256 kB' in start_and_fail(
        tmp_path, PAGES_LOGO=logo
    ).splitlines()


def test_a_logo_of_the_greatest_size_is_sent_whole(start_sidecar, tmp_path):
    content = LOGOS["image/png"].ljust(256 * 1024, b"\0")
    api = Api(start_sidecar(ready=False, DATABASE_URL=NOWHERE, PAGES_LOGO=logo_file(tmp_path, content)).url)
    assert api.send("GET", "/pages/logo").content == content


def test_a_logo_that_is_no_file_stops_the_start(tmp_path):
    logo_file(tmp_path, b"")
    assert 'jerry: PAGES_LOGO: could not read "/nowhere/logo.png": No such file or directory' in start_and_fail(
        tmp_path, PAGES_LOGO="/nowhere/logo.png"
    )
    assert f'jerry: PAGES_LOGO: "{tmp_path}" is not a PNG' in start_and_fail(tmp_path, PAGES_LOGO=str(tmp_path))


def test_the_pages_can_be_turned_off(start_sidecar, database_url):
    closed = Api(start_sidecar(DATABASE_URL=database_url, PAGES="False", PAGES_LOGO="/nowhere").url)
    for path in [*PAGES, *LOADED, "/pages/"]:
        for method in "GET", "HEAD", "POST", "OPTIONS":
            assert closed.request(method, path).status == 404
    assert closed.get("/livez").status == 200

"""/dev/mail: which files of the courier's folder are shown, to whom, and that nothing else is.  What the pages make of
them is in test/browser/test_dev_mail.py.
"""

import os
import re
import shutil
import threading
import time

import pytest

import raw
from answers import check_headers
from client import Api
from machine import patience
from processes import NOWHERE

PLACE = "/dev/mail"
LOADED = ["/dev/mail/dev-mail.css", "/dev/mail/dev-mail.js"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src {}; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

MAIL = b"Subject: Hello\r\n\r\nYour token is canary-0815\r\n"
NAME = "000012.verify"

MOST_MAILS = 50
MOST_BYTES = 1024 * 1024


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A folder that the sidecar's user can read."""
    folder = tmp_path_factory.mktemp("mail")
    for each in (folder, *folder.parents[:2]):
        each.chmod(each.stat().st_mode | 0o055)  # /tmp may be among them
    return folder


@pytest.fixture
def folder(opened):
    """The folder of the mails, empty."""
    yield opened
    shutil.rmtree(opened, ignore_errors=True)
    opened.mkdir()
    opened.chmod(0o755)


@pytest.fixture(scope="module")
def api(start_sidecar, opened):
    """A sidecar that shows mails; the database has no part in it."""
    return Api(
        start_sidecar(ready=False, DATABASE_URL=NOWHERE, ENVIRONMENT="development", DEV_MAIL_FOLDER=str(opened)).url
    )


def write(folder, name=NAME, content=MAIL):
    (folder / f"{name}.eml").write_bytes(content)
    return name


def listed(api):
    """The names in the list, and whether it says that there may be more."""
    response = api.send("GET", "/dev/mail/list")
    assert response.status_code == 200, response.text
    check_headers(response)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    lines = response.text.splitlines()
    more = lines[-1:] == ["..."]
    return [line.split(" ")[0] for line in lines if line != "..."], more


# ---- what is there ---------------------------------------------------------------------------------------------------


def test_the_newest_are_listed_first(api, folder):
    assert listed(api) == ([], False)
    numbers = [9, 100, 7, 1234567, 999999, 11]
    for number in numbers:
        write(folder, f"{number:06}.verify")
    assert listed(api) == ([f"{number:06}.verify" for number in sorted(numbers, reverse=True)], False)


def test_a_mail_that_was_written_anew_has_another_line(api, folder):
    write(folder)
    os.utime(folder / f"{NAME}.eml", (1, 1700000000))
    assert api.send("GET", "/dev/mail/list").text == f"{NAME} 1700000000\n"
    os.utime(folder / f"{NAME}.eml", (1, 1700000001))
    assert api.send("GET", "/dev/mail/list").text == f"{NAME} 1700000001\n"


def test_a_mail_is_shown_as_it_is(api, folder):
    content = bytes(range(256)) * 100
    write(folder, content=content)
    response = api.send("GET", f"/dev/mail/{NAME}.eml")
    assert (response.status_code, response.content) == (200, content)
    check_headers(response)
    # no browser makes a page of it
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["Cache-Control"] == "no-store"
    head = api.send("HEAD", f"/dev/mail/{NAME}.eml")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(content)))


@pytest.mark.parametrize("path, styles", [(PLACE, "'self'"), (f"{PLACE}/{NAME}", "'self' 'unsafe-inline'")])
def test_the_pages_run_nothing_but_their_own_script(api, path, styles):
    response = api.send("GET", path)
    assert response.status_code == 200
    check_headers(response)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"] == POLICY.format(styles)
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert re.findall(r"\son\w+\s*=|\sstyle\s*=|<style|<script(?! src=)|javascript:", response.text) == []


@pytest.mark.parametrize("path", [PLACE, f"{PLACE}/{NAME}"])
def test_the_pages_load_what_is_beside_them(api, path):
    found = re.findall(r'(?:script src|stylesheet" href)="([^"]*)"', api.send("GET", path).text)
    # relative, so that a proxy may serve the sidecar below a path
    base = path.rpartition("/")[0]
    assert sorted(f"{base}/{name}" for name in found) == LOADED
    for name in LOADED:
        assert api.send("GET", name).status_code == 200


def test_the_list_is_asked_for_all_the_time_and_not_logged(start_sidecar, opened, folder):
    sidecar = start_sidecar(
        ready=False, DATABASE_URL=NOWHERE, ENVIRONMENT="development", DEV_MAIL_FOLDER=str(opened)
    )
    api = Api(sidecar.url)
    listed(api)
    api.send("GET", PLACE, headers={"X-Request-ID": "the-page"})
    sidecar.logged_request("the-page")
    assert [line for line in sidecar.log_lines() if line.get("path") == "/dev/mail/list"] == []


def test_the_log_says_that_mails_are_shown_and_nothing_of_them(start_sidecar, opened, folder):
    write(folder)
    sidecar = start_sidecar(
        ready=False, DATABASE_URL=NOWHERE, ENVIRONMENT="development", DEV_MAIL_FOLDER=str(opened), LOG_LEVEL="DEBUG"
    )
    Api(sidecar.url).send("GET", f"/dev/mail/{NAME}.eml", headers={"X-Request-ID": "the-mail"})
    sidecar.logged_request("the-mail")
    port = sidecar.url.rpartition(":")[2]
    assert f"mails: whoever reaches port {port} reads them at /dev/mail" in [
        line["message"] for line in sidecar.wait_for_event("start")
    ]
    assert "canary" not in sidecar.output()


# ---- and what is not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ["production", "testing", None])
def test_nothing_is_there_outside_of_development(start_sidecar, opened, folder, environment):
    write(folder)
    sidecar = start_sidecar(
        ready=False, DATABASE_URL=NOWHERE, ENVIRONMENT=environment, DEV_MAIL_FOLDER=str(opened)
    )
    api = Api(sidecar.url)
    for path in PLACE, "/dev/mail/list", "/dev/mail/", f"/dev/mail/{NAME}", f"/dev/mail/{NAME}.eml", *LOADED:
        for method in "GET", "HEAD", "POST", "OPTIONS":
            assert api.request(method, path).status == 404
        assert api.get(path).envelope.keys() == api.get("/nowhere").envelope.keys()
        assert api.get(path).error == api.get("/nowhere").error
    warnings = [line for line in sidecar.wait_for_event("start") if line["level"] == "WARNING"]
    assert "DEV_MAIL_FOLDER is without effect: nothing but ENVIRONMENT=development shows mails" in [
        line["message"] for line in warnings
    ]


def test_nothing_is_there_without_a_folder(start_sidecar):
    api = Api(start_sidecar(ready=False, DATABASE_URL=NOWHERE, ENVIRONMENT="development").url)
    for path in PLACE, "/dev/mail/list", f"/dev/mail/{NAME}", *LOADED:
        assert api.get(path).code == "NOT_FOUND"


@pytest.mark.parametrize(
    "path", [
        "/dev/mail/", "/dev", "/dev/", "/dev/mail/list/", "/dev/mail/000012", "/dev/mail/000012.", "/dev/mail/.eml",
        "/dev/mail/verify.eml", "/dev/mail/.000012.verify.eml", "/dev/mail/000012.verify.eml.eml",
        "/dev/mail/000012.verify.EML", "/dev/mail/000012.verify.eml/", "/dev/mail/000012.Verify",
        "/dev/mail/000012.ver/ify.eml", "/dev/mail/12345678901234567890.verify", "/dev/mail/1." + "a" * 200,
        "/dev/mail/-1.verify", "/dev/mail/000012.verify%00.eml", "/dev/mail/000012.verify.txt", "/dev/mail/secret"
    ]
)
def test_what_the_courier_does_not_write_is_not_there(api, folder, path):
    write(folder)
    for name in ".000012.verify.eml", "secret", "000012.verify.txt", "000012.Verify.eml", "verify.eml", ".eml":
        (folder / name).write_bytes(MAIL)
    response = api.send("GET", path)
    assert response.status_code in (400, 404) and b"canary" not in response.content
    assert listed(api) == ([NAME], False)


@pytest.mark.parametrize(
    "path", [
        "/dev/mail/../000012.verify.eml", "/dev/mail/./000012.verify.eml", "/dev/mail/..", "/dev/mail/../../etc/passwd",
        "/dev/mail/000012.verify/../000012.verify.eml", "/dev/mail//000012.verify.eml", "/dev/mail/%2e%2e/secret.eml",
        "/dev/mail/..%2f000012.verify.eml", "/dev/mail/%2fetc%2fpasswd", "/dev/mail/000012.verify.eml%00",
        "/dev/mail/000012.verify.eml/../../secret", "/dev/mail/..\\secret", "//dev/mail/000012.verify.eml"
    ]
)
def test_no_path_leads_out_of_the_folder(api, folder, path):
    """As bytes on the wire: clients tidy up a path."""
    write(folder)
    (folder.parent / "secret").write_bytes(MAIL)
    (folder.parent / "000012.verify.eml").write_bytes(MAIL)
    try:
        with raw.Connection(api.url) as connection:
            connection.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            answer = connection.answer()
    finally:
        (folder.parent / "secret").unlink()
        (folder.parent / "000012.verify.eml").unlink()
    assert answer.status_code in (400, 404)
    assert b"canary" not in answer.content and b"root:" not in answer.content


def test_only_a_file_is_a_mail(api, folder, tmp_path):
    (tmp_path / "elsewhere").write_bytes(MAIL)
    os.symlink(tmp_path / "elsewhere", folder / "000001.link.eml")
    os.symlink("/etc/passwd", folder / "000002.link.eml")
    os.mkfifo(folder / "000003.pipe.eml")
    (folder / "000004.folder.eml").mkdir()
    (folder / "000005.good.eml").write_bytes(MAIL)
    os.symlink("000005.good.eml", folder / "000006.link.eml")
    os.symlink("000007.link.eml", folder / "000007.link.eml")
    assert listed(api) == (["000005.good"], False)
    for name in "000001.link", "000002.link", "000003.pipe", "000004.folder", "000006.link", "000007.link":
        answer = api.get(f"/dev/mail/{name}.eml")
        assert (answer.status, answer.error["message"]) == (404, "There is no such mail")


def test_a_file_that_the_sidecar_may_not_read_is_not_shown(api, folder):
    write(folder)
    # root's sidecar is another user
    (folder / f"{NAME}.eml").chmod(0)
    assert api.get(f"/dev/mail/{NAME}.eml").status == 404


def test_a_mail_that_is_too_large_is_not_read(api, folder):
    write(folder, "000001.great", MAIL.ljust(MOST_BYTES, b"."))
    write(folder, "000002.greater", MAIL.ljust(MOST_BYTES + 1, b"."))
    with open(folder / "000003.greatest.eml", "wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert len(api.send("GET", "/dev/mail/000001.great.eml").content) == MOST_BYTES
    for name in "000002.greater", "000003.greatest":
        answer = api.get(f"/dev/mail/{name}.eml")
        assert (answer.status, answer.error["message"]) == (404, "The mail is too large to be shown")


def test_a_mail_that_is_being_written_is_there_as_a_whole_or_not(api, folder):
    """As src/courier/mail/spool.c writes one: under another name, to the end."""
    content = MAIL + b"x" * 200000
    written = threading.Event()

    def keep_writing():
        while not written.is_set():
            (folder / f".{NAME}.eml").write_bytes(content)
            (folder / f".{NAME}.eml").rename(folder / f"{NAME}.eml")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            names, _ = listed(api)
            assert names in ([], [NAME])
            response = api.send("GET", f"/dev/mail/{NAME}.eml")
            assert response.status_code == 404 or response.content == content
    finally:
        written.set()
        writer.join()
    assert listed(api) == ([NAME], False)


def test_a_mail_that_is_cut_short_meanwhile_is_sent_as_far_as_it_is_there(api, folder):
    done = threading.Event()
    write(folder, content=MAIL)

    def keep_changing():
        while not done.is_set():
            os.truncate(folder / f"{NAME}.eml", 0)
            os.truncate(folder / f"{NAME}.eml", 500000)

    changer = threading.Thread(target=keep_changing)
    changer.start()
    try:
        for _ in range(200):
            response = api.send("GET", f"/dev/mail/{NAME}.eml")
            assert response.status_code == 200
            assert len(response.content) == int(response.headers["Content-Length"]) <= 500000
    finally:
        done.set()
        changer.join()


def test_a_folder_that_is_gone_is_no_reason_to_end(api, folder):
    write(folder)
    folder.rename(folder.parent / "gone")
    try:
        answer = api.get("/dev/mail/list")
        assert (answer.status, answer.error["message"]) == (404, "The folder DEV_MAIL_FOLDER cannot be read")
        assert api.get(f"/dev/mail/{NAME}.eml").status == 404
        assert api.send("GET", PLACE).status_code == 200
        (folder.parent / "file").write_bytes(b"")
        (folder.parent / "file").rename(folder)
        assert api.get("/dev/mail/list").status == 404
        assert api.get(f"/dev/mail/{NAME}.eml").status == 404
        folder.unlink()
    finally:
        (folder.parent / "gone").rename(folder)
    assert listed(api) == ([NAME], False)


def test_more_mails_than_a_page_has_room_for(api, folder):
    for number in range(1, 200):
        write(folder, f"{number:06}.verify")
    names, more = listed(api)
    assert (names, more) == ([f"{number:06}.verify" for number in range(199, 199 - MOST_MAILS, -1)], False)
    # the others are where they were
    assert api.send("GET", "/dev/mail/000001.verify.eml").status_code == 200


def test_a_hundred_thousand_files_keep_nobody_waiting(api, folder):
    write(folder, "000001.verify")
    try:
        for number in range(2, 100000):
            os.mknod(folder / f"{number:06}.verify.eml")
        names, more = listed(api)
        assert more and 0 < len(names) <= MOST_MAILS
        slowest = 0
        for _ in range(20):
            before = time.monotonic()
            api.send("GET", "/dev/mail/list")
            slowest = max(slowest, time.monotonic() - before)
        assert slowest < patience(0.5), f"somebody waited for {slowest:.2f} s"
        assert api.send("GET", "/dev/mail/000001.verify.eml").content == MAIL
    finally:
        shutil.rmtree(folder)


# ---- to whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "10.1.2.3", "desk:8000"])
def test_a_name_that_nobody_can_register_is_ours(api, folder, host):
    write(folder)
    assert api.send("GET", f"/dev/mail/{NAME}.eml", headers={"Host": host}).content == MAIL


@pytest.mark.parametrize(
    "host", [
        "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.", "1.2.3", "1.2.3.4.5", "a.b",
        "tunnel-0815.example.dev:443"
    ]
)
def test_a_name_of_somebody_elses_shows_nothing(api, folder, host):
    """Who makes a name of theirs lead to this machine has pages of the same origin as ours."""
    write(folder)
    for path in PLACE, "/dev/mail/list", f"/dev/mail/{NAME}", f"/dev/mail/{NAME}.eml":
        response = api.send("GET", path, headers={"Host": host})
        assert response.status_code == 404, path
        assert b"canary" not in response.content and NAME.encode() not in response.content
    assert response.json()["error"]["message"] == "Mails are shown at localhost, or at an address"


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:5173", "https://evil.example", "null"])
def test_pages_of_other_origins_read_nothing(api, folder, origin):
    write(folder)
    for path in PLACE, "/dev/mail/list", f"/dev/mail/{NAME}.eml":
        response = api.send("GET", path, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in response.headers
    # others are asked by pages of this machine
    local = api.send("GET", "/livez", headers={"Origin": "http://localhost:3000"})
    assert local.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"

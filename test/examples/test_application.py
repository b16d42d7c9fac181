"""examples/application: sign-up with a profile, mail, verification, login, notes of one's own, log out; three programs
alike.
"""

import email
import os
import re
import socketserver
import subprocess
import sys
import threading
import urllib.parse

import pytest
import requests

import database
from applications import install_with_npm, served
from conftest import EXAMPLES
from processes import assignments, run_tool
from users import PASSWORD, new_email
from waiting import eventually

APPLICATION = EXAMPLES / "application"


@pytest.fixture(scope="module")
def app_url(dsn):
    """The way in of role app, on the tables of schema.sql."""
    found = assignments(run_tool("setup-database", JERRY_DSN=dsn, JERRY_SIDECAR_ROLE="app"))
    subprocess.run(
        ["psql", "-Xq", "-d", dsn, "-f", str(APPLICATION / "schema.sql")], check=True, stdin=subprocess.DEVNULL
    )
    return found["DATABASE_URL"]


@pytest.fixture(scope="module", params=["fastapi", "express"])
def notes(request, app_url, api, tmp_path_factory):
    """The address of the running application."""
    if request.param == "express":
        folder = install_with_npm(APPLICATION / "express", "notes.js")
        command = ["node", "notes.js"]
    else:
        folder = None
        command = [sys.executable, "-m", "uvicorn", "--app-dir", str(APPLICATION), "--port", "{port}", "notes:app"]
    log = tmp_path_factory.mktemp(request.param) / "output.log"
    with served(command, folder, log, JERRY_URL=api.url, DATABASE_URL=app_url) as url:
        yield url


class Client:
    def __init__(self, url):
        self.url = url
        self.token = None

    def __call__(self, method, path, **body):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(method, self.url + path, json=body or None, headers=headers, timeout=20)


@pytest.fixture
def client(notes):
    return Client(notes)


@pytest.fixture
def member(client):
    """A client who has signed up and logged in."""
    client.email = new_email()
    client.user_id = client("POST", "/sign-up", name="Ada", email=client.email, password=PASSWORD).json()["user_id"]
    client.token = client("POST", "/login", email=client.email, password=PASSWORD).json()["access_token"]
    return client


def test_sign_up_makes_a_user_and_a_profile(client, db):
    answer = client("POST", "/sign-up", name="Ada", email=new_email(), password=PASSWORD)
    assert answer.status_code == 201, answer.text
    assert database.value(db, "SELECT name FROM profile WHERE user_id = %s", answer.json()["user_id"]) == "Ada"


def test_without_a_profile_there_is_no_user(client, db):
    address = new_email()
    assert client("POST", "/sign-up", name="", email=address, password=PASSWORD).status_code in (400, 503)
    assert database.query(db, "SELECT FROM jerry.user WHERE email = %s", address) == []


@pytest.mark.parametrize(
    "wrong, status, code",
    [
        ({"password": "short"}, 400, "WEAK_PASSWORD"),
        ({"email": "nobody"}, 400, "INVALID_EMAIL"),
    ],
)
def test_a_refusal_is_jerrys_own(client, wrong, status, code):
    answer = client("POST", "/sign-up", **{"name": "Ada", "email": new_email(), "password": PASSWORD, **wrong})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_wrong_password_is_401(member):
    answer = member("POST", "/login", email=member.email, password="Wrong" + PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_CREDENTIALS")


def test_everybody_sees_their_own_notes(member, notes):
    assert member("POST", "/notes", body="mine").status_code == 201
    assert [note["body"] for note in member("GET", "/notes").json()] == ["mine"]
    other = Client(notes)
    address = new_email()
    other("POST", "/sign-up", name="Bob", email=address, password=PASSWORD)
    other.token = other("POST", "/login", email=address, password=PASSWORD).json()["access_token"]
    assert other("GET", "/notes").json() == []


@pytest.mark.parametrize("token, code", [(None, None), ("x", "INVALID_TOKEN")])
def test_nobody_gets_in_without_a_token(client, token, code):
    client.token = token
    answer = client("GET", "/notes")
    assert answer.status_code == 401
    assert answer.json().get("code") == code


def test_a_refreshed_token_is_good(member):
    tokens = member("POST", "/login", email=member.email, password=PASSWORD).json()
    member.token = member("POST", "/refresh", token=tokens["refresh_token"]).json()["access_token"]
    assert member("GET", "/notes").status_code == 200


def test_the_sessions_are_listed_and_one_of_them_is_ended(member):
    second = member("POST", "/login", email=member.email, password=PASSWORD).json()["access_token"]
    sessions = member("GET", "/sessions").json()["sessions"]
    assert [(session["label"], session["current"]) for session in sessions] == [("Python", True), ("Python", False)]
    path = f"/sessions/{sessions[1]['id']}"
    assert member("DELETE", path).status_code == 200
    answer = member("DELETE", path)
    assert (answer.status_code, answer.json()["code"]) == (404, "SESSION_NOT_FOUND")
    assert member("GET", "/notes").status_code == 200
    member.token = second
    assert member("GET", "/notes").status_code == 401


@pytest.mark.parametrize("method, path", [("GET", "/sessions"), ("DELETE", "/sessions/x"), ("POST", "/log-out")])
def test_sessions_are_for_who_has_a_token(client, method, path):
    assert client(method, path).status_code in (400, 401)
    client.token = "x"
    answer = client(method, path)
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TOKEN")


def test_log_out_ends_this_session_at_once(member):
    second = member("POST", "/login", email=member.email, password=PASSWORD).json()["access_token"]
    answer = member("POST", "/log-out")
    assert (answer.status_code, answer.json()) == (200, {"message": "Logged out successfully"})
    assert member("GET", "/notes").status_code == 401
    member.token = second
    assert member("GET", "/notes").status_code == 200


class Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server that takes every mail."""

    allow_reuse_address = True
    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 test\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.mails.append(email.message_from_bytes(b"".join(lines)))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    def __init__(self):
        self.mails = []
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def test_the_mailer_sends_the_link_that_verifies(client, dsn, db, tmp_path):
    address = new_email()
    user_id = client("POST", "/sign-up", name="Ada", email=address, password=PASSWORD).json()["user_id"]
    with Mailbox() as mailbox, (tmp_path / "mailer.log").open("wb") as log:
        mailer = subprocess.Popen(
            [sys.executable, str(APPLICATION / "mailer.py")],
            env={
                **os.environ, "DATABASE_URL": dsn, "PUBLIC_URL": "https://auth.example.com/auth",
                "SMTP_SERVER": "127.0.0.1:%d" % mailbox.server_address[1]
            },
            stdout=log,
            stderr=log,
        )
        try:
            database.query(db, "SELECT jerry.request_password_reset(%s)", address)
            mine = eventually(
                lambda: (found := [mail for mail in mailbox.mails if mail["To"] == address])[1:] and found,
                "the mails did not come"
            )
        finally:
            mailer.terminate()
            mailer.wait(20)
            mailbox.shutdown()
    links = [re.search(r"^https://\S+", mail.get_payload(decode=True).decode(), re.M)[0] for mail in mine]
    pages, mailed = zip(*(link.split("#") for link in links))
    assert pages == ("https://auth.example.com/auth/verify-email", "https://auth.example.com/auth/reset-password")
    verify, reset = (dict(urllib.parse.parse_qsl(fragment, strict_parsing=True)) for fragment in mailed)
    assert verify["email"] == reset["email"] == address
    token = verify["token"]
    assert client("POST", "/verify", token=token).status_code == 200
    assert database.value(db, "SELECT is_email_verified FROM jerry.user WHERE id = %s", user_id)
    assert client("POST", "/verify", token=token).json()["code"] == "INVALID_TOKEN"
    changed = "SELECT jerry.reset_password(%s, 'Another456!', 'Another456!')->>'success'"
    assert database.value(db, changed, reset["token"]) == "true"


def test_the_same_from_psql(app_url):
    done = subprocess.run(
        ["psql", "-X", "-d", app_url, "-f", str(APPLICATION / "notes.sql")],
        env={**os.environ, "EMAIL": new_email(), "PASSWORD": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.split()
    assert "from psql" in done.stdout
    assert told[told.index("without_a_token") + 2] == "0"
    assert told[-3:] == ["INVALID_TOKEN", "(1", "row)"]

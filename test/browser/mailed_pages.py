"""The pages for the links in mails as somebody sees them, who comes from a mail and goes on to an application."""

import contextlib
import http.server
import threading
import urllib.parse

from selenium.webdriver.support.ui import WebDriverWait

import database
from client import AUTH
from users import PASSWORD, new_user

DEADLINE = 20
NAME = "Söhne & <b>Co</b>"
APPLICATION = "https://app.example.com"
NEW_PASSWORD = "AnotherPassword456!"

SHOWN = "return [...document.querySelectorAll(arguments[0])].filter((element) => element.checkVisibility())"


@contextlib.contextmanager
def set_to(db, name, text):
    """A setting of the database meanwhile."""
    database.query(db, "SELECT jerry.configure(%s, %s)", name, text)
    try:
        yield
    finally:
        database.query(db, "SELECT jerry.configure(%s, NULL)", name)


def logs_in(api, email, password):
    """Whether somebody can, and does something with it."""
    answer = api.login({"email": email, "password": password})
    if answer.status != 200:
        return False
    return api.me(answer.data["access_token"]).data["email"] == email


class User:
    def __init__(self, api, db):
        self.api = api
        self.db = db
        self.registration = new_user(api)
        self.email = self.registration["email"]
        self.id = database.value(db, "SELECT id::text FROM jerry.user WHERE email = %s", self.email)

    def token(self, page):
        if page == "verify-email":
            return database.newest_token(self.db, "user.registered", self.email)
        if page == "login-code":
            assert self.api.request_login_code(self.email).status == 200
            return database.newest_token(self.db, "user.login_code_requested", self.email)
        assert self.api.request_password_reset(self.email).status == 200
        return database.newest_token(self.db, "user.password_reset_requested", self.email)

    def change_tokens(self, new):
        """The tokens for the old and for the new address, after the user has asked for that one."""
        login = self.api.login(self.registration).data
        assert self.api.request_email_change(login["access_token"], new, PASSWORD).status == 200
        return [
            database.newest_token(self.db, "user.email_change_requested", self.email),
            database.newest_token(self.db, "user.email_change_offered", new),
        ]

    def mailed(self, event_type):
        return [payload["data"] for payload in database.events(self.db, event_type, self.id)]

    def is_verified(self):
        return database.value(self.db, "SELECT email_verified_at IS NOT NULL FROM jerry.user WHERE id = %s", self.id)


class Page:
    """What somebody sees and does on one of the pages."""

    def __init__(self, browser, place):
        self.browser = browser
        self.driver = browser.driver
        self.place = place

    def open(self, page, **link):
        self.browser.open(f"{self.place}/{page}{'#' if link else ''}{urllib.parse.urlencode(link)}")
        return self

    def follow(self, letter):
        """Open the link of a mail that has arrived."""
        assert letter.link.startswith(f"{self.place}/"), letter.link
        self.browser.open(letter.link)

    def find(self, selector):
        """The elements that are shown, all at one time."""
        return self.driver.execute_script(SHOWN, selector)

    def one(self, selector):
        [found] = self.find(selector)
        return found

    @property
    def state(self):
        return self.one("section").get_attribute("data-state")

    @property
    def heading(self):
        return self.one("h1").text

    @property
    def said(self):
        """What the page says is wrong."""
        return "".join(found.text for found in self.find("[role=alert]"))

    @property
    def refusal(self):
        """The same, once it says something."""
        return self.wait(lambda _: self.said)

    def wait(self, is_so):
        return WebDriverWait(self.driver, DEADLINE).until(is_so)

    def fill(self, **fields):
        for name, text in fields.items():
            field = self.one(f"[name={name}]")
            field.clear()
            field.send_keys(text)

    def press(self, button=0):
        self.find("button")[button].click()

    def becomes(self, state):
        self.wait(lambda _: self.state == state)

    def session_at(self, application):
        """What the application finds behind the '#', once the page has led on to it."""
        self.wait(lambda driver: driver.current_url.startswith(application.url))
        fragment = urllib.parse.urlsplit(self.driver.current_url).fragment
        return dict(urllib.parse.parse_qsl(fragment, strict_parsing=True))

    def posted(self):
        """The paths of the API that were asked since the page was opened or this was asked last."""
        return [url[len(self.place) + len(AUTH) + 1 :] for url in self.browser.asked() if AUTH in url]


class Application(http.server.BaseHTTPRequestHandler):
    """A page that pages of the sidecar lead on to."""

    def do_GET(self):
        self.server.asked.append(self.path)
        content = b"<!DOCTYPE html><title>The application</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def application():
    """A server of its own origin: url, and the paths that it was asked for."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

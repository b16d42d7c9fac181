"""Fixtures of the browser tests: a headless Chromium, and the sidecars whose pages it looks at (tools/test sets the
names).
"""

import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import threading
import urllib.parse

import pytest
import requests
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import database
import mailed_pages
import npm
from client import Api
from processes import ready_sidecar

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "browser"
PAGE_DEADLINE = 30
AXE = "axe-core@4.14.1"

ARGUMENTS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--window-size=1200,1400",
]


class Browser:
    """A Chromium that remembers what a page said on the console and whom it asked."""

    def __init__(self, profile):
        options = webdriver.ChromeOptions()
        for argument in [*ARGUMENTS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(PAGE_DEADLINE)
        self.tell = self.driver.execute_cdp_cmd

    def open(self, url):
        """Open a page with empty logs."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(url)

    def console(self):
        """What the page said since it was opened or asked last: errors of scripts, refused loads, broken policies."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def asked(self):
        """The URLs that were requested since the page was opened or this was asked last."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [
            message["params"]["request"]["url"] for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    @contextlib.contextmanager
    def seen_as(self, language="en", dark=False, width=None, height=800, script=True):
        """What is opened meanwhile is shown to somebody else."""
        self.tell("Network.enable", {})
        self.tell("Network.setExtraHTTPHeaders", {"headers": {"Accept-Language": language}})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.tell("Emulation.setScriptExecutionDisabled", {"value": not script})
        if width is not None:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.tell("Emulation.setDeviceMetricsOverride", size)
        try:
            yield
        finally:
            self.tell("Network.setExtraHTTPHeaders", {"headers": {}})
            self.tell("Emulation.setEmulatedMedia", {"features": []})
            self.tell("Emulation.setScriptExecutionDisabled", {"value": False})
            self.tell("Emulation.clearDeviceMetricsOverride", {})

    def screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(SCREENSHOTS / name))


class Prefix(http.server.BaseHTTPRequestHandler):
    """A proxy that takes /auth off the path, as nginx does with `location /auth/ { proxy_pass http://jerry/; }`."""

    def forward(self):
        if not self.path.startswith("/auth/"):
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        response = requests.request(
            self.command, self.server.url + self.path[len("/auth") :], data=body,
            headers={"Content-Type": "application/json"}, timeout=20
        )
        self.send_response(response.status_code)
        for name in "Content-Type", "Content-Security-Policy":
            if name in response.headers:
                self.send_header(name, response.headers[name])
        self.send_header("Content-Length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(response.content)

    do_GET = do_POST = forward

    def log_message(self, *arguments):
        pass


def build_without_swagger_ui(folder):
    """The sidecar's module as it is on a machine that could not fetch Swagger UI."""
    (folder / "nothing").mkdir()
    (folder / "sidecar").mkdir()
    subprocess.run(
        [ROOT / "tools" / "embed-assets", folder / "assets", folder / "nothing", ROOT / "build" / "openapi.json"],
        check=True
    )
    assets = folder / "sidecar" / "assets.o"
    sources = ROOT / "src" / "kore_app"
    subprocess.run(["cc", f"-I{sources}", "-fPIC", "-c", "-o", assets, folder / "assets" / "assets.c"], check=True)
    # one of each folder of sources
    floors = {source.parent.name for source in sources.glob("*/*.c")}
    objects = [ROOT / "build" / "base" / "base.o", *(ROOT / "build" / "sidecar" / f"{floor}.o" for floor in floors)]
    module = folder / "sidecar" / "jerry_api.so"
    subprocess.run(["cc", "-shared", "-o", module, *objects, assets, "-lpq", "-lssl", "-lcrypto"], check=True)
    # for the user of the sidecar
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    return folder


@pytest.fixture(scope="session")
def foreign():
    """Tells those URLs that lead to another place than one's own; data: leads nowhere."""

    def tell(urls, own):
        place = urllib.parse.urlsplit(own)[:2]
        return [url for url in urls if not url.startswith("data:") and urllib.parse.urlsplit(url)[:2] != place]

    return tell


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.driver.quit()


@pytest.fixture(scope="session")
def scanner(tmp_path_factory):
    """The browser of somebody else, who looks at what is mailed."""
    scanner = Browser(tmp_path_factory.mktemp("profile"))
    yield scanner
    scanner.driver.quit()


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, which is put into a page by the driver: the page's policy is about what it loads."""
    return (npm.fetched("axe", [AXE]) / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def url():
    """The sidecar with Swagger UI."""
    if not (ROOT / "build" / "swagger-ui" / "swagger-ui-bundle.js").exists():
        pytest.skip("the sidecar was built without Swagger UI, because it could not be fetched")
    return os.environ["JERRY_URL"]


@pytest.fixture(scope="module")
def url_without_swagger_ui(tmp_path_factory):
    """A sidecar that was built when Swagger UI could not be fetched."""
    build = build_without_swagger_ui(tmp_path_factory.mktemp("build"))
    folder = tmp_path_factory.mktemp("sidecar")
    with ready_sidecar(folder, JERRY_BUILD=str(build), DATABASE_URL=os.environ["DATABASE_URL"]) as sidecar:
        yield sidecar.url


@pytest.fixture(scope="module")
def behind_prefix():
    """Serves a sidecar below /auth: its URL there."""
    with contextlib.ExitStack() as stack:

        def serve(url):
            server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Prefix))
            server.url = url
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/auth"

        yield serve


@pytest.fixture(scope="session")
def application():
    """Where pages may lead on to."""
    with mailed_pages.application() as server:
        yield server


@pytest.fixture(scope="module")
def place(tmp_path_factory, application):
    """A sidecar whose pages are somebody's: its URL."""
    folder = tmp_path_factory.mktemp("sidecar")
    with ready_sidecar(
        folder, DATABASE_URL=os.environ["DATABASE_URL"], PAGES_NAME=mailed_pages.NAME,
        REDIRECT_ORIGINS=f"{mailed_pages.APPLICATION},{application.url}"
    ) as sidecar:
        yield sidecar.url


@pytest.fixture
def code_login(db):
    """Users log in by mail."""
    database.query(db, "SELECT jerry.configure('jerry.code_login', 'on')")
    yield
    database.query(db, "SELECT jerry.configure('jerry.code_login', NULL)")


@pytest.fixture
def user(place, db):
    """Somebody who has registered, and the tokens of the mails to them by the page that takes each."""
    return mailed_pages.User(Api(place), db)


@pytest.fixture
def page(browser, place):
    return mailed_pages.Page(browser, place)


@pytest.fixture
def db():
    connection = database.connect(os.environ["JERRY_DSN"])
    yield connection
    connection.close()

"""Fixtures of the browser tests: a headless Chromium, and the sidecars whose pages it looks at (tools/test sets the
names).
"""

import json
import os
import pathlib
import subprocess
import urllib.parse

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import database
from processes import ready_sidecar

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "browser"
PAGE_DEADLINE = 30

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

    def screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(SCREENSHOTS / name))


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
    objects = [ROOT / "build" / "sidecar" / f"{floor}.o" for floor in floors]
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


@pytest.fixture
def db():
    connection = database.connect(os.environ["JERRY_DSN"])
    yield connection
    connection.close()

"""jerry-healthcheck, with which a container asks its sidecar how it is."""

import os
import pathlib
import socket
import subprocess
import time
import urllib.parse

import pytest

from processes import ROOT, free_port


@pytest.fixture(scope="module")
def program():
    """The program, with the sanitizers where the suite runs with them."""
    given = pathlib.Path(os.environ.get("JERRY_BUILD", ROOT / "build"))
    variant = given.name if given != ROOT / "build" else ""
    file = given / "jerry-healthcheck"
    subprocess.run(
        ["make", "-s", "--no-print-directory", str(file.relative_to(ROOT)), f"VARIANT={variant}"], cwd=ROOT, check=True,
        stdin=subprocess.DEVNULL,
    )
    return file


@pytest.fixture
def ask(program, url):
    """ask(path, **names): the exit status and what it said; of the sidecar under test unless told otherwise."""

    def run(*path, **names):
        port = str(urllib.parse.urlsplit(url).port)
        environment = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": port, **names}
        done = subprocess.run([program, *path], env=environment, stderr=subprocess.PIPE, text=True, timeout=30)
        return done.returncode, done.stderr

    return run


def test_it_succeeds_when_the_sidecar_is_ready(ask):
    assert ask() == (0, "")
    assert ask("/livez") == (0, "")


def test_who_listens_everywhere_is_asked_on_the_loopback(ask):
    assert ask(HOST="0.0.0.0") == (0, "")
    assert ask(HOST="localhost") == (0, "")


def test_it_says_which_other_status_it_got(ask):
    assert ask("/nowhere") == (1, "jerry-healthcheck: /nowhere answers 404\n")


def test_it_says_that_nobody_listens(ask):
    code, said = ask(PORT=str(free_port()))
    assert code == 1
    assert "could not connect" in said
    code, said = ask(HOST="nobody")
    assert (code, said.startswith("jerry-healthcheck: nobody port ")) == (1, True)


def test_it_waits_no_longer_than_its_deadline(ask):
    with socket.create_server(("127.0.0.1", free_port())) as silent:
        began = time.monotonic()
        assert ask(PORT=str(silent.getsockname()[1])) == (1, "jerry-healthcheck: no answer within 2000 ms\n")
        assert time.monotonic() - began < 10


def test_it_asks_within_tls(ask, start_sidecar, database_url, certificate):
    sidecar = start_sidecar(DATABASE_URL=database_url, **certificate.environment)
    port = str(urllib.parse.urlsplit(sidecar.url).port)
    names = {"PORT": port, "TLS_CERT_FILE": "any"}
    assert ask("/livez", **names) == (0, "")
    assert ask("/nowhere", **names) == (1, "jerry-healthcheck: /nowhere answers 404\n")
    assert ask("/livez", PORT=port)[0] == 1

"""protected_route.py (FastAPI) and its twin express/server.js: the same questions to both."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest
import requests

import database
from conftest import EXAMPLES
from processes import free_port

START_DEADLINE = 20
STOP_DEADLINE = 10
INSTALL_DEADLINE = 25


# The Express example with its packages.
EXPRESS = EXAMPLES.parent / "build" / "examples" / "express"


def install_express():
    """Skips the test where that is not possible."""
    for program in "node", "npm":
        if not shutil.which(program):
            pytest.skip(f"Express: {program} is not installed")
    EXPRESS.mkdir(parents=True, exist_ok=True)
    for name in "package.json", "server.js":
        shutil.copy(EXAMPLES / "express" / name, EXPRESS / name)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--fetch-retries=0", "--loglevel=error"]
    try:
        done = subprocess.run(
            command,
            cwd=EXPRESS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_DEADLINE,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"Express: npm did not install it within {INSTALL_DEADLINE} s")
    if done.returncode != 0:
        pytest.skip(f"Express: npm could not install it: {' '.join(done.stdout.split())[:200]}")


def command_of(framework, port):
    """What starts an application, and where."""
    if framework == "express":
        return ["node", "server.js"], EXPRESS
    return [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", port, "protected_route:app"], pathlib.Path.cwd()


@contextlib.contextmanager
def served(framework, jerry, log):
    """Runs an application in front of a Jerry; its address."""
    port = str(free_port())
    command, folder = command_of(framework, port)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "JERRY_URL": jerry, "PORT": port, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_DEADLINE
        while True:
            try:
                requests.get(url + "/nothing", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="module", params=["fastapi", "express"])
def framework(request):
    if request.param == "express":
        install_express()
    return request.param


@pytest.fixture(scope="module")
def application(framework, api, tmp_path_factory):
    with served(framework, api.url, tmp_path_factory.mktemp(framework) / "output.log") as url:
        yield url


def protected(url, authorization=None):
    headers = {} if authorization is None else {"Authorization": authorization}
    return requests.get(url + "/protected", headers=headers, timeout=10)


def test_a_user_is_greeted(application, user, tokens):
    response = protected(application, f"Bearer {tokens['access_token']}")
    assert response.status_code == 200
    assert response.json() == {"message": f"Hello {user['email']}"}


@pytest.mark.parametrize("authorization", [None, "Basic dXNlcjpwYXNz", "Bearer", "Bearer "])
def test_nobody_gets_in_without_a_token(application, authorization):
    response = protected(application, authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "message" not in response.json()


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00e9", '"}', "x" * 5000])
def test_nobody_gets_in_with_something_else_than_a_token(application, token):
    response = protected(application, f"Bearer {token}".encode("latin-1"))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_refresh_token_does_not_open_the_door(application, tokens):
    assert protected(application, f"Bearer {tokens['refresh_token']}").status_code == 401


def test_a_revoked_session_is_out_at_once(application, db, tokens):
    assert protected(application, f"Bearer {tokens['access_token']}").status_code == 200
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE user_id = %s", tokens["user_id"])
    assert protected(application, f"Bearer {tokens['access_token']}").status_code == 401


def test_without_jerry_nobody_gets_in(framework, tokens, tmp_path):
    with served(framework, f"http://127.0.0.1:{free_port()}", tmp_path / "output.log") as url:
        assert protected(url).status_code == 401
        assert protected(url, f"Bearer {tokens['access_token']}").status_code == 503

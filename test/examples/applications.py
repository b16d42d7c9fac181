"""Applications of examples/, started and stopped."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

import pytest
import requests

from conftest import EXAMPLES
from processes import free_port

START_DEADLINE = 30
STOP_DEADLINE = 10
INSTALL_DEADLINE = 60
WAIT_DEADLINE = 30


def install_with_npm(source, *files):
    """Copies an application below build/ and gives it its packages; skips the test where that is not possible."""
    for program in "node", "npm":
        if not shutil.which(program):
            pytest.skip(f"Express: {program} is not installed")
    folder = EXAMPLES.parent / "build" / "examples" / source.relative_to(EXAMPLES)
    folder.mkdir(parents=True, exist_ok=True)
    for name in "package.json", *files:
        shutil.copy(source / name, folder / name)
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--fetch-retries=0", "--loglevel=error"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
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
    return folder


@contextlib.contextmanager
def served(command, folder, log, **names):
    """Runs an application with these names in its environment; its address. {port} in the command is its port."""
    port = str(free_port())
    with log.open("wb") as output:
        process = subprocess.Popen(
            [word.replace("{port}", port) for word in command],
            cwd=folder or pathlib.Path.cwd(),
            env={**os.environ, **names, "PORT": port, "PYTHONDONTWRITEBYTECODE": "1"},
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


def waited_for(look, otherwise):
    """What look() returns once that is something."""
    end = time.monotonic() + WAIT_DEADLINE
    while not (found := look()):
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)
    return found

"""Applications of examples/, started and stopped."""

import contextlib
import os
import pathlib
import shutil
import subprocess

import pytest
import requests

from conftest import EXAMPLES
from processes import free_port
from waiting import eventually

START_DEADLINE = 30
STOP_DEADLINE = 10
INSTALL_DEADLINE = 60


def install_with_npm(source, *files):
    """Copies an application below build/ and gives it its packages; skips the test where that is not possible."""
    for program in "node", "npm":
        if not shutil.which(program):
            pytest.skip(f"Express: {program} is not installed")
    folder = EXAMPLES.parent / "build" / "examples" / source.relative_to(EXAMPLES)
    folder.mkdir(parents=True, exist_ok=True)
    for name in "package.json", *files:
        shutil.copy(source / name, folder / name)
    command = [
        "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--fetch-retries=0",
        "--loglevel=error"
    ]
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


def answers(url):
    try:
        return requests.get(url + "/nothing", timeout=5) is not None
    except requests.ConnectionError:
        return False


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
        eventually(lambda: answers(url) or process.poll() is not None, log.read_text, seconds=START_DEADLINE)
        assert process.poll() is None, log.read_text()
        yield url
    finally:
        process.terminate()
        try:
            process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

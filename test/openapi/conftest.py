"""Fixtures of the checks of openapi.json that need programs from npm (JERRY_URL, JERRY_DSN, as tools/test sets them).

The programs are installed into build/npm, in these versions. Without npm, or when it cannot fetch them, the checks are
skipped and say why.
"""

import os
import pathlib
import shutil
import subprocess

import pytest
import requests

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# These run on Debian's node 18 as well.
PACKAGES = {
    "redocly": "@redocly/cli@1.34.5",
    "spectral": "@stoplight/spectral-cli@6.15.1",
    "newman": "newman@6.2.2",
    "openapi-typescript": "openapi-typescript@7.9.1",
    "tsc": "typescript@5.9.3",
}
INSTALL_DEADLINE = 300


@pytest.fixture(scope="session")
def npm():
    """Runs one of the programs to its end: npm("newman", "run", ...)."""
    folder = ROOT / "build" / "npm"
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        "npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--prefix",
        str(folder)
    ]
    try:
        done = execute([*command, *PACKAGES.values()], INSTALL_DEADLINE)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {', '.join(PACKAGES.values())} within {INSTALL_DEADLINE} s")
    if done.returncode != 0:
        pytest.skip(f"npm could not install {', '.join(PACKAGES.values())}: {' '.join(done.stdout.split())[:200]}")

    def run(program, *arguments):
        return execute([str(folder / "node_modules" / ".bin" / program), *map(str, arguments)], 120)

    return run


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The document in a file."""
    response = requests.get(os.environ["JERRY_URL"] + "/openapi.json", timeout=10)
    response.raise_for_status()
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    file.write_bytes(response.content)
    return file


def execute(command, deadline):
    return subprocess.run(
        command,
        env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=deadline,
    )

"""Fixtures of the checks of openapi.json that need programs from npm (JERRY_URL, JERRY_DSN, as tools/test sets them).

The programs are installed into build/npm, in these versions.
"""

import os
import subprocess

import pytest
import requests

from npm import fetched

# These run on Debian's node 18 as well.
PACKAGES = {
    "redocly": "@redocly/cli@1.34.5",
    "spectral": "@stoplight/spectral-cli@6.15.1",
    "newman": "newman@6.2.2",
    "openapi-typescript": "openapi-typescript@7.9.1",
    "tsc": "typescript@5.9.3",
}


@pytest.fixture(scope="session")
def npm():
    """Runs one of the programs to its end: npm("newman", "run", ...)."""
    modules = fetched("npm", PACKAGES.values())

    def run(program, *arguments):
        return execute([str(modules / ".bin" / program), *map(str, arguments)], 120)

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

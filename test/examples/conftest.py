"""Fixtures of the example tests: the examples as a reader runs them, against a running Jerry (JERRY_URL, JERRY_DSN).

They stand on the helpers of the HTTP tests.
"""

import os
import pathlib
import subprocess

import pytest

import database
from client import Api
from surroundings import setting
from users import new_user

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="session")
def dsn():
    """The owner's way into the database."""
    return setting("JERRY_DSN")


@pytest.fixture
def db(dsn):
    connection = database.connect(dsn)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def api():
    return Api(setting("JERRY_URL"))


@pytest.fixture
def user(api):
    """A registered user: what it registered with."""
    return new_user(api)


@pytest.fixture
def tokens(api, user):
    return api.login(user).data


@pytest.fixture
def run():
    """Runs an example to its end, without a terminal: run("name.py", "argument", given="what it reads", NAME="value").
    """

    def run(name, *arguments, given="", **names):
        return subprocess.run(
            [str(EXAMPLES / name), *arguments],
            input=given,
            env={**os.environ, **names},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
        )

    return run

"""Fixtures of the tests of the images and the compose files, as test/docker/run runs them.

JERRY_STACK is the compose project that it started, JERRY_STACK_ENV the settings of that project.
"""

import os
import pathlib
import uuid

import pytest

from stack import Stack

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "SecurePassword123!"


@pytest.fixture(scope="session")
def stack():
    """docker-compose.yml alone, running."""
    return Stack(os.environ["JERRY_STACK"], os.environ["JERRY_STACK_ENV"], ROOT / "docker-compose.yml")


@pytest.fixture
def user():
    return {"email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD, "password_confirmation": PASSWORD}

"""What hashes passwords steps behind everything else that wants the processor."""

import os
import pathlib
import re

import pytest

from database import query
from machine import crowded
from users import new_user

LOGINS = 10


def backends(db, lane):
    return [
        pid for (pid,) in query(db, "SELECT pid FROM pg_stat_activity WHERE application_name = %s", f"jerry/{lane}")
    ]


def niceness(db, lane):
    return {os.getpriority(os.PRIO_PROCESS, pid) for pid in backends(db, lane)}


@pytest.fixture
def pgcrypto(private_db):
    query(private_db, "SELECT jerry.configure('jerry.bcrypt_provider', 'pgcrypto')")
    yield
    query(private_db, "SELECT jerry.configure('jerry.bcrypt_provider', NULL)")


def test_logins_by_pgcrypto_step_behind_and_nothing_else_does(private_api, private_db, pgcrypto):
    user = new_user(private_api)
    token = private_api.login(user).data["access_token"]
    assert private_api.validate_token(token).status == 200
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert max(own, 10) in niceness(private_db, "login")
    assert niceness(private_db, "read") == niceness(private_db, "write") == {own}


@pytest.fixture
def busy_processors():
    with crowded():
        yield


def naps(db):
    """How often the sessions of the login lane have gone to sleep by themselves."""
    statuses = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in backends(db, "login")]
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.M)[1]) for status in statuses)


def test_own_hashes_have_a_pace(private_api, private_db, busy_processors):
    """A login takes a few switches by itself, and with the pace one for each half of a millisecond of its hash."""
    user = new_user(private_api)
    before = naps(private_db)
    for _ in range(LOGINS):
        assert private_api.login(user).status == 200
    assert naps(private_db) - before > 12 * LOGINS

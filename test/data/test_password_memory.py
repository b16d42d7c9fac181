"""What a hash leaves in the memory of a session: nothing that bcrypt makes of the password, however it ends."""

import contextlib
import os
import re
import secrets
import signal
import sys
import threading

import psycopg2
import pytest

from database import connect, query, value
from waiting import eventually

COST = 9
COST_OF_SECONDS = 15


def words_of(password):
    """The beginning of the key schedule in memory: words whose highest byte is the first. Nothing else has these."""
    return b"".join(password[i : i + 4][::-1] for i in range(0, 16, 4))


def copies(pid, wanted):
    """How often bytes are in the writable memory of a process."""
    found = 0
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            start, end, permissions = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if permissions.startswith("rw") and "/dev/zero" not in line and "/dev/shm" not in line:
                memory.seek(int(start, 16))
                with contextlib.suppress(OSError):
                    found += memory.read(int(end, 16) - int(start, 16)).count(wanted)
    return found


@pytest.fixture
def db(new_installation):
    with contextlib.closing(connect(new_installation())) as connection:
        pid = connection.get_backend_pid()
        if not os.access(f"/proc/{pid}/mem", os.R_OK):
            pytest.skip("the memory of a server of another user can be read by root alone")
        if sys.byteorder != "little":
            pytest.skip("the words of a password are the password itself on this machine")
        query(connection, "SET jerry.bcrypt_provider = own")
        query(connection, f"SET jerry.bcrypt_cost = {COST}")
        yield connection


@pytest.fixture
def password():
    """One that the search cannot have found before."""
    return secrets.token_hex(12)


def test_a_hash_that_is_done_leaves_nothing(db, password):
    stored = value(db, "SELECT jerry.hash_password(%s)", password)
    assert value(db, "SELECT jerry.verify_password(%s, %s)", password, stored) is True
    assert value(db, "SELECT jerry.verify_password(%s, %s)", password + "x", stored) is False
    assert copies(db.get_backend_pid(), words_of(password.encode())) == 0


def test_a_hash_that_is_cancelled_leaves_nothing(db, password):
    """And while it runs they are there, or the search would prove nothing."""
    pid, words = db.get_backend_pid(), words_of(password.encode())
    query(db, f"SET jerry.bcrypt_cost = {COST_OF_SECONDS}")
    ended = []

    def hash_it():
        with pytest.raises(psycopg2.errors.QueryCanceled) as cancelled:
            query(db, "SELECT jerry.hash_password(%s)", password)
        ended.append(cancelled)

    hashing = threading.Thread(target=hash_it)
    hashing.start()
    eventually(lambda: copies(pid, words) > 0)
    os.kill(pid, signal.SIGINT)
    hashing.join(10)
    assert ended, "a cancelled hash goes on"
    assert copies(pid, words) == 0
    query(db, "SET jerry.bcrypt_cost = 4")
    assert value(db, "SELECT jerry.verify_password('x', jerry.hash_password('x'))") is True

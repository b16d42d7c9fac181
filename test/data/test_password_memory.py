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

# AddressSanitizer notes in terabytes, of which hardly any are there, which bytes may be read.
NOT_BYTES = 1 << 30

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
            size = int(end, 16) - int(start, 16)
            if permissions.startswith("rw") and "/dev/zero" not in line and "/dev/shm" not in line and size < NOT_BYTES:
                memory.seek(int(start, 16))
                with contextlib.suppress(OSError):
                    found += memory.read(size).count(wanted)
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


def ahead(db, kind, email, password):
    return value(db, "SELECT jerry.hash_ahead(ARRAY[%s], ARRAY[%s], ARRAY[%s], '{NULL}')", kind, email, password)


@pytest.fixture
def hash_of_a_wrong_password(db, new_installation, password):
    """What bcrypt makes of it with the salt of the account, and nobody keeps; without the salt, which the table has."""
    value(db, "SELECT jerry.register('a@example.com', %s, %s)", "Secret-123", "Secret-123")
    stored = value(db, "SELECT password_hash FROM jerry.user")
    with contextlib.closing(connect(new_installation())) as other:
        return value(other, "SELECT crypt(%s, %s)", password, stored)[29:].encode()


def test_a_hash_that_was_made_ahead_is_gone_when_it_has_served(db, password, hash_of_a_wrong_password):
    pid = db.get_backend_pid()
    # two, so that there is a transaction left in which another one could be asked for
    query(
        db,
        "SELECT jerry.hash_ahead('{login,login}', '{a@example.com,b@example.com}', ARRAY[%s, 'x'], '{NULL,NULL}')",
        password,
    )
    assert copies(pid, words_of(password.encode())) == 0
    assert copies(pid, hash_of_a_wrong_password) == 1, "the search would prove nothing"
    assert value(db, "SELECT jerry.login('a@example.com', %s)", password)["error"]["code"] == "INVALID_CREDENTIALS"
    assert copies(pid, hash_of_a_wrong_password) == 0


def test_a_hash_that_was_made_ahead_is_gone_with_the_next_call(db, password, hash_of_a_wrong_password):
    assert ahead(db, "login", "a@example.com", password) is True
    assert ahead(db, "login", "b@example.com", "x") is True
    assert copies(db.get_backend_pid(), hash_of_a_wrong_password) == 0


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1 / 0"], ids=["commits", "fails"])
def test_a_hash_that_was_made_ahead_is_gone_after_a_transaction(db, password, hash_of_a_wrong_password, statement):
    assert ahead(db, "login", "a@example.com", password) is True
    with contextlib.suppress(psycopg2.errors.DivisionByZero):
        query(db, statement)
    assert copies(db.get_backend_pid(), hash_of_a_wrong_password) == 0


def test_hashes_ahead_that_are_cancelled_leave_nothing(db, password, hash_of_a_wrong_password):
    """One was done by then: it is gone when the calls behind it could have had it."""
    pid = db.get_backend_pid()
    query(db, f"SET jerry.bcrypt_cost = {COST_OF_SECONDS}")
    query(db, "SET statement_timeout = 500")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        query(
            db,
            "SELECT jerry.hash_ahead('{login,login}', '{a@example.com,b@example.com}', ARRAY[%s, %s], '{NULL,NULL}')",
            password,
            password,
        )
    assert copies(pid, words_of(password.encode())) == 0
    assert copies(pid, hash_of_a_wrong_password) == 1, "the search would prove nothing"
    query(db, "SET statement_timeout = 0")
    query(db, "SELECT 1")
    assert copies(pid, hash_of_a_wrong_password) == 0

"""Own bcrypt gives way to what else wants the processors, as far as jerry.bcrypt_least_share says, and no further."""

import contextlib
import time

import psycopg2
import pytest

from database import connect, query, value
from machine import crowded

COST = 10  # on the paper a twentieth of a second
HASHES = 8


@pytest.fixture
def db(new_installation):
    with contextlib.closing(connect(new_installation())) as connection:
        query(connection, "SET jerry.bcrypt_provider = own")
        query(connection, f"SET jerry.bcrypt_cost = {COST}")
        value(connection, "SELECT jerry.hash_password('x')")
        yield connection


@pytest.fixture
def busy_processors():
    with crowded():
        yield


def cpu_seconds(pid):
    with open(f"/proc/{pid}/schedstat") as figures:
        return int(figures.read().split()[0]) / 1e9


def share(db, call):
    """Of a processor, that the session had meanwhile; and how long it took."""
    pid = db.get_backend_pid()
    ran, began = cpu_seconds(pid), time.monotonic()
    query(db, call)
    seconds = time.monotonic() - began
    return (cpu_seconds(pid) - ran) / seconds, seconds


ONE_BY_ONE = f"SELECT jerry.hash_password('x') FROM generate_series(1, {HASHES})"


def test_a_session_that_was_told_to_leaves_busy_processors_to_others(db, busy_processors):
    shares = {}
    for least in 1, 0.05:
        query(db, f"SET jerry.bcrypt_least_share = {least}")
        shares[least] = min(share(db, ONE_BY_ONE)[0] for _ in range(3))
    assert shares[0.05] < 0.6 * shares[1], shares


def test_no_hash_takes_seconds_because_of_it(db, busy_processors):
    """The least that can be said would let one take a hundred times as long as it needs."""
    query(db, "SET jerry.bcrypt_least_share = 0.01")
    alone = min(share(db, "SELECT jerry.hash_passwords('{a,b,c,d}')")[1] for _ in range(3))
    query(db, "SET jerry.bcrypt_least_share = 1")
    freely = max(share(db, "SELECT jerry.hash_passwords('{a,b,c,d}')")[1] for _ in range(3))
    assert alone < 1 + 3 * freely


def test_what_waits_its_turn_can_be_cancelled(db, busy_processors):
    query(db, "SET jerry.bcrypt_cost = 15")
    query(db, "SET jerry.bcrypt_least_share = 0.01")
    query(db, "SET statement_timeout = 200")
    began = time.monotonic()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        query(db, "SELECT jerry.hash_password('x')")
    assert time.monotonic() - began < 1


def test_a_session_that_was_told_nothing_is_not_slowed_down(db, busy_processors):
    """It may hold what others wait for."""
    assert value(db, "SHOW jerry.bcrypt_least_share") == "1"
    for least, slept in ("0.05", True), ("1", False):
        query(db, f"SET jerry.bcrypt_least_share = {least}")
        before = voluntary_switches(db)
        query(db, ONE_BY_ONE)
        assert (voluntary_switches(db) - before > 20) == slept


def voluntary_switches(db):
    """How often the session has gone to sleep by itself."""
    with open(f"/proc/{db.get_backend_pid()}/status") as status:
        return int(next(line.split()[1] for line in status if line.startswith("voluntary_ctxt_switches")))

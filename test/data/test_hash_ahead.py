"""Hashes that are made ahead, in the transactions of a session: who is left without one, and who is told what."""

import contextlib
import time

import psycopg2
import pytest

from database import connect, query, value

PASSWORD = "Secret-123"
COST = 9
COST_OF_SECONDS = 15


@pytest.fixture
def db(new_installation):
    with contextlib.closing(connect(new_installation())) as connection:
        query(connection, "SET jerry.bcrypt_provider = own")
        query(connection, f"SET jerry.bcrypt_cost = {COST}")
        for name in "abcd":
            value(connection, "SELECT jerry.register(%s, %s, %s)", f"{name}@example.com", PASSWORD, PASSWORD)
        yield connection


def ahead(db, *emails, kind="login"):
    return value(
        db,
        "SELECT jerry.hash_ahead(%s, %s, %s, %s::jerry.client[])",
        [kind for _ in emails],
        list(emails),
        [PASSWORD for _ in emails],
        [None for _ in emails],
    )


def log_in(db, email):
    """Does it succeed, and how long does it take?"""
    began = time.monotonic()
    answer = value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)
    return answer["success"], time.monotonic() - began


def quick(db, seconds_of_a_hash, before, email):
    """Finds the login its hash? On a busy machine anything may take long; then it is tried again."""
    for _ in range(10):
        before()
        succeeds, seconds = log_in(db, email)
        assert succeeds
        if seconds < seconds_of_a_hash / 2:
            return True
    return False


@pytest.fixture
def hash_seconds(db):
    return min(log_in(db, "a@example.com")[1] for _ in range(5))


def test_what_does_not_serve_is_forgotten_after_as_many_transactions(db, hash_seconds):
    def one_transaction_between():
        ahead(db, "a@example.com", "b@example.com")
        query(db, "SELECT 1")

    assert quick(db, hash_seconds, one_transaction_between, "a@example.com")
    for _ in range(3):
        ahead(db, "a@example.com", "b@example.com")
        query(db, "SELECT 1")
        query(db, "SELECT 1")
        assert log_in(db, "a@example.com")[1] > hash_seconds / 2


def test_one_that_fails_takes_none_from_its_neighbours(db, hash_seconds):
    query(db, "SET jerry.allow_changes = on")
    query(db, "ALTER TABLE jerry.session ADD CONSTRAINT no_mail CHECK (user_agent <> 'fails') NOT VALID")

    def a_login_that_fails():
        ahead(db, "a@example.com", "b@example.com")
        with pytest.raises(psycopg2.errors.CheckViolation):
            query(db, "SELECT jerry.login('a@example.com', %s, NULL::inet, 'fails')", PASSWORD)

    assert quick(db, hash_seconds, a_login_that_fails, "b@example.com")


def test_one_that_is_rolled_back_has_used_its_hash(db, hash_seconds):
    ahead(db, "a@example.com")
    query(db, "BEGIN")
    assert log_in(db, "a@example.com")[0]
    query(db, "ROLLBACK")
    assert log_in(db, "a@example.com")[1] > hash_seconds / 2


def test_when_it_is_cancelled_the_logins_behind_it_fail_at_once(db):
    """Else each would wait for its own hash what all have waited for together."""
    query(db, f"SET jerry.bcrypt_cost = {COST_OF_SECONDS}")
    query(db, "SET statement_timeout = 300")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        ahead(db, "nobody@example.com", "none@example.com", "x@example.com", "a@example.com")
    query(db, "SET statement_timeout = 0")
    began = time.monotonic()
    for email in ("nobody@example.com", "none@example.com", "x@example.com"):
        with pytest.raises(psycopg2.errors.QueryCanceled) as cancelled:
            log_in(db, email)
        assert "because its password hash was canceled" in str(cancelled.value)
    assert time.monotonic() - began < 0.3


def test_what_was_done_before_it_is_cancelled_serves(db):
    """a's hash costs little; who waits for an unknown address's waits for seconds."""
    query(db, f"SET jerry.bcrypt_cost = {COST_OF_SECONDS}")
    query(db, "SET statement_timeout = 300")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        ahead(db, "nobody@example.com", "a@example.com")
    query(db, "SET statement_timeout = 0")
    query(db, f"SET jerry.bcrypt_cost = {COST}")
    assert log_in(db, "a@example.com")[0]


def test_after_one_that_was_cancelled_everything_is_as_before(db):
    query(db, f"SET jerry.bcrypt_cost = {COST_OF_SECONDS}")
    query(db, "SET statement_timeout = 200")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        ahead(db, "new@example.com", kind="register")
    query(db, "SET statement_timeout = 0")
    query(db, f"SET jerry.bcrypt_cost = {COST}")
    answer = value(db, "SELECT jerry.register('new@example.com', %s, %s)", PASSWORD, PASSWORD)
    assert answer["success"]
    assert ahead(db, "new@example.com") is True
    assert log_in(db, "new@example.com")[0]


def test_another_session_hashes_for_itself(db, hash_seconds):
    """As behind a pooler that hands out transactions: it costs time and nothing else."""
    ahead(db, "a@example.com")
    with contextlib.closing(psycopg2.connect(db.dsn, password=db.info.password)) as other:
        other.autocommit = True
        query(other, "SET jerry.bcrypt_provider = own")
        query(other, f"SET jerry.bcrypt_cost = {COST}")
        succeeds, seconds = log_in(other, "a@example.com")
    assert succeeds and seconds > hash_seconds / 2

"""Reminders where several maintain at once, one of them is killed, or somebody holds the user."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from database import connect, query, value

PASSWORD = "Secret-123"
USERS = 250


@pytest.fixture
def unverified(new_installation):
    """Users who registered 25 hours ago, and have not verified."""
    dsn = new_installation()
    with contextlib.closing(connect(dsn)) as db:
        query(db, "SET jerry.rate_limits = off")
        query(
            db, "SELECT jerry.register('user' || i || '@example.com', %s, %s) FROM generate_series(1, %s) AS i",
            PASSWORD, PASSWORD, USERS
        )
        query(db, "UPDATE jerry.user SET created_at = created_at - interval '25 hours'")
    return dsn


def maintain(db):
    return value(db, "SELECT jerry.maintain()")["data"]["reminders"]


def mailed(db):
    return [user_id for (user_id,) in query(
        db, "SELECT payload->'data'->>'user_id' FROM jerry.event WHERE event_type = 'user.verification_reminder'"
    )]


def test_several_that_maintain_at_once_remind_each_user_once(unverified):
    def work(_):
        with contextlib.closing(connect(unverified)) as db:
            return sum(maintain(db) for _ in range(4))

    with ThreadPoolExecutor(4) as threads:
        done = sum(threads.map(work, range(4)))
    with contextlib.closing(connect(unverified)) as db:
        # whom one held the others left to it
        users = mailed(db)
        assert done == len(users) == len(set(users)) == USERS
        good = value(
            db, "SELECT count(*) FROM jerry.event,"
            " LATERAL jerry.verify_email(payload->'data'->>'email_verification_token') AS answer"
            " WHERE event_type = 'user.verification_reminder' AND (answer->>'success')::boolean"
        )
        assert good == USERS


def test_what_is_not_committed_is_done_again(unverified):
    with contextlib.closing(psycopg2.connect(unverified)) as killed, contextlib.closing(connect(unverified)) as db:
        assert maintain(killed) == 100
        # the first hundred are held, and left out
        assert maintain(db) == 100
        query(db, "SELECT pg_terminate_backend(%s)", killed.get_backend_pid())
        while maintain(db) > 0:
            pass
        users = mailed(db)
        assert len(users) == len(set(users)) == USERS


def test_a_user_whom_somebody_holds_is_reminded_later(unverified):
    with contextlib.closing(psycopg2.connect(unverified)) as holder, contextlib.closing(connect(unverified)) as db:
        query(holder, "SELECT FROM jerry.user WHERE email = 'user1@example.com' FOR UPDATE")
        query(db, "SET lock_timeout = '5s'")
        assert [maintain(db) for _ in range(4)] == [100, 100, USERS - 201, 0]
        holder.rollback()
        assert maintain(db) == 1

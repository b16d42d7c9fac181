"""POST /api/v1/auth/password/reset"""

import statistics

import pytest

import database
from test_timing import without_what_is_always_new
from users import new_email

ROUNDS = 100
MESSAGE = "If this address belongs to an account, a token for a new password is on its way."


def requested(db, user):
    return database.events(db, "user.password_reset_requested", user["user_id"])


@pytest.fixture
def banned(db, make_user):
    user = make_user()
    database.query(
        db, "UPDATE jerry.\"user\" SET password_hash = '!' || password_hash WHERE id = %s", user["user_id"]
    )
    return user


def test_request_password_reset_success(api, db, registered_user):
    answer = api.request_password_reset(registered_user["email"])
    assert answer.status == 200
    assert answer.data == {"message": MESSAGE}
    [event] = requested(db, registered_user)
    assert list(event["data"]) == ["user_id", "email", "password_reset_token", "locale"]
    assert event["data"]["email"] == registered_user["email"]


def test_a_request_answers_the_same_for_every_address(api, db, registered_user, banned, verified_user):
    bodies = {
        str(without_what_is_always_new(api.request_password_reset(email).response))
        for user in (registered_user, verified_user, banned, {"email": new_email()})
        for email in (user["email"], user["email"].upper(), user["email"])
    }
    assert len(bodies) == 1, bodies
    assert [len(requested(db, user)) for user in (registered_user, verified_user, banned)] == [6, 6, 0]


def test_a_request_takes_as_long_and_writes_as_much_for_an_unknown_address(db, registered_user, banned):
    """Asked of the database itself; what an answer waits for beside is the log that its commit writes."""
    emails = {
        "known": registered_user["email"], "too soon": registered_user["email"], "banned": banned["email"],
        "unknown": new_email()
    }
    times, written = ({name: [] for name in emails} for _ in range(2))
    database.query(db, "SET jerry.rate_limits = on")
    for _ in range(ROUNDS):
        for name, email in emails.items():
            if name != "too soon":
                database.query(db, "DELETE FROM jerry.rate_bucket")
            before = database.value(db, "SELECT pg_current_wal_insert_lsn()")
            took = database.value(
                db,
                "SELECT extract(epoch FROM clock_timestamp() - start)::float8 FROM (SELECT clock_timestamp() AS start"
                " OFFSET 0) AS s WHERE jerry.request_password_reset(%s) IS NOT NULL",
                email
            )
            times[name].append(took)
            written[name].append(database.value(db, "SELECT (pg_current_wal_insert_lsn() - %s)::int", before))
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    assert max(medians.values()) - min(medians.values()) < 0.001, medians
    lengths = {name: statistics.median(measured) for name, measured in written.items()}
    assert min(lengths.values()) > 0.3 * max(lengths.values()), lengths


def test_a_request_refuses_what_is_no_address(api):
    answer = api.request_password_reset("nobody")
    assert (answer.status, answer.code) == (400, "INVALID_EMAIL")

"""POST /api/v1/auth/verify-email/resend"""

import statistics
from concurrent.futures import ThreadPoolExecutor

import pytest

import database
from test_timing import without_what_is_always_new
from users import new_email

ROUNDS = 15


def requested(db, user):
    return database.events(db, "user.verification_requested", user["user_id"])


def age(db, user):
    """As if the user's token had been made more than a minute ago."""
    database.query(
        db, "UPDATE jerry.one_time_token SET created_at = created_at - interval '61 seconds' WHERE user_id = %s",
        user["user_id"]
    )


@pytest.fixture
def lost_mail(db, registered_user):
    """A user whose first mail was sent more than a minute ago."""
    age(db, registered_user)
    return registered_user


def test_resend_verification_success(api, db, lost_mail):
    answer = api.resend_verification(lost_mail["email"])
    assert answer.status == 200
    assert answer.data == {
        "message": "If this address belongs to an account that is not verified, a new verification token is on its way."
    }
    [event] = requested(db, lost_mail)
    assert list(event["data"]) == ["user_id", "email", "email_verification_token"]
    assert event["data"]["email"] == lost_mail["email"]
    assert api.verify_email(event["data"]["email_verification_token"]).status == 200


def test_resend_verification_notifies(api, listener, lost_mail):
    api.resend_verification(lost_mail["email"])
    assert listener.wait_for_event(
        "user.verification_requested", lost_mail["user_id"]
    )["data"]["email_verification_token"]


def test_resend_verification_replaces_the_token_before(api, db, lost_mail):
    first = database.verification_token(db, lost_mail["user_id"])
    api.resend_verification(lost_mail["email"])
    assert api.verify_email(first).code == "INVALID_TOKEN"


def test_resend_verification_is_the_way_out_of_a_token_that_came_too_late(api, db, lost_mail):
    database.query(
        db,
        "UPDATE jerry.one_time_token SET created_at = created_at - interval '2 days', expires_at = expires_at - "
        "interval '2 days' WHERE user_id = %s",
        lost_mail["user_id"],
    )
    assert api.verify_email(database.verification_token(db, lost_mail["user_id"])).code == "EXPIRED_TOKEN"
    api.resend_verification(lost_mail["email"])
    assert api.verify_email(requested(db, lost_mail)[0]["data"]["email_verification_token"]).status == 200


def test_resend_verification_sends_one_mail_a_minute(api, db, registered_user):
    api.resend_verification(registered_user["email"])
    assert requested(db, registered_user) == []
    age(db, registered_user)
    for _ in range(3):
        assert api.resend_verification(registered_user["email"]).status == 200
    assert len(requested(db, registered_user)) == 1
    age(db, registered_user)
    api.resend_verification(registered_user["email"])
    assert len(requested(db, registered_user)) == 2


def test_resend_verification_asked_many_times_at_once_sends_one_mail(api, db, lost_mail):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.resend_verification(lost_mail["email"]), range(16)))
    assert {answer.status for answer in answers} == {200}
    assert len(requested(db, lost_mail)) == 1


def test_resend_verification_answers_the_same_for_every_address(api, db, lost_mail, make_user):
    verified = make_user()
    assert api.verify_email(database.verification_token(db, verified["user_id"])).status == 200
    fresh = make_user()
    bodies = {
        str(without_what_is_always_new(api.resend_verification(email).response))
        for email in (
            new_email(), verified["email"], fresh["email"], lost_mail["email"], lost_mail["email"].upper(),
            f" {lost_mail['email']}"
        )
    }
    assert len(bodies) == 1, bodies
    assert requested(db, verified) == requested(db, fresh) == []


def test_resend_verification_refuses_what_is_no_address(api):
    answer = api.resend_verification("nobody")
    assert answer.status == 400
    assert answer.code == "INVALID_EMAIL"


def test_resend_verification_writes_as_much_for_an_unknown_address(db, lost_mail):
    """What makes the time of an answer is the log that its commit waits for: every answer has one, of about the same
    length.
    """
    written = {}
    for name, email in ("known", lost_mail["email"]), ("unknown", new_email()), ("too soon", lost_mail["email"]):
        lengths = []
        for _ in range(ROUNDS):
            if name == "known":
                age(db, lost_mail)
            start = database.value(db, "SELECT pg_current_wal_insert_lsn()")
            assert database.value(db, "SELECT jerry.resend_verification(%s)", email)["success"]
            lengths.append(database.value(db, "SELECT (pg_current_wal_insert_lsn() - %s)::int", start))
        written[name] = statistics.median(lengths)
    assert min(written.values()) > 0.3 * max(written.values()), written

"""POST /api/v1/auth/verify-email/resend"""

import statistics

import database
from test_timing import without_what_is_always_new
from users import new_email

ROUNDS = 15


def requested(db, user):
    return database.events(db, "user.verification_requested", user["user_id"])


def test_resend_verification_success(api, db, registered_user):
    answer = api.resend_verification(registered_user["email"])
    assert answer.status == 200
    assert answer.data == {
        "message": "If this address belongs to an account that is not verified, a new verification token is on its way."
    }
    [event] = requested(db, registered_user)
    assert list(event["data"]) == ["user_id", "email", "email_verification_token", "locale"]
    assert event["data"]["email"] == registered_user["email"]
    assert api.verify_email(event["data"]["email_verification_token"]).status == 200


def test_resend_verification_notifies(api, listener, registered_user):
    api.resend_verification(registered_user["email"])
    assert listener.wait_for_event(
        "user.verification_requested", registered_user["user_id"]
    )["data"]["email_verification_token"]


def test_resend_verification_replaces_the_token_before(api, db, registered_user):
    first = database.verification_token(db, registered_user["user_id"])
    api.resend_verification(registered_user["email"])
    assert api.verify_email(first).code == "INVALID_TOKEN"


def test_resend_verification_is_the_way_out_of_a_token_that_came_too_late(api, db, registered_user):
    database.query(
        db,
        "UPDATE jerry.one_time_token SET created_at = created_at - interval '2 days', expires_at = expires_at - "
        "interval '2 days' WHERE user_id = %s",
        registered_user["user_id"],
    )
    assert api.verify_email(database.verification_token(db, registered_user["user_id"])).code == "EXPIRED_TOKEN"
    api.resend_verification(registered_user["email"])
    assert api.verify_email(requested(db, registered_user)[0]["data"]["email_verification_token"]).status == 200


def test_resend_verification_answers_the_same_for_every_address(api, db, registered_user, make_user):
    verified = make_user()
    assert api.verify_email(database.verification_token(db, verified["user_id"])).status == 200
    bodies = {
        str(without_what_is_always_new(api.resend_verification(email).response))
        for email in (
            new_email(), verified["email"], registered_user["email"], registered_user["email"].upper(),
            f" {registered_user['email']}"
        )
    }
    assert len(bodies) == 1, bodies
    assert requested(db, verified) == []


def test_resend_verification_refuses_what_is_no_address(api):
    answer = api.resend_verification("nobody")
    assert answer.status == 400
    assert answer.code == "INVALID_EMAIL"


def test_resend_verification_writes_as_much_for_an_unknown_address(db, registered_user):
    """What makes the time of an answer is the log that its commit waits for: every answer has one, of about the same
    length.
    """
    written = {}
    database.query(db, "SET jerry.rate_limits = on")
    known, unknown = registered_user["email"], new_email()
    for name, email in ("known", known), ("unknown", unknown), ("too soon", known):
        lengths = []
        for _ in range(ROUNDS):
            if name != "too soon":
                database.query(db, "DELETE FROM jerry.rate_bucket")
            start = database.value(db, "SELECT pg_current_wal_insert_lsn()")
            assert database.value(db, "SELECT jerry.resend_verification(%s)", email)["success"]
            lengths.append(database.value(db, "SELECT (pg_current_wal_insert_lsn() - %s)::int", start))
        written[name] = statistics.median(lengths)
    assert min(written.values()) > 0.3 * max(written.values()), written

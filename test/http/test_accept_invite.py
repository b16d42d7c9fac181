"""POST /api/v1/auth/invite/accept"""

import pytest

import database
from users import PASSWORD, new_email


@pytest.fixture
def invited(db):
    """Somebody who was invited: address and token."""
    email = new_email()
    user_id = database.value(db, "SELECT jerry.invite_user(%s)", email)["data"]["user_id"]
    return {"email": email, "user_id": user_id, "token": database.invite_token(db, user_id)}


def test_who_is_invited_sets_a_password_and_logs_in(api, invited):
    answer = api.accept_invite(invited["token"], PASSWORD)
    assert answer.status == 200
    assert answer.data == {"message": "Invitation accepted. You can log in."}
    tokens = api.login({"email": invited["email"], "password": PASSWORD}).data
    assert api.me(tokens["access_token"]).data["is_email_verified"] is True
    again = api.accept_invite(invited["token"], PASSWORD)
    assert (again.status, again.code) == (401, "INVALID_TOKEN")


def test_an_invite_is_announced(api, listener, invited):
    api.accept_invite(invited["token"], PASSWORD)
    told = listener.wait_for_event("user.invite_accepted", invited["user_id"])["data"]
    assert told == {"user_id": invited["user_id"], "email": invited["email"], "ip_address": "127.0.0.1", "locale": None}


def test_a_password_that_is_refused_leaves_the_invite_good(api, invited):
    for password, confirmation, code, field in (
        ("short", "short", "WEAK_PASSWORD", "password"),
        (PASSWORD, PASSWORD + "!", "PASSWORD_MISMATCH", "password_confirmation"),
    ):
        answer = api.accept_invite(invited["token"], password, confirmation)
        assert (answer.status, answer.code, answer.details["field"]) == (400, code, field)
    assert api.accept_invite(invited["token"], PASSWORD).status == 200


def test_a_late_invite_has_expired(api, db, invited):
    database.query(
        db, "UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second' WHERE user_id = %s",
        invited["user_id"]
    )
    answer = api.accept_invite(invited["token"], PASSWORD)
    assert (answer.status, answer.code) == (401, "EXPIRED_TOKEN")

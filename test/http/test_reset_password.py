"""POST /api/v1/auth/password/reset-confirm"""

import pytest

import database
from users import PASSWORD

NEW = "AnotherPassword456!"


@pytest.fixture
def token(api, db, registered_user):
    """The token of the mail for the registered user."""
    assert api.request_password_reset(registered_user["email"]).status == 200
    return database.password_reset_token(db, registered_user["user_id"])


def test_reset_password_success(api, registered_user, login, token):
    answer = api.reset_password(token, NEW)
    assert answer.status == 200
    assert answer.data == {"message": "Password reset successfully"}
    assert api.login(registered_user).code == "INVALID_CREDENTIALS"
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"
    assert api.refresh(login["refresh_token"]).code == "INVALID_TOKEN"
    tokens = api.login({**registered_user, "password": NEW}).data
    assert api.me(tokens["access_token"]).data["is_email_verified"] is True


def test_a_reset_is_announced(api, db, listener, registered_user, login):
    user_id, email = registered_user["user_id"], registered_user["email"]
    api.request_password_reset(email)
    asked = listener.wait_for_event("user.password_reset_requested", user_id)["data"]
    assert list(asked) == ["user_id", "email", "password_reset_token", "locale"]
    assert asked["email"] == email
    api.reset_password(asked["password_reset_token"], NEW)
    told = listener.wait_for_event("user.password_reset", user_id)["data"]
    assert told == {"user_id": user_id, "email": email, "ip_address": "127.0.0.1", "locale": None}
    [revoked] = database.events(db, "session.revoked", user_id)
    assert revoked["data"]["reason"] == "password"


def test_a_password_that_is_refused_leaves_the_token_good(api, token):
    for new, confirmation, code, field in (
        ("short", "short", "WEAK_PASSWORD", "new_password"),
        (NEW, NEW + "!", "PASSWORD_MISMATCH", "new_password_confirmation"),
    ):
        answer = api.reset_password(token, new, confirmation)
        assert (answer.status, answer.code, answer.details["field"]) == (400, code, field)
    assert api.reset_password(token, NEW).status == 200
    again = api.reset_password(token, NEW)
    assert (again.status, again.code) == (401, "INVALID_TOKEN")


def test_a_late_token_has_expired(api, db, registered_user, token):
    database.query(
        db, "UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second' WHERE user_id = %s",
        registered_user["user_id"]
    )
    answer = api.reset_password(token, NEW)
    assert (answer.status, answer.code) == (401, "EXPIRED_TOKEN")
    assert api.login({**registered_user, "password": PASSWORD}).status == 200


def test_a_token_of_another_purpose_is_none(api, db, registered_user, token):
    verification = database.verification_token(db, registered_user["user_id"])
    assert api.reset_password(verification, NEW).code == "INVALID_TOKEN"
    assert api.verify_email(token).code == "INVALID_TOKEN"
    assert api.verify_email(verification).status == 200
    assert api.reset_password(token, NEW).status == 200

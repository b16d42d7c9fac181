"""POST /api/v1/auth/verify-email"""

import pytest

import database


@pytest.fixture
def token(db, registered_user):
    return database.verification_token(db, registered_user["user_id"])


def is_verified(db, user):
    return database.value(db, "SELECT is_email_verified FROM jerry.user WHERE id = %s", user["user_id"])


def test_verify_email_success(api, db, registered_user, token):
    answer = api.verify_email(token)
    assert answer.status == 200
    assert answer.data == {"message": "Email verified successfully", "user_id": registered_user["user_id"]}
    assert list(answer.data) == ["message", "user_id"]
    [row] = database.query(
        db,
        "SELECT is_email_verified, abs(extract(epoch FROM now() - email_verified_at)) < 60, updated_at > created_at "
        "FROM jerry.user WHERE id = %s",
        registered_user["user_id"],
    )
    assert row == (True, True, True)


def test_verify_email_publishes_event(api, listener, registered_user, token):
    api.verify_email(token)
    event = listener.wait_for_event("user.email_verified", registered_user["user_id"])
    assert event["data"] == {"user_id": registered_user["user_id"], "email": registered_user["email"]}


def test_verify_email_works_once(api, db, registered_user, token):
    assert api.verify_email(token).status == 200
    answer = api.verify_email(token)
    assert answer.status == 401
    assert answer.code == "INVALID_TOKEN"
    assert len(database.events(db, "user.email_verified", registered_user["user_id"])) == 1


def test_verify_email_too_late(api, db, registered_user, token):
    database.query(
        db,
        "UPDATE jerry.one_time_token SET created_at = created_at - interval '25 hours', "
        "expires_at = expires_at - interval '25 hours' WHERE user_id = %s",
        registered_user["user_id"],
    )
    answer = api.verify_email(token)
    assert answer.status == 401
    assert answer.code == "EXPIRED_TOKEN"
    assert is_verified(db, registered_user) is False


def test_verify_email_token_lives_for_a_day(db, registered_user, token):
    lifetime = database.value(
        db,
        "SELECT extract(epoch FROM expires_at - created_at)::int FROM jerry.one_time_token WHERE user_id = %s",
        registered_user["user_id"],
    )
    assert lifetime == 24 * 3600


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: "email-verification-token",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + " ",
        lambda token: " " + token,
        lambda token: token + "=",
        lambda token: token.swapcase(),
        lambda token: token + "\n",
        lambda token: "ü" * 40,
        lambda token: token * 100,
        lambda token: "%" + token[1:],
        lambda token: "' OR true --",
    ],
    ids=["empty", "other", "cut", "longer", "space-after", "space-before", "padded", "swapped-case", "newline",
         "not-ascii", "long", "percent", "sql"],
)
def test_verify_email_takes_the_token_exactly(api, db, registered_user, token, change):
    answer = api.verify_email(change(token))
    assert answer.status == 401
    assert answer.code == "INVALID_TOKEN"
    assert is_verified(db, registered_user) is False
    assert api.verify_email(token).status == 200


def test_verify_email_is_only_for_tokens_of_its_purpose(api, db, registered_user, token):
    database.query(
        db, "UPDATE jerry.one_time_token SET purpose = 'reset_password' WHERE user_id = %s", registered_user["user_id"]
    )
    assert api.verify_email(token).code == "INVALID_TOKEN"
    assert is_verified(db, registered_user) is False


def test_verify_email_does_not_take_an_access_token(api, login):
    assert api.verify_email(login["access_token"]).code == "INVALID_TOKEN"


def test_verify_email_verifies_only_its_own_user(api, db, make_user, token):
    other = make_user()
    assert api.verify_email(token).status == 200
    assert is_verified(db, other) is False

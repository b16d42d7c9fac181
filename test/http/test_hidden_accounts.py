"""With jerry.hide_accounts nobody learns over HTTP who has an account; the long form is make check-hidden."""

import pytest

import database
import hidden_accounts
from users import PASSWORD, new_email, new_user_data


@pytest.fixture(scope="module")
def hiding(tmp_path_factory):
    with hidden_accounts.hiding(tmp_path_factory) as installation:
        yield installation


def test_answers_do_not_tell_who_has_an_account(hiding):
    hidden_accounts.check(*hiding, rounds=10, with_times=False)


def test_an_owner_goes_on_as_if_nothing_had_happened(hiding):
    """And is told; whoever has registered the address gets nowhere with what the answer says."""
    api, db = hiding
    user = new_user_data()
    assert api.register(user).status == 201
    token = database.value(
        db, "SELECT payload->'data'->>'email_verification_token' FROM jerry.event"
        " WHERE payload->'data'->>'email' = %s", user["email"]
    )
    database.query(db, "DELETE FROM jerry.rate_bucket")
    other = {**user, "password": "AnotherPassword1!", "password_confirmation": "AnotherPassword1!"}
    answer = api.register(other)
    assert answer.status == 201
    assert database.value(db, "SELECT count(*) FROM jerry.user WHERE id::text = %s", answer.data["user_id"]) == 0
    user_id = database.value(db, "SELECT id::text FROM jerry.user WHERE email = %s", user["email"])
    assert database.events(db, "user.registration_attempted", user_id)[0]["data"]["email"] == user["email"]
    assert api.login(user).code == "INVALID_CREDENTIALS"
    assert api.verify_email(token).status == 200
    assert api.login(user).status == 200
    assert api.login(other).code == "INVALID_CREDENTIALS"


def test_weak_passwords_are_told_for_every_address(hiding):
    api, db = hiding
    for email in new_email(), hidden_accounts.make_owners(db, 1, True)[0]:
        answer = api.register(new_user_data(email=email, password="weak", password_confirmation="weak"))
        assert answer.code == "WEAK_PASSWORD"
    assert api.register(new_user_data(password_confirmation=PASSWORD + "x")).code == "PASSWORD_MISMATCH"

"""DELETE /api/v1/auth/me"""

import datetime

import pytest

import database
from client import AUTH
from users import PASSWORD


def age_login(db, user, minutes):
    database.query(
        db, "UPDATE jerry.session SET authenticated_at = now() - %s * interval '1 minute' WHERE user_id = %s", minutes,
        user["user_id"]
    )


def test_who_is_to_be_deleted_is_out_everywhere(api, registered_user, login):
    elsewhere = api.login(registered_user).data
    answer = api.delete_me(login["access_token"], PASSWORD)
    assert answer.status == 200
    assert answer.data["message"] == "The account will be deleted. A login until then keeps it."
    left = datetime.datetime.fromisoformat(answer.data["deletes_at"]) - datetime.datetime.now(datetime.timezone.utc)
    assert abs(left - datetime.timedelta(days=14)) < datetime.timedelta(minutes=1)
    for tokens in login, elsewhere:
        assert api.me(tokens["access_token"]).code == "INVALID_TOKEN"
        assert api.refresh(tokens["refresh_token"]).code == "INVALID_TOKEN"


def test_a_login_keeps_the_account(api, db, listener, registered_user, login):
    at = api.delete_me(login["access_token"], PASSWORD).data["deletes_at"]
    told = listener.wait_for_event("user.deletion_scheduled", registered_user["user_id"])["data"]
    person = {"user_id": registered_user["user_id"], "email": registered_user["email"]}
    assert told == {**person, "deletes_at": at, "ip_address": "127.0.0.1", "locale": None}
    tokens = api.login(registered_user).data
    told = listener.wait_for_event("user.deletion_cancelled", registered_user["user_id"])["data"]
    assert told == {**person, "ip_address": "127.0.0.1", "locale": None}
    assert api.me(tokens["access_token"]).status == 200
    assert database.value(db, "SELECT deletes_at FROM jerry.user WHERE id = %s", registered_user["user_id"]) is None


def test_without_a_login_the_account_goes(api, db, listener, registered_user, login):
    api.delete_me(login["access_token"], PASSWORD)
    database.query(db, "UPDATE jerry.user SET deletes_at = now() WHERE id = %s", registered_user["user_id"])
    # unless a sidecar has done it meanwhile
    database.query(db, "SELECT jerry.maintain()")
    told = listener.wait_for_event("user.deleted", registered_user["user_id"])["data"]
    assert told["reason"] == "user"
    assert api.login(registered_user).code == "INVALID_CREDENTIALS"


def test_a_token_alone_deletes_nothing(api, db, registered_user, login):
    answer = api.delete_me(login["access_token"], PASSWORD + "x")
    assert (answer.status, answer.code, answer.details["field"]) == (403, "WRONG_PASSWORD", "current_password")
    age_login(db, registered_user, 11)
    answer = api.delete_me(login["access_token"])
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.details == {"field": "current_password", "issue": "Field is required"}
    assert api.me(login["access_token"]).status == 200


@pytest.mark.parametrize("body", [{"json": {}}, {}], ids=["empty object", "no body"])
def test_after_a_login_nobody_is_asked_again(api, db, registered_user, login, body):
    age_login(db, registered_user, 9)
    headers = {"Authorization": f"Bearer {login['access_token']}"}
    assert api.request("DELETE", f"{AUTH}/me", headers=headers, **body).status == 200


def test_without_a_token_nobody_is_deleted(api):
    answer = api.request("DELETE", f"{AUTH}/me", json={"current_password": PASSWORD})
    assert (answer.status, answer.code) == (401, "INVALID_TOKEN")

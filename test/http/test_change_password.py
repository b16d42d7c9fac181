"""POST /api/v1/auth/password/change"""

import pytest

import database
from users import PASSWORD

NEW = "AnotherPassword456!"


@pytest.fixture
def devices(api, registered_user):
    """Three logins of one user: the tokens of each."""
    return [api.login(registered_user).data for _ in range(3)]


def live(api, devices):
    return [api.validate_token(tokens["access_token"]).status == 200 for tokens in devices]


def logged_in(api, user, password):
    return api.login({**user, "password": password}).status == 200


def test_change_password_success(api, registered_user, devices):
    answer = api.change_password(devices[0]["access_token"], PASSWORD, NEW)
    assert answer.status == 200
    assert answer.data == {"message": "Password changed successfully"}
    assert not logged_in(api, registered_user, PASSWORD)
    assert logged_in(api, registered_user, NEW)


def test_all_other_sessions_end_and_ones_own_goes_on_with_its_tokens(api, db, registered_user, devices):
    api.change_password(devices[1]["access_token"], PASSWORD, NEW)
    assert live(api, devices) == [False, True, False]
    assert api.refresh(devices[0]["refresh_token"]).code == "INVALID_TOKEN"
    assert api.refresh(devices[1]["refresh_token"]).status == 200
    revoked = database.events(db, "session.revoked", registered_user["user_id"])
    assert [event["data"]["reason"] for event in revoked] == ["password"] * 2


def test_another_user_notices_nothing(api, devices, make_user):
    other = make_user()
    tokens = api.login(other).data
    api.change_password(devices[0]["access_token"], PASSWORD, NEW)
    assert live(api, [tokens]) == [True]
    assert logged_in(api, other, PASSWORD)


def test_a_change_is_announced_with_the_clients_address(api, listener, registered_user, login):
    api.change_password(login["access_token"], PASSWORD, NEW)
    user_id = registered_user["user_id"]
    told = listener.wait_for_event("user.password_changed", user_id)["data"]
    assert told == {"user_id": user_id, "email": registered_user["email"], "ip_address": "127.0.0.1", "locale": None}


@pytest.mark.parametrize(
    "current, new, confirmation, status, code, details",
    [
        (
            "WrongPassword123!", NEW, NEW, 403, "WRONG_PASSWORD",
            {"field": "current_password", "issue": "Password is not correct"}
        ),
        (
            PASSWORD, NEW, NEW + "!", 400, "PASSWORD_MISMATCH",
            {"field": "new_password_confirmation", "issue": "Passwords do not match"}
        ),
        (
            PASSWORD, "short", "short", 400, "WEAK_PASSWORD",
            {"field": "new_password", "issue": "Password must be at least 8 characters long"}
        ),
        (
            PASSWORD, PASSWORD, PASSWORD, 400, "WEAK_PASSWORD",
            {"field": "new_password", "issue": "Password must differ from the current one"}
        ),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    api, registered_user, devices, current, new, confirmation, status, code, details
):
    answer = api.change_password(devices[0]["access_token"], current, new, confirmation)
    assert (answer.status, answer.code, answer.details) == (status, code, details)
    assert "WWW-Authenticate" not in answer.headers, "a client would refresh its token and try again"
    assert live(api, devices) == [True] * 3
    assert logged_in(api, registered_user, PASSWORD)


def test_a_change_needs_a_live_token(api, login):
    api.logout(login["access_token"])
    for token in login["access_token"], login["refresh_token"], "x":
        answer = api.change_password(token, PASSWORD, NEW)
        assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("missing", ["current_password", "new_password", "new_password_confirmation"])
def test_a_field_that_is_missing_is_told(api, login, missing):
    body = {"current_password": PASSWORD, "new_password": NEW, "new_password_confirmation": NEW}
    del body[missing]
    answer = api.post("password/change", body, headers={"Authorization": f"Bearer {login['access_token']}"})
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.details == {"field": missing, "issue": "Field is required"}

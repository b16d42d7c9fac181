"""POST /api/v1/auth/logout"""

import jwt
import pytest

import database

LOGOUT = "/api/v1/auth/logout"


@pytest.fixture
def devices(api, registered_user):
    """Three logins of one user: the tokens of each."""
    return [api.login(registered_user).data for _ in range(3)]


def live(api, devices):
    """Which of them can validate and refresh; a session's tokens are good together or not at all."""
    result = []
    for tokens in devices:
        good = {api.validate_token(tokens["access_token"]).status, api.refresh(tokens["refresh_token"]).status}
        assert good in ({200}, {401})
        result.append(good == {200})
    return result


@pytest.mark.parametrize(
    "scope, left",
    [
        ({}, [False, True, True]),
        ({"scope": "local"}, [False, True, True]),
        ({"scope": "others"}, [True, False, False]),
        ({"scope": "all"}, [False] * 3),
    ],
)
def test_a_scope_ends_what_it_says_and_the_second_call_answers_as_the_first(api, devices, scope, left):
    for _ in range(2):
        answer = api.logout(devices[0]["access_token"], **scope)
        assert answer.status == 200
        assert answer.data == {"message": "Logged out successfully"}
        assert live(api, devices) == left


def test_a_log_out_needs_no_body(api, devices):
    headers = {"Authorization": f"Bearer {devices[0]['access_token']}"}
    assert api.request("POST", LOGOUT, headers=headers).status == 200
    assert live(api, devices) == [False, True, True]


def test_the_tokens_are_refused_by_every_endpoint_at_once(api, login):
    api.logout(login["access_token"])
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"
    assert api.me(login["access_token"]).code == "INVALID_TOKEN"
    assert api.refresh(login["refresh_token"]).code == "INVALID_TOKEN"


def test_a_client_whose_access_token_has_expired_sends_its_refresh_token(api, db, devices):
    claims = jwt.decode(devices[0]["access_token"], options={"verify_signature": False})
    expired = database.mint(db, {name: claims[name] for name in ("sub", "user_id", "email", "sid")}, "-1 minute")
    answer = api.logout(expired)
    assert (answer.status, answer.code) == (401, "EXPIRED_TOKEN")
    assert live(api, devices) == [True] * 3
    assert api.logout(expired, refresh_token=devices[0]["refresh_token"]).status == 200
    assert live(api, devices) == [False, True, True]
    assert api.logout(refresh_token=devices[1]["refresh_token"], scope="all").status == 200
    assert live(api, devices) == [False] * 3


def test_a_session_that_has_ended_ends_no_other(api, devices):
    api.logout(devices[0]["access_token"])
    assert api.logout(devices[0]["access_token"], scope="all").status == 200
    assert live(api, devices) == [False, True, True]


def test_another_user_stays_logged_in(api, registered_user, login, make_user):
    other = api.login(make_user()).data
    api.logout(login["access_token"], scope="all")
    assert live(api, [login, other]) == [False, True]


@pytest.mark.parametrize(
    "body, field, issue",
    [
        ({"scope": "global"}, "scope", "Scope must be local, others or all"),
        ({"scope": 1}, "scope", "Field must be a string"),
    ],
)
def test_a_scope_that_there_is_not_is_told(api, devices, body, field, issue):
    answer = api.logout(devices[0]["access_token"], **body)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.details == {"field": field, "issue": issue}
    assert live(api, devices) == [True] * 3


def test_a_log_out_without_a_token_is_refused(api):
    answer = api.logout()
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.details == {"field": "access_token", "issue": "Field is required"}


def test_a_log_out_with_what_is_no_token_of_a_session_is_refused(api, db, registered_user, login):
    minted = database.mint(db, {"sub": registered_user["user_id"]})
    for token in ("x", login["refresh_token"], login["access_token"][:-1], minted):
        answer = api.logout(token)
        assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert api.logout(refresh_token=login["access_token"]).code == "INVALID_TOKEN"
    assert live(api, [login]) == [True]


def test_a_log_out_is_announced_with_the_clients_address(api, db, listener, registered_user, login):
    api.logout(login["access_token"])
    user_id = registered_user["user_id"]
    told = listener.wait_for_event("user.logged_out", user_id)["data"]
    sid = jwt.decode(login["access_token"], options={"verify_signature": False})["sid"]
    assert told == {"user_id": user_id, "email": registered_user["email"], "session_id": sid, "ip_address": "127.0.0.1"}
    [revoked] = database.events(db, "session.revoked", user_id)
    assert revoked["data"] == {"user_id": user_id, "session_id": sid, "reason": "logout"}

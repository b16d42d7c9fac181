"""POST /api/v1/auth/login/code-confirm"""

import pytest

import database
from users import PASSWORD, new_email


@pytest.fixture
def flow(api, code_login, registered_user):
    """Of a code that the user has asked for."""
    return api.request_login_code(registered_user["email"]).data["flow"]


def mailed(db, user):
    return database.login_code(db, user["user_id"])


def another(code):
    return f"{(int(code) + 1) % 1000000:06}"


def test_confirm_login_code_success(api, db, registered_user, flow):
    code, _ = mailed(db, registered_user)
    tokens = api.confirm_login_code(flow=flow, code=code).data
    assert list(tokens) == ["access_token", "refresh_token", "token_type", "expires_in", "user_id", "device_token"]
    me = api.me(tokens["access_token"]).data
    assert (me["email"], me["is_email_verified"]) == (registered_user["email"], True)
    assert api.refresh(tokens["refresh_token"]).status == 200


@pytest.fixture
def newcomer(api, db, code_registration):
    """(the id to be, the flow, the code) of an address without an account."""
    email = new_email()
    flow = api.request_login_code(email).data["flow"]
    found = database.query(
        db,
        "SELECT payload->'data'->>'user_id', payload->'data'->>'login_code' FROM jerry.event"
        " WHERE event_type = 'user.login_code_requested' AND payload->'data'->>'email' = %s",
        email,
    )
    [(user_id, code)] = found
    return user_id, flow, code


def test_a_code_makes_an_account(api, db, newcomer):
    user_id, flow, code = newcomer
    tokens = api.confirm_login_code(flow=flow, code=code).data
    me = api.me(tokens["access_token"]).data
    assert (me["user_id"], me["is_email_verified"]) == (user_id, True)
    assert database.events(db, "user.created", user_id)[0]["data"]["email"] == me["email"]


def test_of_a_hundred_who_redeem_a_code_at_once_one_has_the_account(db, newcomer):
    user_id, flow, code = newcomer
    answers = database.at_once(db, [("SELECT jerry.confirm_login_code(%s, %s)", flow, code)] * 100)
    assert sorted(answer["success"] for answer in answers) == [False] * 99 + [True]
    assert {answer["error"]["code"] for answer in answers if not answer["success"]} == {"INVALID_TOKEN"}
    assert len(database.events(db, "user.created", user_id)) == 1


def test_a_link_needs_no_flow(api, db, registered_user, flow):
    _, token = mailed(db, registered_user)
    assert api.confirm_login_code(token=token).status == 200
    assert api.confirm_login_code(token=token).code == "INVALID_TOKEN"


def test_a_code_answers_its_own_request_alone(api, db, make_user, registered_user, flow):
    code, _ = mailed(db, registered_user)
    others = api.request_login_code(make_user()["email"]).data["flow"]
    assert api.confirm_login_code(flow=others, code=code).code == "INVALID_TOKEN"
    assert api.confirm_login_code(flow=flow, code=code).status == 200


def test_a_login_by_code_is_announced_as_any_other(api, db, listener, registered_user, flow):
    code, _ = mailed(db, registered_user)
    api.confirm_login_code(flow=flow, code=code)
    told = listener.wait_for_event("user.logged_in", registered_user["user_id"])["data"]
    assert told["ip_address"] == "127.0.0.1"


def test_who_has_set_up_the_account_for_an_address_of_somebody_else_is_out(api, db, registered_user, login, flow):
    code, _ = mailed(db, registered_user)
    assert api.confirm_login_code(flow=flow, code=code).status == 200
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"
    assert api.refresh(login["refresh_token"]).code == "INVALID_TOKEN"
    assert api.login({**registered_user, "password": PASSWORD}).code == "INVALID_CREDENTIALS"


def test_of_a_thousand_guesses_at_once_five_are_judged(db, registered_user, flow):
    """The right code is not among the first five, and of no use after them."""
    code, token = mailed(db, registered_user)
    wrong = [("SELECT jerry.confirm_login_code(%s, %s)", flow, another(code))] * 1000
    answers = database.at_once(db, wrong)
    assert {answer["error"]["code"] for answer in answers} == {"INVALID_TOKEN"}
    assert database.value(
        db, "SELECT tries FROM jerry.one_time_token WHERE purpose = 'login_code' AND user_id = %s",
        registered_user["user_id"]
    ) == 5
    for last in ("SELECT jerry.confirm_login_code(%s, %s)", flow, code), (
        "SELECT jerry.confirm_login_code(token => %s)", token
    ):
        assert database.value(db, *last)["error"]["code"] == "INVALID_TOKEN"

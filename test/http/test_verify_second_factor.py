"""POST /api/v1/auth/2fa/verify"""

import concurrent.futures

import jwt
import pytest

import database
import totp
from users import PASSWORD


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def app(db, login):
    """The secret of the registered user's authenticator app, and recovery codes."""
    secret = database.value(db, "SELECT jerry.setup_totp(%s)", login["access_token"])["data"]["secret"]
    answer = database.value(db, "SELECT jerry.activate_totp(%s, %s)", login["access_token"], totp.code(secret))
    return secret, answer["data"]["recovery_codes"]


def log_in(api, user):
    answer = api.post("login", {"email": user["email"], "password": PASSWORD})
    assert answer.status == 200
    return answer


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_login_with_a_second_factor(api, db, registered_user, app):
    secret, _ = app
    first = log_in(api, registered_user)
    assert list(first.data) == ["mfa_required", "mfa_token", "expires_in", "methods"]
    assert (first.data["mfa_required"], first.data["expires_in"]) == (True, 300)
    assert first.data["methods"] == ["totp", "recovery_code"]
    answer = api.post("2fa/verify", {"mfa_token": first.data["mfa_token"], "code": totp.code(secret, 1)})
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    said = claims(answer.data["access_token"])
    assert (said["aal"], said["amr"]) == ("aal2", ["pwd", "otp", "mfa"])
    assert api.me(answer.data["access_token"]).data["user_id"] == registered_user["user_id"]
    assert api.refresh(answer.data["refresh_token"]).status == 200


def test_a_client_that_knows_nothing_of_it_has_nothing(api, registered_user, app):
    first = log_in(api, registered_user)
    assert "access_token" not in first.response.text and "refresh_token" not in first.response.text
    for route in "validate-token", "verify-email":
        assert api.post(route, {"token": first.data["mfa_token"]}).code == "INVALID_TOKEN"
    assert api.refresh(first.data["mfa_token"]).code == "INVALID_TOKEN"
    assert api.me(first.data["mfa_token"]).code == "INVALID_TOKEN"


def test_a_recovery_code_is_good_once(api, registered_user, app):
    _, codes = app
    for expected in None, "WRONG_CODE":
        token = log_in(api, registered_user).data["mfa_token"]
        assert api.post("2fa/verify", {"mfa_token": token, "recovery_code": codes[0]}).code == expected


def test_a_login_is_ended_where_it_was_begun(api, registered_user, app):
    secret, _ = app
    begun = api.request(
        "POST", "/api/v1/auth/login", json={"email": registered_user["email"], "password": PASSWORD},
        headers={"User-Agent": "one"},
    )
    body = {"mfa_token": begun.data["mfa_token"], "code": totp.code(secret, 1)}
    for agent, expected in ("another", "INVALID_TOKEN"), ("one", None):
        answer = api.request("POST", "/api/v1/auth/2fa/verify", json=body, headers={"User-Agent": agent})
        assert answer.code == expected


def test_of_many_who_show_one_code_one_gets_in(api, db, registered_user, app):
    secret, _ = app
    tokens = [log_in(api, registered_user).data["mfa_token"] for _ in range(6)]
    code = totp.code(secret, 1)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda token: api.post("2fa/verify", {"mfa_token": token, "code": code}), tokens))
    assert sorted(str(answer.code) for answer in answers) == ["None"] + ["WRONG_CODE"] * 5


def test_of_many_with_one_token_one_gets_in(api, registered_user, app):
    _, codes = app
    token = log_in(api, registered_user).data["mfa_token"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(
            lambda code: api.post("2fa/verify", {"mfa_token": token, "recovery_code": code}), codes[:4]
        ))
    assert sorted(str(answer.code) for answer in answers) == ["INVALID_TOKEN"] * 3 + ["None"]


def test_a_session_goes_on_with_a_second_factor(api, db, login, app):
    secret, _ = app
    sid = claims(login["access_token"])["sid"]
    database.query(db, "UPDATE jerry.session SET aal = 1, amr = '{pwd}' WHERE id = %s", sid)
    weak = api.refresh(login["refresh_token"]).data["access_token"]
    assert claims(weak)["aal"] == "aal1"
    answer = api.request(
        "POST", "/api/v1/auth/2fa/verify", json={"code": totp.code(secret, 1)}, headers=bearer(weak)
    )
    assert list(answer.data) == ["access_token", "refresh_token", "token_type", "expires_in", "user_id"]
    assert claims(answer.data["access_token"])["aal"] == "aal2"
    assert claims(answer.data["access_token"])["sid"] == sid
    assert api.post("validate-token", {"token": weak, "min_aal": "aal2"}).code == "STEP_UP_REQUIRED"
    assert api.post("validate-token", {"token": answer.data["access_token"], "min_aal": "aal2"}).status == 200
    assert api.refresh(login["refresh_token"]).code == "INVALID_TOKEN"
    assert claims(api.refresh(answer.data["refresh_token"]).data["access_token"])["aal"] == "aal2"


def test_what_is_missing_is_told(api, registered_user, app):
    token = log_in(api, registered_user).data["mfa_token"]
    for body, field in (({"mfa_token": token}, "code"), ({"code": "000000"}, "mfa_token")):
        answer = api.post("2fa/verify", body)
        assert (answer.status, answer.code, answer.details["field"]) == (400, "VALIDATION_ERROR", field)

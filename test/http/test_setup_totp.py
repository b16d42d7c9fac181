"""POST /api/v1/auth/2fa/setup"""

import urllib.parse

import pytest

import database
import totp
from users import PASSWORD


def test_a_setup_answers_with_what_an_app_needs(api, registered_user, login):
    data = api.second_factor("setup", login["access_token"]).data
    assert list(data) == ["uri", "secret", "factor_id", "expires_at"]
    uri = urllib.parse.urlsplit(data["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(uri.path) == f"/{registered_user['email']}"
    parameters = dict(urllib.parse.parse_qsl(uri.query, strict_parsing=True))
    assert parameters == {"secret": data["secret"], "algorithm": "SHA1", "digits": "6", "period": "30"}


def test_a_setup_is_no_factor_yet(api, login):
    token = login["access_token"]
    first = api.second_factor("setup", token).data["secret"]
    assert api.factors(token).data == {"enrolled": False, "totp": None, "recovery_codes_left": 0}
    # the next one takes its place
    assert api.second_factor("setup", token).data["secret"] != first
    assert api.second_factor("activate", token, code=totp.code(first)).code == "WRONG_CODE"


@pytest.mark.parametrize("password, expected", [(None, "STEP_UP_REQUIRED"), ("x", "WRONG_PASSWORD"), (PASSWORD, None)])
def test_long_after_the_login_the_password_is_needed(api, db, registered_user, login, password, expected):
    database.query(
        db, "UPDATE jerry.session SET authenticated_at = now() - interval '1 hour' WHERE user_id = %s",
        registered_user["user_id"]
    )
    answer = api.second_factor("setup", login["access_token"], current_password=password)
    assert answer.code == expected
    if expected == "STEP_UP_REQUIRED":
        assert (answer.status, answer.error["details"]) == (403, {"max_age": 600})


def test_there_is_one_app(api, app):
    answer = api.second_factor("setup", app["token"])
    assert (answer.status, answer.code) == (409, "FACTOR_EXISTS")

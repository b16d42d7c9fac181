"""POST /api/v1/auth/2fa/disable"""

import pytest

import totp
from users import PASSWORD

NOTHING = {"enrolled": False, "totp": None, "recovery_codes_left": 0}


def test_a_code_of_the_app_removes_it(api, app, listener):
    answer = api.second_factor("disable", app["token"], code=totp.code(app["secret"]))
    assert answer.data == {"message": "The authenticator app is no second factor any more."}
    assert api.factors(app["token"]).data == NOTHING
    told = listener.wait_for_event("user.factor_removed", app["user_id"])["data"]
    assert (told["factor"], told["ip_address"]) == ("totp", "127.0.0.1")


def test_a_recovery_code_removes_it_with_the_password(api, app, listener):
    code = app["recovery_codes"][3].lower().replace("-", "")
    answer = api.second_factor("disable", app["token"], recovery_code=code)
    assert (answer.code, answer.error["details"]["field"]) == ("VALIDATION_ERROR", "current_password")
    answer = api.second_factor("disable", app["token"], recovery_code=code, current_password=PASSWORD)
    assert answer.status == 200 and api.factors(app["token"]).data == NOTHING
    assert listener.wait_for_event("user.recovery_code_used", app["user_id"])["data"]["codes_left"] == 9


@pytest.mark.parametrize(
    "given, code, field",
    [
        ({}, "VALIDATION_ERROR", "code"),
        ({"code": "123 45"}, "WRONG_CODE", "code"),
        ({"recovery_code": "00000-00000", "current_password": PASSWORD}, "WRONG_CODE", "recovery_code"),
        ({"code": "123456", "current_password": "x"}, "WRONG_PASSWORD", "current_password"),
    ],
)
def test_nothing_else_removes_it(api, app, given, code, field):
    answer = api.second_factor("disable", app["token"], **given)
    assert (answer.code, answer.error["details"]["field"]) == (code, field)
    assert api.factors(app["token"]).data["recovery_codes_left"] == 10

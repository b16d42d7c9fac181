"""POST /api/v1/auth/2fa/recovery-codes"""

import totp
from users import PASSWORD


def test_new_codes_take_the_place_of_the_old(api, app, listener):
    answer = api.second_factor("recovery-codes", app["token"], code=totp.code(app["secret"]))
    new = answer.data["recovery_codes"]
    assert len(set(new)) == 10 and not set(new) & set(app["recovery_codes"])
    told = listener.wait_for_event("user.recovery_codes_renewed", app["user_id"])["data"]
    assert list(told) == ["user_id", "email", "ip_address", "locale"]
    for code, expected in (app["recovery_codes"][0], "WRONG_CODE"), (new[0], None), (new[0], "WRONG_CODE"):
        given = {"recovery_code": code, "current_password": PASSWORD}
        assert api.second_factor("recovery-codes", app["token"], **given).code == expected


def test_a_code_of_the_app_is_good_once(api, app):
    code = totp.code(app["secret"])
    assert api.second_factor("recovery-codes", app["token"], code=code).status == 200
    assert api.second_factor("recovery-codes", app["token"], code=code).code == "WRONG_CODE"


def test_without_a_second_factor_there_are_no_codes(api, login):
    answer = api.second_factor("recovery-codes", login["access_token"], code="123456")
    assert (answer.status, answer.code) == (404, "FACTOR_NOT_FOUND")

"""POST /api/v1/auth/2fa/activate"""

import re

import database
import totp


def test_the_code_of_the_app_makes_it_a_factor(api, registered_user):
    here, there = (api.login(registered_user).data["access_token"] for _ in range(2))
    secret = api.second_factor("setup", here).data["secret"]
    answer = api.second_factor("activate", here, code=totp.code(secret))
    assert answer.status == 200 and list(answer.data) == ["recovery_codes"]
    codes = answer.data["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code) for code in codes)
    assert api.factors(here).data["enrolled"] is True
    assert api.validate_token(there).code == "INVALID_TOKEN"


def test_an_activation_is_announced(api, listener, registered_user, login):
    secret = api.second_factor("setup", login["access_token"]).data["secret"]
    api.second_factor("activate", login["access_token"], code=totp.code(secret))
    user_id = registered_user["user_id"]
    told = listener.wait_for_event("user.factor_added", user_id)["data"]
    email = registered_user["email"]
    assert told == {"user_id": user_id, "email": email, "factor": "totp", "ip_address": "127.0.0.1", "locale": None}


def test_another_code_is_refused(api, login):
    secret = api.second_factor("setup", login["access_token"]).data["secret"]
    answer = api.second_factor("activate", login["access_token"], code=totp.wrong(secret))
    assert (answer.status, answer.code) == (403, "WRONG_CODE")
    assert answer.error["details"] == {"field": "code", "issue": "Code is not correct"}


def test_after_ten_minutes_it_is_too_late(api, db, registered_user, login):
    secret = api.second_factor("setup", login["access_token"]).data["secret"]
    age = "UPDATE jerry.totp SET created_at = created_at - interval '10 minutes' WHERE user_id = %s"
    database.query(db, age, registered_user["user_id"])
    answer = api.second_factor("activate", login["access_token"], code=totp.code(secret))
    assert (answer.status, answer.code) == (404, "FACTOR_NOT_FOUND")

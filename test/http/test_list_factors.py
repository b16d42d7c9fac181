"""GET /api/v1/auth/2fa"""

from answers import check_timestamp


def test_a_new_user_has_none(api, login):
    assert api.factors(login["access_token"]).data == {"enrolled": False, "totp": None, "recovery_codes_left": 0}


def test_an_app_is_shown_without_its_secret(api, app):
    data = api.factors(app["token"]).data
    check_timestamp(data["totp"]["created_at"])
    assert data == {"enrolled": True, "totp": {"created_at": data["totp"]["created_at"]}, "recovery_codes_left": 10}


def test_a_word_is_no_token(api):
    assert api.factors("x").code == "INVALID_TOKEN"

"""POST /api/v1/auth/email/change-confirm"""

import database
from users import PASSWORD, new_email


def test_change_email_success(api, registered_user, login, new_address, change_tokens):
    elsewhere = api.login(registered_user).data
    first, second = (api.confirm_email_change(token) for token in change_tokens)
    assert (first.status, first.data["is_changed"]) == (200, False)
    assert (second.status, second.data["is_changed"]) == (200, True)
    assert api.login(registered_user).code == "INVALID_CREDENTIALS"
    assert api.login({**registered_user, "email": new_address}).status == 200
    me = api.me(login["access_token"]).data
    assert (me["email"], me["is_email_verified"]) == (new_address, True)
    assert api.validate_token(elsewhere["access_token"]).code == "INVALID_TOKEN"
    assert api.refresh(elsewhere["refresh_token"]).code == "INVALID_TOKEN"


def test_an_old_address_is_kept_until_it_cannot_be_taken_back(api, db, registered_user, login, undo_token):
    assert api.register(registered_user).code == "DUPLICATE_EMAIL"
    answer = api.request_email_change(login["access_token"], new_email(), PASSWORD)
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert 604700 < int(answer.headers["Retry-After"]) <= 604801
    database.query(
        db, "UPDATE jerry.one_time_token SET expires_at = now() - interval '1 second' WHERE user_id = %s",
        registered_user["user_id"]
    )
    assert api.undo_email_change(undo_token).code == "EXPIRED_TOKEN"
    assert api.request_email_change(login["access_token"], new_email(), PASSWORD).status == 200
    assert api.register(registered_user).status == 201

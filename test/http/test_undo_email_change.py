"""POST /api/v1/auth/email/change-undo"""

import database
from users import PASSWORD, new_email

NEW_PASSWORD = "AnotherPassword456!"


def test_each_step_is_announced(api, db, listener, registered_user, login):
    user_id, email, new = registered_user["user_id"], registered_user["email"], new_email()
    api.request_email_change(login["access_token"], new, PASSWORD)
    requested = listener.wait_for_event("user.email_change_requested", user_id)["data"]
    assert (requested["email"], requested["new_email"]) == (email, new)
    offered = listener.wait_for_event("user.email_change_offered", user_id)["data"]
    assert offered["email"] == new
    for token in requested["email_change_token"], offered["email_change_token"]:
        api.confirm_email_change(token)
    changed = listener.wait_for_event("user.email_changed", user_id)["data"]
    assert (changed["email"], changed["new_email"], changed["ip_address"]) == (email, new, "127.0.0.1")
    api.undo_email_change(changed["email_undo_token"])
    undone = listener.wait_for_event("user.email_change_undone", user_id)["data"]
    assert undone == {"user_id": user_id, "email": email, "new_email": new, "ip_address": "127.0.0.1"}
    assert listener.wait_for_event("user.password_reset_requested", user_id)["data"]["email"] == email
    assert [event["data"]["reason"] for event in database.events(db, "session.revoked", user_id)] == ["email"]


def test_the_old_address_takes_the_account_back_from_a_thief(api, db, registered_user, new_address, undo_token):
    """Who has reset the password, and has another mail for that."""
    stolen = {**registered_user, "email": new_address, "password": NEW_PASSWORD}
    api.request_password_reset(new_address)
    token = database.password_reset_token(db, registered_user["user_id"])
    assert api.reset_password(token, NEW_PASSWORD).status == 200
    thief = api.login(stolen).data
    api.request_password_reset(new_address)
    token = database.password_reset_token(db, registered_user["user_id"])
    assert api.undo_email_change(undo_token).status == 200
    assert api.validate_token(thief["access_token"]).code == "INVALID_TOKEN"
    assert api.refresh(thief["refresh_token"]).code == "INVALID_TOKEN"
    assert api.reset_password(token, NEW_PASSWORD).code == "INVALID_TOKEN"
    for email in new_address, registered_user["email"]:
        assert api.login({**stolen, "email": email}).code == "INVALID_CREDENTIALS"
    token = database.password_reset_token(db, registered_user["user_id"])
    assert api.reset_password(token, PASSWORD).status == 200
    assert api.login(registered_user).status == 200
    assert api.undo_email_change(undo_token).code == "INVALID_TOKEN"

"""POST /api/v1/auth/email/change-cancel"""

import pytest

import database


@pytest.mark.parametrize("side", [0, 1])
def test_either_side_cancels(api, db, registered_user, change_tokens, side):
    assert api.confirm_email_change(change_tokens[1 - side]).status == 200
    assert api.cancel_email_change(change_tokens[side]).data == {"message": "The change was cancelled"}
    for token in change_tokens:
        assert api.confirm_email_change(token).code == "INVALID_TOKEN"
    assert api.login(registered_user).status == 200
    assert len(database.events(db, "user.email_change_cancelled", registered_user["user_id"])) == 1

"""POST /api/v1/auth/refresh"""

import json

import jwt

import database


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def test_refresh_token_success(api, registered_user, login):
    answer = api.refresh(login["refresh_token"])
    assert answer.status == 200
    assert list(answer.data) == ["access_token", "token_type", "expires_in"]
    assert answer.data["token_type"] == "bearer"
    assert answer.data["expires_in"] == 86400
    assert answer.data["access_token"] != login["access_token"]
    assert api.validate_token(answer.data["access_token"]).data["user_id"] == registered_user["user_id"]


def test_refresh_token_does_not_change(api, login):
    for _ in range(3):
        assert api.refresh(login["refresh_token"]).status == 200


def test_refresh_keeps_the_session_and_the_claims(api, login):
    before = claims(login["access_token"])
    after = claims(api.refresh(login["refresh_token"]).data["access_token"])
    for name in "sub", "user_id", "email", "type", "sid":
        assert after[name] == before[name]
    assert after["jti"] != before["jti"]
    assert after["exp"] - after["iat"] == 86400


def test_refresh_leaves_the_earlier_access_token_valid(api, login):
    api.refresh(login["refresh_token"])
    assert api.validate_token(login["access_token"]).status == 200


def test_refresh_token_invalid(api, login):
    token = login["refresh_token"]
    other = "A" if token[-2] != "A" else "B"
    for wrong in ("", "invalid.token.here", token[:-2] + other + token[-1], token + "A", token[:-1], token + "="):
        answer = api.refresh(wrong)
        assert answer.status == 401
        assert answer.code == "INVALID_TOKEN"


def test_refresh_token_expired(api, db, login):
    database.query(
        db,
        "UPDATE jerry.session SET created_at = created_at - interval '8 days', "
        "expires_at = expires_at - interval '8 days' WHERE id = %s",
        claims(login["refresh_token"])["sid"],
    )
    answer = api.refresh(login["refresh_token"])
    assert answer.status == 401
    assert answer.code == "EXPIRED_TOKEN"


def test_refresh_does_not_take_an_access_token(api, login):
    assert api.refresh(login["access_token"]).code == "INVALID_TOKEN"


def test_refresh_does_not_take_a_token_that_no_login_made(api, db, registered_user, login):
    data = {"sub": registered_user["user_id"], "user_id": registered_user["user_id"]}
    minted = database.value(db, "SELECT jerry.create_refresh_token(%s)", json.dumps(data))
    assert api.refresh(minted).code == "INVALID_TOKEN"
    data["sid"] = claims(login["refresh_token"])["sid"]
    minted = database.value(db, "SELECT jerry.create_refresh_token(%s)", json.dumps(data))
    assert api.refresh(minted).code == "INVALID_TOKEN", "the jti is not the session's"


def test_refresh_of_a_revoked_session(api, db, login):
    sid = claims(login["refresh_token"])["sid"]
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE id = %s", sid)
    assert api.refresh(login["refresh_token"]).code == "INVALID_TOKEN"
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"


def test_refresh_of_one_session_survives_the_end_of_another(api, db, registered_user, login):
    other = api.login(registered_user).data
    sid = claims(login["refresh_token"])["sid"]
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE id = %s", sid)
    assert api.refresh(other["refresh_token"]).status == 200


def test_refresh_of_a_deleted_user(api, db, registered_user, login):
    database.query(db, "DELETE FROM jerry.user WHERE id = %s", registered_user["user_id"])
    answer = api.refresh(login["refresh_token"])
    assert answer.status == 404
    assert answer.code == "USER_NOT_FOUND"

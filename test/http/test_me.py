"""GET /api/v1/auth/me"""

import jwt
import pytest

import database
from answers import check_timestamp

ME = "/api/v1/auth/me"


def test_get_current_user_success(api, registered_user, login):
    answer = api.me(login["access_token"])
    assert answer.status == 200
    assert list(answer.data) == [
        "user_id", "email", "is_email_verified", "created_at", "name", "phone", "locale", "metadata", "app_metadata"
    ]
    assert answer.data["user_id"] == registered_user["user_id"]
    assert answer.data["email"] == registered_user["email"]
    assert answer.data["is_email_verified"] is False
    check_timestamp(answer.data["created_at"])


def test_get_current_user_invalid_token(api, login):
    for wrong in (login["access_token"][:-1], "abc", "a.b.c", "x" * 5000):
        answer = api.me(wrong)
        assert answer.status == 401
        assert answer.code == "INVALID_TOKEN"
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_get_current_user_without_a_token(api):
    answer = api.get(ME)
    assert answer.status == 401
    assert answer.code == "INVALID_TOKEN"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_get_current_user_sees_the_verification(api, verified_user):
    token = api.login(verified_user).data["access_token"]
    assert api.me(token).data["is_email_verified"] is True


def test_get_current_user_expired_token(api, db, login):
    claims = jwt.decode(login["access_token"], options={"verify_signature": False})
    data = {name: claims[name] for name in ("sub", "user_id", "email", "sid")}
    answer = api.me(database.mint(db, data, "-1 minute"))
    assert answer.status == 401
    assert answer.code == "EXPIRED_TOKEN"


def test_get_current_user_of_a_deleted_user(api, db, registered_user, login):
    database.query(db, "DELETE FROM jerry.user WHERE id = %s", registered_user["user_id"])
    answer = api.me(login["access_token"])
    assert answer.status == 404
    assert answer.code == "USER_NOT_FOUND"


def test_get_current_user_of_a_revoked_session(api, db, registered_user, login):
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE user_id = %s", registered_user["user_id"])
    assert api.me(login["access_token"]).code == "INVALID_TOKEN"


def test_get_current_user_does_not_take_a_refresh_token(api, login):
    assert api.me(login["refresh_token"]).code == "INVALID_TOKEN"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_compared_without_case(api, login, scheme):
    answer = api.get(ME, headers={"Authorization": f"{scheme} {login['access_token']}"})
    assert answer.status == 200


@pytest.mark.parametrize(
    "form", ["{}", "Basic {}", "Bearer{}", "Token {}", "Bearer", "Bearer {} x", "Bearer,{}", "JWT {}"]
)
def test_only_a_bearer_token_is_taken(api, login, form):
    answer = api.get(ME, headers={"Authorization": form.format(login["access_token"])})
    assert answer.status == 401
    assert answer.code == "INVALID_TOKEN"


def test_a_token_in_the_query_is_not_taken(api, login):
    assert api.get(f"{ME}?access_token={login['access_token']}").status == 401

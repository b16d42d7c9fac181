"""POST /api/v1/auth/login"""

import time

import jwt
import pytest

import database
from users import new_email


def claims(token):
    """The claims of a token, unverified: other tests verify."""
    return jwt.decode(token, options={"verify_signature": False})


def test_login_success(api, registered_user):
    answer = api.login(registered_user)
    assert answer.status == 200
    assert list(answer.data) == [
        "access_token", "refresh_token", "token_type", "expires_in", "user_id", "device_token"
    ]
    assert answer.data["token_type"] == "bearer"
    assert answer.data["expires_in"] == 86400
    assert answer.data["user_id"] == registered_user["user_id"]


def test_login_user_not_found(api):
    answer = api.login({"email": new_email(), "password": "SecurePassword123!"})
    assert answer.status == 401
    assert answer.code == "INVALID_CREDENTIALS"


def test_login_invalid_password(api, registered_user):
    answer = api.login({**registered_user, "password": "SecurePassword123?"})
    assert answer.status == 401
    assert answer.code == "INVALID_CREDENTIALS"
    assert answer.data is None


def test_login_returns_valid_tokens(api, db, registered_user, login):
    access = claims(login["access_token"])
    refresh = claims(login["refresh_token"])
    user_id = registered_user["user_id"]
    assert access["sub"] == access["user_id"] == user_id
    assert access["email"] == registered_user["email"]
    assert access["type"] == "access"
    assert refresh["type"] == "refresh"
    assert refresh["sub"] == refresh["user_id"] == user_id
    assert "email" not in refresh
    assert access["sid"] == refresh["sid"]
    assert access["jti"] != refresh["jti"]
    algorithm = database.value(db, "SELECT value FROM jerry.configuration() WHERE name = 'jerry.signing_algorithm'")
    for token, signed_with in (login["access_token"], algorithm), (login["refresh_token"], "HS256"):
        header = jwt.get_unverified_header(token)
        assert header.pop("kid")
        assert header == {"alg": signed_with, "typ": "JWT"}
    assert api.validate_token(login["access_token"]).data["user_id"] == user_id
    assert api.refresh(login["refresh_token"]).status == 200


def test_login_access_token_expiration(login):
    access = claims(login["access_token"])
    assert access["exp"] - access["iat"] == login["expires_in"] == 24 * 3600
    assert abs(access["iat"] - time.time()) < 60


def test_login_refresh_token_expiration(login):
    refresh = claims(login["refresh_token"])
    assert refresh["exp"] - refresh["iat"] == 7 * 24 * 3600
    assert abs(refresh["iat"] - time.time()) < 60


def test_login_publishes_event(api, listener, registered_user):
    assert api.login(registered_user).status == 200
    event = listener.wait_for_event("user.logged_in", registered_user["user_id"])
    assert event["data"] == {
        "user_id": registered_user["user_id"],
        "email": registered_user["email"],
        "ip_address": "127.0.0.1",
    }


def test_a_login_on_a_new_device_is_told(api, listener, db, verified_user):
    laptop, phone = (
        f"Mozilla/5.0 ({system}) Gecko/20100101 Firefox/145.0" for system in ("X11; Linux x86_64", "Android 16; Mobile")
    )
    for agent in laptop, laptop, phone, phone:
        answer = api.login(verified_user, headers={"User-Agent": agent})
        assert answer.status == 200
    event = listener.wait_for_event("user.new_device", verified_user["user_id"])
    session_id = event["data"].pop("session_id")
    assert event["data"] == {
        "user_id": verified_user["user_id"],
        "email": verified_user["email"],
        "device": "Firefox on Android",
        "user_agent": phone,
        "ip_address": "127.0.0.1",
        "locale": None,
    }
    assert session_id in [session["id"] for session in api.sessions(answer.data["access_token"]).data["sessions"]]
    known = {**verified_user, "device_token": answer.data["device_token"]}
    assert api.post("login", {name: known[name] for name in ("email", "password", "device_token")}).status == 200
    assert len(database.events(db, "user.new_device", verified_user["user_id"])) == 1


def test_login_finds_the_address_without_case_and_answers_with_the_stored_one(api, registered_user):
    answer = api.login({**registered_user, "email": registered_user["email"].upper()})
    assert answer.status == 200
    assert claims(answer.data["access_token"])["email"] == registered_user["email"]


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda p: p + " ", lambda p: " " + p, lambda p: p[:-1]])
def test_login_takes_the_password_exactly(api, registered_user, change):
    answer = api.login({**registered_user, "password": change(registered_user["password"])})
    assert answer.code == "INVALID_CREDENTIALS"


def test_login_refuses_a_password_whose_first_72_bytes_are_right(api, make_user):
    password = "Aa1!" + "x" * 68
    user = make_user(password=password, password_confirmation=password)
    assert api.login({**user, "password": password + "y"}).code == "INVALID_CREDENTIALS"
    assert api.login(user).status == 200


def test_login_with_an_empty_password_is_only_wrong(api, registered_user):
    assert api.login({**registered_user, "password": ""}).code == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(
    "email", ["", "nobody", "us\u200ber@example.com", "user@example.com\nx", "x" * 300 + "@example.com"]
)
def test_login_tells_a_malformed_address(api, email):
    answer = api.login({"email": email, "password": "SecurePassword123!"})
    assert answer.status == 400
    assert answer.code == "INVALID_EMAIL"
    assert answer.details["field"] == "email"


def test_login_does_not_need_a_verified_address(api, db, registered_user):
    assert api.login(registered_user).status == 200
    verified = database.value(db, "SELECT is_email_verified FROM jerry.user WHERE id = %s", registered_user["user_id"])
    assert verified is False


def test_login_of_an_unverified_user_is_refused_when_the_setting_says_so(db, registered_user, verified_user):
    email, password = registered_user["email"], registered_user["password"]
    database.query(db, "SET jerry.require_verified_email = on")
    assert "data" in database.value(db, "SELECT jerry.login(%s, %s)", email, password)
    database.query(db, "UPDATE jerry.user SET is_email_verified = false WHERE id = %s", registered_user["user_id"])
    answer = database.value(db, "SELECT jerry.login(%s, %s)", email, password)
    assert answer["error"]["code"] == "EMAIL_NOT_VERIFIED"
    wrong = database.value(db, "SELECT jerry.login(%s, %s)", email, "wrong" + password)
    assert wrong["error"]["code"] == "INVALID_CREDENTIALS"


def test_a_banned_user_learns_it_with_the_right_password_only(api, db, registered_user, login):
    user_id = registered_user["user_id"]
    database.query(db, "SELECT jerry.ban_user(%s, '2126-01-15T10:30:00Z', 'spam')", user_id)
    answer = api.login(registered_user)
    assert (answer.status, answer.code, answer.details) == (403, "USER_BANNED", {"until": "2126-01-15T10:30:00Z"})
    wrong = api.login({**registered_user, "password": "WrongPassword123!"})
    assert wrong.error == api.login({"email": new_email(), "password": "WrongPassword123!"}).error
    assert api.refresh(login["refresh_token"]).code == "INVALID_TOKEN"
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"
    database.query(db, "SELECT jerry.ban_user(%s)", user_id)
    assert api.login(registered_user).details == {"until": None}
    database.query(db, "SELECT jerry.unban_user(%s)", user_id)
    assert api.login(registered_user).status == 200


def test_every_login_opens_a_session_that_remembers_the_client(api, db, registered_user):
    headers = {"User-Agent": "curl/8.0 \"quoted\" \\ end"}
    tokens = [api.login(registered_user, headers=dict(headers)).data for _ in range(2)]
    sessions = database.query(
        db,
        "SELECT id::text, host(ip), user_agent, revoked_at, expires_at - created_at = interval '7 days' "
        "FROM jerry.session WHERE user_id = %s",
        registered_user["user_id"],
    )
    assert {row[0] for row in sessions} == {claims(token["access_token"])["sid"] for token in tokens}
    for row in sessions:
        assert row[1:] == ("127.0.0.1", headers["User-Agent"], None, True)


def test_a_failed_login_opens_no_session_and_emits_nothing(api, db, registered_user):
    api.login({**registered_user, "password": "WrongPassword123!"})
    user_id = registered_user["user_id"]
    assert database.value(db, "SELECT count(*) FROM jerry.session WHERE user_id = %s", user_id) == 0
    assert database.events(db, "user.logged_in", user_id) == []

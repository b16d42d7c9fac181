"""GET /api/v1/auth/sessions"""

import jwt
import pytest

import database
from answers import check_timestamp

SESSIONS = "/api/v1/auth/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sid(token):
    return jwt.decode(token, options={"verify_signature": False})["sid"]


@pytest.fixture
def tokens(api, registered_user):
    """The access tokens of a Firefox and of curl."""
    agents = FIREFOX, "curl/8.5"
    return [api.login(registered_user, headers={"User-Agent": agent}).data["access_token"] for agent in agents]


def test_a_user_sees_every_session_and_which_one_it_is(api, tokens):
    answer = api.sessions(tokens[0])
    assert answer.status == 200
    assert list(answer.data) == ["sessions"]
    mine, other = answer.data["sessions"]
    members = ["id", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "label", "current"]
    assert list(mine) == list(other) == members
    assert (mine["id"], mine["user_agent"], mine["label"], mine["current"]) == (
        sid(tokens[0]),
        FIREFOX,
        "Firefox on Linux",
        True,
    )
    assert (other["id"], other["user_agent"], other["label"], other["current"]) == (
        sid(tokens[1]),
        "curl/8.5",
        "curl",
        False,
    )
    check_timestamp(mine["created_at"])
    assert mine["last_used_at"] == mine["created_at"] < mine["expires_at"]
    assert mine["ip"] == "127.0.0.1"


def test_200_sessions_are_a_list_of_100(api, db, registered_user, tokens):
    database.query(
        db,
        "INSERT INTO jerry.session (id, user_id, refresh_jti, user_agent, created_at, expires_at)"
        " SELECT gen_random_uuid(), %s, gen_random_uuid(), repeat('\"', 512), now(), now() + interval '1 day'"
        " FROM generate_series(1, 200)",
        registered_user["user_id"],
    )
    listed = api.sessions(tokens[0]).data["sessions"]
    assert len(listed) == 100
    assert [session["id"] for session in listed if session["current"]] == [sid(tokens[0])]


def test_the_list_needs_a_live_token(api, login):
    api.logout(login["access_token"])
    for answer in api.sessions(login["access_token"]), api.get(SESSIONS), api.sessions(login["refresh_token"]):
        assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

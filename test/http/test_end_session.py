"""DELETE /api/v1/auth/sessions/{session_id}"""

import uuid

import jwt
import pytest

SESSIONS = "/api/v1/auth/sessions"


def sid(token):
    return jwt.decode(token, options={"verify_signature": False})["sid"]


@pytest.fixture
def tokens(api, registered_user):
    """The access tokens of two logins."""
    return [api.login(registered_user).data["access_token"] for _ in range(2)]


def test_a_session_is_ended_by_its_id(api, tokens):
    answer = api.end_session(tokens[0], sid(tokens[1]))
    assert answer.status == 200
    assert answer.data == {"message": "Session ended"}
    assert api.validate_token(tokens[1]).code == "INVALID_TOKEN"
    assert [session["id"] for session in api.sessions(tokens[0]).data["sessions"]] == [sid(tokens[0])]


def test_the_session_of_the_token_can_be_ended(api, tokens):
    assert api.end_session(tokens[0], sid(tokens[0])).status == 200
    assert api.sessions(tokens[0]).code == "INVALID_TOKEN"
    assert api.validate_token(tokens[1]).status == 200


def test_what_is_not_ones_own_gets_one_answer(api, tokens, make_user):
    foreign = api.login(make_user()).data["access_token"]
    api.end_session(tokens[0], sid(tokens[1]))
    for session_id in (sid(foreign), str(uuid.uuid4()), "x", "~" * 36, sid(tokens[1])):
        answer = api.end_session(tokens[0], session_id)
        assert answer.status == 404
        assert answer.error == {"code": "SESSION_NOT_FOUND", "message": "Session does not exist", "details": {}}
    assert api.validate_token(foreign).status == 200
    assert api.validate_token(tokens[0]).status == 200


def test_to_end_a_session_needs_a_live_token(api, login):
    api.logout(login["access_token"])
    for answer in (
        api.end_session(login["access_token"], sid(login["access_token"])),
        api.request("DELETE", f"{SESSIONS}/{uuid.uuid4()}"),
    ):
        assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

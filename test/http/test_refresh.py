"""POST /api/v1/auth/refresh"""

import concurrent.futures
import json
import time

import jwt
import pytest

import database
from client import Api
from machine import patience
from users import new_user
from waiting import eventually


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


@pytest.fixture
def rotating(private_db, private_sidecar):
    """A sidecar of its own, whose database rotates refresh tokens."""
    database.query(private_db, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
    yield Api(private_sidecar.url)
    database.query(private_db, "SELECT jerry.configure('jerry.rotate_refresh_tokens', NULL)")


@pytest.fixture
def first(rotating):
    return rotating.login(new_user(rotating)).data["refresh_token"]


def at_once(api, token):
    """Twenty refreshes with one token."""
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        return list(pool.map(api.refresh, [token] * 20))


def test_a_refresh_token_that_rotates(rotating, first):
    answer = rotating.refresh(first)
    assert answer.status == 200
    assert list(answer.data) == ["access_token", "refresh_token", "token_type", "expires_in"]
    second = answer.data["refresh_token"]
    assert claims(second)["gen"] == claims(answer.data["access_token"])["gen"] == 1
    assert rotating.refresh(first).data["refresh_token"] == second
    third = rotating.refresh(second).data["refresh_token"]
    assert third not in (first, second)
    answer = rotating.refresh(first)
    assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
    assert rotating.refresh(third).code == "INVALID_TOKEN", "the session goes on"


def test_twenty_at_once_get_twenty_answers_and_one_successor(rotating, first):
    for _ in range(3):
        answers = at_once(rotating, first)
        assert {answer.status for answer in answers} == {200}
        assert len({answer.data["refresh_token"] for answer in answers}) == 1
        first = answers[0].data["refresh_token"]
    assert claims(first)["gen"] == 3


def test_a_session_that_is_locked_is_a_503_and_goes_on(rotating, private_cluster, first):
    holder = database.connect(private_cluster.dsn)
    database.query(holder, "BEGIN")
    database.query(holder, "SELECT FROM jerry.session WHERE id = %s FOR UPDATE", claims(first)["sid"])
    answer = rotating.refresh(first)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert {answer.status for answer in at_once(rotating, first)} <= {503, 504}
    database.query(holder, "ROLLBACK")
    holder.close()
    assert rotating.refresh(first).status == 200


@pytest.fixture
def commits_that_wait(private_db):
    """commits_that_wait(): from then on commits wait for a standby that there is not."""

    def wait():
        database.query(private_db, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        database.query(private_db, "SELECT pg_reload_conf()")

    yield wait
    database.query(private_db, "ALTER SYSTEM RESET synchronous_standby_names")
    database.query(private_db, "SELECT pg_reload_conf()")


def test_validations_do_not_wait_for_refreshes_that_commit(rotating, private_db, commits_that_wait):
    logins = [rotating.login(new_user(rotating)).data for _ in range(8)]
    assert rotating.refresh(logins[0]["refresh_token"]).status == 200, "now the sidecar knows that they rotate"
    commits_that_wait()
    stuck = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query ~ 'refresh'"
    with concurrent.futures.ThreadPoolExecutor(len(logins)) as pool:
        refreshes = [pool.submit(rotating.refresh, login["refresh_token"]) for login in logins[1:]]
        eventually(lambda: database.query(private_db, stuck), "no refresh waits")
        begun = time.monotonic()
        assert {rotating.validate_token(login["access_token"]).status for login in logins} == {200}
        assert time.monotonic() - begun < patience(1)
        assert {refresh.result().status for refresh in refreshes} <= {200, 503, 504}

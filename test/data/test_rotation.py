"""Refresh tokens that rotate: calls at once, in every isolation, and honest clients and thieves over simulated days."""

import threading

import jwt
import psycopg2
import pytest

import rotation_clients
from database import connect, query, value, wait_until_blocked
from installation import PASSWORD, answer, check_it_works, code, fill

AT_ONCE = 20


@pytest.fixture(scope="module")
def installation(new_installation):
    dsn = new_installation()
    db = connect(dsn)
    answer(db, "register", "ada@example.com", PASSWORD, PASSWORD)
    db.close()
    rotation_clients.prepare(dsn)
    return dsn


@pytest.fixture
def owner(installation):
    db = connect(installation)
    yield db
    db.close()


@pytest.fixture
def login(owner):
    return answer(owner, "login", "ada@example.com", PASSWORD)


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def session(db, token):
    """Generation and reason of the end of the token's session."""
    [row] = query(db, "SELECT generation, revoked_for FROM jerry.session WHERE id::text = %s", claims(token)["sid"])
    return row


def told(db, token):
    """What events say of the token's session, but for its beginning."""
    sql = "SELECT event_type FROM jerry.event WHERE payload->'data'->>'session_id' = %s ORDER BY id"
    return [event_type for event_type, in query(db, sql, claims(token)["sid"])]


def refresh_at_once(dsn, token, begin="", times=1):
    """Sessions that call refresh with one token at the same time: the refresh tokens, codes and SQLSTATEs they get."""
    ready = threading.Barrier(AT_ONCE)
    outcomes = []

    def run():
        db = connect(dsn)
        try:
            ready.wait(30)
            for _ in range(times):
                if begin:
                    query(db, begin)
                result = value(db, "SELECT jerry.refresh(%s)", token)
                if begin:
                    query(db, "COMMIT")
                outcomes.append(result["data"]["refresh_token"] if result["success"] else result["error"]["code"])
        except psycopg2.Error as error:
            outcomes.append(error.pgcode)
        finally:
            db.close()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_twenty_at_once_get_twenty_answers_and_one_successor(installation, owner, login):
    token = login["refresh_token"]
    for generation in range(1, 6):
        outcomes = refresh_at_once(installation, token)
        assert len(outcomes) == AT_ONCE
        assert len(set(outcomes)) == 1, "there are several successors"
        token = outcomes[0]
        assert claims(token)["gen"] == generation
        assert session(owner, token) == (generation, None)
    assert code(owner, "refresh", token) is None
    assert told(owner, token) == []


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_in_a_stricter_isolation_who_lost_is_told_to_come_again(installation, owner, login, level):
    token = login["refresh_token"]
    outcomes = refresh_at_once(installation, token, begin=f"BEGIN ISOLATION LEVEL {level}")
    successors = {outcome for outcome in outcomes if outcome != "40001"}
    assert len(outcomes) == AT_ONCE and len(successors) == 1, outcomes
    [successor] = successors
    assert answer(owner, "refresh", token)["refresh_token"] == successor
    assert session(owner, token) == (1, None)


def test_who_holds_the_session_for_long_is_not_waited_for(installation, owner, login):
    holder, other = connect(installation), connect(installation)
    query(holder, "BEGIN")
    successor = answer(holder, "refresh", login["refresh_token"])["refresh_token"]
    query(other, "SET statement_timeout = '10s'")
    with pytest.raises(psycopg2.errors.LockNotAvailable):
        answer(other, "refresh", login["refresh_token"])
    assert value(other, "SHOW lock_timeout") == "0"
    query(holder, "COMMIT")
    assert answer(other, "refresh", login["refresh_token"])["refresh_token"] == successor
    holder.close()
    other.close()


def test_the_clock_is_read_after_the_wait(installation, owner, login):
    """A rotation that was waited for is not older than the grace that began with it."""
    answer(owner, "refresh", login["refresh_token"])
    when = "SELECT rotated_at FROM jerry.session WHERE id::text = %s"
    first = value(owner, when, claims(login["access_token"])["sid"])
    successor = answer(owner, "refresh", login["refresh_token"])["refresh_token"]
    holder, other = connect(installation), connect(installation)
    query(holder, "BEGIN")
    query(holder, "SELECT FROM jerry.session FOR UPDATE")
    outcome = []
    waiting = threading.Thread(target=lambda: outcome.append(answer(other, "refresh", successor)))
    waiting.start()
    waiting.join(0.2)
    [released] = query(holder, "SELECT clock_timestamp()")[0]
    query(holder, "COMMIT")
    waiting.join(10)
    rotated = value(owner, when, claims(successor)["sid"])
    assert first < released <= rotated
    assert outcome
    holder.close()
    other.close()


def test_the_end_for_reuse_is_committed_by_the_refusal(installation, owner, login):
    first = login["refresh_token"]
    second = answer(owner, "refresh", first)["refresh_token"]
    third = answer(owner, "refresh", second)["refresh_token"]
    thief = connect(installation)
    assert code(thief, "refresh", first) == "INVALID_TOKEN"
    thief.close()
    assert session(owner, third) == (2, "reuse")
    assert told(owner, third) == ["session.revoked", "session.reuse_detected"]
    assert code(owner, "refresh", third) == "INVALID_TOKEN"
    assert code(owner, "validate_token", login["access_token"]) == "INVALID_TOKEN"


def test_reuse_by_many_at_once_is_told_once(installation, owner, login):
    first = login["refresh_token"]
    third = answer(owner, "refresh", answer(owner, "refresh", first)["refresh_token"])["refresh_token"]
    assert set(refresh_at_once(installation, first)) == {"INVALID_TOKEN"}
    assert told(owner, third) == ["session.revoked", "session.reuse_detected"]


def test_no_refresh_slips_past_a_log_out(installation, owner, login):
    leaving = connect(installation)
    query(leaving, "BEGIN")
    assert code(leaving, "logout", login["access_token"]) is None
    outcome = []
    other = connect(installation)
    waiting = threading.Thread(target=lambda: outcome.append(code(other, "refresh", login["refresh_token"])))
    waiting.start()
    waiting.join(0.2)
    assert outcome == [], "it did not wait"
    query(leaving, "COMMIT")
    waiting.join(10)
    assert outcome == ["INVALID_TOKEN"]
    assert session(owner, login["refresh_token"]) == (0, "logout")
    leaving.close()
    other.close()


def test_two_sessions_that_end_each_other_do_not_deadlock(installation, owner, login):
    """Each confirms its own with the call, and writes the row that the other one wants."""
    logins = [login, answer(owner, "login", "ada@example.com", PASSWORD)]
    tokens = [answer(owner, "refresh", each["refresh_token"])["access_token"] for each in logins]
    first, second = connect(installation), connect(installation)
    query(first, "BEGIN")
    assert code(first, "end_session", tokens[0], "none") == "SESSION_NOT_FOUND"
    outcome = []
    sid = claims(tokens[0])["sid"]
    waiting = threading.Thread(target=lambda: outcome.append(code(second, "end_session", tokens[1], sid)))
    waiting.start()
    wait_until_blocked(owner, second)
    assert code(first, "end_session", tokens[0], claims(tokens[1])["sid"]) is None
    query(first, "COMMIT")
    waiting.join(10)
    assert outcome == [None], "it had begun before its own session ended"
    first.close()
    second.close()


def test_switching_it_on_and_off_throws_nobody_out(owner, login):
    def switch(value_):
        query(owner, "SELECT jerry.configure('jerry.rotate_refresh_tokens', %s)", value_)

    lost = token = login["refresh_token"]
    try:
        for turn in range(1, 4):
            switch("off")
            assert list(answer(owner, "refresh", token)) == ["access_token", "token_type", "expires_in"]
            if turn > 1:
                assert answer(owner, "refresh", lost)["refresh_token"] == token, "who lost the answer gets the newest"
            switch("on")
            lost, token = token, answer(owner, "refresh", token)["refresh_token"]
            assert answer(owner, "refresh", lost)["refresh_token"] == token
            assert session(owner, token) == (turn, None)
    finally:
        switch("on")


def test_clients_that_know_nothing_of_it_work_as_before(new_installation):
    """Those that refresh once; a client that refreshes again has to keep the newest token."""
    db = connect(new_installation())
    query(db, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
    given = fill(db)
    check_it_works(db, given)
    # while nobody has used a newer one, even the first token goes on for a while
    assert code(db, "refresh", given["ada"]["refresh_token"]) is None
    db.close()


def test_honest_clients_stay_logged_in(installation):
    outcome = rotation_clients.live(installation, "be_honest", "tabs", 4, 1, 0.01, 20, 25, 0, True)
    assert (outcome.lost, outcome.lost_if_strict) == (0, 4)
    outcome = rotation_clients.live(installation, "be_honest", "crashes", 20, 7, 0.02, 2, 5, 0.02, True)
    assert (outcome.lost, outcome.lost_if_strict) == (0, 20)
    assert outcome.refreshes > 20 * 7 * 10


@pytest.mark.parametrize("confirms, most", [(True, 2), (False, 4)], ids=["confirmed", "unconfirmed"])
def test_a_thief_who_takes_turns_with_the_owner_is_noticed(installation, confirms, most):
    outcome = rotation_clients.live(installation, "be_robbed", f"robbed_{confirms}".lower(), 50, confirms)
    assert outcome.lost == 50
    assert outcome.longest <= most
    assert outcome.ended_for == {"reuse"}

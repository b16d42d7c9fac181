"""Keys are rotated while sessions are open, tokens are used, and others rotate them as well."""

import base64
import json
import threading
import time

import pytest

from database import connect, query, value, wait_until_blocked
from installation import PASSWORD, answer, code

ALGORITHMS = ["HS256", "ES256", "EdDSA", "RS256"]


@pytest.fixture
def sessions(new_installation):
    """sessions(): a new connection of the owner's to an installation of the test's own, in which is a user."""
    dsn, made = new_installation(), []

    def session():
        made.append(connect(dsn))
        return made[-1]

    answer(session(), "register", "ada@example.com", PASSWORD, PASSWORD)
    yield session
    for connection in made:
        connection.close()


def set_up(db, **settings):
    for name, setting in settings.items():
        query(db, "SELECT jerry.configure(%s, %s)", f"jerry.{name}", setting)


def log_in(db):
    return answer(db, "login", "ada@example.com", PASSWORD)


def header(token):
    segment = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def states(db):
    """The status of each key by its kid."""
    return dict(query(db, "SELECT kid, status FROM jerry.list_keys()"))


def check(db, *logins):
    for tokens in logins:
        assert code(db, "validate_token", tokens["access_token"]) is None
        assert code(db, "refresh", tokens["refresh_token"]) is None


def age(db, by):
    query(db, "UPDATE jerry.signing_key SET status_at = status_at - %s::interval", by)
    query(db, "SELECT jerry.maintain()")


def call_behind(first, second, watcher, call, outcome="COMMIT", late_call=None):
    """What two sessions get that call at the same time, the first of them first."""
    query(first, "BEGIN")
    early = value(first, call)
    late = []
    thread = threading.Thread(target=lambda: late.append(value(second, late_call or call)))
    thread.start()
    wait_until_blocked(watcher, second)
    query(first, outcome)
    thread.join(30)
    return early, late[0]


@pytest.mark.parametrize("at_once", ["false", "true"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_two_rotations_at_the_same_time_are_one(sessions, algorithm, at_once):
    first, second, watcher = sessions(), sessions(), sessions()
    tokens = log_in(watcher)
    set_up(watcher, signing_algorithm=algorithm)
    before = set(states(watcher))
    early, late = call_behind(first, second, watcher, f"SELECT jerry.rotate_key({at_once})")
    assert early == late
    now = states(watcher)
    assert len(set(now) - before) == (1 if at_once == "false" or algorithm == "HS256" else 2)
    assert list(now.values()).count("next") == (at_once == "false" and algorithm != "HS256")
    if at_once == "false":
        check(second, tokens)
    else:
        assert code(second, "validate_token", tokens["access_token"]) == "INVALID_TOKEN"


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_a_rotation_that_can_wait_does_not_take_the_place_of_one_at_once(sessions, algorithm):
    first, second, watcher = sessions(), sessions(), sessions()
    tokens = log_in(watcher)
    set_up(watcher, signing_algorithm=algorithm)
    call_behind(first, second, watcher, "SELECT jerry.rotate_key()", late_call="SELECT jerry.rotate_key(true)")
    assert code(second, "validate_token", tokens["access_token"]) == "INVALID_TOKEN"


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_a_rotation_that_is_rolled_back_is_none(sessions, algorithm):
    first, second, watcher = sessions(), sessions(), sessions()
    tokens = log_in(watcher)
    set_up(watcher, signing_algorithm=algorithm)
    before = set(states(watcher))
    early, late = call_behind(first, second, watcher, "SELECT jerry.rotate_key()", outcome="ROLLBACK")
    assert early != late and set(states(watcher)) - before == {late}
    check(first, tokens, log_in(first))


def test_two_calls_of_maintain_replace_a_key_once(sessions):
    first, second, watcher = sessions(), sessions(), sessions()
    log_in(watcher)
    set_up(watcher, signing_algorithm="ES256", key_rotation_interval="30d")
    query(watcher, "UPDATE jerry.signing_key SET status_at = status_at - interval '31 days'")
    call_behind(first, second, watcher, "SELECT jerry.maintain()")
    assert sorted(states(watcher).values()) == ["active", "next"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tokens_keep_working_in_open_sessions(sessions, algorithm):
    owner, open_session, snapshot = sessions(), sessions(), sessions()
    given = [log_in(open_session)]
    query(snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    check(snapshot, *given)
    set_up(owner, signing_algorithm=algorithm, key_publish_time="1h")
    for _ in range(3):
        kid = value(owner, "SELECT jerry.rotate_key()")
        check(open_session, *given)
        given.append(log_in(open_session))
        age(owner, "1 hour")
        given.append(log_in(open_session))
        assert header(given[-1]["access_token"])["kid"] == kid
        assert header(given[-1]["access_token"])["alg"] == algorithm
        assert header(given[-1]["refresh_token"])["alg"] == "HS256"
        check(open_session, *given)
        # a transaction that cannot see the new rows of other tables knows the new keys
        assert code(snapshot, "decode_token", given[-1]["access_token"]) is None
        assert header(answer(snapshot, "refresh", given[0]["refresh_token"])["access_token"])["kid"] == kid
    value(owner, "SELECT jerry.rotate_key(true)")
    for session in open_session, snapshot:
        for tokens in given:
            assert code(session, "validate_token", tokens["access_token"]) == "INVALID_TOKEN"
            assert code(session, "refresh", tokens["refresh_token"]) == "INVALID_TOKEN"


@pytest.mark.parametrize("at_once", ["false", "true"])
def test_a_transaction_with_an_old_snapshot_can_rotate(sessions, at_once):
    owner, snapshot = sessions(), sessions()
    log_in(owner)
    query(snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    value(snapshot, "SELECT 1")
    value(owner, "SELECT jerry.rotate_key()")  # of whose row the snapshot knows nothing
    set_up(owner, signing_algorithm="ES256")
    kid = value(snapshot, f"SELECT jerry.rotate_key({at_once})")
    query(snapshot, "COMMIT")
    assert states(owner)[kid] == ("next" if at_once == "false" else "active")
    check(owner, log_in(owner))


def test_no_token_is_refused_while_keys_are_rotated(sessions):
    owner = sessions()
    set_up(owner, signing_algorithm="ES256", key_publish_time="0")
    refused, given, rounds = [], [], []
    end = time.monotonic() + 5

    def use(db):
        while time.monotonic() < end:
            tokens = log_in(db)
            given.append(tokens)
            for earlier in given[-5:]:
                for function, token in ("validate_token", "access_token"), ("refresh", "refresh_token"):
                    problem = code(db, function, earlier[token])
                    if problem:
                        refused.append((problem, earlier))

    threads = [threading.Thread(target=use, args=(sessions(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        set_up(owner, signing_algorithm=ALGORITHMS[len(rounds) % 3])
        rounds.append(value(owner, "SELECT jerry.rotate_key()"))
        value(owner, "SELECT jerry.maintain()")
    for thread in threads:
        thread.join()
    used = {header(tokens["access_token"])["kid"] for tokens in given}
    print(f"{len(given)} logins, {len(rounds)} rotations, {len(used)} keys signed access tokens")
    assert refused == [] and len(used) > 5
    check(owner, *given[:50], *given[-50:])

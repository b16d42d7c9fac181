"""Second factors, by several connections at once: a code is good once, and the limits are exact."""

import threading

import pytest

import totp
from database import query, wait_until_blocked
from installation import PASSWORD, answer, code
from test_login_races import Call, installation, owner, sessions, user  # noqa: F401: fixtures

AT_ONCE = 8
ROUNDS = 5


@pytest.fixture
def app(owner, user):
    """A user with an authenticator app: a token, the secret of the app, recovery codes."""
    email, _ = user
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    secret = answer(owner, "setup_totp", token)["secret"]
    codes = answer(owner, "activate_totp", token, totp.code(secret))["recovery_codes"]
    forget_steps(owner)
    return token, secret, codes


def forget_steps(owner):
    """The next code is not to be waited for."""
    query(owner, "UPDATE jerry.totp SET last_step = -1")


class Waiting(Call):
    """A call that begins when all of them are there."""

    def __init__(self, start, *call):
        self.all_there = start
        super().__init__(*call)

    def run(self):
        self.all_there.wait(30)
        super().run()


def test_a_code_that_is_used_by_several_connections_at_once_is_good_once(owner, sessions, app):
    token, secret, _ = app
    made = [sessions() for _ in range(AT_ONCE)]
    for _ in range(ROUNDS):
        forget_steps(owner)
        shown = totp.code(secret)
        start = threading.Barrier(AT_ONCE)
        calls = [Waiting(start, db, "renew_recovery_codes", token, shown) for db in made]
        assert sorted(str(call.result()) for call in calls) == ["None", *["WRONG_CODE"] * (AT_ONCE - 1)]


@pytest.mark.parametrize("end, expected", [("COMMIT", "WRONG_CODE"), ("ROLLBACK", None)])
def test_who_waits_for_a_code_that_is_being_used_finds_it_used_or_not(owner, sessions, app, end, expected):
    token, secret, _ = app
    shown = totp.code(secret)
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert code(first, "renew_recovery_codes", token, shown) is None
    call = Call(second, "renew_recovery_codes", token, shown)
    wait_until_blocked(owner, second)
    query(first, end)
    assert call.result() == expected


@pytest.mark.parametrize("end, expected", [("COMMIT", "WRONG_CODE"), ("ROLLBACK", None)])
def test_who_waits_for_a_recovery_code_finds_it_used_or_not(owner, sessions, app, end, expected):
    token, _, codes = app
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert code(first, "renew_recovery_codes", token, None, codes[0], PASSWORD) is None
    call = Call(second, "renew_recovery_codes", token, None, codes[0], PASSWORD)
    wait_until_blocked(owner, second)
    query(first, end)
    assert call.result() == expected


def test_two_setups_are_activated_once(owner, sessions, user):
    email, _ = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    secret = answer(owner, "setup_totp", token)["secret"]
    query(first, "BEGIN")
    assert code(first, "activate_totp", token, totp.code(secret)) is None
    call = Call(second, "activate_totp", token, totp.code(secret))
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert call.result() == "FACTOR_EXISTS"
    assert answer(owner, "list_factors", token)["recovery_codes_left"] == 10


def test_who_waits_for_the_last_guess_has_none_left(owner, sessions, app):
    token, secret, _ = app
    first, second = sessions(), sessions()
    for db in (first, second):
        query(db, "SET jerry.rate_limits = on")
    query(first, "BEGIN")
    for _ in range(20):
        assert code(first, "verify_second_factor", None, totp.wrong(secret), None, token) == "WRONG_CODE"
    call = Call(second, "verify_second_factor", None, totp.code(secret), None, token)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert call.result() == "RATE_LIMITED"


def test_guesses_at_once_do_not_exceed_the_limit(owner, sessions, app):
    token, secret, _ = app
    made = [sessions() for _ in range(AT_ONCE)]
    for db in made:
        query(db, "SET jerry.rate_limits = on")
    start = threading.Barrier(AT_ONCE)

    def guess(db, answers):
        start.wait(30)
        for _ in range(5):
            answers.append(code(db, "renew_recovery_codes", token, totp.wrong(secret)))

    answers = []
    threads = [threading.Thread(target=guess, args=(db, answers)) for db in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 5 * AT_ONCE
    assert answers.count("WRONG_CODE") == 20 and answers.count("RATE_LIMITED") == 5 * AT_ONCE - 20

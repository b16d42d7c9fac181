"""The limits as clients meet them: shared by all sidecars, and telling nothing; make check-limits guesses longer."""

import concurrent.futures
import random
import statistics
import time

import pytest
import requests

import database
import guesses
import hidden_accounts
from client import AUTH, Api
from test_timing import without_what_is_always_new
from users import PASSWORD

KNOWN, UNKNOWN = "known@example.com", "unknown@example.com"
ROUNDS = 25


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with guesses.limiting(tmp_path_factory) as made:
        guesses.make_accounts(made[1], [KNOWN])
        yield made


@pytest.fixture
def urls(installation):
    database.query(installation[1], "DELETE FROM jerry.rate_bucket")
    database.query(installation[1], "DELETE FROM jerry.session")
    return installation[0]


@pytest.fixture
def owner(installation):
    return installation[1]


@pytest.fixture
def session():
    with requests.Session() as made:
        yield made


def code(answer):
    return answer.json().get("error", {}).get("code")


def over_sql(db, email, ip):
    return database.value(
        db, "SELECT jerry.error_code(jerry.login(%s, 'wrong', json_populate_record(NULL::jerry.client,"
        " json_build_object('ip', %s))))", email, ip
    )


def test_two_sidecars_and_sql_share_one_limit(urls, owner, session):
    def over_http(url):
        return code(guesses.log_in(session, url, KNOWN, "wrong", "192.0.2.1"))

    first, second = urls
    codes = [over_http(first), over_http(second), over_sql(owner, KNOWN, "192.0.2.1"), over_http(second)]
    codes.append(over_sql(owner, KNOWN, "192.0.2.1"))
    assert codes == ["INVALID_CREDENTIALS"] * 5
    assert over_http(first) == over_http(second) == over_sql(owner, KNOWN, "192.0.2.1") == "RATE_LIMITED"
    database.query(owner, "SELECT jerry.unlock(%s)", KNOWN)
    assert over_http(second) == "INVALID_CREDENTIALS"


def test_the_answer_says_when_to_come_again_and_nothing_else(urls, session):
    for _ in range(5):
        guesses.log_in(session, urls[0], KNOWN, "wrong", "192.0.2.1")
    answer = guesses.log_in(session, urls[1], KNOWN, PASSWORD, "192.0.2.1")
    assert answer.status_code == 429
    details = answer.json()["error"]["details"]
    assert list(details) == ["retry_after"] and 85 <= details["retry_after"] <= 90
    assert answer.headers["Retry-After"] == str(details["retry_after"])
    assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]


def from_(ip, token=None):
    headers = {"X-Forwarded-For": ip}
    return {"headers": {**headers, "Authorization": f"Bearer {token}"} if token else headers}


@pytest.mark.parametrize("network, inside", [("192.0.2.1", "192.0.2.1"), ("2001:db8:5:1::1", "2001:db8:5:1:f::2")])
def test_two_sidecars_and_sql_share_the_limit_of_tokens_that_are_none(urls, owner, network, inside):
    first, second = (Api(url) for url in urls)
    tokens = first.post("login", {"email": KNOWN, "password": PASSWORD}, **from_(network)).data
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    database.query(owner, "SELECT jerry.set_limit('token_network', 5, 3600, 5)")

    def over_sql(ip):
        client = "json_populate_record(NULL::jerry.client, json_build_object('ip', %s))"
        return database.value(owner, f"SELECT jerry.error_code(jerry.refuse_token('x', {client}))", ip)

    def guess_everywhere(ip):
        answers = [
            first.post("validate-token", {"token": access[:-1]}, **from_(ip)),
            second.get(f"{AUTH}/me", **from_(ip, "x")),
            first.get(f"{AUTH}/me", **from_(ip, access[:-1])),
            second.post("refresh", {"refresh_token": "x"}, **from_(ip)),
        ]
        return answers, {*(answer.code for answer in answers), over_sql(ip)}

    try:
        assert guess_everywhere(network)[1] == {"INVALID_TOKEN"}
        answers, codes = guess_everywhere(inside)
        assert codes == {"RATE_LIMITED"}
        for answer in answers:
            assert answer.status == 429
            assert 700 < int(answer.headers["Retry-After"]) <= 720
            assert answer.headers["RateLimit-Policy"] == '"token_network";q=5;w=3600'
        # who has a good token there notices nothing, nor does who has had one
        for api in first, second:
            assert api.post("validate-token", {"token": access}, **from_(inside)).status == 200
            assert api.get(f"{AUTH}/me", **from_(inside, access)).status == 200
            assert api.post("refresh", {"refresh_token": refresh}, **from_(inside)).status == 200
            assert api.post("validate-token", {"token": refresh}, **from_(inside)).code == "INVALID_TOKEN"
        database.query(owner, "UPDATE jerry.session SET revoked_at = now()")
        assert second.post("validate-token", {"token": access}, **from_(inside)).code == "INVALID_TOKEN"
        assert guess_everywhere("198.51.100.9")[1] == {"INVALID_TOKEN"}
    finally:
        database.query(owner, "SELECT jerry.set_limit('token_network', NULL)")


def test_a_token_is_refused_though_it_cannot_be_counted(urls, owner):
    api = Api(urls[0])
    ask = [
        lambda: api.post("validate-token", {"token": "x"}, **from_("192.0.2.1")),
        lambda: api.get(f"{AUTH}/me", **from_("192.0.2.1", "x")),
    ]
    assert {send().code for send in ask} == {"INVALID_TOKEN"}
    database.query(owner, "BEGIN")
    try:
        database.query(owner, "UPDATE jerry.rate_bucket SET full_until = full_until")
        assert {send().code for send in ask} == {"INVALID_TOKEN"}
    finally:
        database.query(owner, "ROLLBACK")


def test_a_session_that_refreshes_all_the_time_has_to_wait_and_lives_on(urls, owner):
    apis = [Api(url) for url in urls]
    refresh = apis[0].post("login", {"email": KNOWN, "password": PASSWORD}, **from_("192.0.2.1")).data["refresh_token"]
    database.query(owner, "SELECT jerry.set_limit('refresh_session', 4, 3600, 4)")
    try:
        answers = [api.post("refresh", {"refresh_token": refresh}, **from_("192.0.2.1")) for api in apis * 3]
        assert [answer.status for answer in answers] == [200] * 4 + [503] * 2
        for answer in answers[4:]:
            assert answer.code == "SERVICE_UNAVAILABLE"
            assert list(answer.error["details"]) == ["retry_after"]
            assert 890 < answer.error["details"]["retry_after"] == int(answer.headers["Retry-After"]) <= 900
    finally:
        database.query(owner, "SELECT jerry.set_limit('refresh_session', NULL)")
    assert apis[0].post("refresh", {"refresh_token": refresh}, **from_("192.0.2.1")).status == 200


def test_of_many_guesses_few_are_looked_at(urls):
    given = [(f"account{n % 10}@example.com", "192.0.2.1", f"guess {n}") for n in range(500)]
    codes, seconds = guesses.guess(urls, given)
    assert codes["INVALID_CREDENTIALS"] <= 30 + seconds / 2 + guesses.THREADS
    assert codes["INVALID_CREDENTIALS"] + codes["RATE_LIMITED"] == 500
    given = [(KNOWN, f"10.0.0.{n % 250 + 1}", f"guess {n}") for n in range(200)]
    codes, seconds = guesses.guess(urls, given)
    assert codes["INVALID_CREDENTIALS"] <= 50 + 5 + guesses.THREADS + seconds / 4
    assert codes["INVALID_CREDENTIALS"] + codes["RATE_LIMITED"] == 200


@pytest.mark.parametrize("path", ["verify-email/resend", "password/reset"])
def test_one_mailbox_gets_one_mail_a_minute_whoever_asks(urls, owner, path):
    asked = (
        "SELECT count(*) FROM jerry.event WHERE payload->'data'->>'email' = %s AND event_type IN"
        " ('user.verification_requested', 'user.password_reset_requested')"
    )

    def ask(number):
        return requests.post(
            f"{urls[number % 2]}/api/v1/auth/{path}", json={"email": KNOWN}, timeout=20,
            headers={"X-Forwarded-For": f"192.0.2.{number}"}
        ).status_code

    before = database.value(owner, asked, KNOWN)
    for expected in 1, 2:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(16))) == {200}
        assert database.value(owner, asked, KNOWN) == before + expected
        database.query(owner, "UPDATE jerry.rate_bucket SET full_until = full_until - interval '60 seconds'")


def test_a_known_device_is_not_limited_by_who_guesses(urls, owner, session):
    def log_in(url, ip, **more):
        return session.post(
            url + guesses.LOGIN, json={"email": KNOWN, "password": PASSWORD, **more}, headers={"X-Forwarded-For": ip},
            timeout=20
        )

    device = log_in(urls[0], "198.51.100.1").json()["data"]["device_token"]
    database.query(owner, "DELETE FROM jerry.session")
    pause_the_accounts(urls, session)
    for ip in "10.9.8.1", "192.0.2.200":
        assert code(log_in(urls[0], ip)) == "RATE_LIMITED"
        assert code(log_in(urls[1], ip, device_token="x" * 66)) == "RATE_LIMITED"
        answer = log_in(urls[1], ip, device_token=device)
        assert answer.json()["data"]["device_token"] == device
        database.query(owner, "DELETE FROM jerry.session")
    assert code(log_in(urls[0], "192.0.2.201", device_token=["x"])) == "VALIDATION_ERROR"


def leave_open(urls, session):
    pass


def lock_the_network(urls, session):
    for email in KNOWN, UNKNOWN:
        for _ in range(5):
            assert code(guesses.log_in(session, urls[0], email, "wrong", "192.0.2.1")) == "INVALID_CREDENTIALS"


def pause_the_accounts(urls, session):
    for email in KNOWN, UNKNOWN:
        codes, _ = guesses.guess(urls, [(email, f"10.9.8.{n + 1}", "wrong") for n in range(50)])
        assert codes == {"INVALID_CREDENTIALS": 50}


@pytest.mark.parametrize("make", [leave_open, lock_the_network, pause_the_accounts])
def test_in_no_state_an_answer_tells_who_has_an_account(urls, owner, session, make):
    """Nor whether the password is right, except where it is looked at."""
    make(urls, session)
    # for as long as a lock and a pause can be: the seconds to wait do not change then while they are compared
    longer = "45 seconds" if make is pause_the_accounts else "500 seconds"
    database.query(owner, "UPDATE jerry.rate_bucket SET full_until = full_until + %s::interval", longer)
    cases = [(KNOWN, "wrong"), (UNKNOWN, "wrong"), (UNKNOWN, PASSWORD)]
    if make is not leave_open:
        cases.append((KNOWN, PASSWORD))
    answers, times = {}, {case: [] for case in cases}
    for _ in range(ROUNDS):
        for case in random.sample(cases, len(cases)):
            began = time.monotonic()
            answer = guesses.log_in(session, urls[0], *case, "192.0.2.1")
            times[case].append(time.monotonic() - began)
            status, headers, body = without_what_is_always_new(answer)
            answers.setdefault((status, tuple(sorted(headers.items())), body), set()).add(case)
            if make is leave_open:
                database.query(owner, "DELETE FROM jerry.rate_bucket")
    assert list(answers.values()) == [set(cases)], answers
    assert list(answers)[0][0] == (401 if make is leave_open else 429)
    medians = sorted(statistics.median(taken) for taken in times.values())
    # on a busy machine they are as far apart by chance
    chance = sum(sorted(hidden_accounts.doubt(taken) for taken in times.values())[-2:])
    assert medians[-1] - medians[0] < max(0.003, chance), (medians, chance)

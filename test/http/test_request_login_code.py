"""POST /api/v1/auth/login/code"""

import statistics

import pytest

import database
from test_timing import without_what_is_always_new
from users import new_email

ROUNDS = 100


@pytest.fixture
def banned(db, make_user):
    user = make_user()
    database.query(db, "UPDATE jerry.user SET banned_until = 'infinity' WHERE id = %s", user["user_id"])
    return user


def test_request_login_code_success(api, db, code_login, registered_user):
    answer = api.request_login_code(registered_user["email"])
    assert answer.status == 200
    assert list(answer.data) == ["flow", "message"]
    [event] = database.events(db, "user.login_code_requested", registered_user["user_id"])
    assert list(event["data"]) == ["user_id", "email", "login_code", "login_token", "locale"]


def test_the_answer_for_a_newcomer_is_the_same(api, db, code_registration, registered_user, banned):
    emails = [registered_user["email"], banned["email"], *(new_email() for _ in range(50))]
    bodies = set()
    for email in emails:
        answer = api.request_login_code(email)
        bodies.add(str(without_what_is_always_new(answer.response)).replace(answer.data["flow"], "flow"))
    assert len(bodies) == 1, bodies
    mailed = database.query(
        db,
        "SELECT payload->'data'->>'email' FROM jerry.event"
        " WHERE event_type = 'user.login_code_requested' AND payload->'data'->>'email' = ANY (%s)",
        emails,
    )
    assert {email for (email,) in mailed} == set(emails) - {banned["email"]}


def test_it_is_off_by_default(api, db, registered_user):
    answer = api.request_login_code(registered_user["email"])
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert database.events(db, "user.login_code_requested", registered_user["user_id"]) == []


def test_an_answer_does_not_tell_whose_address_it_is(api, code_login, registered_user, banned):
    answers = [api.request_login_code(user["email"]) for user in (registered_user, banned, {"email": new_email()})]
    bodies = {
        str(without_what_is_always_new(answer.response)).replace(answer.data["flow"], "flow") for answer in answers
    }
    assert len(bodies) == 1, bodies
    assert len({answer.data["flow"] for answer in answers}) == 3
    assert {len(answer.data["flow"]) for answer in answers} == {24}


@pytest.mark.parametrize("makes_accounts", [False, True])
def test_a_request_and_a_wrong_code_take_as_long_and_write_as_much_for_nobody(
    request, db, code_login, registered_user, banned, makes_accounts
):
    """Asked of the database itself; what an answer waits for beside is the log that its commit writes."""
    if makes_accounts:
        request.getfixturevalue("code_registration")
    emails = {"known": registered_user["email"], "banned": banned["email"], "unknown": new_email()}
    times, written = ({(name, step): [] for name in emails for step in range(2)} for _ in range(2))
    for _ in range(ROUNDS):
        for name, email in emails.items():
            flow = "x"
            for step, call in enumerate(
                ("jerry.request_login_code(%s)", "jerry.confirm_login_code(%s, 'wrong!')")
            ):
                before = database.value(db, "SELECT pg_current_wal_insert_lsn()")
                answer, took = database.query(
                    db,
                    "SELECT answer, extract(epoch FROM clock_timestamp() - start)::float8 FROM"
                    " (SELECT clock_timestamp() AS start OFFSET 0) AS s,"
                    f" LATERAL (SELECT {call} AS answer OFFSET 0) AS a",
                    (email, flow)[step]
                )[0]
                times[name, step].append(took)
                lsn = database.value(db, "SELECT (pg_current_wal_insert_lsn() - %s)::int", before)
                written[name, step].append(lsn)
                flow = answer.get("data", {}).get("flow")
    for step in range(2):
        medians = [statistics.median(times[name, step]) for name in emails]
        assert max(medians) - min(medians) < 0.001, medians
        lengths = [statistics.median(written[name, step]) for name in emails]
        assert min(lengths) > 0.3 * max(lengths), lengths

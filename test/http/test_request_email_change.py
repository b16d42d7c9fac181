"""POST /api/v1/auth/email/change"""

import statistics

import database
from test_timing import without_what_is_always_new
from users import PASSWORD, new_email

ROUNDS = 100


def test_a_token_alone_changes_no_address(api, db, registered_user, login):
    answer = api.request_email_change(login["access_token"], new_email(), PASSWORD + "x")
    assert (answer.status, answer.code, answer.details["field"]) == (403, "WRONG_PASSWORD", "current_password")
    assert database.events(db, "user.email_change_requested", registered_user["user_id"]) == []


def test_what_is_no_address_is_refused_by_its_field(api, registered_user, login):
    for new in "nobody", registered_user["email"]:
        answer = api.request_email_change(login["access_token"], new, PASSWORD)
        assert (answer.status, answer.code, answer.details["field"]) == (400, "INVALID_EMAIL", "new_email")


def test_an_answer_does_not_tell_whether_an_address_is_taken(api, db, make_user, registered_user, login):
    owner = make_user()
    answers = []
    for new in new_email(), owner["email"], owner["email"].upper():
        answers.append(api.request_email_change(login["access_token"], new, PASSWORD))
        old = database.events(db, "user.email_change_requested", registered_user["user_id"])[-1]
        answers.append(api.confirm_email_change(old["data"]["email_change_token"]))
    asked, confirmed = ({str(without_what_is_always_new(answer.response)) for answer in answers[n::2]} for n in (0, 1))
    assert len(asked) == len(confirmed) == 1, answers
    assert len(database.events(db, "user.email_change_attempted", owner["user_id"])) == 2
    assert len(database.events(db, "user.email_change_offered", registered_user["user_id"])) == 1


def test_a_taken_address_takes_as_long_and_writes_as_much(db, make_user, registered_user, login):
    """Asked of the database itself; what an answer waits for beside is the log that its commit writes."""
    emails = {"taken": make_user()["email"], "free": new_email()}
    times, written = ({name: [] for name in emails} for _ in range(2))
    for _ in range(ROUNDS):
        for name, email in emails.items():
            before = database.value(db, "SELECT pg_current_wal_insert_lsn()")
            took = database.value(
                db,
                "SELECT extract(epoch FROM clock_timestamp() - start)::float8 FROM (SELECT clock_timestamp() AS start"
                " OFFSET 0) AS s WHERE (jerry.request_email_change(%s, %s, %s)->>'success')::boolean",
                login["access_token"], email, PASSWORD
            )
            times[name].append(took)
            written[name].append(database.value(db, "SELECT (pg_current_wal_insert_lsn() - %s)::int", before))
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    assert max(medians.values()) - min(medians.values()) < 0.001, medians
    lengths = {name: statistics.median(measured) for name, measured in written.items()}
    assert min(lengths.values()) > 0.8 * max(lengths.values()), lengths

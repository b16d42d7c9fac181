"""Nobody learns from the login whether an address is registered: not from the bytes, not from the time."""

import re
import statistics
import time

import database
from users import PASSWORD, new_email

ROUNDS = 7


def without_what_is_always_new(response):
    """Status, headers and body less the time and the request's id."""
    headers = {name: text for name, text in response.headers.items() if name.lower() not in ("date", "x-request-id")}
    return response.status_code, headers, re.sub(rb'"timestamp":"[^"]*"', b"", response.content)


def test_unknown_address_and_wrong_password_have_the_same_bytes(api, registered_user):
    unknown = api.login({"email": new_email(), "password": "WrongPassword123!"}).response
    wrong = api.login({"email": registered_user["email"], "password": "WrongPassword123!"}).response
    assert without_what_is_always_new(unknown) == without_what_is_always_new(wrong)


def median_times(db, password):
    """How long the refusal of this password takes for a registered and for an unknown address, measured in turn.

    Asked of the database itself, at a cost where one hash is far longer than all the rest of a login.
    """
    database.query(db, "SET jerry.bcrypt_cost = 10")
    known = new_email()
    assert database.value(db, "SELECT jerry.register(%s, %s, %s)", known, PASSWORD, PASSWORD)["success"]
    times = {known: [], new_email(): []}
    for _ in range(ROUNDS):
        for email, measured in times.items():
            start = time.perf_counter()
            answer = database.value(db, "SELECT jerry.login(%s, %s)", email, password)
            measured.append(time.perf_counter() - start)
            assert answer["error"]["code"] == "INVALID_CREDENTIALS"
    return (statistics.median(measured) for measured in times.values())


def test_unknown_address_and_wrong_password_cost_the_same(db):
    """With no hash for an unknown address, or with two, the ratio would leave these bounds by far."""
    registered, unknown = median_times(db, "WrongPassword123!")
    assert 0.6 < registered / unknown < 1 / 0.6


def test_a_password_that_cannot_be_right_costs_the_same_for_both(db):
    """Over 72 bytes no password is ever right: it may be refused early, but then for every address."""
    registered, unknown = median_times(db, "x" * 100)
    assert abs(registered - unknown) < 0.5 * max(registered, unknown, 0.02)

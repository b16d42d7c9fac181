"""Nobody learns from the login, or from a registration that hides accounts, whether an address is registered: not from
the bytes, not from the time.
"""

import pathlib
import re
import statistics

import passlib.hash
import pytest

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


@pytest.fixture
def processor_time(db):
    """How long db's backend had a processor up to now; it has to be a process of this machine."""
    path = pathlib.Path(f"/proc/{db.get_backend_pid()}/schedstat")
    return lambda: int(path.read_text().split()[0])


def refusal_times(db, processor_time, cases):
    """How long the refusal of a login takes, the median for each of some cases, {name: (password_hash, password)}; the
    hash None: an unknown address.

    Asked of the database itself, at a cost where one hash is far longer than all the rest of a login.  A backend that
    hashes does nothing else, so the time that it had a processor is what the login takes on an idle machine; the clock
    would count the other tests' work too.
    """
    database.query(db, "SET jerry.bcrypt_cost = 8")
    emails = {name: new_email() for name in cases}
    for name, (stored, _) in cases.items():
        if stored is not None:
            database.query(db, 'INSERT INTO jerry."user" (email, password_hash) VALUES (%s, %s)', emails[name], stored)
    times = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (_, password) in cases.items():
            start = processor_time()
            answer = database.value(db, "SELECT jerry.login(%s, %s)", emails[name], password)
            times[name].append(processor_time() - start)
            assert answer["error"]["code"] == "INVALID_CREDENTIALS", name
    return {name: statistics.median(measured) for name, measured in times.items()}


def stored_hashes():
    """What may stand in the column: Jerry's own hash, cheaper ones from elsewhere, and what is none."""

    def made(rounds, ident):
        return passlib.hash.bcrypt.using(rounds=rounds, ident=ident).hash(PASSWORD)

    return {
        "own": made(8, "2a"),
        "cost 7": made(7, "2y"),
        "cost 5": made(5, "2b"),
        "cost 4, own prefix": made(4, "2a"),
        "empty": "",
        "argon2": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
        "dear": made(4, "2b").replace("$04$", "$17$"),
    }


@pytest.mark.parametrize(
    "password", ["WrongPassword123!", "", "x" * 100, "wrong pa\u0308ssword", "\u00e4" * 300, "a\u0308" * 300]
)
def test_a_refused_login_takes_as_long_whatever_stands_in_the_row(db, processor_time, password):
    """With no hash for an unknown address, with another cost, or with one hash more, a ratio would leave these bounds
    by far.
    """
    hashes = {name: (stored, password) for name, stored in stored_hashes().items()}
    times = refusal_times(db, processor_time, {"unknown": (None, password), **hashes})
    unknown = times.pop("unknown")
    assert all(0.6 < known / unknown < 1 / 0.6 for known in times.values()), (unknown, times)


def test_a_password_in_another_form_costs_a_second_hash_for_every_address(db, processor_time):
    """What was typed decides about that, never the account."""
    once, twice = "wrong p\u00e4ssword", "wrong pa\u0308ssword"
    own = stored_hashes()["own"]
    known = {"own": (own, once), "own twice": (own, twice)}
    times = refusal_times(db, processor_time, {**known, "unknown": (None, once), "unknown twice": (None, twice)})
    for name in "own", "unknown":
        assert 1.4 < times[f"{name} twice"] / times[name] < 2.8, times


def test_a_hidden_account_takes_a_registration_as_long_as_a_free_address(db, processor_time):
    """With a hash less, or one more, a ratio would leave these bounds by far."""
    database.query(db, "SET jerry.bcrypt_cost = 8")
    database.query(db, "SET jerry.hide_accounts = on")
    owners = [new_email() for _ in range(ROUNDS)]
    database.query(
        db, "INSERT INTO jerry.\"user\" (email, password_hash, created_at)"
        " SELECT e, 'x', now() - interval '1 day' FROM unnest(%s) AS e", owners
    )
    times = {name: [] for name in ("free", "taken", "told a moment ago")}
    for owner in owners:
        for name, email in zip(times, (new_email(), owner, owner)):
            start = processor_time()
            answer = database.value(db, "SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)
            times[name].append(processor_time() - start)
            assert answer["success"], answer
    medians = {name: statistics.median(measured) for name, measured in times.items()}
    free = medians.pop("free")
    assert all(0.6 < taken / free < 1 / 0.6 for taken in medians.values()), (free, medians)

"""The limits, where time, other sessions, a crash or a standby come in; test/pgtap/limits.sql has the rules."""

import threading
import time

import psycopg2
import pytest

from database import connect, query, value
from installation import PASSWORD, answer
from test_standby import build_standby

from programs import Server

AT_ONCE = 20
KEYS = 1_000_000


@pytest.fixture(scope="module")
def installation(new_installation):
    """Where limits are on, unlike elsewhere in the tests."""
    dsn = new_installation()
    db = connect(dsn)
    query(db, f"ALTER DATABASE {dsn.rpartition('/')[2]} SET jerry.rate_limits = on")
    for name in "ada", "bob", "cleo":
        answer(db, "register", f"{name}@example.com", PASSWORD, PASSWORD)
    db.close()
    return dsn


@pytest.fixture
def owner(installation):
    db = connect(installation)
    yield db
    db.close()


def log_in(db, email, ip, password="wrong"):
    """The code of the answer and the seconds to wait, (None, None) for a login."""
    result = value(
        db, "SELECT jerry.login(%s, %s, json_populate_record(NULL::jerry.client, json_build_object('ip', %s)))", email,
        password, ip
    )
    if result["success"]:
        return None, None
    return result["error"]["code"], result["error"]["details"].get("retry_after")


def at_once(dsn, job):
    """What job(connection, number) returns in twenty sessions that begin together, or the SQLSTATE."""
    ready = threading.Barrier(AT_ONCE)
    outcomes = []

    def run(number):
        db = connect(dsn)
        try:
            query(db, "SELECT jerry.version()")
            ready.wait(30)
            outcomes.append(job(db, number))
        except psycopg2.Error as error:
            outcomes.append(error.pgcode)
        finally:
            db.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_guesses_at_once_are_charged_all(installation, owner):
    """They may exceed the limit once, by as many as were begun together, and that is made up for."""
    outcomes = at_once(installation, lambda db, number: log_in(db, "ada@example.com", "192.0.2.1")[0])
    judged = outcomes.count("INVALID_CREDENTIALS")
    assert set(outcomes) <= {"INVALID_CREDENTIALS", "RATE_LIMITED"} and judged >= 5, outcomes
    code, wait = log_in(owner, "ada@example.com", "192.0.2.1", PASSWORD)
    # five are allowed, and one each 90 seconds; twice as much is remembered
    assert (code, wait) == ("RATE_LIMITED", pytest.approx(90 * (min(judged, 10) - 4), abs=30))


def test_of_an_account_in_its_pause_one_guess_at_a_time_is_judged(installation, owner):
    for number in range(50):
        log_in(owner, "cleo@example.com", f"198.51.100.{number}")
    assert log_in(owner, "cleo@example.com", "203.0.113.1") == ("RATE_LIMITED", 1)
    query(owner, "UPDATE jerry.rate_bucket SET full_until = full_until - interval '1 second'")
    # one that is being judged, for as long as its transaction takes
    slow = connect(installation)
    query(slow, "BEGIN")
    assert log_in(slow, "cleo@example.com", "203.0.113.2")[0] == "INVALID_CREDENTIALS"
    outcomes = at_once(installation, lambda db, number: log_in(db, "cleo@example.com", f"203.0.113.{number + 10}"))
    assert outcomes == [("RATE_LIMITED", 1)] * AT_ONCE
    query(slow, "COMMIT")
    slow.close()
    assert log_in(owner, "cleo@example.com", "203.0.113.3") == ("RATE_LIMITED", 2)


def test_a_change_counts_in_sessions_that_are_open(installation, owner):
    others = [connect(installation) for _ in range(3)]
    for db in others:
        assert log_in(db, "nobody@example.com", "192.0.2.20")[0] == "INVALID_CREDENTIALS"
    query(owner, "SELECT jerry.set_limit('login_account_network', 1, 3600, 1)")
    for db in others:
        assert log_in(db, "nobody@example.com", "192.0.2.20") == ("RATE_LIMITED", pytest.approx(270, abs=30))
    query(owner, "SELECT jerry.set_limit('login_account_network', 0)")
    for db in others:
        assert log_in(db, "nobody@example.com", "192.0.2.20")[0] == "INVALID_CREDENTIALS"
        db.close()
    query(owner, "SELECT jerry.set_limit('login_account_network', NULL)")


def test_who_has_failed_and_goes_on_waiting_holds_others_up_for_half_a_second(installation, owner):
    holder, other = connect(installation), connect(installation)
    query(holder, "BEGIN")
    assert log_in(holder, "bob@example.com", "192.0.2.30")[0] == "INVALID_CREDENTIALS"
    # who knows the password waits for nothing
    query(other, "SET statement_timeout = '10s'")
    assert log_in(other, "bob@example.com", "192.0.2.30", PASSWORD) == (None, None)
    began = time.monotonic()
    with pytest.raises(psycopg2.errors.LockNotAvailable):
        log_in(other, "bob@example.com", "192.0.2.30")
    assert 0.4 < time.monotonic() - began < 5
    query(holder, "ROLLBACK")
    holder.close()
    other.close()


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_stricter_isolation_is_no_hindrance(installation, owner, level):
    query(owner, f"BEGIN ISOLATION LEVEL {level}")
    assert log_in(owner, "nobody@example.com", "192.0.2.40")[0] == "INVALID_CREDENTIALS"
    other = connect(installation)
    assert log_in(other, "somebody@example.com", "192.0.2.41")[0] == "INVALID_CREDENTIALS"
    other.close()
    assert log_in(owner, "somebody@example.com", "192.0.2.41")[0] == "INVALID_CREDENTIALS"
    query(owner, "COMMIT")


def test_a_million_of_them(installation, owner, capsys):
    """How much room they take, and how long it takes to use one, to look one up and to delete all."""
    query(owner, "DELETE FROM jerry.rate_bucket")
    query(
        owner, "INSERT INTO jerry.rate_bucket SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
        f" clock_timestamp() + interval '1 day' + n * interval '1 second' FROM generate_series(1, {KEYS}) AS n"
    )
    heap, index = query(owner, "SELECT pg_table_size('jerry.rate_bucket'), pg_indexes_size('jerry.rate_bucket')")[0]

    def mean_ms(email, ip):
        took = []
        for number in range(200):
            began = time.monotonic()
            log_in(owner, email.format(number), ip.format(number))
            took.append(time.monotonic() - began)
        return 1000 * sorted(took)[len(took) // 2]

    judged = mean_ms("m{}@example.com", "10.0.1.{}")
    for _ in range(6):
        log_in(owner, "n@example.com", "10.0.2.1")
    refused = mean_ms("n@example.com", "10.0.2.1")
    query(owner, "INSERT INTO jerry.rate_bucket VALUES (gen_random_uuid(), NULL, NULL, '-infinity')")
    began = time.monotonic()
    first = value(owner, "SELECT (jerry.maintain(1000)->'data'->>'rate_buckets')::integer")
    idle = time.monotonic() - began
    assert value(owner, "SELECT count(*) FROM jerry.rate_bucket") <= KEYS and first > 1, "the number is bounded"
    query(owner, "UPDATE jerry.rate_bucket SET full_until = clock_timestamp()")
    began = time.monotonic()
    deleted = 0
    while gone := value(owner, "SELECT (jerry.maintain(1000)->'data'->>'rate_buckets')::integer"):
        deleted += gone
    purge = time.monotonic() - began
    assert deleted == value(owner, f"SELECT {KEYS}")
    with capsys.disabled():
        print(
            f"\n{KEYS} buckets: {heap / 1e6:.0f} MB and {index / 1e6:.0f} MB of index; a login that fails"
            f" (bcrypt cost 4) {judged:.2f} ms, one that is refused {refused:.2f} ms; maintain {idle:.2f} s,"
            f" to delete all {purge:.1f} s"
        )
    assert refused < judged and purge < 60


def test_after_a_crash_the_limits_begin_anew(new_server):
    server = new_server("jerry.bcrypt_cost=4", "jerry.rate_limits=on")
    db = connect(server.dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    answer(db, "register", "ada@example.com", PASSWORD, PASSWORD)
    query(db, "SELECT jerry.set_limit('login_account_network', 10, 900, 3)")
    for _ in range(3):
        assert log_in(db, "ada@example.com", "192.0.2.1")[0] == "INVALID_CREDENTIALS"
    assert log_in(db, "ada@example.com", "192.0.2.1", PASSWORD)[0] == "RATE_LIMITED"
    query(db, "CHECKPOINT")
    db.close()
    server.crash()
    db = connect(server.dsn)
    assert value(db, "SELECT count(*) FROM jerry.rate_bucket") == 0
    assert log_in(db, "ada@example.com", "192.0.2.1", PASSWORD) == (None, None)
    for _ in range(3):
        assert log_in(db, "ada@example.com", "192.0.2.1")[0] == "INVALID_CREDENTIALS"
    assert log_in(db, "ada@example.com", "192.0.2.1")[0] == "RATE_LIMITED", "what was set is still set"
    db.close()


def test_on_a_standby_nothing_is_limited(new_server, run_folder):
    primary = new_server("jerry.bcrypt_cost=4", "jerry.rate_limits=on")
    db = connect(primary.dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    answer(db, "register", "ada@example.com", PASSWORD, PASSWORD)
    token = answer(db, "login", "ada@example.com", PASSWORD)["access_token"]
    query(db, "SELECT jerry.set_limit('login_network', 7)")
    standby = Server(build_standby(primary, run_folder / "standby-limits"), "jerry.rate_limits=on")
    try:
        there = connect(standby.dsn)
        assert answer(there, "validate_token", token)
        for _ in range(200):
            assert not value(there, "SELECT jerry.validate_token('x')->>'success'") == "true"
        assert (7,) in query(there, "SELECT quantity FROM jerry.list_limits()")
        for call in "jerry.unlock('ada@example.com')", "jerry.set_limit('login_network', 8)":
            with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
                query(there, f"SELECT {call}")
        there.close()
    finally:
        standby.remove()
        db.close()

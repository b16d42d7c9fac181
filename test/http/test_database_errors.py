"""What the database can say instead of an answer, and what clients are told: 500, 503 or 504, and no more.

These tests break and mend a cluster of their own.
"""

import contextlib
import time
import urllib.parse

import psycopg2.extensions
import pytest

import database
from client import Api
from database import connections
from machine import patience
from processes import Sidecar, frozen
from users import new_user, new_user_data
from waiting import eventually

ROLE = "jerry_sidecar"

# What a busy machine may add to a deadline.
SLACK = 2


@pytest.fixture
def user(private_api):
    return new_user(private_api)


@pytest.fixture
def tokens(private_api, user):
    return private_api.login(user).data


def drop_connections(db):
    """End them; the sidecar has to connect again."""
    for pid in connections(db):
        database.query(db, "SELECT pg_terminate_backend(%s)", pid)


def replace_connections(db):
    """End them and wait until there are as many new ones."""
    before = connections(db)
    drop_connections(db)
    eventually(lambda: len(connections(db) - before) >= len(before), "the sidecar did not connect again")


@contextlib.contextmanager
def changed(db, change, undo):
    database.query(db, change)
    try:
        yield
    finally:
        database.query(db, undo)


@contextlib.contextmanager
def locked(dsn, tables):
    """Nobody else reads these tables."""
    connection = database.connect(dsn)
    try:
        database.query(connection, "BEGIN")
        database.query(connection, f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def timed(send):
    start = time.monotonic()
    return send(), time.monotonic() - start


def test_a_server_that_says_nothing_is_a_504_at_the_deadline_of_the_lane(
    private_sidecar, private_api, private_db, user, tokens
):
    with frozen(connections(private_db)):
        for deadline, send in (
            (1, lambda: private_api.validate_token(tokens["access_token"])),
            (2, lambda: private_api.verify_email("x")),
            (5, lambda: private_api.login(user)),
        ):
            answer, seconds = timed(send)
            assert answer.status == 504
            assert answer.code == "GATEWAY_TIMEOUT"
            assert deadline / 2 < seconds < deadline + patience(SLACK)
            assert private_api.get("/livez").status == 200
    private_sidecar.wait_until_ready()
    assert private_api.validate_token(tokens["access_token"]).status == 200
    assert private_api.login(user).status == 200


SLOW = """
SET jerry.allow_changes = on;
CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(10); RETURN NEW; END$$;
CREATE TRIGGER slow BEFORE UPDATE ON jerry."user" FOR EACH ROW EXECUTE FUNCTION public.slow()
"""


def test_a_statement_that_takes_too_long_is_a_504_and_has_changed_nothing(private_api, private_db, user, tokens):
    token = database.verification_token(private_db, tokens["user_id"])
    with changed(private_db, SLOW, "DROP FUNCTION public.slow() CASCADE"):
        answer, seconds = timed(lambda: private_api.verify_email(token))
        assert answer.code == "GATEWAY_TIMEOUT"
        assert 1 < seconds < 2 + patience(SLACK)
    assert database.events(private_db, "user.email_verified", tokens["user_id"]) == []
    assert private_api.verify_email(token).status == 200


def test_one_lane_that_waits_does_not_stop_the_others(private_cluster, private_api, private_db, tokens):
    token = "A" * len(database.verification_token(private_db, tokens["user_id"]))
    assert private_api.verify_email(token).code == "INVALID_TOKEN"
    with locked(private_cluster.dsn, "jerry.one_time_token"):
        answer, seconds = timed(lambda: private_api.verify_email(token))
        assert answer.code in ("SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT")
        assert seconds < 2 + patience(SLACK)
        assert private_api.validate_token(tokens["access_token"]).status == 200
        assert private_api.send("GET", "/health").status_code == 200
    assert private_api.verify_email(token).code == "INVALID_TOKEN"


def test_validation_does_not_wait_for_a_lock_longer_than_its_deadline(private_cluster, private_api, tokens):
    with locked(private_cluster.dsn, 'jerry."user", jerry.session'):
        answer, seconds = timed(lambda: private_api.validate_token(tokens["access_token"]))
        assert answer.code in ("SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT")
        assert seconds < 1 + patience(SLACK)
    assert private_api.validate_token(tokens["access_token"]).status == 200


def test_an_error_of_the_database_is_a_500_that_tells_nothing(private_sidecar, private_api, private_db, tokens):
    function = "FUNCTION jerry.refresh(text, jerry.client)"
    with changed(
        private_db, f"REVOKE EXECUTE ON {function} FROM jerry_api", f"GRANT EXECUTE ON {function} TO jerry_api"
    ):
        answer = private_api.refresh(tokens["refresh_token"])
        assert answer.status == 500
        assert answer.code == "INTERNAL_ERROR"
        assert answer.details == {}
        assert "denied" not in answer.response.text
    request_id = answer.headers["X-Request-ID"]
    assert private_sidecar.logged_request(request_id)["level"] == "ERROR"
    [cause] = [
        line["message"]
        for line in private_sidecar.log_lines()
        if line["level"] == "ERROR" and request_id in line.get("message", "")
    ]
    assert "42501" in cause, "the log has the SQLSTATE"
    assert private_api.refresh(tokens["refresh_token"]).status == 200


def test_connections_that_were_lost_are_made_again(private_sidecar, private_api, private_db, user, tokens):
    for _ in range(3):
        drop_connections(private_db)
        for send in (
            lambda: private_api.validate_token(tokens["access_token"]),
            lambda: private_api.login(user),
            lambda: private_api.verify_email("x"),
        ):
            assert send().code in (None, "INVALID_TOKEN", "SERVICE_UNAVAILABLE")
        private_sidecar.wait_until_ready()
        assert private_api.validate_token(tokens["access_token"]).status == 200
        assert private_api.login(user).status == 200


def test_a_read_only_database_is_a_503_for_what_writes(private_sidecar, private_api, private_db, user, tokens):
    with changed(
        private_db,
        f"ALTER ROLE {ROLE} SET default_transaction_read_only = on",
        f"ALTER ROLE {ROLE} RESET default_transaction_read_only",
    ):
        replace_connections(private_db)
        access = tokens["access_token"]
        sid = private_api.sessions(access).data["sessions"][0]["id"]
        for answer in (
            private_api.login(user),
            private_api.register(new_user_data()),
            private_api.logout(access),
            private_api.end_session(access, sid),
            private_api.change_password(access, user["password"], "AnotherPassword456!"),
            private_api.request_password_reset(user["email"]),
        ):
            assert answer.status == 503
            assert answer.code == "SERVICE_UNAVAILABLE"
        assert private_api.validate_token(tokens["access_token"]).status == 200
        assert private_api.refresh(tokens["refresh_token"]).status == 200
    replace_connections(private_db)
    private_sidecar.wait_until_ready()
    assert private_api.login(user).status == 200


@pytest.fixture
def other_database(private_cluster, private_db):
    """A database of the private cluster with nothing in it: a connection of the owner and the sidecar's URL."""
    database.query(private_db, "CREATE DATABASE other TEMPLATE template0")
    owner = database.connect(psycopg2.extensions.make_dsn(private_cluster.dsn, dbname="other"))
    url = urllib.parse.urlsplit(private_cluster.database_url)
    yield owner, url._replace(path="/other").geturl()
    owner.close()
    database.query(private_db, "DROP DATABASE other WITH (FORCE)")


def refuses_to_serve(sidecar, words):
    """The sidecar lives, is not ready, and its log says why."""
    sidecar.wait_until("/livez", 200)
    eventually(
        lambda: any(all(word in line.get("message", "") for word in words) for line in sidecar.log_lines()),
        sidecar.last_words
    )
    api = Api(sidecar.url)
    assert api.get("/readyz").code == "SERVICE_UNAVAILABLE"
    assert api.validate_token("a.b.c").code == "SERVICE_UNAVAILABLE"


@pytest.fixture
def pretend(other_database):
    """Gives the other database a Jerry that calls itself another version; returns the true one."""

    def make(version):
        owner = other_database[0]
        database.query(owner, "CREATE EXTENSION IF NOT EXISTS jerry CASCADE")
        own = database.value(owner, "SELECT jerry.version()")
        database.query(
            owner,
            "CREATE OR REPLACE FUNCTION jerry.version() RETURNS text LANGUAGE sql STABLE "
            f"AS $$SELECT '{version(*own.split('.'))}'$$",
        )
        return own

    return make


@pytest.fixture
def sidecar_there(other_database, tmp_path):
    """Starts a sidecar in the other database, which ends before that is dropped."""
    started = []

    def start():
        started.append(Sidecar(tmp_path, DATABASE_URL=other_database[1]))
        return started[-1]

    yield start
    for sidecar in started:
        sidecar.stop()


def test_a_database_without_jerry_is_not_served_until_it_has_it(other_database, sidecar_there):
    sidecar = sidecar_there()
    refuses_to_serve(sidecar, ["jerry"])
    database.query(other_database[0], "CREATE EXTENSION jerry CASCADE")
    sidecar.wait_until_ready()
    assert Api(sidecar.url).register(new_user_data()).status == 201


@pytest.mark.parametrize(
    "version",
    [
        lambda major, minor, patch: f"{int(major) + 1}.{minor}.{patch}", lambda major, minor,
        patch: f"{major}.{int(minor) + 1}.0"
    ],
    ids=["major", "minor"],
)
def test_a_database_with_another_version_of_jerry_is_not_served(pretend, sidecar_there, version):
    own = pretend(version)
    refuses_to_serve(sidecar_there(), [version(*own.split(".")), own])


def test_another_patch_release_of_jerry_is_served(pretend, sidecar_there):
    pretend(lambda major, minor, patch: f"{major}.{minor}.{int(patch) + 7}")
    sidecar_there().wait_until_ready()


@pytest.mark.parametrize(
    "answer",
    [
        '{"success": true, "data": {}}',  # written by another hand
        '{"success":false,"error":{"code":""}}',
        '{"success":false,"error":{"code":"NEVER_HEARD_OF"}}',
        '{"error":{"code":"INVALID_TOKEN"},"success":false}',
        "{}",
    ],
)
def test_what_is_not_certainly_positive_is_not_200(private_db, private_api, answer):
    definition = database.value(
        private_db, "SELECT pg_get_functiondef('jerry.verify_email(text,jerry.client)'::regprocedure)"
    )
    other = definition[
        : definition.index("RETURNS")
    ] + "RETURNS json LANGUAGE sql AS $f$ SELECT '" + answer + "'::json $f$"
    try:
        database.query(private_db, other)
        refused = private_api.verify_email("x")
        assert (refused.status, refused.code) == (500, "INTERNAL_ERROR")
    finally:
        database.query(private_db, definition)
    assert private_api.verify_email("x").code == "INVALID_TOKEN"

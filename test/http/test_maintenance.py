"""MAINTENANCE_INTERVAL: the sidecar calls jerry.maintain(), and nobody notices but the tables."""

import contextlib
import datetime
import time
import urllib.parse

import psycopg2.extensions
import pytest

import database
from client import Api
from processes import Sidecar
from users import new_user
from waiting import eventually

CALLED = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND query LIKE '%%jerry.maintain(%%'"


@pytest.fixture
def maintained(private_cluster, tmp_path):
    """Starts a sidecar that does maintenance; its connections have a name of their own."""
    started = []

    def start(seconds, database_url=private_cluster.database_url, ready=True, **names):
        sidecar = Sidecar(
            tmp_path,
            DATABASE_URL=f"{database_url}{'&' if '?' in database_url else '?'}application_name=maintained",
            MAINTENANCE_INTERVAL=str(seconds),
            **names,
        )
        started.append(sidecar)
        if ready:
            sidecar.wait_until_ready()
        return sidecar

    yield start
    for sidecar in started:
        sidecar.stop()


def lines(sidecar, level=None):
    """What the log says about maintenance."""
    return [
        line for line in sidecar.log_lines()
        if line["event"] == "maintenance" and (level is None or line["level"] == level)
    ]


def troubles(sidecar):
    """What it complains about, but for requests before it was ready."""
    return [
        line for line in sidecar.log_lines()
        if line["level"] in ("WARNING", "ERROR") and line["event"] not in ("request", "requests_refused")
    ]


def add_old_sessions(db, email, count):
    """Sessions that ended long ago."""
    database.query(
        db,
        "INSERT INTO jerry.session (id, user_id, refresh_jti, created_at, expires_at)"
        " SELECT gen_random_uuid(), u.id, gen_random_uuid(), now() - interval '2 years', now() - interval '1 year'"
        ' FROM jerry."user" AS u, generate_series(1, %s) WHERE u.email = %s',
        count,
        email,
    )


def old_sessions(db):
    return database.value(db, "SELECT count(*) FROM jerry.session WHERE expires_at < now() - interval '11 months'")


@pytest.fixture
def user(private_api):
    return new_user(private_api)


def test_a_backlog_is_worked_off_without_waiting_for_the_next_time(maintained, private_db, user):
    add_old_sessions(private_db, user["email"], 3500)
    seconds = 5
    sidecar = maintained(seconds)
    eventually(lambda: old_sessions(private_db) == 0)
    eventually(lambda: len(lines(sidecar)) == 4)
    said = lines(sidecar)
    assert [line["message"] for line in said] == ["cleared 1000 sessions"] * 3 + ["cleared 500 sessions"]
    assert {line["level"] for line in said} == {"INFO"}
    begun, ended = (datetime.datetime.strptime(said[i]["time"], "%Y-%m-%dT%H:%M:%S.%fZ") for i in (0, -1))
    assert (ended - begun).total_seconds() < seconds
    assert Api(sidecar.url).login(user).status == 200


def test_it_goes_on_and_says_nothing_when_there_is_nothing_to_do(maintained, private_db, user):
    sidecar = maintained(1)
    eventually(lambda: database.query(private_db, CALLED, "maintained/write"))
    assert lines(sidecar) == []
    add_old_sessions(private_db, user["email"], 3)
    eventually(lambda: [line["message"] for line in lines(sidecar)] == ["cleared 3 sessions"])
    add_old_sessions(private_db, user["email"], 2)
    eventually(lambda: [line["message"] for line in lines(sidecar)] == ["cleared 3 sessions", "cleared 2 sessions"])
    assert troubles(sidecar) == []


def test_0_turns_it_off(maintained, private_db, user):
    add_old_sessions(private_db, user["email"], 1)
    maintained(0)
    time.sleep(2)
    assert old_sessions(private_db) == 1
    assert database.query(private_db, CALLED, "maintained/write") == []
    database.query(private_db, "SELECT jerry.maintain()")


def test_one_worker_is_enough(maintained, private_db):
    maintained(1, KORE_WORKERS="3", DATABASE_POOL_SIZE="3")
    eventually(lambda: database.query(private_db, CALLED, "maintained/write"))
    time.sleep(2)
    assert len(database.query(private_db, CALLED, "maintained/write")) == 1


def test_a_failure_is_a_warning_and_no_concern_of_the_requests(maintained, private_db, user):
    database.query(private_db, "REVOKE EXECUTE ON FUNCTION jerry.maintain(integer) FROM jerry_api")
    try:
        sidecar = maintained(1)
        eventually(lambda: len(lines(sidecar, "WARNING")) >= 2)
        assert {line["message"] for line in lines(sidecar)} == {"jerry.maintain() failed"}
        assert Api(sidecar.url).login(user).status == 200
        assert Api(sidecar.url).verify_email("x").code == "INVALID_TOKEN"
    finally:
        database.query(private_db, "GRANT EXECUTE ON FUNCTION jerry.maintain(integer) TO jerry_api")
    add_old_sessions(private_db, user["email"], 1)
    eventually(lambda: lines(sidecar)[-1]["message"] == "cleared 1 sessions")


@pytest.fixture
def older(private_cluster, private_db):
    """A database with the SQL of Jerry 1.0.0, which has no maintenance: the owner's connection and the sidecar's URL.
    """
    versions = "SELECT version FROM pg_available_extension_versions WHERE name = 'jerry'"
    assert ("1.0.0",) in database.query(private_db, versions)
    database.query(private_db, "CREATE DATABASE older TEMPLATE template0")
    with contextlib.closing(
        database.connect(psycopg2.extensions.make_dsn(private_cluster.dsn, dbname="older"))
    ) as owner:
        database.query(owner, "CREATE EXTENSION jerry VERSION '1.0.0' CASCADE")
        yield owner, urllib.parse.urlsplit(private_cluster.database_url)._replace(path="/older").geturl()
    database.query(private_db, "DROP DATABASE older WITH (FORCE)")


def test_a_database_that_is_not_updated_is_served_and_maintained_once_it_is(older, maintained):
    owner, url = older
    sidecar = maintained(1, url, ready=False)
    eventually(lambda: "ALTER EXTENSION jerry UPDATE adds it" in sidecar.output())
    assert Api(sidecar.url).send("GET", "/readyz").status_code == 503

    database.query(owner, "ALTER EXTENSION jerry UPDATE")
    sidecar.wait_until_ready()
    user = new_user(Api(sidecar.url))
    assert Api(sidecar.url).login(user).status == 200
    add_old_sessions(owner, user["email"], 1)
    eventually(lambda: lines(sidecar) and lines(sidecar)[-1]["message"] == "cleared 1 sessions")
    sidecar.stop()

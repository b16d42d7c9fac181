"""examples/psql: the scripts together and each on its own."""

import os
import subprocess

import pytest

import database
from conftest import EXAMPLES
from users import PASSWORD, new_email

SCRIPTS = EXAMPLES / "psql"


@pytest.fixture
def psql(dsn):
    """Runs a script as the header of the script says, secrets by the environment: psql("login.sql", email="...",
    PASSWORD="...").
    """

    def run(name, **variables):
        settings = [word for pair in variables.items() if pair[0].islower() for word in ("-v", "=".join(pair))]
        return subprocess.run(
            ["psql", "-X", dsn, *settings, "-f", str(SCRIPTS / name)],
            env={**os.environ, **{name: text for name, text in variables.items() if name.isupper()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
        )

    return run


def words(result):
    return [word for line in result.stdout.splitlines() for word in line.split()]


def test_the_tour_goes_from_registration_to_events(psql, db):
    before = database.value(db, "SELECT coalesce(max(id), 0) FROM jerry.event")
    tour = psql("tour.sql")
    assert tour.returncode == 0, tour.stderr
    told = words(tour)
    for code in "DUPLICATE_EMAIL", "INVALID_TOKEN", "INVALID_CREDENTIALS", "JR002":
        assert code in told, tour.stdout
    assert "Email verified successfully" in tour.stdout
    assert "Corner shop" in tour.stdout
    assert "Second shop" not in tour.stdout
    assert 'Asynchronous notification "jerry_events"' in tour.stdout
    types = [
        row[0] for row in database.query(db, "SELECT event_type FROM jerry.event WHERE id > %s ORDER BY id", before)
    ]
    assert types == ["user.registered", "user.email_verified", "user.logged_in", "user.registered"]
    assert [word for word in told if word in types][-4:] == types[::-1]


def test_the_tour_can_be_taken_again_and_leaves_no_consumer(psql, db):
    for _ in range(2):
        assert psql("tour.sql").returncode == 0
    assert database.query(db, "SELECT FROM jerry.consumer WHERE name = 'psql_example'") == []


def test_each_script_runs_on_its_own(psql, api):
    email = new_email()
    for name in "register.sql", "verify_email.sql", "login.sql", "business_row.sql", "events.sql":
        result = psql(name, email=email, PASSWORD=PASSWORD)
        assert result.returncode == 0, result.stderr
    tokens = api.login({"email": email, "password": PASSWORD}).data
    result = psql("validate_token.sql", ACCESS_TOKEN=tokens["access_token"], REFRESH_TOKEN=tokens["refresh_token"])
    assert result.returncode == 0, result.stderr
    assert email in words(result)


def test_every_script_is_part_of_the_tour():
    included = [line.split()[1] for line in (SCRIPTS / "tour.sql").read_text().splitlines() if line.startswith("\\ir ")]
    assert sorted(included + ["tour.sql"]) == sorted(path.name for path in SCRIPTS.iterdir())


def test_a_script_stops_at_a_refusal(psql):
    refused = psql("login.sql", email=new_email(), PASSWORD=PASSWORD)
    assert refused.returncode == 3
    assert "Email or password incorrect" in refused.stderr

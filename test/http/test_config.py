"""The environment of the sidecar: a value that is missing or malformed stops the start and is named."""

import os
import pathlib

import pytest

from client import Api
from processes import NOWHERE, start_and_fail


@pytest.mark.parametrize(
    "name, malformed",
    [
        ("PORT", "80x"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "8000 "),
        ("PORT", "0x50"),
        ("KORE_WORKERS", "0"),
        ("KORE_WORKERS", "two"),
        ("KORE_WORKERS", "99999999999"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_POOL_SIZE", "-5"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_SIZE", "1e3"),
        ("DATABASE_MAX_OVERFLOW", "5"),
        ("MAINTENANCE_INTERVAL", "-1"),
        ("MAINTENANCE_INTERVAL", "86401"),
        ("MAINTENANCE_INTERVAL", "1min"),
        ("DATABASE_MAX_OVERFLOW", "none"),
        ("HOST", "not an address"),
        ("HOST", "300.1.1.1"),
        ("LOG_LEVEL", "LOUD"),
        ("ENVIRONMENT", "prod"),
        ("DEBUG", "maybe"),
        ("ALLOWED_ORIGINS", "app.example.com"),
        ("ALLOWED_ORIGINS", "https://app.example.com, localhost:3000"),
        ("ALLOWED_ORIGINS", "https://app.example.com/path"),
        ("ALLOWED_ORIGINS", "null"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "10.0.0.1,proxy.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.0/"),
        ("TRUSTED_PROXIES", "::/129"),
        ("SERVICE_NAME", 'auth"service'),
        ("SERVICE_NAME", "auth\nservice"),
        ("SERVICE_VERSION", "1.0\\"),
    ],
)
def test_a_malformed_value_stops_the_start(tmp_path, name, malformed):
    message = start_and_fail(tmp_path, **{name: malformed})
    [line] = [line for line in message.splitlines() if line.startswith(f"jerry: {name}")]
    assert line.startswith(f"jerry: {name}: ")


def test_the_message_shows_value_and_rule(tmp_path):
    message = start_and_fail(tmp_path, PORT="80x")
    assert 'jerry: PORT: "80x" is not a number between 1 and 65535' in message.splitlines()


def test_every_malformed_value_is_named_at_once(tmp_path):
    message = start_and_fail(tmp_path, PORT="80x", LOG_LEVEL="LOUD", DEBUG="maybe")
    for name in "PORT", "LOG_LEVEL", "DEBUG":
        assert f"jerry: {name}: " in message


def test_without_a_database_url_there_is_no_start(tmp_path):
    assert "jerry: DATABASE_URL" in start_and_fail(tmp_path, DATABASE_URL=None)


@pytest.mark.parametrize(
    "malformed",
    [
        "mysql://root:canary-4711@localhost/jerry",
        "postgresql://jerry_sidecar:canary-4711@127.0.0.1:port/jerry",
        "postgresql://jerry_sidecar:canary-4711@127.0.0.1/jerry?no_such_option=1",
        "canary-4711",
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_READ_URL"])
def test_a_malformed_database_url_stops_the_start_without_showing_its_password(tmp_path, name, malformed):
    assert f"jerry: {name}: the value is not a PostgreSQL connection URI or string" in start_and_fail(
        tmp_path, **{name: malformed}
    )


def test_a_pool_without_room_for_a_replica_stops_the_start(tmp_path):
    message = start_and_fail(tmp_path, DATABASE_READ_URL=NOWHERE, DATABASE_POOL_SIZE="3")
    assert 'jerry: DATABASE_POOL_SIZE: "3" is not enough for DATABASE_READ_URL, which needs 4' in message.splitlines()


def test_the_database_url_may_come_from_a_file(tmp_path, start_sidecar, database_url):
    secret = tmp_path / "database_url"
    secret.write_text(database_url + "\n")
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    api = Api(start_sidecar(DATABASE_URL=None, DATABASE_URL_FILE=str(secret)).url)
    assert api.get("/readyz").data == {"status": "ready"}


def test_a_database_url_file_that_cannot_be_read_stops_the_start(tmp_path):
    message = start_and_fail(tmp_path, DATABASE_URL=None, DATABASE_URL_FILE=str(tmp_path / "missing"))
    assert "jerry: DATABASE_URL_FILE: " in message


def test_a_database_url_given_twice_stops_the_start(tmp_path):
    secret = tmp_path / "database_url"
    secret.write_text(NOWHERE)
    secret.chmod(0o644)
    assert "jerry: DATABASE_URL" in start_and_fail(tmp_path, DATABASE_URL_FILE=str(secret))


def test_the_values_of_the_brief_are_taken(start_sidecar, database_url):
    api = Api(
        start_sidecar(
            DATABASE_URL=database_url,
            DATABASE_POOL_SIZE="20",
            DATABASE_MAX_OVERFLOW="0",
            ENVIRONMENT="development",
            DEBUG="True",
            LOG_LEVEL="DEBUG",
            ALLOWED_ORIGINS="http://localhost:3000,http://localhost:8000",
            SERVICE_NAME="auth-service",
            SERVICE_VERSION="1.0.0",
        ).url
    )
    assert api.send("GET", "/health").json()["service"] == "auth-service"


def listeners(port):
    """The process ids that have a socket which listens on this port."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    inodes = {row[9] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    found = set()
    for link in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link).strip("socket:[]") in inodes:
                found.add(int(link.parts[2]))
        except OSError:
            continue
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's sidecar cannot run as root, nor be looked into")
def test_nothing_that_listens_runs_as_root(start_sidecar, database_url):
    sidecar = start_sidecar(DATABASE_URL=database_url)
    processes = listeners(int(sidecar.url.rpartition(":")[2]))
    assert processes
    for process in processes:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
        owners = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        assert "0" not in owners

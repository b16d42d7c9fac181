"""docker-compose.prod.yml: secrets from files, and nothing that is only for development."""

import json
import os

import pytest

from conftest import ROOT
from stack import Stack

KEY = "hVx2mJ0d5rYcq8Wn1uLZk7TfSgB4oPa9eDiXyR3tMvE"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    folder.chmod(0o755)
    (folder / "jwt_secret_key").write_text(KEY + "\n")
    # the password has characters that a URL writes as %XX
    (folder / "database_url").write_text("postgresql://auth_user:p%25w%3Ad%2F4711@db:5432/auth_db\n")
    for file in folder.iterdir():
        file.chmod(0o444)
    return folder


@pytest.fixture(scope="module")
def production(secrets, tmp_path_factory):
    env_file = tmp_path_factory.mktemp("settings") / "env"
    with open(os.environ["JERRY_STACK_ENV"], encoding="utf-8") as settings:
        lines = [line for line in settings if not line.startswith(("PORT=", "POSTGRES_PASSWORD="))]
    lines += [
        f"PORT={os.environ['JERRY_PRODUCTION_PORT']}\n", f"SECRETS_DIR={secrets}\n", "ENVIRONMENT=development\n",
        "DEBUG=True\n"
    ]
    env_file.write_text("".join(lines))
    stack = Stack(
        os.environ["JERRY_STACK"] + "-prod", env_file, ROOT / "docker-compose.yml", ROOT / "docker-compose.prod.yml"
    )
    yield stack
    stack.compose("down", "-v", "--rmi", "local", "--remove-orphans")


@pytest.mark.parametrize("key", ["your-super-secret-jwt-key-change-this-in-production", "short-key"])
def test_a_weak_key_is_refused(production, secrets, key):
    file = secrets / "jwt_secret_key"
    file.chmod(0o644)
    file.write_text(key)
    try:
        started = production.compose("run", "--rm", "-T", "db", check=False)
    finally:
        file.write_text(KEY + "\n")
    assert started.returncode != 0
    assert "jerry: JWT_SECRET_KEY" in started.stdout + started.stderr
    assert key not in started.stdout + started.stderr


def test_it_serves_with_secrets_from_files(production, user):
    production.up()
    assert production.post("register", user).status_code == 201
    assert production.post("login", user).status_code == 200
    assert production.sql("SELECT count(*) FROM jerry.signing_key WHERE imported") == "1"


def test_the_port_of_the_database_is_not_published(production):
    assert production.published("db") == {}
    assert [address for address, _ in production.published("api")["8000/tcp"]] == ["127.0.0.1"]


def test_notifications_tell_no_secrets(production):
    assert production.sql("LOAD 'jerry'; SHOW jerry.notify_payload") == "redacted"


def test_the_superuser_has_no_password(production):
    assert production.sql("SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL") == "1"
    assert production.sql("SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL") == "auth_user"


def test_no_secret_is_in_a_containers_settings(production):
    for service in "db", "api":
        settings = json.dumps(production.inspect(service))
        assert KEY not in settings
        assert "4711" not in settings


def test_both_halves_run_for_production_with_limits(production):
    for service in "db", "api":
        found = production.inspect(service)
        assert "ENVIRONMENT=production" in found["Config"]["Env"]
        assert found["HostConfig"]["Memory"] > 0
        assert found["HostConfig"]["NanoCpus"] > 0
        assert found["HostConfig"]["PidsLimit"] > 0
        assert found["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
        assert found["HostConfig"]["ReadonlyRootfs"]
        assert found["HostConfig"]["LogConfig"]["Config"]["max-size"]
    level = [json.loads(line)["level"] for line in production.log("api")[0].splitlines()]
    assert "DEBUG" not in level

"""Passwords, tokens and hashes never reach a log, however much the server and the sidecar are told to log."""

import json
import pathlib
import re

import pytest

import database
from client import Api
from users import new_email, new_user_data


class Canaries:
    """Secrets that were used, to be looked for afterwards."""

    def __init__(self):
        self.planted = []

    def password(self, name):
        text = f"Canary1!{name}-{new_email()[5:21]}"
        self.planted.append(text)
        return text

    def keep(self, text):
        self.planted.append(text)
        return text

    def found_in(self, log):
        return [text for text in self.planted if text in log]


def use_every_route(api, db, canaries):
    """Hand secrets to every route, rightly and wrongly; returns the hash of the password."""
    password = canaries.password("right")
    user = new_user_data(password=password, password_confirmation=password)
    user_id = api.register(user).data["user_id"]
    api.register(user)
    api.register({**user, "password_confirmation": canaries.password("mismatch")})
    weak = canaries.keep("weak-" + new_email()[5:21])
    api.register(new_user_data(password=weak, password_confirmation=weak))
    api.register(new_user_data(email=canaries.password("address")))
    api.login({**user, "password": canaries.password("wrong")})
    api.login({"email": new_email(), "password": canaries.password("unknown")})
    api.login({"email": canaries.password("no-address"), "password": password})
    tokens = api.login(user).data
    for name in "access_token", "refresh_token":
        canaries.keep(tokens[name])
        canaries.keep(tokens[name].rpartition(".")[2])
    verification = canaries.keep(database.verification_token(db, user_id))
    api.verify_email(canaries.password("verification"))
    api.verify_email(verification)
    api.verify_email(verification)
    api.validate_token(tokens["access_token"])
    api.validate_token(canaries.password("access"))
    canaries.keep(api.refresh(tokens["refresh_token"]).data["access_token"])
    api.refresh(canaries.password("refresh"))
    api.me(tokens["access_token"])
    api.me(canaries.password("bearer"))
    api.get("/livez?password=" + canaries.password("query"))
    api.get("/nowhere?access_token=" + tokens["access_token"])
    api.post_bytes("login", '{"password":"%s"' % canaries.password("malformed"))
    api.post_bytes("login", json.dumps({"email": "x", "password": [canaries.password("list")]}))
    api.post_bytes("login", '{"password":"%s\\u0000"}' % canaries.password("nul"))
    api.post_bytes("login", b'{"password":"\xff%s"}' % canaries.password("utf-8").encode())
    api.post_bytes("login", "x" * 20000 + canaries.password("large"))
    api.post_bytes("login", "password=" + canaries.password("form"), "application/x-www-form-urlencoded")
    return canaries.keep(database.value(db, "SELECT password_hash FROM jerry.user WHERE id = %s", user_id))


@pytest.fixture(scope="module")
def used(private_cluster, private_sidecar):
    canaries = Canaries()
    owner = database.connect(private_cluster.dsn)
    api = Api(private_sidecar.url)
    use_every_route(api, owner, canaries)
    last = api.get("/livez").headers["X-Request-ID"]
    private_sidecar.logged_request(last)
    owner.close()
    return canaries


def test_no_secret_is_in_the_log_of_the_server(used, private_cluster, private_db):
    log = private_cluster.log()
    database.query(private_db, "SELECT 'a statement of the owner'")
    assert "a statement of the owner" in private_cluster.log(), "the server does log statements"
    assert "Query Text: SELECT 'a statement of the owner'" in private_cluster.log(), "and their plans"
    assert len(used.planted) > 20
    assert used.found_in(log) == []


def test_the_server_logs_no_statement_of_the_sidecar_whatever_it_logs_of_others(used, private_cluster, private_db):
    role = private_cluster.database_url.split("://")[1].partition(":")[0]
    assert database.value(private_db, "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", role) > 0
    lines = [line for line in private_cluster.log().splitlines() if f" {role}@" in line]
    logged = [line for line in lines if re.search(r"LOG: .*(?:statement|execute|parse|bind|duration)", line)]
    assert logged == []


def test_no_secret_is_in_the_log_of_the_sidecar(used, private_sidecar):
    log = private_sidecar.output() + private_sidecar.errors()
    assert "/api/v1/auth/login" in log, "the sidecar does log requests"
    assert used.found_in(log) == []


def test_the_password_of_the_database_is_in_no_log(used, private_cluster, private_sidecar):
    password = private_cluster.database_url.split("://")[1].split("@")[0].partition(":")[2]
    assert len(password) > 8
    log = private_cluster.log() + private_sidecar.output() + private_sidecar.errors()
    assert password not in log


def test_no_secret_is_shown_to_other_users_of_the_machine(used, private_sidecar, private_cluster):
    """Command lines can be read by everybody."""
    password = private_cluster.database_url.split("://")[1].split("@")[0].partition(":")[2]
    for command in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert password.encode() not in command.read_bytes()
        except OSError:
            continue


def test_no_secret_is_in_the_activity_of_the_server(used, private_db):
    queries = "\n".join(row[0] or "" for row in database.query(private_db, "SELECT query FROM pg_stat_activity"))
    assert "jerry." in queries
    assert used.found_in(queries) == []


def test_secrets_are_nowhere_in_the_tables(used, private_db):
    """Passwords and sessions' tokens are stored by nobody; the verification token only in the outbox, for its mail."""
    stored = "\n".join(
        database.value(private_db, f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM jerry.{table} AS t")
        for table in ('"user"', "session", "one_time_token", "event")
    )
    found = used.found_in(stored)
    hashes = [text for text in found if text.startswith("$2")]
    tokens = [text for text in found if text not in hashes]
    assert len(hashes) == 1
    assert [text for text in tokens if text.startswith(("Canary", "weak", "eyJ"))] == []
    assert len(tokens) == 1, "the verification token in its event"

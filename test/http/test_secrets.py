"""Passwords, tokens and hashes never reach a log, however much the server and the sidecar are told to log."""

import json
import os
import pathlib
import re

import psycopg2
import psycopg2.extensions
import pytest

import database
from canaries import Canaries
from client import Api
from loud import has_pgaudit, loud_settings
from processes import Cluster, ready_sidecar
from users import new_email, new_user_data

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
    canaries.keep(database.verification_token(db, user_id))
    api.resend_verification(user["email"])
    api.resend_verification(canaries.password("resend"))
    [event] = database.events(db, "user.verification_requested", user_id)
    verification = canaries.keep(event["data"]["email_verification_token"])
    api.verify_email(canaries.password("verification"))
    api.verify_email(verification)
    api.verify_email(verification)
    tokens = api.login(user).data
    for name in "access_token", "refresh_token":
        canaries.keep(tokens[name])
        canaries.keep(tokens[name].rpartition(".")[2])
    api.validate_token(tokens["access_token"])
    api.validate_token(canaries.password("access"))
    api.change_password(tokens["access_token"], canaries.password("current"), canaries.password("not-new"))
    api.change_password(tokens["access_token"], canaries.password("old"), canaries.password("new"), "another")
    api.change_password(tokens["access_token"], password, password)
    database.query(db, "SELECT jerry.configure('jerry.code_login', 'on')")
    flow = api.request_login_code(user["email"]).data["flow"]
    canaries.keep(database.login_code(db, user_id)[1])
    api.confirm_login_code(flow=flow, code=canaries.password("code"))
    api.confirm_login_code(token=canaries.password("link"))
    api.request_email_change(tokens["access_token"], new_email(), canaries.password("not-current"))
    api.delete_me(tokens["access_token"], canaries.password("not-for-deletion"))
    api.request_email_change(tokens["access_token"], new_email(), password)
    confirmation, cancellation = map(canaries.keep, database.email_change_tokens(db, user_id))
    api.confirm_email_change(confirmation)
    api.cancel_email_change(canaries.password("cancellation"))
    api.cancel_email_change(cancellation)
    api.undo_email_change(canaries.password("undo"))
    api.request_password_reset(user["email"])
    api.request_password_reset(canaries.password("reset"))
    reset = canaries.keep(database.password_reset_token(db, user_id))
    api.reset_password(canaries.password("reset-token"), canaries.password("reset-new"))
    api.reset_password(reset, canaries.password("reset-other"), "another")
    canaries.keep(api.refresh(tokens["refresh_token"]).data["access_token"])
    api.refresh(canaries.password("refresh"))
    api.me(tokens["access_token"])
    api.me(canaries.password("bearer"))
    said = {"name": canaries.password("profile"), "metadata": {"a": canaries.password("profile")}}
    api.update_profile(tokens["access_token"], phone="+4930901820", **said)
    api.update_profile(tokens["access_token"], locale=canaries.password("locale"))
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
def watched(tmp_path_factory):
    """A cluster that logs all that it can be made to log, with pgaudit where that is installed."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), *loud_settings())
    try:
        if has_pgaudit():
            owner = database.connect(cluster.dsn)
            database.query(owner, "CREATE ROLE auditor; GRANT ALL ON ALL TABLES IN SCHEMA jerry TO auditor")
            owner.close()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def sidecar(watched, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sidecar")
    url = watched.database_url
    with ready_sidecar(folder, DATABASE_URL=url, LOG_LEVEL="DEBUG", MAINTENANCE_INTERVAL="0") as started:
        yield started


@pytest.fixture
def owner(watched):
    connection = database.connect(watched.dsn)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def used(watched, sidecar):
    canaries = Canaries()
    owner = database.connect(watched.dsn)
    api = Api(sidecar.url)
    use_every_route(api, owner, canaries)
    last = api.get("/livez").headers["X-Request-ID"]
    sidecar.logged_request(last)
    owner.close()
    return canaries


def test_no_secret_is_in_the_log_of_the_server(used, watched, owner):
    log = watched.log()
    assert len(used.planted) > 20
    assert used.found_in(log) == []


def test_the_log_shows_what_is_not_kept_out_of_it(used, watched, owner):
    """Or the absence of the others' secrets would prove nothing."""
    words = Canaries()
    statement, bound, hexadecimal, encoded = (words.password(name) for name in ("literal", "bound", "hex", "base64"))
    database.query(
        owner, f"SELECT '{statement}', length('a long text before it {statement}' || relname) FROM pg_class LIMIT 1"
    )
    database.query(owner, f"SELECT '\\x{hexadecimal.encode().hex()}'::bytea, encode('ab{encoded}', 'base64')")
    database.query(owner, "PREPARE p (text) AS SELECT length($1 || relname) FROM pg_class LIMIT 1")
    database.query(owner, f"EXECUTE p ('{bound}')")
    log = watched.log()
    assert words.found_in(log) == [statement, bound, hexadecimal, encoded]
    assert f"Query Text: SELECT '{statement}'" in log, "plans"
    constants = "\n".join(line for line in log.splitlines() if not statement[:12] in line)
    assert words.found_in(constants)[:1] == [statement], "as the bytes of a constant"


def test_pgaudit_writes_what_others_do_and_nothing_of_the_sidecar(used, watched, owner):
    if not has_pgaudit():
        pytest.skip("pgaudit is not installed (postgresql-VERSION-pgaudit)")
    database.query(owner, "SELECT 'an audited statement'")
    audits = [line for line in watched.log().splitlines() if "AUDIT: " in line]
    role = watched.database_url.split("://")[1].partition(":")[0]
    assert any("an audited statement" in line for line in audits)
    assert any("AUDIT: OBJECT" in line for line in audits), "the auditor's objects too"
    assert [line for line in audits if f" {role}@" in line] == []


def test_the_server_logs_no_statement_of_the_sidecar_whatever_it_logs_of_others(used, watched, owner):
    role = watched.database_url.split("://")[1].partition(":")[0]
    assert database.value(owner, "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", role) > 0
    lines = [line for line in watched.log().splitlines() if f" {role}@" in line]
    logged = [line for line in lines if re.search(r"LOG: .*(?:statement|execute|parse|bind|duration)", line)]
    assert logged == []


@pytest.fixture
def pasting_client(db, dsn):
    """A client of the API with no settings of its own, which pastes values into its statements as psql does."""
    name = "jerry_test_" + new_email()[5:21].replace("-", "_")
    database.query(db, f"CREATE ROLE {name} LOGIN PASSWORD 'pasting'; GRANT jerry_api, jerry_admin TO {name}")
    client = database.connect(psycopg2.extensions.make_dsn(dsn, user=name, password="pasting"))
    yield client
    client.close()
    database.query(db, f"DROP ROLE {name}")


def test_a_password_that_is_refused_is_not_logged_with_its_statement(pasting_client, db, dsn, registered_user):
    """On a server with PostgreSQL's default settings, which logs the statement of every error."""
    log = pathlib.Path(os.environ["JERRY_RUN"], "postgres.log")
    canaries = Canaries()
    email = registered_user["email"]

    def fails(code, statement, before=None):
        database.query(pasting_client, before) if before else None
        with pytest.raises(psycopg2.Error) as error:
            database.query(pasting_client, statement)
        assert error.value.pgcode == code, error.value
        database.query(pasting_client, "ROLLBACK")

    fails("JR007", f"SELECT jerry.unwrap(jerry.login('{email}', '{canaries.password('mistyped')}'))")
    taken = canaries.password("taken")
    fails("JR002", f"SELECT jerry.unwrap(jerry.register('{email}', '{taken}', '{taken}'))")
    fails("JR005", f"SELECT jerry.unwrap(jerry.login('{canaries.password('no-address')}', 'x'))")
    fails("JR008", f"SELECT jerry.unwrap(jerry.refresh('{canaries.password('refresh')}'))")
    fails("JR008", f"SELECT jerry.unwrap(jerry.authenticate('{canaries.password('access')}'))")
    fails("22023", f"SELECT jerry.unwrap('{{\"password\": \"{canaries.password('answer')}\"}}')")
    fails("JR004", f"SELECT jerry.hash_password('{canaries.password('long') * 3}')")
    fails("22023", f"SELECT jerry.import_key('{canaries.password('short')[:31]}')")
    canaries.planted[-1] = canaries.planted[-1][:31]
    new = canaries.password("read-only")
    fails("25006", f"SELECT jerry.register('{new_email()}', '{new}', '{new}')", "BEGIN READ ONLY")
    fails("25006", f"SELECT jerry.login('{email}', '{registered_user['password']}')", "BEGIN READ ONLY")
    canaries.keep(registered_user["password"] + "')")
    blocker = psycopg2.connect(dsn)
    database.query(blocker, 'LOCK TABLE jerry."user"')
    fails(
        "55P03", f"SELECT jerry.login('{email}', '{canaries.password('lock')}')",
        "BEGIN; SET LOCAL lock_timeout = '10ms'"
    )
    blocker.close()
    database.query(db, "SET statement_timeout = '20ms'; SET jerry.bcrypt_cost = 15")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        database.query(db, f"SELECT jerry.hash_password('{canaries.password('slow')}')")
    database.query(db, "RESET ALL")
    written = log.read_text(errors="replace")
    assert "ERROR:  Email or password incorrect" in written
    assert "ERROR:  secret must have" in written
    assert "ERROR:  canceling statement due to lock timeout" in written
    assert len(canaries.planted) >= 11
    assert canaries.found_in(written) == []


def test_what_jerry_stores_is_not_audited_with_its_values_whoever_calls(watched, owner):
    """Hashes, keys and tokens are values of Jerry's own statements, and of those of no caller."""
    before = len(watched.log())
    user = new_user_data()
    user_id = database.value(
        owner, "SELECT jerry.register(%s, %s, %s)->'data'->>'user_id'", user["email"], user["password"],
        user["password"]
    )
    database.query(owner, "UPDATE jerry.signing_key SET status = 'retired'")
    refresh = database.value(
        owner, "SELECT jerry.login(%s, %s)->'data'->>'refresh_token'", user["email"], user["password"]
    )
    written = watched.log()[before:]
    assert "jerry.login" in written, "the calls themselves are logged"
    stored = Canaries()
    stored.keep(database.value(owner, "SELECT password_hash FROM jerry.user WHERE id = %s", user_id))
    stored.keep(database.verification_token(owner, user_id))
    stored.keep(database.value(owner, "SELECT encode(secret, 'hex') FROM jerry.signing_key WHERE status = 'active'"))
    stored.keep(refresh)
    assert stored.found_in(written) == []


def test_no_secret_is_in_the_log_of_the_sidecar(used, sidecar):
    log = sidecar.output() + sidecar.errors()
    assert "/api/v1/auth/login" in log, "the sidecar does log requests"
    assert used.found_in(log) == []


def test_the_password_of_the_database_is_in_no_log(used, watched, sidecar):
    password = watched.database_url.split("://")[1].split("@")[0].partition(":")[2]
    assert len(password) > 8
    log = watched.log() + sidecar.output() + sidecar.errors()
    assert password not in log


def test_no_secret_is_shown_to_other_users_of_the_machine(used, sidecar, watched):
    """Command lines can be read by everybody."""
    password = watched.database_url.split("://")[1].split("@")[0].partition(":")[2]
    for command in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert password.encode() not in command.read_bytes()
        except OSError:
            continue


def test_no_secret_is_in_the_statistics_of_statements(used, owner):
    database.query(owner, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    queries = "\n".join(row[0] for row in database.query(owner, "SELECT query FROM pg_stat_statements"))
    assert "jerry.login($1" in queries
    assert used.found_in(queries) == []


def test_no_secret_is_in_the_activity_of_the_server(used, owner):
    queries = "\n".join(row[0] or "" for row in database.query(owner, "SELECT query FROM pg_stat_activity"))
    assert "jerry." in queries
    assert used.found_in(queries) == []


def test_secrets_are_nowhere_in_the_tables(used, owner):
    """Passwords and sessions' tokens are stored by nobody; the one-time tokens only in the outbox, for their mails.
    """
    stored = "\n".join(
        database.value(owner, f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM jerry.{table} AS t")
        for table in ('"user"', "session", "one_time_token", "event")
    )
    found = used.found_in(stored)
    hashes = [text for text in found if text.startswith("$2")]
    said = [text for text in found if text.startswith("Canary1!profile")]
    tokens = [text for text in found if text not in hashes + said]
    assert len(said) == 2, "what a user says of himself is in his row"
    assert len(hashes) == 1
    assert [text for text in tokens if text.startswith(("Canary", "weak", "eyJ"))] == []
    assert len(tokens) == 6, "the one-time tokens in their events"

"""Session defaults of the role, the database or the server that would break a promise do not reach the sidecar.

What would break it for callers by SQL, jerry.doctor() tells: test/pgtap/doctor_roles.sql.
"""

import contextlib
import os
import re
import signal
import time

import psycopg2.extensions
import pytest

import database
from client import Api
from processes import Cluster, ready_sidecar
from test_database_errors import connections, replace_connections
from users import new_user_data

# Text settings, and those of which not the far end is the bad one. The others come from pg_settings.
BAD = {
    "DateStyle": "'SQL, DMY'",
    "IntervalStyle": "sql_standard",
    "TimeZone": "'Asia/Kathmandu'",
    "search_path": "evil, pg_catalog",
    "client_encoding": "LATIN1",
    "default_transaction_isolation": "serializable",
    "session_replication_role": "replica",
    "synchronous_commit": "off",
    "plan_cache_mode": "force_custom_plan",
    "force_parallel_mode": "regress",
    "debug_parallel_query": "regress",
    "timezone_abbreviations": "'India'",
    "default_text_search_config": "simple",
    "extra_float_digits": "-15",
    "work_mem": "64",
    "jit_above_cost": "0",
    "jit_optimize_above_cost": "0",
    "jit_inline_above_cost": "0",
    "min_parallel_table_scan_size": "0",
    "min_parallel_index_scan_size": "0",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "max_stack_depth": "100",
}
TIMEOUTS = {
    "statement_timeout": "1",
    "lock_timeout": "1",
    "idle_in_transaction_session_timeout": "1",
    "idle_session_timeout": "100",
    # the shorter ones end a connection before it can say anything
    "transaction_timeout": "500",
}
# What an operator means, who freezes the database; what is for repairs; what is of one transaction and nobody's
# default.
KEPT = {
    "default_transaction_read_only",
    "zero_damaged_pages",
    "ignore_checksum_failure",
    "allow_system_table_mods",
    "transaction_deferrable",
    "transaction_isolation",
    "transaction_read_only",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(
        tmp_path_factory.mktemp("cluster"), "jerry.bcrypt_cost=4", "autovacuum=off", "max_wal_senders=0",
        "wal_level=minimal"
    )
    yield made
    made.remove()


@pytest.fixture(scope="module")
def sidecar(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sidecar")
    with ready_sidecar(folder, DATABASE_URL=cluster.database_url, MAINTENANCE_INTERVAL="0") as started:
        yield started


@pytest.fixture
def owner(cluster):
    connection = database.connect(cluster.dsn)
    yield connection
    connection.close()


def bad_defaults(owner):
    """Every setting that a role can have for a default, and a value that is not the usual one."""
    known = database.query(
        owner,
        "SELECT name, vartype, boot_val, enumvals FROM pg_settings"
        " WHERE context IN ('user', 'superuser') AND name NOT LIKE 'jerry.%%' ORDER BY name",
    )
    names = {name for name, *_ in known}
    defaults = {name: bad for name, bad in BAD.items() if name in names}
    for name, kind, usual, values in known:
        if name in BAD or name in TIMEOUTS or name in KEPT or name.startswith(("trace_", "wal_debug")):
            continue
        if kind == "bool":
            defaults[name] = "off" if usual == "on" else "on"
        elif kind == "enum":
            defaults[name] = f"'{next(value for value in reversed(values) if value != usual)}'"
    return defaults


@contextlib.contextmanager
def defaults_of(owner, role, defaults):
    database.query(owner, "CREATE SCHEMA IF NOT EXISTS evil")
    try:
        for name, value in defaults.items():
            database.query(owner, f"ALTER ROLE {role} IN DATABASE jerry SET {name} = {value}")
        yield
    finally:
        database.query(owner, f"ALTER ROLE {role} IN DATABASE jerry RESET ALL")
        database.query(owner, "DROP SCHEMA evil")


def normal(text):
    """An answer without what differs from user to user."""
    for pattern, word in (
        (r"eyJ[\w.-]+", "TOKEN"),
        (r'("device_token":)"[\w-]+"', r'\1"TOKEN"'),
        (r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"[\w.+-]+@[\w.-]+", "MAIL"),
    ):
        text = re.sub(pattern, word, text)
    return text


def ask_everything(api, owner):
    """Every endpoint, with what is right and what is not."""
    user = new_user_data()
    registered = api.register(user)
    answers = [registered, api.register(user)]
    answers.append(api.verify_email(database.verification_token(owner, registered.data["user_id"])))
    tokens = api.login(user)
    answers += [tokens, api.login({**user, "password": "Wrong-1234"})]
    access, refresh = tokens.data["access_token"], tokens.data["refresh_token"]
    answers += [api.validate_token(access), api.refresh(refresh), api.me(access), api.me("x")]
    database.query(owner, "UPDATE jerry.session SET revoked_at = now() WHERE user_id = %s", registered.data["user_id"])
    answers += [api.validate_token(access), api.refresh(refresh)]
    return [(answer.status, normal(answer.response.text)) for answer in answers]


def test_every_endpoint_answers_as_always_whatever_the_defaults_are(sidecar, owner):
    api = Api(sidecar.url)
    usual = ask_everything(api, owner)
    defaults = bad_defaults(owner)
    assert len(defaults) > 70
    known = {name for (name,) in database.query(owner, "SELECT name FROM pg_settings")}
    timeouts = {name: value for name, value in TIMEOUTS.items() if name in known}
    with defaults_of(owner, "jerry_sidecar", {**defaults, **timeouts}):
        replace_connections(owner)
        sidecar.wait_until_ready()
        assert ask_everything(api, owner) == usual
        before = connections(owner)
        time.sleep(1)
        assert connections(owner) == before, "idle connections are kept"
    replace_connections(owner)
    sidecar.wait_until_ready()


def test_an_acknowledged_write_is_on_the_disk_whatever_the_default_is(sidecar, owner):
    """Nobody writes the log to the disk meanwhile but who has to."""
    api = Api(sidecar.url)
    with defaults_of(owner, "jerry_sidecar", {"synchronous_commit": "off"}):
        replace_connections(owner)
        sidecar.wait_until_ready()
        writer = database.value(owner, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
        os.kill(writer, signal.SIGSTOP)
        try:
            for _ in range(3):
                before = database.value(owner, "SELECT pg_current_wal_insert_lsn()::text")
                assert api.register(new_user_data()).status == 201
                assert database.value(owner, "SELECT pg_current_wal_flush_lsn() > %s", before)
        finally:
            os.kill(writer, signal.SIGCONT)
    replace_connections(owner)
    sidecar.wait_until_ready()


def test_functions_answer_as_always_in_a_session_with_bad_defaults(cluster, owner):
    """A caller by SQL has what it was given; what Jerry says does not depend on it."""

    def ask():
        client = database.connect(psycopg2.extensions.make_dsn(cluster.dsn, user="jerry_test_app", password="app"))
        try:
            user = new_user_data()
            ask_one = lambda call, *values: database.value(client, f"SELECT jerry.{call}::text", *values)
            answers = [
                ask_one("register(%s, %s, %s)", user["email"], user["password"], user["password"]) for _ in range(2)
            ]
            user_id = database.value(owner, "SELECT id::text FROM jerry.user WHERE email = %s", user["email"])
            answers.append(ask_one("verify_email(%s)", database.verification_token(owner, user_id)))
            login = database.value(
                client, "SELECT jerry.login(%s, %s, '192.0.2.1', 'x')", user["email"], user["password"]
            )
            access, refresh = login["data"]["access_token"], login["data"]["refresh_token"]
            answers += [ask_one(f"{name}(%s)", access) for name in ("validate_token", "me", "authenticate")]
            answers += [
                ask_one("refresh(%s)", refresh), ask_one("login(%s, %s)", user["email"], "Wrong-1234"),
                ask_one("health()")
            ]
            return [normal(answer) for answer in answers]
        finally:
            client.close()

    database.query(owner, "CREATE ROLE jerry_test_app LOGIN PASSWORD 'app'; GRANT jerry_api TO jerry_test_app")
    try:
        usual = ask()
        defaults = bad_defaults(owner)
        # psycopg2 reads what it is sent by these
        for name in "client_encoding", "standard_conforming_strings", "exit_on_error":
            defaults.pop(name)
        with defaults_of(owner, "jerry_test_app", defaults):
            assert ask() == usual
    finally:
        database.query(owner, "DROP ROLE jerry_test_app")

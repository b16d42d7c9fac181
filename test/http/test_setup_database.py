"""tools/setup-database and the container's entry point: their secrets are on no command line, in no statement, message
or log.
"""

import base64
import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

import database
from canaries import Canaries
from loud import loud_settings, pg_config
from processes import TOOLS, Cluster, assignments, environment_names, free_port
from waiting import eventually

# Every character that means something to a shell, to printf, to SQL, to a URL or to a connection string.
HARD_PASSWORD = "p@s:s/w?o#r%41d \\x41\\n'\"$(id)`&=+,[é"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"), *loud_settings())
    yield made
    made.remove()


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A folder for PATH whose psql notes its arguments before it does what psql does; and the notes."""
    folder = tmp_path_factory.mktemp("path")
    notes = folder / "notes"
    program = folder / "psql"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{notes}\nexec {shutil.which("psql")} "$@"\n')
    program.chmod(0o755)
    return folder, notes


def bash(script, *arguments, **names):
    return subprocess.run(
        ["bash", "-c", f'set -euo pipefail; . {TOOLS}/common.sh\n{script}', "bash", *arguments],
        env={**os.environ, **names},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


def setup_database(**names):
    """Run the tool; no name is inherited that it would read."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("JERRY_", "JWT_", "PG"))}
    return subprocess.run(
        [str(TOOLS / "setup-database")],
        env={**inherited, **names},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


def quoted(text):
    return urllib.parse.quote(text, safe="")


def word(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ---------- what a connection string says ----------

FORMS = [
    "postgresql://",
    "postgres://host",
    "postgresql:///db",
    "postgresql://user@host:5433/db",
    "postgresql://user:@host/db",
    "postgresql://:secret@host/db",
    "postgresql://user:se:cr?et@host/db",
    f"postgresql://us%40er:{quoted(HARD_PASSWORD)}@host:1/d%2Fb",
    "postgresql://user:secret\\x41@host",
    "postgresql://user:secret@h1:1,h2,h3:3/db?target_session_attrs=any",
    "postgresql://[::1]:5432/db",
    "postgresql://[fe80::1%25eth0],[::2]:7/db",
    "postgresql:///db?host=/run/postgresql&port=1",
    "postgresql://%2Frun%2Fpostgresql:9/db",
    f"postgresql://host/db?user=u&password={quoted(HARD_PASSWORD)}&application_name=a%20b",
    "postgresql://host/db?password=p@ss/word?x",
    "postgresql://host/db?ssl=true",
    "postgresql://host?options=-c%20work_mem%3D1MB",
    "postgresql://?service=auth",
    "host=h port=1 dbname=d user=u password=p",
    "  host = h  password = 'a b' user= u ",
    f"host=h password={word(HARD_PASSWORD)} dbname='my db'",
    r"password=a\ b\\c\'d user=u",
    "password='' host=h",
    "host='' password=x\\\\",
    "service=auth",
    "host=h\tpassword=p\nuser=u",
    "password=a=b'c user=u",
]


@pytest.mark.parametrize("dsn", FORMS)
def test_a_connection_string_says_what_it_says_to_libpq(dsn):
    done = bash('read_dsn X "$1"; for k in "${!dsn[@]}"; do printf "%s=%s\\0" "$k" "${dsn[$k]}"; done', dsn)
    assert done.returncode == 0, done.stderr
    read = dict(pair.split("=", 1) for pair in done.stdout.split("\0") if pair)
    expected = parse_dsn(dsn)
    assert {name: text for name, text in read.items() if text} == {
        name: text for name, text in expected.items() if text
    }


@pytest.mark.parametrize("dsn", FORMS)
def test_what_psql_is_given_says_the_same_less_the_password(dsn):
    done = bash('read_dsn X "$1"; write_dsn', dsn)
    expected = parse_dsn(dsn)
    expected.pop("password", None)
    assert parse_dsn(done.stdout) == {
        name: text for name, text in expected.items() if text or name in parse_dsn(done.stdout)
    }


MISTAKES = [
    "postgresql://user:CaNaRy@CaNaRy@host/db",  # an @ that is not encoded
    "postgresql://user:CaNaRy/CaNaRy@host/db",
    "postgresql://user:CaNaRy/CaNaRy?CaNaRy@host/db",
    "postgresql://user:CaNaRy@CaNaRy:CaNaRy/CaNaRy@host/db",
    "postgresql://user:%zzCaNaRy@host/db",
    "postgresql://user:CaNaRy%@host/db",
    "postgresql://user:CaNaRy%00@host/db",
    "postgresql://user:CaNaRy@host:portCaNaRy/db",
    "postgresql://user:CaNaRy/host/db",
    "postgresql://user:CaNaRy",
    "postgresql://?user=u&password=CaNaRy@host",
    "postgresql://host/db?password=CaNaRy&CaNaRy",
    "postgresql://host/db?password=CaNaRy=CaNaRy",
    "postgresql://host/db?pasword=CaNaRy",
    "postgresql://host/db?password=x&CaNaRy=1",
    "postgresql://user:CaNaRy@[::1/db",
    "postgresql+asyncpg://user:CaNaRy@host/db",
    "jdbc:postgresql://host/db?user=u&password=CaNaRy",
    "mysql://user:CaNaRy@host/db",
    "postgresql:/user:CaNaRy@host/db",
    "user:CaNaRy@host/db",
    "host=h password=CaNaRy CaNaRy",
    "host=h password=x CaNaRy=1",
    "host=h password='CaNaRy",
    "host=h password='CaNaRy'CaNaRy",
    "host=h password",
    "host=h pasword=CaNaRy",
    "=CaNaRy",
    "host=h sslpassword=CaNaRy",
    "postgresql://host?sslpassword=CaNaRy",
    # right, but nobody answers
    "host=127.0.0.1 port=5 password=CaNaRy dbname=db user=u",
    "postgresql://user:CaNaRy@127.0.0.1:5/db",
    "service=CaNaRyservice password=CaNaRy",
]


@pytest.mark.parametrize("dsn", MISTAKES)
def test_a_mistake_in_a_connection_string_is_told_without_its_secrets(dsn, seen):
    folder, notes = seen
    notes.write_text("")
    done = setup_database(JERRY_DSN=dsn, PATH=f"{folder}:{os.environ['PATH']}")
    told = (done.stdout + done.stderr + notes.read_text()).replace("CaNaRyservice", "")
    assert done.returncode != 0
    assert "CaNaRy" not in told
    assert done.stderr.startswith("jerry: JERRY_DSN") or done.stderr.count("psql: error") == 1, done.stderr


# ---------- nothing on a command line ----------


def test_the_superusers_password_is_on_no_command_line(cluster, seen, tmp_path):
    folder, notes = seen
    dsn = parse_dsn(cluster.dsn)
    owner = database.connect(cluster.dsn)
    database.query(owner, "ALTER ROLE jerry PASSWORD %s", HARD_PASSWORD)
    service = tmp_path / "service.conf"
    plain = {**dsn, "password": HARD_PASSWORD}
    place = f"{dsn['host']}:{dsn['port']}/{dsn['dbname']}"
    without = f"postgresql://{dsn['user']}@{place}"
    service.write_text("[auth]\n" + "".join(f"{name}={text}\n" for name, text in plain.items()))
    pgpass = tmp_path / "pgpass"
    pgpass.write_text("*:*:*:*:" + HARD_PASSWORD.replace("\\", "\\\\").replace(":", "\\:") + "\n")
    pgpass.chmod(0o600)
    ways = {
        "url": {"JERRY_DSN": f"postgresql://{dsn['user']}:{quoted(HARD_PASSWORD)}@{place}"},
        "parameter": {"JERRY_DSN": f"{without}?password={quoted(HARD_PASSWORD)}"},
        "words": {"JERRY_DSN": " ".join(f"{name}={word(text)}" for name, text in plain.items())},
        "make_dsn": {"JERRY_DSN": make_dsn(**plain)},
        "service": {"JERRY_DSN": "service=auth", "PGSERVICEFILE": str(service)},
        "service of the environment": {"PGSERVICE": "auth", "PGSERVICEFILE": str(service)},
        "PGPASSWORD": {"JERRY_DSN": without, "PGPASSWORD": HARD_PASSWORD},
        "pgpass": {"JERRY_DSN": without, "PGPASSFILE": str(pgpass)},
        "environment": {
            "PGHOST": dsn["host"],
            "PGPORT": dsn["port"],
            "PGUSER": dsn["user"],
            "PGDATABASE": dsn["dbname"],
            "PGPASSWORD": HARD_PASSWORD,
        },
    }
    try:
        for way, names in ways.items():
            notes.write_text("")
            done = setup_database(**names, JERRY_SIDECAR_ROLE="jerry_test_way", PATH=f"{folder}:{os.environ['PATH']}")
            assert done.returncode == 0, (way, done.stderr)
            arguments = notes.read_text()
            assert "jerry_test_way" in arguments, way
            for spelling in (HARD_PASSWORD, quoted(HARD_PASSWORD), word(HARD_PASSWORD)[1:-1], "p@s:s"):
                assert spelling not in arguments + done.stderr, way
    finally:
        database.query(owner, "ALTER ROLE jerry PASSWORD %s", dsn["password"])
        database.query(owner, "DROP ROLE IF EXISTS jerry_test_way")
        owner.close()


# ---------- nothing in the server's views and logs ----------


class Watcher:
    """A monitoring role that reads pg_stat_activity as fast as it can."""

    def __init__(self, dsn):
        self.connection = database.connect(dsn)
        self.queries = set()
        self.rounds = 0
        self.stopped = False
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.stopped:
            self.queries.update(
                row[0] for row in database.query(self.connection, "SELECT query FROM pg_stat_activity") if row[0]
            )
            self.rounds += 1

    def wait_for(self, part):
        eventually(lambda: any(part in query for query in self.queries.copy()), f"{part} was not seen")

    def stop(self):
        self.stopped = True
        self.thread.join()
        self.connection.close()
        return "\n".join(self.queries)


def test_a_monitoring_role_and_the_log_see_no_secret_of_five_runs(cluster, seen):
    folder, notes = seen
    owner = database.connect(cluster.dsn)
    database.query(
        owner, "CREATE ROLE jerry_test_monitor LOGIN PASSWORD 'monitor'; GRANT pg_monitor TO jerry_test_monitor"
    )
    watcher = Watcher(make_dsn(cluster.dsn, user="jerry_test_monitor", password="monitor"))
    canaries = Canaries()
    names = {
        "JERRY_DSN": cluster.dsn, "PATH": f"{folder}:{os.environ['PATH']}", "JERRY_SIDECAR_ROLE": "jerry_test_watched"
    }
    notes.write_text("")
    told = ""
    try:
        database.query(owner, "SELECT 'what a monitor sees'")
        watcher.wait_for("what a monitor sees")
        for run in range(5):
            password = canaries.password(f"role-{run}\\é'")
            done = setup_database(
                **names, JERRY_SIDECAR_PASSWORD=password, JWT_SECRET_KEY=canaries.password(f"key-{run}-\t\\t'") * 2
            )
            assert done.returncode == 0, done.stderr
            url = assignments(done.stdout)["DATABASE_URL"]
            told += done.stderr
            with psycopg2.connect(url) as connection:
                assert connection.get_dsn_parameters()["user"] == "jerry_test_watched", "the password is the role's"
            connection.close()
            keys = database.query(
                owner, "SELECT convert_from(secret, 'UTF8') FROM jerry.signing_key WHERE status = 'active'"
            )
            assert keys == [(canaries.planted[-1] * 2,)]
        database.query(owner, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        counted = "\n".join(row[0] for row in database.query(owner, "SELECT query FROM pg_stat_statements"))
    finally:
        queries = watcher.stop()
        database.query(owner, "DROP ROLE IF EXISTS jerry_test_watched, jerry_test_monitor")
        owner.close()
    assert watcher.rounds > 100
    assert "jerry" in counted
    assert canaries.found_in(queries + counted) == []
    assert canaries.found_in(cluster.log()) == []
    assert canaries.found_in(notes.read_text() + told) == []


def test_the_role_is_made_with_its_password_or_not_at_all(cluster):
    done = setup_database(
        JERRY_DSN=cluster.dsn, JERRY_SIDECAR_ROLE="jerry_test_half", JERRY_SIDECAR_PASSWORD="CaNaRy\nsecond line"
    )
    assert done.returncode != 0
    assert "line break" in done.stderr
    assert "CaNaRy" not in done.stderr
    owner = database.connect(cluster.dsn)
    assert database.query(owner, "SELECT FROM pg_roles WHERE rolname = 'jerry_test_half'") == []
    owner.close()


def test_a_role_whose_name_needs_quotes_is_served(cluster):
    name = 'Jerry "test" role'
    owner = database.connect(cluster.dsn)
    try:
        done = setup_database(JERRY_DSN=cluster.dsn, JERRY_SIDECAR_ROLE=name)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        connection = psycopg2.connect(assignments(done.stdout)["DATABASE_URL"])
        connection.close()
        assert database.value(
            owner, "SELECT rolpassword LIKE 'SCRAM-SHA-256$%%' FROM pg_authid WHERE rolname = %s", name
        )
    finally:
        database.query(owner, 'DROP ROLE IF EXISTS "Jerry ""test"" role"')
        owner.close()


def test_a_second_run_says_why_it_prints_no_url(cluster):
    names = {"JERRY_DSN": cluster.dsn, "JERRY_SIDECAR_ROLE": "jerry_test_again", "DATABASE_URL": ""}
    owner = database.connect(cluster.dsn)
    try:
        assert assignments(setup_database(**names).stdout)["DATABASE_URL"]
        again = setup_database(**names)
        assert (again.returncode, again.stdout) == (0, "")
        assert again.stderr.startswith("jerry: role jerry_test_again already exists and keeps its password")
        assert again.stderr.count("\n") == 1
        # who starts the sidecar with a URL has been told nothing new
        known = setup_database(**names | {"DATABASE_URL": "postgresql://jerry_test_again@127.0.0.1/jerry"})
        assert (known.returncode, known.stdout, known.stderr) == (0, "", "")
    finally:
        database.query(owner, "DROP ROLE IF EXISTS jerry_test_again")
        owner.close()


def test_who_comes_without_a_way_into_the_database_is_told_of_one(tmp_path):
    lost = setup_database(PGHOST=str(tmp_path))
    assert lost.returncode == 1 and lost.stdout == ""
    assert "connect as a superuser: on Debian with sudo -u postgres" in lost.stderr
    named = setup_database(JERRY_DSN=f"host={tmp_path}")
    assert named.returncode == 1 and "connect as a superuser" not in named.stderr


@pytest.mark.parametrize(
    "bad",
    [
        "client_encoding = 'LATIN1'",
        "password_encryption = 'md5'",
        "track_activities = on",
        "standard_conforming_strings = off",
    ],
)
def test_bad_defaults_of_the_superuser_are_in_nobodys_way(cluster, bad):
    owner = database.connect(cluster.dsn)
    name, _, value = bad.partition(" = ")
    database.query(owner, f"ALTER ROLE jerry SET {bad}")
    try:
        done = setup_database(
            JERRY_DSN=cluster.dsn, JERRY_SIDECAR_ROLE="jerry_test_bad", JERRY_SIDECAR_PASSWORD=HARD_PASSWORD
        )
        assert done.returncode == 0, done.stderr
        url = assignments(done.stdout)["DATABASE_URL"]
        connection = psycopg2.connect(url, connect_timeout=5)
        connection.close()
        assert database.value(
            owner, "SELECT rolpassword LIKE 'SCRAM-SHA-256$%%' FROM pg_authid WHERE rolname = 'jerry_test_bad'"
        )
    finally:
        database.query(owner, f"ALTER ROLE jerry RESET {name}")
        database.query(owner, "DROP ROLE IF EXISTS jerry_test_bad")
        owner.close()


def test_a_statement_timeout_of_the_superuser_ends_no_statement(cluster):
    """The role cannot be made before the lock is gone, which takes longer than a statement of that superuser may."""
    owner = database.connect(cluster.dsn)
    database.query(owner, "ALTER ROLE jerry SET statement_timeout = '500ms'")
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            database.query(owner, "BEGIN")
            database.query(owner, "LOCK TABLE pg_authid IN SHARE MODE")
            running = pool.submit(setup_database, JERRY_DSN=cluster.dsn, JERRY_SIDECAR_ROLE="jerry_test_slow")
            waiting = "SELECT pid FROM pg_locks WHERE relation = 'pg_authid'::regclass AND NOT granted"
            eventually(lambda: running.done() or database.query(owner, waiting), "nothing holds it up")
            time.sleep(1)
            database.query(owner, "COMMIT")
            assert running.result().returncode == 0, running.result().stderr
    finally:
        database.query(owner, "ROLLBACK")
        database.query(owner, "ALTER ROLE jerry RESET statement_timeout")
        database.query(owner, "DROP ROLE IF EXISTS jerry_test_slow")
        owner.close()


RANGES = [
    (name, *map(int, values.split(" to ")))
    for name, _, _, values, readers, _ in environment_names()
    if "setup-database" in readers and re.fullmatch(r"\d+ to \d+", values)
]


@pytest.mark.parametrize("name, least, most", RANGES)
def test_a_number_has_the_range_of_the_contract(name, least, most, tmp_path):
    nowhere = {"JERRY_DSN": f"host={tmp_path}"}
    for number in least - 1, most + 1:
        refused = setup_database(**nowhere, **{name: str(number)})
        assert refused.stderr == f'jerry: {name}: "{number}" is not a number between {least} and {most}\n'
    for number in least, most:
        assert name not in setup_database(**nowhere, **{name: str(number)}).stderr


# ---------- the signing key ----------


def active_secret(cluster):
    owner = database.connect(cluster.dsn)
    rows = database.query(owner, "SELECT secret FROM jerry.signing_key WHERE status = 'active'")
    owner.close()
    return bytes(rows[0][0]) if rows else None


@pytest.mark.parametrize(
    "encode", [base64.b64encode, base64.urlsafe_b64encode, lambda key: base64.b64encode(key).rstrip(b"=")]
)
@pytest.mark.parametrize("length", [32, 33, 34, 64])
def test_a_key_may_be_bytes_in_base64(cluster, encode, length):
    secret = bytes([0, 255, 254, 251, 10, 92, 39]) + os.urandom(length - 7)
    done = setup_database(JERRY_DSN=cluster.dsn, JWT_SECRET_KEY="base64:" + encode(secret).decode())
    assert done.returncode == 0, done.stderr
    assert active_secret(cluster) == secret


@pytest.mark.parametrize(
    "key, says",
    [
        ("x" * 31, "31 bytes are too few"),
        ("base64:" + base64.b64encode(os.urandom(31)).decode(), "31 bytes are too few"),
        ("base64:" + "A" * 45, "is not base64"),
        ("base64:" + "!" * 64, "is not base64"),
        ("base64:" + "A" * 44 + "===", "is not base64"),
        ("x" * 32, "secret can be guessed"),
        ("base64:" + "A" * 64, "secret can be guessed"),
        ("password" * 4, "secret can be guessed"),
        ("your-super-secret-jwt-key-change-this-in-production", "secret can be guessed"),
        ("test-secret-key-for-testing-only-never-in-production", "secret can be guessed"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused_outside_of_development(cluster, key, says):
    good = base64.b64encode(os.urandom(32)).decode()
    assert setup_database(JERRY_DSN=cluster.dsn, JWT_SECRET_KEY=good).returncode == 0
    done = setup_database(JERRY_DSN=cluster.dsn, JWT_SECRET_KEY=key, ENVIRONMENT="production")
    assert done.returncode != 0 and done.stdout == ""
    assert "jerry: JWT_SECRET_KEY" in done.stderr and says in done.stderr
    assert key not in done.stderr and key.removeprefix("base64:") not in done.stderr
    assert active_secret(cluster) == good.encode()
    if says == "secret can be guessed":
        done = setup_database(JERRY_DSN=cluster.dsn, JWT_SECRET_KEY=key, ENVIRONMENT="development")
        assert done.returncode == 0, done.stderr
        assert active_secret(cluster) != good.encode()


def test_the_checklist_has_the_settings_of_the_tool():
    settings = bash('printf "%s\\n" "${quiet_role_settings[@]}"').stdout.splitlines()
    page = (TOOLS.parent / "docs" / "SECURITY.md").read_text()
    assert re.findall(r"ALTER ROLE app SET (.*);", page) == settings


# ---------- make run ----------


def test_make_run_prints_no_password_and_a_psql_that_needs_none(tmp_path):
    inherited = {
        name: text for name, text in os.environ.items() if not name.startswith(("JERRY_", "JWT_", "PG", "DATABASE_"))
    }
    names = {
        "RUN_DIR": str(tmp_path / "run"), "PORT": str(free_port()),
        "JERRY_TEST_PORTS": os.environ.get("JERRY_TEST_PORTS", "")
    }
    output = tmp_path / "output"
    running = subprocess.Popen(
        [str(TOOLS / "run")],
        env={**inherited, **{name: text for name, text in names.items() if text}},
        stdin=subprocess.DEVNULL,
        stdout=output.open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        eventually(
            lambda: "Ctrl-C stops Jerry" in output.read_text() or running.poll() is not None, output.read_text,
            seconds=120
        )
        told = output.read_text()
        assert running.poll() is None, told
        owner = assignments((tmp_path / "run" / "env").read_text())["JERRY_DSN"]
        assert parse_dsn(owner)["password"] not in told
        (line,) = [line for line in told.splitlines() if "psql" in line]
        # as the person at the terminal types it
        shown = subprocess.run(
            ["bash", "-c", line + " -XAtwc 'SELECT current_user'"], env=inherited, stdout=subprocess.PIPE, text=True,
            timeout=30
        )
        assert shown.stdout == "jerry\n"
        # and in that shell, what is started from it: tools/setup-database and the examples
        shown = subprocess.run(
            ["bash", "-c", '. "$0" && exec env', str(tmp_path / "run" / "env")], env=inherited, stdout=subprocess.PIPE,
            text=True, timeout=30
        )
        passed_on = dict(line.split("=", 1) for line in shown.stdout.splitlines() if line.startswith("JERRY_"))
        assert passed_on == {"JERRY_URL": f"http://127.0.0.1:{names['PORT']}", "JERRY_DSN": owner}
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        subprocess.run([str(TOOLS / "cluster"), "remove", str(tmp_path / "run" / "cluster")], check=True, timeout=60)
    assert not (tmp_path / "run" / "pgpass").exists()


# ---------- the container's entry point ----------


@pytest.fixture
def entry_point(cluster, tmp_path_factory):
    """The entry point as the image has it: beside the tools, as the user of the server, in a folder of its own.

    The programs are those of the private cluster, which have Jerry.
    """
    bindir = pg_config("--bindir")
    programs = f"{pathlib.Path(cluster.names['JERRY_POSTGRES_LOG']).parent}/server{bindir}"
    folder = tmp_path_factory.mktemp("image")
    for source in TOOLS.parent / "docker" / "db-entrypoint", TOOLS / "setup-database", TOOLS / "common.sh":
        shutil.copy(source, folder)
    folder.chmod(0o777)
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    for parent in folder.parents:
        if parent.stat().st_uid == os.getuid() and parent != pathlib.Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    port = str(free_port())
    started = []

    def start(**names):
        process = subprocess.Popen(
            [
                str(folder / "db-entrypoint"),
                *(
                    word
                    for setting in [f"port={port}", f"unix_socket_directories={folder}", "fsync=off", *loud_settings()]
                    for word in ("-c", setting)
                ),
            ],
            cwd="/",
            env={
                "PATH": f"{programs}:{bindir}:{os.environ['PATH']}",
                "PGDATA": str(folder / "cluster" / "data"),
                "PGHOST": str(folder),
                "PGPORT": port,
                **dict(word.split("=", 1) for word in os.environ.get("JERRY_SERVER_ENV", "").split()),
                **names,
            },
            stdin=subprocess.DEVNULL,
            stdout=(folder / "log").open("w"),
            stderr=subprocess.STDOUT,
            **user,
        )
        started.append(process)
        return process

    yield folder, port, start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def test_the_entry_point_of_the_container_tells_its_secrets_to_nobody(entry_point):
    folder, port, start = entry_point
    canaries = Canaries()
    superuser, role = canaries.password("superuser\\ü'"), canaries.password("role/@:%")
    key = canaries.password("key") * 2
    start(
        DATABASE_URL=f"postgresql://auth_user:{quoted(role)}@db:5432/auth%20db?sslmode=prefer",
        POSTGRES_PASSWORD=superuser,
        JWT_SECRET_KEY=key,
    )
    log = folder / "log"
    wait_until_it_serves(log, port, dbname="auth db", user="auth_user", password=role)
    # initdb names the superuser after the user of the server
    name = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    owner = psycopg2.connect(host="127.0.0.1", port=port, dbname="auth db", user=name, password=superuser)
    assert database.query(owner, "SELECT convert_from(secret, 'UTF8') FROM jerry.signing_key") == [(key,)]
    owner.close()
    assert canaries.found_in(log.read_text(errors="replace")) == []


def wait_until_it_serves(log, port, **account):
    def serves():
        try:
            psycopg2.connect(host="127.0.0.1", port=port, connect_timeout=2, **account).close()
            return True
        except psycopg2.OperationalError:
            return False

    eventually(serves, lambda: log.read_text(errors="replace")[-2000:], seconds=120)


def test_the_entry_point_tells_of_a_wrong_url_without_its_secret(entry_point):
    folder, port, start = entry_point
    process = start(DATABASE_URL="postgresql://auth_user:CaNaRy@CaNaRy@db/auth_db")
    assert process.wait(30) != 0
    told = (folder / "log").read_text()
    assert told.startswith("jerry: DATABASE_URL: ")
    assert "CaNaRy" not in told


@pytest.mark.parametrize(
    "word, role, claim, allowed",
    [
        ("MAIL", "jerry_mail", "claim_events('mail')", {"claim_events('hooks')"}),
        ("HOOKS", "jerry_hooks_courier", "claim_webhooks()", {"claim_webhooks()"}),
    ],
)
def test_the_role_of_a_courier_is_made_when_it_is_asked_for(cluster, seen, word, role, claim, allowed):
    folder, notes = seen
    path = f"{folder}:{os.environ['PATH']}"
    with database.connect(cluster.dsn) as db:
        assert database.query(db, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'") == []
    asked = {"JERRY_DSN": cluster.dsn, f"JERRY_{word}_ROLE": role, "PATH": path}
    done = setup_database(**{f"JERRY_{word}_PASSWORD": HARD_PASSWORD}, **asked)
    assert done.returncode == 0, done.stderr
    assert HARD_PASSWORD not in notes.read_text() + done.stderr
    url = assignments(done.stdout)[f"{word}_DATABASE_URL"]
    with contextlib.closing(database.connect(url)) as courier:
        assert database.query(courier, f"SELECT * FROM jerry.{claim}") is not None
        for forbidden in {"login('ada@example.com', 'x')", "claim_events('hooks')", "claim_webhooks()"} - allowed:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                database.query(courier, f"SELECT jerry.{forbidden}")
    again = setup_database(**asked)
    assert again.returncode == 0, again.stderr
    assert f"role {role} already exists and keeps its password" in again.stderr
    assert f"{word}_DATABASE_URL" not in assignments(again.stdout)
    psycopg2.connect(url).close()

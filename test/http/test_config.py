"""The environment of the sidecar: a value that is missing or malformed stops the start and is named."""

import os
import pathlib
import pwd
import re
import socket
import threading

import psycopg2.extensions
import pytest

from client import Api
from processes import NOWHERE, ROOT, SIDECAR_NAMES, start_and_fail


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
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "https://*.example.com"),
        ("ALLOWED_ORIGINS", "https://app.example.com/"),
        ("ALLOWED_ORIGINS", "https://app.example.com:0"),
        ("ALLOWED_ORIGINS", "https://app.example.com:0443"),
        ("ALLOWED_ORIGINS", "https://app.example.com:65536"),
        ("ALLOWED_ORIGINS", "https://.example.com"),
        ("ALLOWED_ORIGINS", "https://app..example.com"),
        ("ALLOWED_ORIGINS", "https://b\u00fccher.example"),
        ("ALLOWED_ORIGINS", "https://user@app.example.com"),
        ("ALLOWED_ORIGINS", "http://127.1"),
        ("ALLOWED_ORIGINS", "http://010.0.0.1"),
        ("ALLOWED_ORIGINS", "http://[0:0:0:0:0:0:0:1]"),
        ("ALLOWED_ORIGINS", "http://[::1"),
        ("ALLOWED_ORIGINS", "https://app.example.com https://b.example.com"),
        ("KEEPALIVE_TIMEOUT", "0"),
        ("KEEPALIVE_TIMEOUT", "3601"),
        ("KEEPALIVE_TIMEOUT", "75s"),
        ("DOCS", "maybe"),
        ("PAGES", "no"),
        ("PAGES_NAME", "a" * 65),
        ("PAGES_NAME", "two\nlines"),
        ("PAGES_NAME", "escape\x1b[31m"),
        ("PAGES_NAME", "next\u0085line"),
        ("PAGES_NAME", os.fsdecode(b"latin\xe9")),
        ("PAGES_COLOR", "blue"),
        ("PAGES_COLOR", "#12345"),
        ("PAGES_COLOR", "#1234567"),
        ("PAGES_COLOR", "#12345g"),
        ("PAGES_COLOR_DARK", "#fff;}body{"),
        ("REDIRECT_ORIGINS", "https://app.example.com/path"),
        ("REDIRECT_ORIGINS", "https://app.example.com,javascript://x"),
        ("REDIRECT_ORIGINS", "app.example.com"),
        ("DATABASE_UNVERIFIED", "1"),
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


@pytest.mark.parametrize(
    "origins, hint",
    [
        ("https://app.example.com/", "no trailing slash"),
        ("https://*.example.com", "there is no wildcard"),
        ("app.example.com", "begins with https://"),
        ("https://b\u00fccher.example", "with xn--"),
    ],
)
def test_an_origin_that_no_browser_sends_is_explained(tmp_path, origins, hint):
    assert hint in start_and_fail(tmp_path, ALLOWED_ORIGINS=origins)


def test_origins_are_compared_as_browsers_send_them(start_sidecar, database_url):
    written = (
        "HTTPS://App.Example.com:443, http://b.example:80 "
        ",http://c.example:443,http://[::1]:3000,http://127.0.0.1,capacitor://localhost"
    )
    sent = [
        "https://app.example.com", "http://b.example", "http://c.example:443", "http://[::1]:3000", "http://127.0.0.1",
        "capacitor://localhost"
    ]
    api = Api(start_sidecar(DATABASE_URL=database_url, ALLOWED_ORIGINS=written).url)
    for origin in sent:
        assert api.get("/livez", headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "name, meant",
    [
        ("ALLOWED_ORIGIN", "ALLOWED_ORIGINS"),
        ("ALLOWED_ORGINS", "ALLOWED_ORIGINS"),
        ("CORS_ORIGINS", "ALLOWED_ORIGINS"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("TRUSTED_PROXYS", "TRUSTED_PROXIES"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("DATABASE_URLFILE", None),
        ("DATABASE_POOLSIZE", "DATABASE_POOL_SIZE"),
        ("KORE_WORKER", "KORE_WORKERS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("ENVIROMENT", "ENVIRONMENT"),
        ("TLS_CERT", "TLS_CERT_FILE"),
        ("TLS_KEY", "TLS_KEY_FILE"),
        ("MAX_CONNECTION_PER_ADDRESS", "MAX_CONNECTIONS_PER_ADDRESS"),
        ("KEEP_ALIVE_TIMEOUT", "KEEPALIVE_TIMEOUT"),
        ("SERVICE_NAMES", "SERVICE_NAME"),
        ("ALLOWED_ORIGINS_FILE", "ALLOWED_ORIGINS"),
    ],
)
def test_a_name_that_is_nearly_right_stops_the_start(tmp_path, name, meant):
    if meant is None:  # far enough from all
        assert name not in start_and_fail(tmp_path, **{name: "x", "PORT": "80x"})
        return
    assert f"jerry: {name}: there is no such setting; did you mean {meant}?" in start_and_fail(
        tmp_path, **{name: "x"}
    ).splitlines()


def test_names_of_other_programs_stop_nothing(start_sidecar, database_url):
    others = {
        # what orchestrators and shells set, and settings of Jerry's other half
        "JERRY_PORT": "tcp://10.0.0.1:8000", "JERRY_SERVICE_HOST": "10.0.0.1", "DATABASE_PORT": "5432",
        "DATABASE_SERVICE_HOST": "x",
        "POSTGRES_PASSWORD": "x", "PGHOST": "", "SSL_CERT_FILE": "/etc/ssl/cert.pem", "HOSTNAME": "x",
        "JWT_ALGORITHM": "HS256",
        "SMTP_SERVER": "x", "LOG_LEVELS": "", "DEBUGGER": "x", "ENV": "x", "WORKERS": "4",
    }  # fmt: skip
    assert Api(start_sidecar(DATABASE_URL=database_url, **others).url).get("/livez").status == 200


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
        "postgresql://jerry_sidecar:canary@canary-4711@127.0.0.1/jerry",
        "postgresql://jerry_sidecar:canary-4711@127.0.0.1/jerry?no_such_option=1",
        "canary-4711",
        " ",
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_READ_URL"])
def test_a_malformed_database_url_stops_the_start_without_showing_its_password(tmp_path, name, malformed):
    assert f"jerry: {name}: the value is not a PostgreSQL connection URI or string" in start_and_fail(
        tmp_path, **{name: malformed}
    )


@pytest.mark.parametrize(
    "foreign, named",
    [
        ("postgresql+asyncpg://u:canary-4711@127.0.0.1/jerry", "postgresql+asyncpg://"),
        ("postgresql+psycopg2://u:canary-4711@127.0.0.1/jerry", "postgresql+psycopg2://"),
        ("jdbc:postgresql://127.0.0.1/jerry?user=u&password=canary-4711", "jdbc:postgresql://"),
        ("mysql://u:canary-4711@127.0.0.1/jerry", "mysql://"),
        ("postgresql://u:canary-4711@127.0.0.1/jerry?schema=public", "schema"),
        ("postgresql://u:canary-4711@127.0.0.1/jerry?sslmode=disable&pgbouncer=true", "pgbouncer"),
        ("postgres://u:canary-4711@127.0.0.1/jerry?connection_limit=5", "connection_limit"),
    ],
)
def test_what_belongs_to_another_driver_is_named(tmp_path, foreign, named):
    message = start_and_fail(tmp_path, DATABASE_URL=foreign)
    [line] = [line for line in message.splitlines() if line.startswith("jerry: DATABASE_URL: ")]
    assert named in line


@pytest.mark.parametrize(
    "broken",
    [
        "postgresql://u:pa/?canary-4711=x@127.0.0.1/jerry",
        "postgresql://u:canary-4711://x@127.0.0.1/jerry?nope=1",
        "password=canary-4711://x no_such_option=1",
        "host=127.0.0.1 password=canary-4711 nope=1",
    ],
)
def test_of_a_password_nothing_is_repeated(tmp_path, broken):
    assert "jerry: DATABASE_URL: the value is not" in start_and_fail(tmp_path, DATABASE_URL=broken)


EXPOSED = "leads to another machine without sslmode=verify-full"
REMOTE = "192.0.2.1"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:canary-4711@{REMOTE}/jerry",
        "postgresql://u:canary-4711@db.example/jerry",
        "postgresql://u:canary-4711@db.example/jerry?sslmode=prefer",
        "postgresql://u:canary-4711@db.example/jerry?sslmode=require",
        "postgresql://u:canary-4711@db.example/jerry?sslmode=verify-ca",
        f"postgresql://u:canary-4711@localhost,{REMOTE}/jerry",
        "postgresql://u:canary-4711@[2001:db8::1]/jerry",
        f"host=localhost hostaddr={REMOTE} user=u password=canary-4711",
        "postgresql://u:canary-4711@localhost.example/jerry",
        "postgresql://u:canary-4711@127.evil.example/jerry",
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_READ_URL"])
def test_production_takes_no_unverified_way_to_another_machine(tmp_path, name, url):
    for environment in "production", None:
        message = start_and_fail(tmp_path, ENVIRONMENT=environment, **{name: url})
        assert f"jerry: {name}: {EXPOSED}" in message and "DATABASE_UNVERIFIED" in message


def test_the_way_to_the_database_may_come_from_the_environment_of_libpq(tmp_path):
    message = start_and_fail(tmp_path, DATABASE_URL="dbname=jerry user=u", PGHOST=REMOTE)
    assert EXPOSED in message


@pytest.mark.parametrize(
    "url, names",
    [
        ("postgresql://u:p@db.example/jerry?sslmode=verify-full", {}),
        ("postgresql://u:p@db.example/jerry", {"PGSSLMODE": "verify-full"}),
        ("postgresql://u:p@db.example/jerry", {"DATABASE_UNVERIFIED": "True"}),
        ("postgresql://u:p@db.example/jerry", {"ENVIRONMENT": "development"}),
        ("postgresql://u:p@db.example/jerry", {"ENVIRONMENT": "testing"}),
        ("postgresql://u:p@localhost,127.0.0.2,[::1]/jerry", {}),
        ("postgresql://u:p@%2Fvar%2Frun%2Fpostgresql/jerry", {}),
        ("host=db.example hostaddr=127.0.0.1 user=u", {}),
        ("dbname=jerry", {}),
    ],
)
def test_other_ways_to_the_database_are_taken(tmp_path, url, names):
    message = start_and_fail(tmp_path, DATABASE_URL=url, PORT="80x", **names)
    assert [
        line for line in message.splitlines() if line.startswith("jerry: ")
    ] == ['jerry: PORT: "80x" is not a number between 1 and 65535']
    # with a right port the start would go on, so the rule is asked there, too
    message = start_and_fail(tmp_path, DATABASE_URL=url, HOST="192.0.2.77", **names)
    assert EXPOSED not in message and "could not listen" in message


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


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_READ_URL"])
@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_of_a_secret_stops_the_start(tmp_path, name, content):
    secret = tmp_path / "secret"
    secret.write_text(content)
    secret.chmod(0o644)
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    names = {"DATABASE_URL": None} if name == "DATABASE_URL" else {}
    assert f'jerry: {name}_FILE: "{secret}" is empty' in start_and_fail(
        tmp_path, **names, **{f"{name}_FILE": str(secret)}
    )


@pytest.mark.parametrize("limit", [32, 64, 256, 319])
def test_too_few_descriptors_stop_the_start(tmp_path, limit):
    message = start_and_fail(tmp_path, files=limit)
    assert f"jerry: the limit of open files is {limit}, but at least 320 are needed: raise it" in message


def test_with_few_descriptors_there_are_few_connections(tmp_path):
    message = start_and_fail(tmp_path, files=320, HOST="192.0.2.77")
    assert "the limit of open files" not in message and "could not listen" in message


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
    assert api.send("GET", "/health").json()["version"] == "1.0.0"


def test_the_version_shown_is_the_version(start_sidecar, database_url):
    """With the settings of .env.example, and with none."""
    version = re.search(r"default_version = '(.*)'", (ROOT / "jerry.control").read_text())[1]
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for names in {}, {name: text for name, text in example.items() if name in SIDECAR_NAMES and name != "PORT"}:
        api = Api(start_sidecar(**{**names, "DATABASE_URL": database_url}).url)
        assert api.send("GET", "/health").json()["version"] == version


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


def owners(sidecar):
    """Whom the processes of a sidecar belong to."""
    processes = listeners(int(sidecar.url.rpartition(":")[2]))
    assert processes
    found = set()
    for process in processes:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
        ids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
        found |= {pwd.getpwuid(int(owner)).pw_name for owner in ids}
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's sidecar cannot run as root, nor be looked into")
def test_nothing_that_listens_runs_as_root(start_sidecar, database_url):
    assert owners(start_sidecar(DATABASE_URL=database_url)) in ({"nobody"}, {"jerry"})
    assert owners(start_sidecar(DATABASE_URL=database_url, JERRY_SIDECAR_USER="daemon")) == {"daemon"}


class Thief(threading.Thread):
    """Something that answers as a PostgreSQL that has no TLS and wants the password in clear; it keeps what it is sent.
    """

    def __init__(self, address):
        super().__init__(daemon=True)
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.asked = threading.Event()
        self.answered = threading.Event()
        self.heard = b""
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    if connection.recv(1024)[4:8] == bytes.fromhex("04d2162f"):  # SSLRequest
                        connection.sendall(b"N")
                        connection.recv(1024)
                    connection.sendall(b"R" + bytes([0, 0, 0, 8, 0, 0, 0, 3]))  # AuthenticationCleartextPassword
                    self.asked.set()
                    self.heard += connection.recv(1024)
                except OSError:
                    pass
                self.answered.set()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def address_of_this_machine():
    """One that is not a loopback address, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


@pytest.mark.skipif(psycopg2.extensions.libpq_version() < 160000, reason="this libpq cannot be told to insist on SCRAM")
@pytest.mark.skipif(address_of_this_machine() is None, reason="this machine has no address but loopback")
@pytest.mark.parametrize("insists", [True, False])
def test_who_is_not_known_to_be_the_database_gets_no_password(start_sidecar, insists):
    thief = Thief(address_of_this_machine())
    url = f"postgresql://jerry_sidecar:canary-4711@{thief.listener.getsockname()[0]}:{thief.port}/jerry"
    url += "" if insists else "?require_auth=password"
    try:
        start_sidecar(ready=False, DATABASE_URL=url, DATABASE_UNVERIFIED="True")
        assert thief.asked.wait(20) and thief.answered.wait(20)
        assert (b"canary-4711" in thief.heard) is not insists
    finally:
        thief.close()

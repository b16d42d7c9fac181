"""Fixtures of the courier's tests: each has a database, a courier and a mail server of its own."""

import pathlib
import subprocess
import uuid

import pytest

import database
from couriers import Courier, Hooks, Outbox
from mailserver import LOGIN, MailServer
from processes import Cluster, free_port
from surroundings import setting
from tls import Certificate


def with_owner(dsn, sql):
    connection = database.connect(dsn)
    try:
        return database.query(connection, sql)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def template():
    """A database with Jerry, of which each test has a copy, and the password of the courier's role."""
    dsn = setting("JERRY_DSN")
    password = uuid.uuid4().hex
    with_owner(dsn, "CREATE DATABASE courier_template")
    prepare(dsn.rpartition("/")[0] + "/courier_template", password)
    yield password
    with_owner(dsn, "DROP DATABASE courier_template WITH (FORCE)")
    with_owner(dsn, "DROP ROLE jerry_courier_test")


def prepare(dsn, password):
    with_owner(dsn, "CREATE EXTENSION jerry CASCADE")
    with_owner(dsn, f"ALTER DATABASE {dsn.rpartition('/')[2]} SET jerry.bcrypt_cost = 4")
    with_owner(dsn, f"CREATE ROLE jerry_courier_test LOGIN PASSWORD '{password}'")
    with_owner(dsn, "GRANT jerry_events TO jerry_courier_test")


def outbox_of(dsn, password):
    return Outbox(dsn, f"postgresql://jerry_courier_test:{password}@{dsn.partition('@')[2]}")


@pytest.fixture
def outbox(template):
    """A new database, in which the courier has begun already to be a consumer."""
    dsn = setting("JERRY_DSN")
    name = f"courier_{uuid.uuid4().hex}"
    with_owner(dsn, f"CREATE DATABASE {name} TEMPLATE courier_template")
    with_owner(dsn, f"ALTER DATABASE {name} SET jerry.bcrypt_cost = 4")
    made = outbox_of(f"{dsn.rpartition('/')[0]}/{name}", template)
    yield made
    made.close()
    with_owner(dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_cluster(tmp_path):
    """A server of the test's own, which it may stop, with an outbox."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    cluster = Cluster(tmp_path / "cluster")
    password = uuid.uuid4().hex
    with_owner(cluster.dsn, f"CREATE ROLE jerry_courier_test LOGIN PASSWORD '{password}'")
    with_owner(cluster.dsn, "GRANT jerry_events TO jerry_courier_test")
    with_owner(cluster.dsn, f"ALTER DATABASE {cluster.dsn.rpartition('/')[2]} SET jerry.bcrypt_cost = 4")
    cluster.outbox = outbox_of(cluster.dsn, password)
    yield cluster
    cluster.outbox.close()
    cluster.remove()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def new_mail_server():
    """new_mail_server(...): one that listens, until the test ends."""
    made = []

    def new(*arguments, **options):
        made.append(MailServer(free_port(), *arguments, **options).start())
        return made[-1]

    yield new
    for server in made:
        server.stop()


@pytest.fixture
def mail_server(new_mail_server, certificate):
    """One with STARTTLS, where one has to log in."""
    return new_mail_server(certificate, login=LOGIN)


@pytest.fixture
def new_courier(tmp_path, certificate):
    """new_courier(outbox, server, ...): a courier, until the outbox is gone."""
    made = []

    def new(outbox, server=None, **names):
        if server:
            names = {
                "SMTP_SERVER": "127.0.0.1",
                "SMTP_PORT": str(server.port),
                "SMTP_USERNAME": LOGIN[0].decode() if server.login else None,
                "SMTP_PASSWORD": LOGIN[1].decode() if server.login else None,
                "SSL_CERT_FILE": str(certificate.cert_file),
                **names
            }
        made.append(Courier(tmp_path / f"courier-{len(made)}", **{"DATABASE_URL": outbox.url, **names}))
        outbox.couriers.append(made[-1])
        return made[-1]

    return new


@pytest.fixture
def preload(tmp_path):
    """preload(name): the library of name.c, in this folder, which takes the place of what libc does."""

    def build(name):
        library = tmp_path / f"{name}.so"
        source = pathlib.Path(__file__).with_name(f"{name}.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        return str(library)

    return build


@pytest.fixture
def hooks(outbox, tmp_path, certificate):
    made = Hooks(outbox, tmp_path, certificate)
    yield made
    for courier in outbox.couriers:
        courier.stop()
        for secret in made.secrets.values():
            assert secret not in courier.output(), "a secret is in the courier's log"
    database.query(made.db, f"DROP OWNED BY {made.role}")
    database.query(made.db, f"DROP ROLE {made.role}")

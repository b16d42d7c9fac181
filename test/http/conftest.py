"""Fixtures of the HTTP tests.

The suite talks to a running sidecar (JERRY_URL) and to its database as the owner (JERRY_DSN), as tools/test
sets them.  It never empties a table: every test makes users of its own, so it runs beside other data and twice.
"""

import pytest

import database
import totp
from client import Api
from loud import TALKATIVE
from processes import Cluster, Sidecar, ready_sidecar
from surroundings import setting
from tls import Certificate
from users import PASSWORD, new_email, new_user_data


@pytest.fixture(scope="session")
def url():
    """Where the sidecar under test listens."""
    return setting("JERRY_URL")


@pytest.fixture(scope="session")
def dsn():
    """The owner's way into the database of the sidecar under test."""
    return setting("JERRY_DSN")


@pytest.fixture
def db(dsn):
    """An autocommit connection as the owner."""
    connection = database.connect(dsn)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def api(url):
    return Api(url)


@pytest.fixture
def listener(dsn):
    """A connection that has been listening since before the test began."""
    listening = database.Listener(dsn)
    yield listening
    listening.close()


@pytest.fixture
def valid_user_data():
    return new_user_data()


@pytest.fixture
def make_user(api):
    """Registers users: make_user() returns its registration with the user_id added."""

    def make(**changes):
        user = new_user_data(**changes)
        answer = api.register(user)
        assert answer.status == 201, answer
        return {**user, "user_id": answer.data["user_id"]}

    return make


@pytest.fixture
def registered_user(make_user):
    return make_user()


@pytest.fixture
def verified_user(api, db, registered_user):
    token = database.verification_token(db, registered_user["user_id"])
    assert api.verify_email(token).status == 200
    return registered_user


@pytest.fixture
def login(api, registered_user):
    """A fresh login of the registered user: its data, with both tokens."""
    answer = api.login(registered_user)
    assert answer.status == 200, answer
    return answer.data


@pytest.fixture
def app(api, db, registered_user, login):
    """An authenticator app of the registered user, whose next code is not to be waited for: token, secret,
    recovery_codes, user_id.
    """
    token = login["access_token"]
    secret = api.second_factor("setup", token).data["secret"]
    activated = api.second_factor("activate", token, code=totp.code(secret)).data
    user_id = registered_user["user_id"]
    database.query(db, "UPDATE jerry.totp SET last_step = -1 WHERE user_id = %s", user_id)
    return {"token": token, "secret": secret, "user_id": user_id, **activated}


@pytest.fixture(scope="session")
def database_url(dsn):
    """How a sidecar of a test reaches the same database: as the sidecar under test does."""
    return setting("DATABASE_URL")


@pytest.fixture(scope="module")
def start_sidecar(tmp_path_factory):
    """Starts sidecars with an environment of their own, which are stopped at the end of the file.

    ready=False: one that need not reach a database.
    """
    started = []

    def start(ready=True, **names):
        sidecar = Sidecar(tmp_path_factory.mktemp("sidecar"), **names)
        started.append(sidecar)
        if ready:
            sidecar.wait_until_ready()
        else:
            sidecar.wait_until("/livez", 200)
        return sidecar

    yield start
    for sidecar in started:
        sidecar.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def private_cluster(tmp_path_factory):
    """A cluster that a test may stop, with fairly cheap hashes and a server that logs as much as it is let to."""
    cluster = Cluster(
        tmp_path_factory.mktemp("cluster"),
        "jerry.bcrypt_cost=8",
        *TALKATIVE,
    )
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def private_sidecar(private_cluster, tmp_path_factory):
    """A sidecar in front of the private cluster, its own log at the most talkative level; tests do the maintenance."""
    folder = tmp_path_factory.mktemp("sidecar")
    url = private_cluster.database_url
    with ready_sidecar(folder, DATABASE_URL=url, LOG_LEVEL="DEBUG", MAINTENANCE_INTERVAL="0") as sidecar:
        yield sidecar


@pytest.fixture
def private_api(private_sidecar):
    return Api(private_sidecar.url)


@pytest.fixture
def private_db(private_cluster):
    connection = database.connect(private_cluster.dsn)
    yield connection
    connection.close()


@pytest.fixture
def code_login(db):
    """Users log in by code."""
    database.query(db, "SELECT jerry.configure('jerry.code_login', 'on')")
    yield
    database.query(db, "SELECT jerry.configure('jerry.code_login', NULL)")


@pytest.fixture
def code_registration(db, code_login):
    """And codes make accounts."""
    database.query(db, "SELECT jerry.configure('jerry.code_registration', 'on')")
    yield
    database.query(db, "SELECT jerry.configure('jerry.code_registration', NULL)")


@pytest.fixture
def new_address(api, registered_user, login):
    """The new address of a change that was asked for."""
    email = new_email()
    assert api.request_email_change(login["access_token"], email, PASSWORD).status == 200
    return email


@pytest.fixture
def change_tokens(db, registered_user, new_address):
    """Those of the two mails."""
    return database.email_change_tokens(db, registered_user["user_id"])


@pytest.fixture
def undo_token(api, db, registered_user, change_tokens):
    """The token of the mail to the old address, after the change."""
    for token in change_tokens:
        assert api.confirm_email_change(token).status == 200
    return database.email_undo_token(db, registered_user["user_id"])

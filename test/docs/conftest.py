"""Fixtures of the documentation tests: for each page that has commands a database and a sidecar of its own.

The cluster is that of JERRY_DSN, as tools/test starts it.
"""

import pytest

from database import connect, query
from processes import Sidecar, assignments, run_tool

from pages import ROOT
from sessions import Session, environment_without_jerry
from surroundings import setting

# cheaper than the default, and still nothing that jerry.doctor() complains of
BCRYPT_COST = 10


@pytest.fixture(scope="session")
def dsn():
    """The owner's way into the cluster under test."""
    return setting("JERRY_DSN")


@pytest.fixture(scope="session")
def make_database(dsn):
    """make_database(name): a new database with Jerry; JERRY_DSN and DATABASE_URL of it."""

    def make(name):
        owner = connect(dsn)
        query(owner, f'CREATE DATABASE "{name}"')
        owner.close()
        names = {"JERRY_DSN": dsn.rpartition("/")[0] + "/" + name}
        names.update(assignments(run_tool("setup-database", **names)))
        owner = connect(names["JERRY_DSN"])
        query(owner, f"SELECT jerry.configure('jerry.bcrypt_cost', '{BCRYPT_COST}')")
        owner.close()
        return names

    return make


@pytest.fixture(scope="session")
def reference_dsn(make_database):
    """The owner's way into a database in which nothing has happened."""
    return make_database("reference")["JERRY_DSN"]


@pytest.fixture(scope="session")
def reference(reference_dsn):
    connection = connect(reference_dsn)
    yield connection
    connection.close()


def roles(owner):
    return {name for name, in query(owner, "SELECT rolname FROM pg_roles")}


@pytest.fixture
def session_of(dsn, make_database, tmp_path):
    """session_of(page): a place to run the page's blocks in; the database and the roles that they make are gone
    afterwards.
    """
    started = []
    owner = connect(dsn)
    roles_before = None
    database = None

    def start(page):
        nonlocal roles_before, database
        database = "page_" + page.stem.lower().replace("-", "_")
        names = make_database(database)
        roles_before = roles(owner)
        sidecar = Sidecar(tmp_path / "sidecar", LOG_LEVEL="INFO", ENVIRONMENT="testing", **names)
        started.append(sidecar)
        sidecar.wait_until("/readyz", 200)
        folder = tmp_path / "checkout"
        folder.mkdir()
        for path in ROOT.iterdir():
            if path.name not in (".env", ".git"):
                (folder / path.name).symlink_to(path)
        # as on a terminal, where curl shows no progress
        (tmp_path / ".curlrc").write_text("silent\nshow-error\n")
        environment = {**environment_without_jerry(), **names, "JERRY_URL": sidecar.url, "CURL_HOME": str(tmp_path)}
        session = Session(folder, sidecar.url, environment)
        started.append(session)
        return session

    yield start
    for thing in reversed(started):
        thing.stop()
    if database:
        query(owner, f'DROP DATABASE "{database}" WITH (FORCE)')
        for role in roles(owner) - roles_before:
            query(owner, f'DROP ROLE "{role}"')
    owner.close()

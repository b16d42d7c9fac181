"""Fixtures of the data tests: what happens to the data of an installation in dumps, upgrades, on standbys, and to its
events.

Each test works in databases of its own beside the one of JERRY_DSN, or on servers of its own, in the folder JERRY_RUN.
"""

import pathlib
import uuid

import pytest

from database import connect, query

from programs import Server, with_database
from surroundings import setting


@pytest.fixture(scope="session")
def dsn():
    """The owner's way into the cluster under test; Jerry is in its database, so that the roles are there."""
    owner = setting("JERRY_DSN")
    with_owner(owner, "CREATE EXTENSION IF NOT EXISTS jerry CASCADE")
    return owner


@pytest.fixture(scope="session")
def run_folder():
    return pathlib.Path(setting("JERRY_RUN"))


@pytest.fixture(scope="module")
def new_database(dsn, new_role):
    """new_database(): the way into a new empty database, which is gone at the end of the file, before the roles."""
    made = []

    def new():
        name = f"jerry_data_{uuid.uuid4().hex}"
        with_owner(dsn, f"CREATE DATABASE {name} TEMPLATE template0")
        made.append(name)
        return with_database(dsn, name)

    yield new
    for name in made:
        with_owner(dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def new_installation(new_database):
    """new_installation(): the way into a new database with Jerry in it and cheap hashes."""

    def new():
        database_dsn = new_database()
        with_owner(database_dsn, "CREATE EXTENSION jerry CASCADE")
        name = database_dsn.rpartition("/")[2]
        with_owner(database_dsn, f"ALTER DATABASE {name} SET jerry.bcrypt_cost = 4")
        return database_dsn

    return new


@pytest.fixture(scope="module")
def new_server(run_folder):
    """new_server(): a server of the file's own, which is gone at its end."""
    servers = []

    def new(*settings, name=None):
        server = Server(run_folder / (name or f"server-{uuid.uuid4().hex[:8]}"), *settings)
        servers.append(server)
        return server

    yield new
    for server in reversed(servers):
        server.remove()


@pytest.fixture(scope="module")
def new_role(dsn):
    """new_role(name, grants): the password of a new login role; the role is gone at the end of the file."""
    made = []

    def new(name, *grants):
        password = uuid.uuid4().hex
        with_owner(dsn, f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        made.append(name)
        for granted in grants:
            with_owner(dsn, f"GRANT {granted} TO {name}")
        return password

    yield new
    for name in made:
        with_owner(dsn, f"DROP ROLE IF EXISTS {name}")


def with_owner(owner_dsn, sql):
    connection = connect(owner_dsn)
    try:
        return query(connection, sql)
    finally:
        connection.close()

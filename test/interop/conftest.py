"""Fixtures of the interoperability tests: Jerry's own SQL against other people's libraries.

They work in databases of their own beside the one of JERRY_DSN, because an imported key is for good.
"""

import os
import pathlib
import subprocess
import uuid

import psycopg2.extensions
import pytest

from accounts import Accounts
from database import connect
from surroundings import setting

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def dsn():
    """The owner's way into the cluster."""
    return setting("JERRY_DSN")


@pytest.fixture(scope="module")
def make_database(dsn):
    """Makes databases with nothing but Jerry in them, and drops them at the end of the file."""
    owner = connect(dsn)
    made = []

    def make():
        name = f"jerry_interop_{uuid.uuid4().hex}"
        owner.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
        connection = connect(psycopg2.extensions.make_dsn(dsn, dbname=name))
        made.append((name, connection))
        connection.cursor().execute("CREATE EXTENSION jerry CASCADE")
        connection.cursor().execute("SET jerry.bcrypt_cost = 4")
        return connection

    yield make
    for name, connection in made:
        connection.close()
        owner.cursor().execute(f"DROP DATABASE {name}")
    owner.close()


@pytest.fixture(scope="module")
def jerry(make_database):
    """Accounts in a database whose key is Jerry's own."""
    return Accounts(make_database())


@pytest.fixture(scope="session")
def libjwt(tmp_path_factory):
    """Runs jwt_oracle: libjwt(*arguments, given=text) is what it printed, None when a token did not verify."""
    program = tmp_path_factory.mktemp("jwt_oracle") / "jwt_oracle"
    # built with OpenSSL or with GnuTLS, of which Debian lets a machine have one
    variants = [
        subprocess.run(["pkg-config", "--cflags", "--libs", name], stdout=subprocess.PIPE, text=True)
        for name in ("libjwt", "libjwt-gnutls")
    ]
    flags = next(variant.stdout.split() for variant in variants if variant.returncode == 0)
    compiler = os.environ.get("CC", "gcc")
    source = str(HERE / "jwt_oracle.c")
    subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-o", str(program), source, *flags], check=True)

    def run(*arguments, given):
        done = subprocess.run(
            [str(program), *arguments], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=20
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout.strip() if done.returncode == 0 else None

    return run

"""Dump and restore: every user, session, key, event, consumer and delivery comes back, and goes on working."""

import uuid

import pytest
from psycopg2.extensions import parse_dsn

from database import connect, query, value
from installation import check_events_come, check_it_is_guarded, check_it_works, fill, rows
from programs import pg, psql, with_database, with_role


class Source:
    """The installation that is dumped, and its dumps."""

    def __init__(self, dsn, folder):
        self.dsn = dsn
        self.name = dsn.rpartition("/")[2]
        db = connect(dsn)
        self.given = fill(db)
        # what a product keeps beside: a foreign key to a user, with rows
        query(db, 'CREATE TABLE public.shop (owner uuid NOT NULL REFERENCES jerry."user" (id), name text)')
        query(db, "INSERT INTO public.shop VALUES (%s, 'shop of Ada')", self.given["ada"]["user_id"])
        self.rows = rows(db)
        self.sequence = value(db, "SELECT last_value FROM jerry.event_id_seq")
        db.close()
        self.plain = folder / "plain.sql"
        self.custom = folder / "custom.dump"
        pg("pg_dump", "-Fp", "-f", self.plain, "-d", dsn)
        pg("pg_dump", "-Fc", "-f", self.custom, "-d", dsn)

    def restore(self, form, dsn):
        if form == "plain":
            psql(dsn, "", "-f", self.plain)
        else:
            pg("pg_restore", "--exit-on-error", "-d", dsn, self.custom)

    def check(self, dsn):
        """Is the database what was dumped? And does it work?"""
        db = connect(dsn)
        restored = rows(db)
        assert restored == self.rows
        assert value(db, "SELECT last_value FROM jerry.event_id_seq") == self.sequence
        assert query(db, "SELECT owner::text, name FROM public.shop") == [(self.given["ada"]["user_id"], "shop of Ada")]
        query(db, "SET jerry.bcrypt_cost = 4")
        check_it_works(db, self.given)
        check_events_come(db)
        check_it_is_guarded(db)
        db.close()


@pytest.fixture(scope="module")
def source(new_installation, tmp_path_factory):
    return Source(new_installation(), tmp_path_factory.mktemp("dump"))


@pytest.fixture(scope="module")
def other_server(new_server):
    return new_server()


def empty_database(server):
    name = f"restored_{uuid.uuid4().hex}"
    psql(server.dsn, f"CREATE DATABASE {name} TEMPLATE template0")
    return with_database(server.dsn, name)


def forget_roles(server):
    """As if Jerry had never been on this server."""
    names = psql(server.dsn, "SELECT datname FROM pg_database WHERE datname ~ '^restored_'").split()
    for name in names:
        psql(server.dsn, f"DROP DATABASE {name}")
    psql(server.dsn, "DROP ROLE IF EXISTS jerry_api, jerry_events, jerry_admin")


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_dump_can_be_restored_into_a_new_database(source, new_database, form):
    target = new_database()
    source.restore(form, target)
    source.check(target)


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_dump_can_be_restored_into_a_new_server(source, other_server, form):
    forget_roles(other_server)
    target = empty_database(other_server)
    source.restore(form, target)
    source.check(target)


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_dump_can_be_restored_where_a_role_jerry_api_exists_already(source, other_server, form):
    forget_roles(other_server)
    psql(other_server.dsn, "CREATE ROLE jerry_api")
    target = empty_database(other_server)
    source.restore(form, target)
    source.check(target)


def test_a_dump_can_be_made_in_parallel_and_restored_so_but_for_its_rows(source, new_database, tmp_path):
    target = new_database()
    pg("pg_dump", "-Fd", "-j", "2", "-f", tmp_path / "parallel", "-d", source.dsn)
    # the foreign keys of an extension's tables are there before their rows, and pg_restore -j would not wait for the users
    for section, jobs in ("pre-data", "2"), ("data", "1"), ("post-data", "2"):
        pg("pg_restore", "--exit-on-error", "-j", jobs, f"--section={section}", "-d", target, tmp_path / "parallel")
    source.check(target)


def test_data_can_be_restored_into_an_installation_without_users(source, new_installation, tmp_path):
    target = new_installation()
    psql(target, 'CREATE TABLE public.shop (owner uuid NOT NULL REFERENCES jerry."user" (id), name text)')
    pg("pg_restore", "--exit-on-error", "--data-only", "--disable-triggers", "-d", target, source.custom)
    source.check(target)


def test_a_dump_of_the_whole_server_can_be_restored(source, new_server, tmp_path):
    server = new_server()
    pg("pg_dumpall", "-f", tmp_path / "server.sql", "-d", source.dsn, PGPASSWORD=parse_dsn(source.dsn)["password"])
    # role and database jerry are there already, and the dump brings the password of its own
    script = (tmp_path / "server.sql").read_text()
    script = script.replace("CREATE ROLE jerry;\n", "")
    script = script.replace("\nCREATE DATABASE jerry WITH", "\nDROP DATABASE jerry;\nCREATE DATABASE jerry WITH")
    script = "".join(line for line in script.splitlines(keepends=True) if not line.startswith("ALTER ROLE jerry WITH"))
    # it connects from database to database, for which psql needs the password again
    psql(with_database(server.dsn, "template1"), script, PGPASSWORD=parse_dsn(server.dsn)["password"])
    source.check(with_database(server.dsn, source.name))


def test_a_restore_over_users_is_refused(source, new_database):
    target = new_database()
    source.restore("plain", target)
    said = pg("pg_restore", "--clean", "--exit-on-error", "-d", target, source.custom, succeeds=False)
    assert "cannot drop" in said
    assert psql(target, 'SELECT count(*) FROM jerry."user"') == "3"


@pytest.mark.parametrize("grant", ["jerry_api", "jerry_events", "jerry_admin", "pg_monitor"])
def test_only_the_owner_can_dump(source, new_role, tmp_path, grant):
    name = f"jerry_test_{grant}"
    dsn = with_role(source.dsn, name, new_role(name, grant))
    said = pg("pg_dump", "-f", tmp_path / "dump.sql", "-d", dsn, succeeds=False)
    assert "permission denied" in said
    for table in 'jerry."user"', "jerry.signing_key", "jerry.event", "jerry.session":
        assert "permission denied" in psql(dsn, f"COPY {table} TO STDOUT", succeeds=False)

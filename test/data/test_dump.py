"""Dump and restore, by every recipe of docs/DEPLOYMENT.md: every user, session, key, event, consumer, delivery and
setting comes back, and goes on working."""

import contextlib
import pathlib
import uuid

import psycopg2.errors
import pytest
from psycopg2.extensions import parse_dsn

from database import connect, query, value
from installation import HOOK, PASSWORD, check_events_come, check_it_is_guarded, check_it_works, code, fill, rows
from programs import BINDIR, ROOT, pg, psql, run, with_database, with_role


SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'jerry' ORDER BY 1"


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
        self.sequences = query(db, SEQUENCES)
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
        assert self.rows["jerry.common_password"]
        assert restored == {**self.rows, "jerry.common_password": []}
        assert value(db, "SELECT count(*) FROM jerry.doctor() WHERE problem = 'common passwords'") == 1
        assert query(db, SEQUENCES) == self.sequences
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
    psql(server.dsn, "DROP ROLE IF EXISTS jerry_api, jerry_events, jerry_hooks, jerry_admin")


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
    # the foreign keys of an extension's tables are there before their rows, and pg_restore -j would not wait for the
    # users
    for section, jobs in ("pre-data", "2"), ("data", "1"), ("post-data", "2"):
        pg("pg_restore", "--exit-on-error", "-j", jobs, f"--section={section}", "-d", target, tmp_path / "parallel")
    source.check(target)


def test_data_can_be_restored_into_an_installation_without_users(source, new_installation, tmp_path):
    target = new_installation()
    psql(target, 'CREATE TABLE public.shop (owner uuid NOT NULL REFERENCES jerry."user" (id), name text)')
    psql(target, HOOK)
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
    assert psql(target, 'SELECT count(*) FROM jerry."user"') == "5"


def test_a_restore_over_users_replaces_them_when_that_is_said(source, new_installation):
    target = new_installation()
    with contextlib.closing(connect(target)) as running:
        query(running, "SELECT jerry.register('other@example.com', %s, %s)", PASSWORD, PASSWORD)
        assert code(running, "login", "other@example.com", PASSWORD) is None
        pg(
            "pg_restore", "--clean", "--if-exists", "--exit-on-error", "-d", target, source.custom,
            PGOPTIONS="-c jerry.allow_drop=on"
        )
        source.check(target)
        # a session that was there all the time, as the sidecar's
        assert code(running, "login", "other@example.com", PASSWORD) == "INVALID_CREDENTIALS"
        assert code(running, "validate_token", source.given["ada"]["access_token"]) is None


def test_the_tables_alone_can_be_restored_into_a_new_installation(source, new_installation, tmp_path):
    target = new_installation()
    pg("pg_dump", "-Fc", "-t", "jerry.*", "-t", "public.shop", "-f", tmp_path / "tables.dump", "-d", source.dsn)
    pg("pg_restore", "--exit-on-error", "-d", target, tmp_path / "tables.dump")
    psql(target, HOOK)
    source.check(target)


@pytest.mark.parametrize("option", ["--inserts", "--column-inserts"])
def test_a_dump_of_statements_can_be_restored(source, new_database, tmp_path, option):
    target = new_database()
    pg("pg_dump", option, "-f", tmp_path / "statements.sql", "-d", source.dsn)
    psql(target, "", "-f", tmp_path / "statements.sql")
    source.check(target)


def test_a_dump_of_another_schema_is_not_mistaken_for_one_of_jerry(source, new_database, tmp_path):
    # what the docs warn of: these two have no row of Jerry, which pg_dump does not say
    for choice in ("-n", "jerry"), ("-N", "jerry"):
        pg("pg_dump", *choice, "-f", tmp_path / "schema.sql", "-d", source.dsn)
        assert "COPY jerry." not in (tmp_path / "schema.sql").read_text()
    # whoever has foreign keys to users is told by the restore
    pg("pg_dump", "-Fc", "-n", "public", "-f", tmp_path / "public.dump", "-d", source.dsn)
    target = new_database()
    psql(target, "DROP SCHEMA public")
    said = pg("pg_restore", "--exit-on-error", "-d", target, tmp_path / "public.dump", succeeds=False)
    assert 'schema "jerry" does not exist' in said


@pytest.fixture
def strict(new_database):
    """An installation that is set up as for production, and told so in every way; a user of it is not verified."""
    dsn = new_database()
    name = dsn.rpartition("/")[2]
    names = {"JERRY_DSN": dsn, "JERRY_SIDECAR_ROLE": "jerry_test_sidecar",
             "JERRY_SIDECAR_PASSWORD": "sidecar of the test",
             "JERRY_SIDECAR_PASSWORD_FILE": ""}
    run(ROOT / "tools" / "setup-database", JWT_ACCESS_TOKEN_EXPIRE_HOURS="2", **names)
    with contextlib.closing(connect(dsn)) as db:
        for setting in (
            ("require_verified_email", "on"), ("audience", "shop"), ("notify_payload", "redacted"), ("bcrypt_cost", "4")
        ):
            query(db, "SELECT jerry.configure('jerry.' || %s, %s)", *setting)
        query(db, "SELECT jerry.register('ada@example.com', %s, %s)", PASSWORD, PASSWORD)
        query(db, f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC")
        query(db, f"GRANT CONNECT ON DATABASE {name} TO jerry_api")
        query(db, f"ALTER DATABASE {name} SET jerry.verification_ttl = '3h'")
    yield dsn
    psql(dsn, "SET jerry.allow_drop = on; DROP OWNED BY jerry_test_sidecar CASCADE; DROP ROLE jerry_test_sidecar")


CONFIGURED = "SELECT name, value FROM jerry.configuration() WHERE name <> 'jerry.verification_ttl' ORDER BY name"
OF_THE_DATABASE = """
SELECT (SELECT array_agg(acl::text ORDER BY acl::text) FROM unnest(datacl) AS acl),
	(SELECT array_agg(entry ORDER BY entry) FROM pg_db_role_setting, unnest(setconfig) AS entry
		WHERE setdatabase = pg_database.oid)
FROM pg_database WHERE datname = current_database()
"""
OF_THE_SIDECAR = """
SELECT rolcanlogin, rolsuper, pg_has_role(oid, 'jerry_api', 'USAGE'),
	(SELECT array_agg(entry ORDER BY entry) FROM unnest(rolconfig) AS entry)
FROM pg_roles WHERE rolname = 'jerry_test_sidecar'
"""


def asked(dsn, question):
    with contextlib.closing(connect(dsn)) as db:
        return query(db, question)


@pytest.mark.parametrize("form", ["plain", "custom", "tables"])
def test_what_decides_about_security_survives_a_dump(strict, new_database, tmp_path, form):
    target = new_database()
    options = {"plain": ("-Fp",), "custom": ("-Fc",), "tables": ("-Fc", "-t", "jerry.*")}[form]
    pg("pg_dump", *options, "-f", tmp_path / "dump", "-d", strict)
    if form == "tables":
        psql(target, "SET client_min_messages = warning; CREATE EXTENSION jerry CASCADE")
    if form == "plain":
        psql(target, "", "-f", tmp_path / "dump")
    else:
        pg("pg_restore", "--exit-on-error", "-d", target, tmp_path / "dump")
    assert asked(target, CONFIGURED) == asked(strict, CONFIGURED)
    with contextlib.closing(connect(target)) as db:
        assert code(db, "login", "ada@example.com", PASSWORD) == "EMAIL_NOT_VERIFIED"
        # what belongs to the database itself is not in such a dump: doctor() has said so before it was made
        assert value(db, "SELECT current_setting('jerry.verification_ttl')") == "1d"
    found = asked(strict, "SELECT finding, hint FROM jerry.doctor() WHERE problem = 'setting not dumped'")
    assert len(found) == 1 and "jerry.verification_ttl is set by ALTER DATABASE" in found[0][0]
    psql(strict, found[0][1])
    assert asked(
        strict, "SELECT value, source FROM jerry.configuration() WHERE name = 'jerry.verification_ttl'"
    ) == [("10800", "jerry.setting")]
    assert asked(strict, "SELECT finding FROM jerry.doctor() WHERE problem = 'setting not dumped'") == []


def test_a_restore_that_makes_the_database_has_all_of_it(strict, new_server, tmp_path):
    server = new_server()
    secrets = {"PGPASSWORD": parse_dsn(strict)["password"]}
    pg("pg_dumpall", "--globals-only", "-f", tmp_path / "globals.sql", "-d", strict, **secrets)
    pg("pg_dump", "-Fc", "-f", tmp_path / "strict.dump", "-d", strict)
    # the role that restores has its own password on the new server
    script = "".join(
        line for line in (tmp_path / "globals.sql").read_text().splitlines(keepends=True)
        if " ROLE jerry" not in line or " ROLE jerry_" in line
    )
    psql(server.dsn, script)
    pg(
        "pg_restore", "--create", "--exit-on-error", "-d", server.dsn, tmp_path / "strict.dump",
        PGPASSWORD=parse_dsn(server.dsn)["password"]
    )
    target = with_database(server.dsn, strict.rpartition("/")[2])
    for question in CONFIGURED, OF_THE_DATABASE, OF_THE_SIDECAR, 'SELECT * FROM jerry."user"':
        assert asked(target, question) == asked(strict, question), question
    # the sidecar gets in with the password it has, and nobody else does
    psql(target, "CREATE ROLE jerry_test_stranger LOGIN PASSWORD 'stranger'")
    sidecar = with_role(target, "jerry_test_sidecar", "sidecar%20of%20the%20test")
    assert "EMAIL_NOT_VERIFIED" in psql(sidecar, f"SELECT jerry.login('ada@example.com', '{PASSWORD}')")
    said = psql(with_role(target, "jerry_test_stranger", "stranger"), "SELECT 1", succeeds=False)
    assert "permission denied for database" in said


OWN_CHANGES = [
    'ALTER TABLE jerry."user" ADD COLUMN display_name text',
    "CREATE INDEX other ON jerry.session (ip)",
    'CREATE TRIGGER same BEFORE UPDATE ON jerry."user" FOR EACH ROW '
    'EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    "CREATE POLICY everybody ON jerry.session USING (true)",
]
# to another cluster of the same version, whose files then take the place of the old ones
UPGRADE = """
data=$1 tree=$2 programs=$3
ln -s -t "$tree" $(find "$programs" -type f ! -name postgres ! -name initdb ! -name pg_ctl)
"$tree/initdb" --pgdata="$data.new" --username=jerry --auth=trust \\
	--encoding=UTF8 --locale=C.UTF-8 --data-checksums --no-instructions --no-sync
cd "${data%/*}"
"$tree/pg_upgrade" --old-bindir="$tree" --new-bindir="$tree" --old-datadir="$data" --new-datadir="$data.new" \\
	--username=jerry --socketdir="${data%/*}"
cp "$data/postgresql.conf" "$data/pg_hba.conf" "$data/jerry.conf" "$data.new"
mv "$data" "$data.old"
mv "$data.new" "$data"
"""

def test_pg_upgrade_takes_everything_along(new_server):
    server = new_server()
    psql(server.dsn, "SET client_min_messages = warning; CREATE EXTENSION jerry CASCADE")
    with contextlib.closing(connect(server.dsn)) as db:
        given = fill(db)
        # what a dump would lack, pg_upgrade has
        query(db, "SET jerry.allow_changes = on")
        for change in OWN_CHANGES:
            query(db, change)
        before = rows(db)
        found = query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'table changed' ORDER BY 1")
        assert len(found) == len(OWN_CHANGES)
    data = (server.folder / "data").resolve()
    tree = pathlib.Path(f"{data.parent}/server{BINDIR}")
    run(ROOT / "tools" / "cluster", "stop", server.folder)
    run("sh", "-euc", UPGRADE, "sh", data, tree, BINDIR, user="postgres", PGPASSWORD=parse_dsn(server.dsn)["password"])
    server.start()
    with contextlib.closing(connect(server.dsn)) as db:
        assert rows(db) == before
        assert query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'table changed' ORDER BY 1") == found
        query(db, "SET jerry.bcrypt_cost = 4")
        check_it_works(db, given)
        check_events_come(db)
        check_it_is_guarded(db)
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            query(db, 'ALTER TABLE jerry."user" ADD COLUMN other text')


def test_the_owner_can_be_another_superuser(new_installation, new_role, tmp_path):
    dsn = new_installation()
    for name in "jerry_test_installer", "jerry_test_plain", "jerry_test_super":
        new_role(name)
    psql(dsn, "ALTER ROLE jerry_test_installer SUPERUSER; ALTER ROLE jerry_test_super SUPERUSER; "
              "SET jerry.allow_drop = on; DROP EXTENSION jerry;"
              "SET ROLE jerry_test_installer; CREATE EXTENSION jerry")
    with contextlib.closing(connect(dsn)) as db:
        given = fill(db)
        said = psql(dsn, "REASSIGN OWNED BY jerry_test_installer TO jerry_test_plain", succeeds=False)
        assert "The owner of an event trigger must be a superuser." in said
        query(db, "REASSIGN OWNED BY jerry_test_installer TO jerry_test_super")
        check_it_works(db, given)
        check_it_is_guarded(db)
        query(db, "SET jerry.allow_drop = on")
        query(db, "DROP EXTENSION jerry")


def test_a_restore_by_somebody_else_says_who_can(source, new_database, new_role):
    target = new_database()
    name = target.rpartition("/")[2]
    password = new_role("jerry_test_owner")
    psql(target, f"ALTER DATABASE {name} OWNER TO jerry_test_owner")
    try:
        said = pg(
            "pg_restore", "--exit-on-error", "-d", with_role(target, "jerry_test_owner", password), source.custom,
            succeeds=False
        )
    finally:
        psql(target, "REASSIGN OWNED BY jerry_test_owner TO CURRENT_USER")
    assert 'permission denied to create extension "jerry"' in said
    assert "Must be superuser to create this extension." in said


@pytest.mark.parametrize("grant", ["jerry_api", "jerry_events", "jerry_hooks", "jerry_admin", "pg_monitor"])
def test_only_the_owner_can_dump(source, new_role, tmp_path, grant):
    name = f"jerry_test_{grant}"
    dsn = with_role(source.dsn, name, new_role(name, grant))
    said = pg("pg_dump", "-f", tmp_path / "dump.sql", "-d", dsn, succeeds=False)
    assert "permission denied" in said
    for table in 'jerry."user"', "jerry.signing_key", "jerry.event", "jerry.session":
        assert "permission denied" in psql(dsn, f"COPY {table} TO STDOUT", succeeds=False)

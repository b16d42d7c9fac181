"""docs/row-level-security.md, executed: what stands there works as it stands there."""

import re

import pytest

from database import connect, query, value
from installation import PASSWORD, answer
from programs import ROOT, psql, with_role

PAGE = ROOT / "docs" / "row-level-security.md"


def blocks():
    return re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


@pytest.fixture(scope="module")
def installed(new_installation):
    dsn = new_installation()
    db = connect(dsn)
    for name in "eve", "bob":
        answer(db, "register", f"{name}@example.com", PASSWORD, PASSWORD)
    db.close()
    return dsn


def login(dsn, name):
    db = connect(dsn)
    try:
        return answer(db, "login", f"{name}@example.com", PASSWORD)["access_token"]
    finally:
        db.close()


def test_the_page_does_what_it_says(installed):
    make_notes, write_note, count_notes, make_profiles, register, *_ = blocks()
    eve, bob = login(installed, "eve"), login(installed, "bob")
    app = with_role(installed, "app", "app-password")
    try:
        psql(installed, make_notes)
        psql(installed, "ALTER ROLE app PASSWORD 'app-password'")

        def in_app(block, token=""):
            return psql(app, block, "-v", f"access_token={token}").splitlines()

        # the application writes and reads the notes of who is asking
        assert [line for line in in_app(write_note, eve) if line.endswith("|mine")] == ["1|mine"]
        assert [line for line in in_app(write_note, bob) if line.endswith("|mine")] == ["2|mine"]
        assert len([line for line in in_app(write_note, eve) if line.endswith("|mine")]) == 2
        assert psql(installed, "SELECT count(*) FROM note") == "3"
        # without an identity it sees and writes nothing
        assert in_app(count_notes) == ["0"]
        assert "violates row-level security" in psql(
            app, "INSERT INTO note (body) VALUES ('nobody''s')", succeeds=False
        )
        db = connect(installed)
        eves = value(db, "SELECT id FROM jerry.\"user\" WHERE email = 'eve@example.com'")
        assert "violates row-level security" in psql(
            app, f"INSERT INTO note (owner, body) VALUES ('{eves}', 'forged')", succeeds=False
        )
        # a token that is not valid is an error, which ends the transaction
        assert "JR008" in psql(
            app, f"\\set VERBOSITY verbose\n{write_note}", "-v", f"access_token={eve}x", succeeds=False
        )
        # the identity does not outlive its transaction, in one session either
        assert in_app(write_note + count_notes, eve)[-1] == "0"
        # the role is neither owner nor free of policies, and cannot become another one
        for forbidden in (
            "SET ROLE jerry_admin", "SET SESSION AUTHORIZATION jerry", "SET ROLE jerry",
            "ALTER TABLE note DISABLE ROW LEVEL SECURITY"
        ):
            assert re.search(
                "permission denied|must be (owner|superuser)", psql(app, forbidden, succeeds=False)
            ), forbidden

        # a user and their row in one transaction
        psql(installed, make_profiles)
        in_app(register)
        assert query(
            db, 'SELECT u.email::text, p.name FROM profile AS p JOIN jerry."user" AS u ON u.id = p.user_id'
        ) == [("ada@example.com", "Ada")]
        assert "JR002" in psql(app, f"\\set VERBOSITY verbose\n{register}", succeeds=False)
        assert value(db, "SELECT count(*) FROM profile") == 1
        # the profile is refused: neither user nor event
        query(db, "ALTER TABLE profile ADD CHECK (name <> 'Ada') NOT VALID")
        before = value(db, "SELECT count(*) FROM jerry.event")
        assert "violates check constraint" in psql(app, register.replace("ada@", "new@"), succeeds=False)
        assert value(db, "SELECT count(*) FROM jerry.event") == before
        assert value(db, "SELECT count(*) FROM jerry.\"user\" WHERE email = 'new@example.com'") == 0
        db.close()
    finally:
        psql(installed, "DROP OWNED BY app; DROP ROLE app")


def block_with(text):
    [block] = [block for block in blocks() if text in block]
    return block


def test_the_page_says_who_publishes(installed):
    """The part about roles: an editor writes, a publisher publishes, and nobody else does either."""
    make_names, make_articles = block_with("create_role"), block_with("CREATE TABLE article")
    write = block_with("UPDATE article SET published")
    psql(installed, "CREATE ROLE app LOGIN PASSWORD 'app-password'; GRANT jerry_api TO app")
    app = with_role(installed, "app", "app-password")
    db = connect(installed)
    try:
        psql(installed, make_names)
        psql(installed, make_articles)

        def in_app(block, token):
            return psql(app, block, "-v", f"editor_token={token}").splitlines()

        def is_refused(block, token):
            said = psql(app, block, "-v", f"editor_token={token}", succeeds=False)
            return "violates row-level security policy for table \"article\"" in said

        def give(name, role):
            give_to = "SELECT jerry.grant_role(id, %s) FROM jerry.\"user\" WHERE email = %s"
            query(db, give_to, role, f"{name}@example.com")

        before = login(installed, "eve")
        give("eve", "editor")
        give("bob", "publisher")
        eve, bob = login(installed, "eve"), login(installed, "bob")
        assert is_refused(write, before)
        assert in_app(write, eve)[-1] == "Policies|f"
        # no editor writes what is published at once, or in another's name
        forged = write.replace("(title) VALUES ('Policies')", "(title, published) VALUES ('x', true)")
        assert is_refused(forged, eve)
        forged = write.replace("(title) VALUES ('Policies')", "(title, author) VALUES ('x', gen_random_uuid())")
        assert is_refused(forged, eve)
        # who publishes turns all drafts into articles, which everybody reads
        assert in_app("SELECT count(*) FROM article", eve) == ["0"]
        assert set(in_app(write, bob)) >= {"Policies|t"}
        assert in_app("SELECT count(*) FROM article", "") == ["2"]
        # a role that is taken away goes with the next token, or at once
        query(db, "SELECT jerry.drop_role('editor')")
        assert in_app(write, eve)[-1] == "Policies|f"
        query(db, "SELECT jerry.configure('jerry.live_roles', 'on')")
        assert is_refused(write, eve)
    finally:
        db.close()
        psql(installed, "DROP TABLE IF EXISTS article; DROP OWNED BY app; DROP ROLE app")


def test_the_role_of_foreign_keys_reads_no_user(installed, new_role):
    dsn = with_role(installed, "jerry_test_fk", new_role("jerry_test_fk", "jerry_api"))
    psql(installed, 'GRANT REFERENCES ON jerry."user" TO jerry_test_fk; GRANT CREATE ON SCHEMA public TO jerry_test_fk')
    psql(dsn, 'CREATE TABLE public.own (user_id uuid REFERENCES jerry."user" (id))')
    assert "permission denied" in psql(dsn, 'SELECT email FROM jerry."user"', succeeds=False)
    psql(installed, "DROP OWNED BY jerry_test_fk")

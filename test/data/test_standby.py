"""A hot standby: it answers what only reads, follows what the primary decides, and refuses the rest."""

import os
import shutil
import uuid

import psycopg2
import psycopg2.extensions
import pytest

from database import connect, query, value
from installation import PASSWORD, answer, code, fill
from programs import Server, pg
from waiting import eventually



def build_standby(primary, folder):
    """A streaming replica of a server, in a folder, made as an operator makes one."""
    folder.mkdir(mode=0o755)
    address = psycopg2.extensions.parse_dsn(primary.dsn)
    files = ["owner.password", "sidecar.password"]
    for name in files:
        shutil.copy2(primary.folder / name, folder)
    if os.getuid() == 0:
        for path in folder, *(folder / name for name in files):
            shutil.chown(path, "postgres")
    where = ("-h", address["host"], "-p", address["port"], "-U", address["user"])
    options = ("-R", "-X", "stream", "-c", "fast", "--no-sync")
    pg("pg_basebackup", "-D", folder / "data", *options, *where, user="postgres", PGPASSWORD=address["password"])
    return folder


@pytest.fixture(scope="module")
def primary(new_server):
    server = new_server("jerry.bcrypt_cost=4")
    db = connect(server.dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    server.given = fill(db)
    query(db, 'CREATE TABLE note (owner uuid REFERENCES jerry."user" (id), body text)')
    query(db, "ALTER TABLE note ENABLE ROW LEVEL SECURITY")
    query(db, "CREATE POLICY own_notes ON note USING (owner = jerry.uid())")
    for name in "ada", "bob":
        query(db, "INSERT INTO note VALUES (%s, %s)", server.given[name]["user_id"], f"note of {name}")
    query(db, "GRANT SELECT ON note TO jerry_api")
    db.close()
    return server


@pytest.fixture(scope="module")
def standby(primary, run_folder):
    folder = build_standby(primary, run_folder / f"standby-{uuid.uuid4().hex[:8]}")
    server = Server(folder, "jerry.bcrypt_cost=4")
    yield server
    server.remove()


@pytest.fixture
def here(primary):
    """The primary."""
    db = connect(primary.dsn)
    yield db
    db.close()


@pytest.fixture
def there(standby):
    """The standby."""
    db = connect(standby.dsn)
    assert value(db, "SELECT pg_is_in_recovery()")
    yield db
    db.close()


def replay(here, there):
    """Wait until the standby has seen what the primary has committed."""
    position = value(here, "SELECT pg_current_wal_flush_lsn()")
    eventually(
        lambda: value(there, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", position), "the standby does not follow"
    )


def test_a_standby_refreshes_a_session_without_recording_it(primary, here, there):
    tokens = new_user(here)
    age = "UPDATE jerry.session SET created_at = created_at - interval '1 hour' WHERE user_id = %s"
    query(here, age, tokens["user_id"])
    replay(here, there)
    assert code(there, "refresh", tokens["refresh_token"]) is None
    used = "SELECT last_used_at IS NOT NULL FROM jerry.session WHERE user_id = %s"
    assert not value(here, used, tokens["user_id"])
    assert code(here, "refresh", tokens["refresh_token"]) is None
    assert value(here, used, tokens["user_id"])


def test_a_standby_does_not_rotate(here, there):
    """Not even refuse: who is told that a token is invalid forgets it."""
    tokens = new_user(here)
    query(here, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
    try:
        replay(here, there)
        for token in tokens["refresh_token"], "x":
            with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
                code(there, "refresh", token)
        successor = answer(here, "refresh", tokens["refresh_token"])["refresh_token"]
    finally:
        query(here, "SELECT jerry.configure('jerry.rotate_refresh_tokens', NULL)")
    replay(here, there)
    assert list(answer(there, "refresh", successor)) == ["access_token", "token_type", "expires_in"]
    assert answer(there, "refresh", tokens["refresh_token"])["refresh_token"] == successor


def test_a_standby_runs_the_hooks_of_a_refresh(here, there):
    tokens = new_user(here)
    create = "CREATE OR REPLACE FUNCTION public.standby_hook(jsonb) RETURNS jsonb LANGUAGE sql AS $$SELECT %s::jsonb$$"
    query(here, create, '{"claims": {"place": "here"}}')
    query(here, "SELECT jerry.add_hook('refresh', 'public.standby_hook(jsonb)')")
    try:
        replay(here, there)
        fresh = answer(there, "refresh", tokens["refresh_token"])["access_token"]
        assert value(there, "SELECT jerry.decode_token(%s)->'data'->'app'->>'place'", fresh) == "here"
        query(here, create, '{"refuse": {"code": "CLOSED"}}')
        replay(here, there)
        assert code(there, "refresh", tokens["refresh_token"]) == "HOOK_REFUSED"
    finally:
        query(here, "SELECT jerry.remove_hook('refresh', 'public.standby_hook(pg_catalog.jsonb)')")


def new_user(db):
    email = f"user.{uuid.uuid4().hex}@example.com"
    answer(db, "register", email, PASSWORD, PASSWORD)
    return answer(db, "login", email, PASSWORD)


def test_a_standby_answers_what_only_reads(primary, here, there):
    replay(here, there)
    for name in "ada", "bob", "cleo":
        tokens = primary.given[name]
        assert answer(there, "validate_token", tokens["access_token"])["user_id"] == tokens["user_id"]
        assert answer(there, "me", tokens["access_token"])["email"] == f"{name}@example.com"
        assert answer(there, "verify_token", tokens["access_token"])["sub"] == tokens["user_id"]
        listed = answer(there, "list_sessions", tokens["access_token"])
        assert listed == answer(here, "list_sessions", tokens["access_token"])
        assert [session["current"] for session in listed["sessions"]] == [True]
        activity = answer(there, "list_activity", tokens["access_token"])
        assert activity == answer(here, "list_activity", tokens["access_token"])
        assert answer(there, "decode_token", tokens["access_token"])["sub"] == tokens["user_id"]
        fresh = answer(there, "refresh", tokens["refresh_token"])["access_token"]
        assert code(there, "validate_token", fresh) is None
        assert code(here, "validate_token", fresh) is None
    assert code(there, "validate_token", primary.given["gone"]["access_token"]) == "INVALID_TOKEN"
    assert value(there, "SELECT jerry.health()->>'status'") == "healthy"
    assert query(
        there, "SELECT problem FROM jerry.doctor() WHERE problem IN ('rights', 'not dumped', 'version mismatch')"
    ) == []


def test_a_standby_knows_who_is_asking(primary, here, there):
    replay(here, there)
    query(there, "BEGIN")
    query(there, "SET LOCAL ROLE jerry_api")
    assert query(there, "SELECT body FROM note") == []
    assert code(there, "authenticate", primary.given["ada"]["access_token"]) is None
    assert value(there, "SELECT jerry.uid()::text") == primary.given["ada"]["user_id"]
    assert value(there, "SELECT jerry.claims()->>'email'") == "ada@example.com"
    assert query(there, "SELECT body FROM note") == [("note of ada",)]
    query(there, "COMMIT")
    assert value(there, "SELECT jerry.uid()") is None


def test_a_revocation_is_seen_with_the_replay(here, there):
    tokens = new_user(here)
    replay(here, there)
    assert code(there, "validate_token", tokens["access_token"]) is None
    query(here, "UPDATE jerry.session SET revoked_at = now() WHERE user_id = %s", tokens["user_id"])
    replay(here, there)
    for function in "validate_token", "verify_token", "me", "authenticate":
        assert code(there, function, tokens["access_token"]) == "INVALID_TOKEN"
    assert code(there, "refresh", tokens["refresh_token"]) == "INVALID_TOKEN"


def test_a_log_out_is_seen_with_the_replay(here, there):
    tokens = new_user(here)
    replay(here, there)
    assert code(there, "validate_token", tokens["access_token"]) is None
    assert code(here, "logout", tokens["access_token"]) is None
    replay(here, there)
    for function in "validate_token", "me", "authenticate", "list_sessions", "list_activity":
        assert code(there, function, tokens["access_token"]) == "INVALID_TOKEN"
    assert code(there, "refresh", tokens["refresh_token"]) == "INVALID_TOKEN"


def test_a_standby_judges_when_a_session_is_idle(here, there):
    tokens = new_user(here)
    query(here, "UPDATE jerry.session SET created_at = now() - interval '1 hour' WHERE user_id = %s", tokens["user_id"])
    query(here, "SELECT jerry.configure('jerry.session_idle_timeout', '1h')")
    try:
        replay(here, there)
        assert code(there, "refresh", tokens["refresh_token"]) == "INVALID_TOKEN"
        assert value(here, "SELECT jerry.maintain()")["data"]["idle_sessions"] == 1
        replay(here, there)
        assert code(there, "validate_token", tokens["access_token"]) == "INVALID_TOKEN"
    finally:
        query(here, "SELECT jerry.configure('jerry.session_idle_timeout', NULL)")
    replay(here, there)


def test_a_deleted_user_is_gone_with_the_replay(here, there):
    tokens = new_user(here)
    replay(here, there)
    assert code(there, "me", tokens["access_token"]) is None
    query(here, 'DELETE FROM jerry."user" WHERE id = %s', tokens["user_id"])
    replay(here, there)
    assert code(there, "validate_token", tokens["access_token"]) == "INVALID_TOKEN"
    assert code(there, "refresh", tokens["refresh_token"]) == "USER_NOT_FOUND"


def test_a_rotated_key_is_seen_with_the_replay(here, there):
    before = new_user(here)
    replay(here, there)
    # this session of the standby has the keys in its memory now
    assert code(there, "validate_token", before["access_token"]) is None
    kid = value(here, "SELECT jerry.import_key(%s)", uuid.uuid4().hex)
    after = new_user(here)
    replay(here, there)
    assert code(there, "validate_token", after["access_token"]) is None
    assert code(there, "validate_token", before["access_token"]) is None
    fresh = answer(there, "refresh", before["refresh_token"])["access_token"]
    assert fresh.split(".")[0] == after["access_token"].split(".")[0], "the standby signs with the new key"
    query(here, "UPDATE jerry.signing_key SET status = 'retired' WHERE kid = %s", kid)
    replay(here, there)
    assert code(there, "validate_token", after["access_token"]) == "INVALID_TOKEN"
    query(
        here,
        "UPDATE jerry.signing_key SET status = 'active' WHERE kid = (SELECT min(kid) FROM jerry.signing_key "
        "WHERE kid <> %s)",
        kid
    )
    replay(here, there)
    assert code(there, "validate_token", before["access_token"]) is None


def test_a_key_that_others_can_check_with_is_rotated_with_the_replay(here, there):
    def published():
        return [key["kid"] for key in value(there, "SELECT jerry.jwks()")["keys"]]

    before = new_user(here)
    query(here, "SELECT jerry.configure('jerry.signing_algorithm', 'ES256')")
    for _ in range(2):
        kid = value(here, "SELECT jerry.rotate_key()")
        replay(here, there)
        assert kid in published()
        query(here, "UPDATE jerry.signing_key SET status_at = status_at - interval '1 day'")
        query(here, "SELECT jerry.maintain()")
        after = new_user(here)
        replay(here, there)
        for tokens in before, after:
            assert code(there, "validate_token", tokens["access_token"]) is None
        assert value(there, "SELECT signs FROM jerry.list_keys() WHERE kid = %s", kid) == "access"
        fresh = answer(there, "refresh", before["refresh_token"])["access_token"]
        assert fresh.split(".")[0] == after["access_token"].split(".")[0], "the standby signs with the new key"
    query(here, "SELECT jerry.configure('jerry.signing_algorithm', NULL)")
    query(here, "SELECT jerry.rotate_key()")
    query(here, "UPDATE jerry.signing_key SET status = 'retired' WHERE algorithm = 'ES256'")
    query(here, "SELECT jerry.maintain()")
    replay(here, there)
    assert published() == []
    assert code(there, "validate_token", before["access_token"]) is None
    assert code(there, "validate_token", after["access_token"]) == "INVALID_TOKEN"


def test_a_changed_setting_is_seen_with_the_replay(here, there):
    tokens = new_user(here)
    replay(here, there)
    assert answer(there, "refresh", tokens["refresh_token"])["expires_in"] == 24 * 60 * 60
    for setting, seconds in ("15min", 15 * 60), ("16min", 16 * 60), (None, 24 * 60 * 60):
        query(here, "SELECT jerry.configure('jerry.access_token_ttl', %s)", setting)
        replay(here, there)
        assert answer(there, "refresh", tokens["refresh_token"])["expires_in"] == seconds


@pytest.mark.parametrize(
    "call",
    [
        f"jerry.register('new@example.com', '{PASSWORD}', '{PASSWORD}')",
        f"jerry.login('ada@example.com', '{PASSWORD}')",
        "jerry.verify_email('%token%')",
        "jerry.import_key('a secret that another service knows')",
        "jerry.rotate_key()",
        "jerry.claim_events('mail')",
        "jerry.claim_events('new')",
        "jerry.ack_events('mail', '{1}')",
        "jerry.ack_events('mail', '{}')",
        "jerry.retry_events('mail', '{1}', '1s', 'x')",
        "jerry.release_events('mail', '{1}')",
        "jerry.reject_events('mail', '{1}', 'x')",
        "jerry.requeue_events('mail', '{1}')",
        "jerry.replay_events('mail', now())",
        "jerry.remove_consumer('mail')",
        "jerry.assign_consumer('mail', 'jerry_events')",
        "jerry.remove_consumer('nobody')",
        "jerry.logout('%access%')",
        "jerry.logout('x')",
        "jerry.logout('%access%', 'all')",
        "jerry.logout(refresh_token => 'x')",
        "jerry.end_session('%access%', 'x')",
        "jerry.change_password('%access%', 'x', 'y', 'z')",
        "jerry.setup_totp('%access%')",
        "jerry.activate_totp('%access%', 'x')",
        "jerry.disable_second_factor('%access%', 'x')",
        "jerry.renew_recovery_codes('%access%', 'x')",
        "jerry.request_password_reset('ada@example.com')",
        "jerry.update_profile('%access%', '{}')",
        "jerry.set_app_metadata('00000000-0000-0000-0000-000000000000', '{}')",
        "jerry.reset_password('x', 'y', 'z')",
        "jerry.request_login_code('ada@example.com')",
        "jerry.confirm_login_code('x', '123456')",
        "jerry.request_email_change('%access%', 'new@example.com', 'x')",
        "jerry.confirm_email_change('x')",
        "jerry.cancel_email_change('x')",
        "jerry.undo_email_change('x')",
        "jerry.revoke_sessions('00000000-0000-0000-0000-000000000000')",
        "jerry.ban_user('00000000-0000-0000-0000-000000000000')",
        "jerry.unban_user('00000000-0000-0000-0000-000000000000')",
        "jerry.force_verified('00000000-0000-0000-0000-000000000000')",
        "jerry.set_password_hash('00000000-0000-0000-0000-000000000000', 'x')",
        "jerry.delete_user('00000000-0000-0000-0000-000000000000')",
        "jerry.create_user('x')",
        "jerry.invite_user('x')",
        "jerry.accept_invite('x', 'y', 'z')",
        "jerry.request_deletion('x')",
        "jerry.maintain()",
        "jerry.seal_audit()",
        "jerry.add_hook('login', 'public.installation_hook(jsonb)')",
        "jerry.remove_hook('login', 'x')",
        "jerry.configure('jerry.issuer', 'here')",
        "jerry.configure('jerry.issuer', NULL)",
    ],
)
def test_what_writes_is_for_the_primary(primary, here, there, call):
    replay(here, there)
    token = value(here, "SELECT payload->'data'->>'email_verification_token' FROM jerry.event "
                  "WHERE event_type = 'user.registered'"
                  " AND payload->'data'->>'user_id' = %s", primary.given["bob"]["user_id"])
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        access = primary.given["ada"]["access_token"]
        query(there, "SELECT " + call.replace("%token%", token).replace("%access%", access))


def test_what_is_on_record_can_be_verified(primary, here, there):
    kept = primary.given["seal"]
    assert value(here, "SELECT count(*) FROM jerry.audit") > 0
    replay(here, there)
    verdict = value(there, "SELECT jerry.verify_audit(kept => %s)->'data'", kept)
    assert verdict["intact"] and verdict["rows"] > 0
    # of somebody's who has the triggers off
    victim = value(here, "SELECT min(id) FROM jerry.audit")
    partition = value(here, "SELECT tableoid::regclass::text FROM jerry.audit WHERE id = %s", victim)
    query(here, f"ALTER TABLE {partition} DISABLE TRIGGER guard_audit")
    query(here, f"UPDATE {partition} SET outcome = 'x' WHERE id = %s", victim)
    query(here, f"ALTER TABLE {partition} ENABLE ALWAYS TRIGGER guard_audit")
    replay(here, there)
    finding = value(there, "SELECT jerry.verify_audit()->'data'->'finding'")
    assert (finding["problem"], finding["id"]) == ("row_changed", victim)


def test_a_promoted_standby_is_a_primary(primary, standby, here, there):
    replay(here, there)
    value(there, "SELECT pg_promote()")
    assert not value(there, "SELECT pg_is_in_recovery()")
    tokens = new_user(there)
    assert code(there, "validate_token", tokens["access_token"]) is None
    # old events are waiting there as well, and those that were out come back
    query(there, "UPDATE jerry.delivery SET claimable_at = '-infinity'")
    assert value(
        there, "SELECT count(*) FROM jerry.claim_events('stock', 10000)"
    ) == value(there, "SELECT count(*) FROM jerry.event")
    assert code(there, "refresh", primary.given["ada"]["refresh_token"]) is None

"""What a role that may call Jerry can do to itself and to others with the settings and plans of its session, and what
concurrent sessions can.
"""

import base64
import collections
import json
import pathlib
import re
import threading

import psycopg2
import pytest

import totp
from database import (
    connect, email_change_tokens, email_undo_token, invite_token, query, value, password_reset_token,
    verification_token, wait_until_blocked
)
from installation import PASSWORD, answer, code
from programs import pg, with_role


@pytest.fixture(scope="module")
# in this order: the database, with what a role owns in it, goes before the role
def installation(new_role, new_installation):
    return new_installation()


@pytest.fixture
def owner(installation):
    connection = connect(installation)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def app(installation, new_role):
    """app(): a new session of a role that may call the API and nothing else."""
    password = new_role("jerry_data_app", "jerry_api")
    made = []

    def session():
        made.append(connect(with_role(installation, "jerry_data_app", password)))
        return made[-1]

    yield session
    for connection in made:
        connection.close()


def new_user(owner, name):
    return answer(owner, "register", f"{name}@example.com", PASSWORD, PASSWORD)["user_id"]


def log_in(owner, name):
    return answer(owner, "login", f"{name}@example.com", PASSWORD)


def make_everything_parallel(db):
    for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        query(db, f"SELECT set_config('{setting}', '0', false)")


@pytest.mark.parametrize("call", ["jerry.version()", "pg_temp.planted()"])
def test_a_parallel_query_does_not_switch_the_settings_off(installation, owner, app, call):
    """The server gives a library that it loads in a parallel operation the defaults, whatever the configuration says.
    """
    name = installation.rpartition("/")[2]
    query(owner, f"ALTER DATABASE {name} SET jerry.require_verified_email = on")
    try:
        db = app()
        make_everything_parallel(db)
        query(
            db,
            "CREATE FUNCTION pg_temp.planted() RETURNS text LANGUAGE sql PARALLEL SAFE "
            "SET jit = off AS 'SELECT jerry.version()'"
        )
        try:
            query(db, f"SELECT max({call}) FROM pg_catalog.pg_class")
        except psycopg2.errors.InvalidTransactionState:
            pass  # refused is as good as served with the settings in force
        assert value(db, "SELECT jerry.version()")
        assert value(db, "SHOW jerry.require_verified_email") == "on"
    finally:
        query(owner, f"ALTER DATABASE {name} RESET jerry.require_verified_email")


def test_a_token_is_validated_in_a_query_over_a_big_table(owner, app):
    new_user(owner, "parallel")
    token = log_in(owner, "parallel")["access_token"]
    db = app()
    make_everything_parallel(db)
    rows = query(db, "SELECT DISTINCT jerry.validate_token(%s)->>'success' FROM pg_catalog.pg_class", token)
    assert rows == [("true",)]


def test_no_statement_of_ours_is_compiled(installation, owner):
    """Not the ones that a session plans first, nor those that it plans anew. A simple expression is not compiled."""
    new_user(owner, "uncompiled")
    db = connect(installation)
    try:
        def has_compiled():
            return "llvmjit" in pathlib.Path(f"/proc/{db.get_backend_pid()}/maps").read_text()

        query(db, "SET jit = on")
        query(db, "SET jit_above_cost = 0")
        for _ in range(2):
            query(
                db, "DO $$ DECLARE answer json; BEGIN answer := jerry.maintain();"
                f" answer := jerry.login('uncompiled@example.com', '{PASSWORD}'); END $$"
            )
            assert not has_compiled()
            query(owner, "ANALYZE")
        query(db, "SELECT count(*) FROM pg_catalog.pg_class")
        if not has_compiled():
            pytest.skip("this server compiles nothing")
    finally:
        db.close()


@pytest.mark.parametrize("function", ["validate_token", "verify_token", "me", "authenticate"])
def test_a_token_is_validated_where_there_is_no_snapshot(owner, app, function):
    """PL/pgSQL checks the domain of a variable without one, after a COMMIT."""
    name = f"nosnapshot.{function}"
    new_user(owner, name)
    token = log_in(owner, name)["access_token"]
    db = app()
    condition = f"VALUE IS NULL OR jerry.error_code(jerry.{function}('{token}')) IS NULL"
    query(db, f"CREATE DOMAIN pg_temp.{function}_domain AS text CHECK ({condition})")
    block = f"DO $$ DECLARE v pg_temp.{function}_domain; BEGIN COMMIT; GET DIAGNOSTICS v = PG_CONTEXT; END $$"
    query(db, block)
    assert value(db, "SELECT jerry.version()")
    query(owner, "UPDATE jerry.session SET revoked_at = now()")
    with pytest.raises(psycopg2.errors.CheckViolation):
        query(db, block)


def test_an_old_snapshot_gives_no_identity(owner, app):
    """jerry.authenticate is VOLATILE: it sees the last commit, whatever the transaction still sees."""
    new_user(owner, "oldsnapshot")
    token = log_in(owner, "oldsnapshot")["access_token"]
    db = app()
    query(db, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert code(db, "authenticate", token) is None
    query(owner, "UPDATE jerry.session SET revoked_at = now()")
    assert code(db, "authenticate", token) == "INVALID_TOKEN"
    assert value(db, "SELECT jerry.uid()") is None
    query(db, "ROLLBACK")


def test_a_statement_that_has_begun_before_a_revocation_gives_no_identity(owner, app):
    new_user(owner, "longstatement")
    token = log_in(owner, "longstatement")["access_token"]
    db = app()
    query(owner, "SELECT pg_advisory_lock(10)")
    verdicts = []
    statement = "SELECT pg_advisory_lock(10), jerry.error_code(jerry.authenticate(%s))"
    thread = threading.Thread(target=lambda: verdicts.extend(query(db, statement, token)))
    thread.start()
    wait_until_blocked(owner, db)
    query(owner, "UPDATE jerry.session SET revoked_at = now()")
    query(owner, "SELECT pg_advisory_unlock(10)")
    thread.join(30)
    assert [verdict for _, verdict in verdicts] == ["INVALID_TOKEN"]


def test_a_caller_reads_no_key_and_no_token_in_a_plan(owner, app):
    """debug_print_plan shows the constants of a plan to the caller; a plan of ours has parameters."""
    db = app()
    db.notices = collections.deque()  # psycopg2's own list forgets all but fifty
    for setting in ("debug_print_plan = on", "client_min_messages = log", "plan_cache_mode = force_custom_plan"):
        query(db, f"SET {setting}")
    query(owner, "DELETE FROM jerry.signing_key")
    answer(db, "register", "plans@example.com", PASSWORD, PASSWORD)
    answer(db, "login", "plans@example.com", PASSWORD)
    shown = "".join("".join(db.notices).split())  # the server breaks lines anywhere
    assert "constvalue" in shown, "nothing was shown: the test proves nothing"
    secret = bytes(value(owner, "SELECT secret FROM jerry.signing_key WHERE status = 'active'"))
    token = value(
        owner,
        "SELECT payload->'data'->>'email_verification_token' FROM jerry.event "
        "WHERE payload->'data'->>'email' = 'plans@example.com' ORDER BY id LIMIT 1"
    )
    assert as_datum(secret) not in shown
    assert as_datum(token.encode()) not in shown


def test_a_key_is_in_nothing_that_a_caller_can_read(installation, owner, new_role, run_folder):
    """Not for a role that was granted all there is to grant, while the server logs what it can."""
    password = new_role("jerry_data_reader", "jerry_api", "jerry_events", "jerry_hooks", "jerry_admin", "pg_monitor")
    dsn = with_role(installation, "jerry_data_reader", password)
    for setting in (
        "log_statement = 'all'", "log_min_messages = debug5", "debug_print_parse = on", "debug_print_plan = on"
    ):
        query(owner, f"ALTER ROLE jerry_data_reader SET {setting}")
    query(owner, "DELETE FROM jerry.signing_key")
    db = connect(dsn)
    said = what_the_functions_say(db, owner)
    db.close()
    query(owner, "ALTER ROLE jerry_data_reader RESET ALL")
    query(owner, "ANALYZE jerry.signing_key")

    secrets = query(owner, "SELECT secret, encode(secret, 'escape') FROM jerry.signing_key")
    assert len(secrets) == 3
    spellings = {spelling for secret, escaped in secrets for spelling in spellings_of(bytes(secret), escaped)}
    assert not any(spelling in said for spelling in spellings), "a function says it"

    db = connect(dsn)
    log_in(db, "keyring")
    assert {
        "jerry.signing_key", "pg_statistic", "pg_stats"
    } <= set(relations_with(owner, spellings)), "the search finds nothing: the test proves nothing"
    assert relations_with(db, spellings) == []
    db.close()

    said = pg("pg_dump", "--table=jerry.signing_key", "-d", dsn, succeeds=False)
    assert "permission denied for table signing_key" in said

    log = squeezed((run_folder / "postgres.log").read_text(errors="replace"))
    assert "LOG:statement:SELECTjerry.import_key(" in log and "constvalue" in log, (
        "nothing was logged: the test proves nothing"
    )
    assert not any(spelling in log for spelling in spellings), "the server logs it"


def protect(owner, call, token):
    """With an authenticator app, and removes it again."""
    secret = json.loads(call("setup_totp", token))["data"]["secret"]
    for function in ("activate_totp", "renew_recovery_codes", "disable_second_factor"):
        query(owner, "UPDATE jerry.totp SET last_step = -1")
        assert json.loads(call(function, token, totp.code(secret)))["success"]
        if function == "activate_totp":
            call("list_factors", token)


def what_the_functions_say(db, owner):
    """The answers of every function, the messages and the notifications in a user's story from the first key to the
    third.
    """
    db.notices = collections.deque()
    query(db, "SET client_min_messages = debug5")
    query(db, "LISTEN jerry_events")
    answers = {}

    def call(function, *arguments):
        marks = ", ".join(["%s"] * len(arguments))
        answers[function] = value(
            db, f"SELECT coalesce(string_agg(a::text, ' '), '') FROM jerry.{function}({marks}) AS a", *arguments
        )
        return answers[function]

    registered = call("register", "keyring@example.com", PASSWORD, PASSWORD)
    call("resend_verification", "keyring@example.com")
    call("verify_email", verification_token(owner, json.loads(registered)["data"]["user_id"]))
    call("hash_ahead", ["login"], ["keyring@example.com"], [PASSWORD], [None])
    given = json.loads(call("login", "keyring@example.com", PASSWORD, "192.0.2.1", "curl"))["data"]
    answers["require_assurance"] = value(
        db, "SELECT jerry.require_assurance('aal1', 600)::text FROM jerry.authenticate(%s)", given["access_token"]
    )
    call("refresh", given["refresh_token"])
    for function in ("validate_token", "refuse_token", "verify_token", "decode_token", "me", "authenticate"):
        call(function, given["access_token"])
    for function in ("uid", "claims", "version", "health", "doctor", "configuration", "maintain", "metrics"):
        call(function)
    call("seal_secrets")
    for function in ("create_access_token", "create_refresh_token"):
        call(function, json.dumps({"sub": given["user_id"]}))
    for function in ("error_code", "unwrap"):
        call(function, registered)
    call("list_sessions", given["access_token"])
    call("list_activity", given["access_token"])
    protect(owner, call, given["access_token"])
    call("end_session", given["access_token"], "x")
    for current, new in (PASSWORD, PASSWORD + "4"), (PASSWORD + "4", PASSWORD):
        call("change_password", given["access_token"], current, new, new)
    call("request_login_code", "keyring@example.com")
    call("confirm_login_code", "x", "123456")
    for _ in range(2):
        call("request_email_change", given["access_token"], "keyring@example.net", PASSWORD)
        confirmations = email_change_tokens(owner, given["user_id"])
        if "cancel_email_change" not in answers:
            call("cancel_email_change", confirmations[0])
    for token in confirmations:
        call("confirm_email_change", token)
    call("undo_email_change", email_undo_token(owner, given["user_id"]))
    call("update_profile", given["access_token"], '{"name": "Ada", "metadata": {"a": 1}}')
    call("set_app_metadata", given["user_id"], '{"plan": "pro"}')
    call("request_password_reset", "keyring@example.com")
    call("reset_password", password_reset_token(owner, given["user_id"]), PASSWORD, PASSWORD)
    given = json.loads(call("login", "keyring@example.com", PASSWORD, "192.0.2.1", "curl"))["data"]
    call("logout", given["access_token"], "all", given["refresh_token"])
    call("revoke_sessions", given["user_id"])
    call("user_of", "keyring@example.com")
    call("find_users")
    for function in ("ban_user", "unban_user", "force_verified"):
        call(function, given["user_id"])
    call("set_password_hash", given["user_id"], call("hash_password", PASSWORD))
    created = json.loads(call("create_user", "keyring.created@example.com", PASSWORD))["data"]
    call("delete_user", created["user_id"])
    invited = json.loads(call("invite_user", "keyring.created@example.com"))["data"]
    call("accept_invite", invite_token(owner, invited["user_id"]), PASSWORD, PASSWORD)
    leaving = json.loads(call("login", "keyring.created@example.com", PASSWORD))["data"]
    call("request_deletion", leaving["access_token"], PASSWORD)
    call("verify_password", PASSWORD, call("hash_password", PASSWORD))
    call("hash_passwords", [PASSWORD])
    call("verify_passwords", [PASSWORD], [call("hash_password", PASSWORD)])
    call("claim_events", "keyring")
    call("ack_events", "keyring", [1])
    call("retry_events", "keyring", [1], "1s", "x")
    call("release_events", "keyring", [1])
    call("reject_events", "keyring", [1], "x")
    call("requeue_events", "keyring", [1])
    call("dead_letters", "keyring")
    call("next_event_at", "keyring")
    call("replay_events", "keyring", "-infinity")
    call("assign_consumer", "keyring", "jerry_events")
    call("remove_consumer", "keyring")
    call("configure", "jerry.issuer", None)
    query(owner, "GRANT pg_read_server_files TO jerry_data_reader")
    call("load_common_passwords", value(owner, "SELECT current_setting('data_directory') || '/PG_VERSION'"))
    query(owner, "REVOKE pg_read_server_files FROM jerry_data_reader")
    call("common_passwords")
    call("clear_common_passwords")
    query(owner, "CREATE FUNCTION public.hook(jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'")
    query(owner, "ALTER FUNCTION public.hook OWNER TO jerry_data_reader")
    call("add_hook", "refresh", "public.hook(jsonb)")
    call("list_hooks")
    call("remove_hook", "refresh", "public.hook(pg_catalog.jsonb)")
    call("claim_webhooks")
    call("add_webhook", "https://example.com/")
    webhook = value(owner, "SELECT id::text FROM jerry.webhook")
    call("list_webhooks")
    call("update_webhook", webhook, None, ["user.registered"])
    call("rotate_webhook_secret", webhook)
    call("test_webhook", webhook)
    call("claim_webhooks")
    delivery = value(owner, "SELECT array_agg(id)::text FROM jerry.webhook_delivery WHERE event_type = 'webhook.test'")
    call("release_webhooks", delivery)
    call("finish_webhooks", delivery, [500], [1], ["x"])
    call("list_webhook_deliveries", webhook)
    call("next_webhook_at")
    call("disable_webhook", webhook)
    call("enable_webhook", webhook)
    call("replay_webhook", webhook, "-infinity")
    call("remove_webhook", webhook)
    call("create_role", "keyring")
    call("create_permission", "keyring")
    call("grant_permission", "keyring", "keyring")
    call("grant_role", given["user_id"], "keyring")
    call("has_role", "keyring")
    call("forbidden", given["access_token"], "keyring")
    call("has_permission", "keyring")
    call("aal")
    call("verify_second_factor", "x", "000000")
    call("validate_token", given["access_token"], "aal2", 600)
    call("roles_of", given["user_id"])
    call("users_with_role", "keyring")
    call("list_roles")
    call("list_permissions")
    call("revoke_role", given["user_id"], "keyring")
    call("revoke_permission", "keyring", "keyring")
    call("drop_permission", "keyring")
    call("drop_role", "keyring")
    call("list_limits")
    call("set_limit", "login_account", None)
    call("unlock", "keyring@example.com")
    call("export_audit", 0, 100)
    call("seal_audit")
    call("verify_audit")
    for function in ("rotate_key", "list_keys", "jwks"):
        call(function)
    # not in the text of the statement, which is the caller's own
    answers["import_key"] = value(db, "SELECT jerry.import_key(gen_random_uuid()::text || gen_random_uuid()::text)")

    executable = query(
        db,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace "
        "AND has_function_privilege(oid, 'EXECUTE')"
    )
    assert set(answers) == {name for (name,) in executable}
    db.poll()
    assert db.notices and db.notifies
    return squeezed(
        "\n".join((*answers.values(), *db.notices, *(notification.payload for notification in db.notifies)))
    )


def relations_with(db, spellings):
    """Those of the columns that a role may read in which one of the spellings is found."""
    columns = query(
        db,
        """SELECT c.oid::regclass::text, string_agg(quote_ident(a.attname), ', ')
           FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 't', 'S') AND a.attnum > 0 AND NOT a.attisdropped
           AND NOT pg_is_other_temp_schema(c.relnamespace)
           AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
           GROUP BY c.oid""",
    )
    assert {"pg_settings", "pg_stat_activity"} <= {relation for relation, _ in columns}
    found = []
    for relation, names in columns:
        try:
            content = squeezed("\n".join(row for (row,) in query(db, f"SELECT ROW({names})::text FROM {relation}")))
        except psycopg2.errors.InsufficientPrivilege:
            continue  # a view over functions that this role may not call
        if any(spelling in content for spelling in spellings):
            found.append(relation)
    return found


def spellings_of(secret, escaped):
    """The ways in which the server, a plan, a token or a program would write a key."""
    base64_forms = (base64.b64encode(secret), base64.urlsafe_b64encode(secret).rstrip(b"="))
    return (secret.hex(), as_datum(secret), squeezed(escaped), *(form.decode() for form in base64_forms))


def squeezed(text):
    """Without what the quotings of rows, arrays and JSON and the lines of a log put in between."""
    return re.sub(r'[\s\\"]', "", text)


def as_datum(content):
    """Bytes as a plan prints them: signed numbers, here without the spaces between."""
    return "".join(str(byte - 256 if byte > 127 else byte) for byte in content)


def test_default_privileges_of_the_installer_grant_nothing(new_role, new_database):
    dsn = new_database()
    new_role("jerry_data_bystander")
    db = connect(dsn)
    try:
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            query(db, f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO jerry_data_bystander")
            query(db, f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO jerry_api")
        query(db, "CREATE EXTENSION jerry CASCADE")
        for relation in ("jerry.signing_key", "jerry.event_id_seq"):
            for role in ("jerry_data_bystander", "jerry_api"):
                assert not value(db, "SELECT has_table_privilege(%s, %s, 'SELECT')", role, relation), (role, relation)
        assert not value(
            db,
            "SELECT has_function_privilege('jerry_data_bystander', 'jerry.create_access_token(json,interval)', "
            "'EXECUTE')"
        )
        assert value(db, "SELECT has_function_privilege('jerry_api', 'jerry.login(text,text,inet,text)', 'EXECUTE')")
    finally:
        query(db, "DROP OWNED BY jerry_data_bystander")
        db.close()


@pytest.mark.parametrize("statement", ["SELECT jerry.maintain()", "SELECT jerry.claim_events('late')"])
def test_events_are_not_dispatched_with_an_old_snapshot(owner, statement):
    query(owner, "SET default_transaction_isolation = 'repeatable read'")
    with pytest.raises(psycopg2.errors.FeatureNotSupported):
        query(owner, statement)


def test_claims_that_are_too_long_for_a_token_are_refused_before_they_are_signed(owner):
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        query(owner, "SELECT jerry.create_access_token(json_build_object('a', repeat('x', 50000000)))")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER SCHEMA jerry RENAME TO jerry_old",
        'ALTER TABLE jerry."user" RENAME TO people',
        'ALTER TABLE jerry."user" SET SCHEMA public',
        'ALTER EXTENSION jerry DROP TABLE jerry."user"',
    ],
)
def test_users_under_another_name_are_not_dropped_either(new_installation, statement):
    db = connect(new_installation())
    try:
        new_user(db, "renamed")
        query(db, "SET jerry.allow_changes = on")
        query(db, statement)
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            query(
                db, 'DROP TABLE jerry."user" CASCADE' if "ALTER EXTENSION" in statement
                else "DROP EXTENSION jerry CASCADE"
            )
    finally:
        db.close()


def test_a_user_who_is_deleted_during_the_login_has_wrong_credentials(installation, owner):
    """Between the reading of the hash and the writing of the session, which waits here for the one who deletes."""
    user_id = new_user(owner, "vanishing")
    deleting, waiting = connect(installation), connect(installation)
    try:
        query(deleting, "BEGIN")
        query(deleting, "LOCK TABLE jerry.session IN SHARE MODE")
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(code(waiting, "login", "vanishing@example.com", PASSWORD))
        )
        thread.start()
        wait_until_blocked(owner, waiting)
        query(deleting, 'DELETE FROM jerry."user" WHERE id::text = %s', user_id)
        query(deleting, "COMMIT")
        thread.join(30)
        assert answers == ["INVALID_CREDENTIALS"]
    finally:
        deleting.close()
        waiting.close()


def test_two_first_claims_of_one_name_deliver_once(installation, owner):
    new_user(owner, "twice")
    first, second = connect(installation), connect(installation)
    try:
        query(first, "BEGIN")
        ids = [row[0] for row in query(first, "SELECT event_id FROM jerry.claim_events('twins', 10000)")]
        query(first, "SELECT jerry.ack_events('twins', %s)", ids)
        query(second, "SET lock_timeout = '10s'")
        assert ids and query(second, "SELECT event_id FROM jerry.claim_events('twins', 10000)") == []
        query(first, "COMMIT")
        assert query(second, "SELECT event_id FROM jerry.claim_events('twins', 10000)") == []
    finally:
        first.close()
        second.close()

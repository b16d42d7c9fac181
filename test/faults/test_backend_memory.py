"""One backend that serves for a long time does not grow, whatever it is asked."""

import base64
import functools
import itertools
import json
import os
import pathlib
import re
import uuid

import psycopg2
import pytest

import database
import totp
from users import PASSWORD, new_email

CALLS = 100_000
# Each slow call comes ten times in it: at the sixth PostgreSQL plans a statement for good.
WARM_UP = 30_000

# What looks at everything makes the C library's heap as large as it will get only after some calls.
WARM_UP_DOCTOR = 200

# One slow call in so many: even the cheapest hash takes as long as thirty other calls.
SLOW_EVERY = 40

# What the process may grow by in each half of the calls: ten bytes a call is no leak, it is the C library's heap,
# which may also take a step once. A leak grows in both.
SLACK_RSS_KB = 512
SLACK_CONTEXTS = 64 * 1024

LONG = "x" * 10_000


def changes_of_address():
    """In this order: a user's address changes, and changes back."""
    email, new = new_email(), new_email()
    token = (
        "(SELECT payload->'data'->>%s FROM jerry.event WHERE event_type = %s AND payload->'data'->>'email' = %s"
        " ORDER BY id DESC LIMIT 1)"
    )
    mails = [
        ("confirm_email_change", "email_change_token", "user.email_change_requested", email),
        ("confirm_email_change", "email_change_token", "user.email_change_offered", new),
        ("cancel_email_change", "email_change_token", "user.email_change_offered", new),
        ("undo_email_change", "email_undo_token", "user.email_changed", email),
        ("reset_password", "password_reset_token", "user.password_reset_requested", email),
    ]
    return [
        ("SELECT jerry.register(%s, %s, %s)", lambda: [email, PASSWORD, PASSWORD]),
        (
            "SELECT jerry.request_email_change(jerry.login(%s, %s)->'data'->>'access_token', %s, %s)",
            lambda: [email, PASSWORD, new, PASSWORD],
        ),
        *(
            (
                f"SELECT jerry.{function}({token}{', %s, %s' if function == 'reset_password' else ''})",
                functools.partial(list, [*mail, *([PASSWORD] * 2 if function == "reset_password" else [])]),
            ) for function, *mail in mails
        ),
    ]


def deletions():
    """In this order: a user is to be deleted, stays, and is to be again; when jerry.maintain() comes it is."""
    email = new_email()
    request = (
        "SELECT jerry.request_deletion(jerry.login(%s, %s)->'data'->>'access_token', %s)",
        lambda: [email, PASSWORD, PASSWORD],
    )
    return [
        ("SELECT jerry.register(%s, %s, %s)", lambda: [email, PASSWORD, PASSWORD]),
        request,
        request,
        ("UPDATE jerry.user SET deletes_at = now() WHERE deletes_at IS NOT NULL", list),
    ]


def factors(db):
    """In this order: an app is set up, activated and removed."""
    email = new_email()
    database.query(db, "SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)
    token = database.value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)["data"]["access_token"]

    def code():
        # the next one is not to be waited for
        update = "UPDATE jerry.totp SET last_step = -1 WHERE user_id = jerry.user_of(%s) RETURNING secret"
        [[secret]] = database.query(db, update, email)
        return totp.code(base64.b32encode(secret))

    return [
        ("SELECT jerry.setup_totp(%s, %s)", lambda: [token, PASSWORD]),
        ("SELECT jerry.activate_totp(%s, '12345')", lambda: [token]),
        ("SELECT jerry.activate_totp(%s, %s)", lambda: [token, code()]),
        ("SELECT jerry.list_factors(%s)", lambda: [token]),
        ("SELECT jerry.renew_recovery_codes(%s, NULL, 'x', %s)", lambda: [token, PASSWORD]),
        ("SELECT jerry.renew_recovery_codes(%s, %s, NULL, %s)", lambda: [token, code(), PASSWORD]),
        ("SELECT jerry.disable_second_factor(%s, %s, NULL, %s)", lambda: [token, code(), PASSWORD]),
    ]


def calls(db):
    """(statement, values) without end: good and bad arguments for every function, in turn; few of them are slow."""
    email = new_email()
    database.query(db, "SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)
    tokens = database.value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)["data"]
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    hashed = database.value(db, "SELECT password_hash FROM jerry.user WHERE email = %s", email)
    answer = json.dumps(database.value(db, "SELECT jerry.validate_token(%s)", access))
    refusal = json.dumps(database.value(db, "SELECT jerry.validate_token('x')"))
    late = database.mint(db, {"sub": tokens["user_id"]}, "-1 hour")
    claims = json.dumps({"sub": tokens["user_id"], "text": "é" * 100})
    hook = "CREATE FUNCTION public.hook(jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN %s::jsonb; END$$"
    database.query(db, hook, '{"claims": {"x": "y"}}')
    bad_tokens = [None, "", "x", ".", "..", access[:-1], access + "x", refresh, late, LONG, "é" * 1000, access.upper()]

    cheap = []
    for token in [access, *bad_tokens]:
        for function in (
            "validate_token refuse_token me refresh verify_email decode_token verify_token authenticate"
            " list_sessions setup_totp list_factors".split()
        ):
            cheap.append((f"SELECT jerry.{function}(%s)", [token]))
        for session_id in None, "", str(uuid.uuid4()), LONG:
            cheap.append(("SELECT jerry.end_session(%s, %s)", [token, session_id]))
        cheap.append(("SELECT jerry.reset_password(%s, 'Abc-1234', 'Abc-1234')", [token]))
        cheap.append(("SELECT jerry.accept_invite(%s, 'Abc-1234', 'Abc-1234')", [token]))
        if token != access:
            cheap.append(("SELECT jerry.request_deletion(%s)", [token]))
        cheap.append(("SELECT jerry.forbidden(%s, 'notes:write')", [token]))
        for function in "confirm", "cancel", "undo":
            cheap.append((f"SELECT jerry.{function}_email_change(%s)", [token]))
        cheap.append(("SELECT jerry.confirm_login_code(token => %s)", [token]))
        cheap.append(("SELECT jerry.request_email_change(%s, 'x@example.net', 'x')", [token and token + "x"]))
        cheap.append(("SELECT jerry.activate_totp(%s, 'x')", [token and token + "x"]))
        for function in "disable_second_factor", "renew_recovery_codes":
            cheap.append((f"SELECT jerry.{function}(%s, 'x')", [token]))
        cheap.append(("SELECT jerry.update_profile(%s, '{}')", [token]))
        cheap.append(("SELECT jerry.change_password(%s, 'x', 'Abc-1234', 'Abc-1234')", [token and token + "x"]))
    for token in set(bad_tokens) - {refresh}:
        cheap.append(("SELECT jerry.logout(%s, 'all', %s)", [token, token]))
    for scope in None, "", "others", LONG:
        cheap.append(("SELECT jerry.logout('x', %s)", [scope]))
    for user_id in None, str(uuid.uuid4()), tokens["user_id"]:
        cheap.append(("SELECT jerry.ban_user(%s, '2000-01-01', %s)", [user_id, LONG]))
        cheap.append(("SELECT jerry.unban_user(%s)", [user_id]))
        cheap.append(("SELECT jerry.set_password_hash(%s, %s)", [user_id, LONG]))
        cheap.append(("SELECT jerry.force_verified(%s)", [user_id]))
    for user_id in None, str(uuid.uuid4()):
        cheap.append(("SELECT jerry.delete_user(%s)", [user_id]))
    cheap += [("SELECT jerry.revoke_sessions(%s)", [user_id]) for user_id in (None, str(uuid.uuid4()))]
    for token_type in None, "", "access", "refresh", LONG:
        cheap.append(("SELECT jerry.decode_token(%s, %s)", [access, token_type]))
    cheap.append(("SELECT jerry.refresh(%s)", [refresh]))
    cheap += [("SELECT jerry.list_activity(%s, NULL, %s)", [access, n]) for n in (None, 0, 1, 100)]
    cheap += [("SELECT jerry.export_audit(0, %s)", [n]) for n in (None, 0, 1)]
    for text in None, "{}", "[]", "null", answer, refusal, '{"success":false,"error":{"code":"x"}}':
        cheap += [("SELECT jerry.unwrap(%s)", [text]), ("SELECT jerry.error_code(%s)", [text])]
    for text in None, "{}", "[]", '"x"', claims, '{"sub":1}', json.dumps({"x": LONG[:5000]}):
        cheap.append(("SELECT jerry.create_access_token(%s)", [text]))
        cheap.append(("SELECT jerry.create_access_token(%s, %s)", [text, "-1 second"]))
        cheap.append(("SELECT jerry.create_refresh_token(%s)", [text]))
        cheap.append(("SELECT jerry.update_profile(%s, %s)", [access, text]))
        cheap.append(("SELECT jerry.set_app_metadata(%s, %s)", [user_id, text]))
    for changes in '{"a":"\\u0000"}', '{"name":"\\ud800"}', '{"metadata":{"a":1e999}}', '{"locale":"?"}':
        cheap.append(("SELECT jerry.update_profile(%s, %s)", [access, changes]))
    for password in None, "", "short", "nodigits!A", LONG, "é" * 40:
        cheap += [
            ("SELECT jerry.hash_password(%s)", [password if password != "nodigits!A" else LONG]),
            ("SELECT jerry.verify_password(%s, %s)", [password, "no hash"]),
            ("SELECT jerry.hash_passwords(%s)", [[LONG, password]]),
            ("SELECT jerry.verify_passwords(%s::text[], %s)", [[password] * 5, ["no hash"] * 5]),
            ("SELECT jerry.verify_passwords(%s::text[], %s)", [[password], ["no hash"] * 5]),
            ("SELECT jerry.register(%s, %s, %s)", [new_email(), password, password]),
            ("SELECT jerry.register(%s, %s, %s)", [password, PASSWORD, PASSWORD]),
            ("SELECT jerry.login(%s, %s)", [password, None]),
            ("SELECT jerry.resend_verification(%s)", [password]),
            ("SELECT jerry.user_of(%s)", [password]),
            ("SELECT jerry.invite_user(%s)", [password]),
            ("SELECT jerry.create_user(%s, %s)", [password, password]),
            ("SELECT jerry.find_users(%s, after => %s, max => 2)", [password, password]),
            ("SELECT jerry.find_users(%s, true, false, max => 2)", [password]),
            ("SELECT jerry.request_password_reset(%s)", [password]),
            ("SELECT jerry.hash_ahead('{login}', %s, '{x}', '{NULL}')", [[password and password + "@"]]),
            ("SELECT jerry.hash_ahead('{logout}', '{x}', %s, '{NULL}')", [[password or LONG]]),
            ("SELECT jerry.request_email_change(%s, %s, 'x')", [access, password]),
            ("SELECT jerry.change_password(%s, %s, %s, %s)", [access, "x", "Secret-123", password]),
            ("SELECT jerry.change_password(%s, %s, %s, %s)", [access, PASSWORD, password, password]),
        ]
    cheap += [("SELECT jerry.version()", []), ("SELECT jerry.health()", []), ("SELECT jerry.import_key('short')", [])]
    for secret in None, b"", b"short", os.urandom(32), b"x" * 10_000:
        cheap += [("SELECT jerry.import_key_bytes(%s)", [secret]), ("SELECT jerry.key_weakness(%s)", [secret])]
    cheap += [("SELECT jerry.uid()", []), ("SELECT jerry.claims()", []), ("SELECT jerry.health(%s, %s)", [LONG, None])]
    cheap.append(("SELECT t, jerry.uid(), jerry.claims() FROM jerry.authenticate(%s) AS t", [access]))
    for consumer in None, "", "nobody", LONG:
        cheap += [
            ("SELECT jerry.claim_events(%s, 0)", [consumer]),
            ("SELECT jerry.claim_events(%s, 1, '-1 second')", [consumer]),
            ("SELECT jerry.ack_events(%s, '{1,NULL,-1}')", [consumer]),
            ("SELECT jerry.retry_events(%s, '{1,NULL,-1}', '1s', %s)", [consumer, LONG]),
            ("SELECT jerry.release_events(%s, '{1,NULL,-1}', '-1s')", [consumer]),
            ("SELECT jerry.reject_events(%s, '{1,NULL,-1}', %s)", [consumer, LONG]),
            ("SELECT jerry.requeue_events(%s, '{1,NULL,-1}')", [consumer]),
            ("SELECT jerry.dead_letters(%s)", [consumer]),
            ("SELECT jerry.next_event_at(%s)", [consumer]),
            ("SELECT jerry.replay_events(%s, 'infinity')", [consumer]),
            ("SELECT jerry.remove_consumer(%s)", [consumer]),
            ("SELECT jerry.assign_consumer(%s, 'jerry_events')", [consumer]),
            ("SELECT jerry.configure(%s, '1')", [consumer]),
            ("SELECT jerry.set_limit(%s, 1)", [consumer]),
            ("SELECT jerry.unlock(%s)", [consumer]),
            ("SELECT jerry.add_hook(%s, 'public.hook(jsonb)')", [consumer]),
            ("SELECT jerry.remove_hook(%s, %s)", [consumer, consumer]),
            ("SELECT jerry.list_hooks()", []),
            ("SELECT jerry.add_webhook(%s)", [consumer]),
            ("SELECT jerry.add_webhook('https://example.com/', ARRAY[%s])", [consumer]),
            ("SELECT jerry.update_webhook(gen_random_uuid(), %s)", [consumer]),
            ("SELECT jerry.rotate_webhook_secret(gen_random_uuid())", []),
            ("SELECT jerry.rotate_webhook_secret(gen_random_uuid(), '-1s')", []),
            ("SELECT jerry.replay_webhook(gen_random_uuid())", []),
            ("SELECT jerry.claim_webhooks(0)", []),
            ("SELECT jerry.finish_webhooks('{NULL}', '{1}', '{1}', %s)", [[consumer]]),
            ("SELECT jerry.finish_webhooks('{NULL}', '{1}', '{}', %s)", [[consumer]]),
            ("SELECT jerry.release_webhooks('{NULL}', '-1s')", []),
            ("SELECT jerry.list_webhook_deliveries(gen_random_uuid())", []),
            ("SELECT jerry.create_role(%s, %s)", [consumer, consumer]),
            ("SELECT jerry.create_permission(%s)", [consumer]),
            ("SELECT jerry.grant_permission('editor', %s)", [consumer]),
            ("SELECT jerry.grant_permission(%s, 'notes:write')", [consumer]),
            ("SELECT jerry.revoke_permission(%s, %s)", [consumer, consumer]),
            ("SELECT jerry.grant_role(%s, %s)", [tokens["user_id"], consumer]),
            ("SELECT jerry.grant_role(gen_random_uuid(), 'editor')", []),
            ("SELECT jerry.revoke_role(%s, %s)", [tokens["user_id"], consumer]),
            ("SELECT jerry.drop_permission(%s)", [consumer]),
            ("SELECT jerry.roles_of(gen_random_uuid())", []),
            ("SELECT jerry.users_with_role(%s)", [consumer]),
        ]
    cheap += [
        ("SELECT jerry.has_role('editor'), jerry.has_permission('notes:write')", []),
        (
            "SELECT jerry.has_role('editor'), jerry.has_permission('notes:write') FROM jerry.authenticate(%s) AS t",
            [access],
        ),
        ("SELECT jerry.aal() FROM jerry.authenticate(%s) AS t", [access]),
        ("SELECT jerry.require_assurance('aal1', 600) FROM jerry.authenticate(%s) AS t", [access]),
    ]
    for given in None, "", "x", "A" * 43, access, LONG:
        cheap.append(("SELECT jerry.verify_second_factor(%s, %s)", [given, "000000"]))
        cheap.append(("SELECT jerry.verify_second_factor(code => %s, access_token => %s)", ["000000", given]))
    for level in None, "", "aal1", "aal2", LONG:
        for age in None, 0, 600, -1:
            cheap.append(("SELECT jerry.validate_token(%s, %s, %s)", [access, level, age]))
    for path in None, "", "/dev/null", "/", LONG:
        cheap.append(("SELECT jerry.load_common_passwords(%s)", [path]))
    cheap += [("SELECT jerry.maintain(0)", []), ("SELECT jerry.seal_secrets(0)", []), ("SELECT jerry.key_files()", [])]
    for kept in None, "", "1:" + "0" * 64, LONG:
        cheap.append(("SELECT jerry.verify_audit(NULL, %s)", [kept]))
    cheap.append(("SELECT jerry.seal_audit()", []))
    for sealed in None, b"", os.urandom(69), b"\1" + os.urandom(68), b"x" * 10_000:
        cheap.append(("SELECT jerry.sealed_secret('signing_key', 'kid', %s)", [sealed]))

    slow = itertools.cycle(
        [
            ("SELECT jerry.hash_password(%s)", lambda: [PASSWORD]),
            ("SELECT jerry.verify_password(%s, %s)", lambda: [PASSWORD, hashed]),
            ("SELECT jerry.verify_password(%s, %s)", lambda: ["wrong", hashed]),
            ("SELECT jerry.hash_passwords(%s)", lambda: [[PASSWORD] * 5]),
            ("SELECT jerry.verify_passwords(%s, %s)", lambda: [[PASSWORD, "wrong"] * 3, [hashed] * 6]),
            ("SELECT jerry.login(%s, %s, '::1', 'agent')", lambda: [email, PASSWORD]),
            ("SELECT jerry.logout((jerry.login(%s, %s)->'data'->>'access_token'))", lambda: [email, PASSWORD]),
            (
                "SELECT jerry.end_session(token, jerry.decode_token(token)->'data'->>'sid')"
                " FROM (SELECT jerry.login(%s, %s)->'data'->>'access_token') AS login (token)",
                lambda: [email, PASSWORD],
            ),
            (
                "SELECT jerry.change_password(token, 'x', 'Abc-1234', 'Abc-1234')"
                " FROM (SELECT jerry.login(%s, %s)->'data'->>'access_token') AS login (token)",
                lambda: [email, PASSWORD],
            ),
            ("SELECT jerry.request_password_reset(%s)", lambda: [email]),
            ("SELECT jerry.configure('jerry.code_login', 'on')", list),
            ("SELECT jerry.request_login_code(%s)", lambda: [email]),
            (
                "SELECT jerry.confirm_login_code(jerry.request_login_code(%s)->'data'->>'flow', '123456')",
                lambda: [email],
            ),
            *changes_of_address(),
            *deletions(),
            *factors(db),
            (
                "SELECT jerry.update_profile(%s, json_build_object('metadata', json_build_object('x', %s)))",
                lambda: [access, os.urandom(3000).hex()],
            ),
            ("SELECT jerry.login(%s, %s)", lambda: [email, "wrong"]),
            (
                "SELECT jerry.hash_ahead('{login,login,register,register}', %s, %s, '{NULL,NULL,NULL,NULL}')",
                lambda: [[email, new_email(), new_email(), LONG], [PASSWORD, LONG, PASSWORD, PASSWORD]],
            ),
            ("SELECT jerry.login(%s, %s)", lambda: [new_email(), PASSWORD]),
            ("SELECT jerry.register(%s, %s, %s)", lambda: [new_email(), PASSWORD, PASSWORD]),
            ("SELECT jerry.register(%s, %s, %s)", lambda: [email, PASSWORD, PASSWORD]),
            ("SELECT jerry.claim_events('consumer', 10)", list),
            ("SELECT jerry.ack_events('consumer', (SELECT array_agg(id) FROM jerry.event))", list),
            ("SELECT jerry.replay_events('consumer', now())", list),
            ("SELECT jerry.maintain()", list),
            ("SELECT jerry.doctor()", list),
            ("SELECT jerry.metrics()", list),
            ("SELECT jerry.seal_secrets()", list),
            ("SELECT jerry.key_files()", list),
            ("SELECT jerry.sealed_secret('signing_key', 'kid', 'x')", list),
            ("SELECT jerry.configure('jerry.verification_ttl', NULL)", list),
            ("SELECT jerry.configuration()", list),
            (
                "SELECT jerry.load_common_passwords(current_setting('data_directory') || '/postgresql.conf', 'words')",
                list,
            ),
            ("SELECT jerry.load_common_passwords('/dev', 'ranges')", list),
            ("SELECT jerry.common_passwords()", list),
            ("SELECT jerry.clear_common_passwords()", list),
            ("SELECT jerry.set_limit('login_account', NULL)", list),
            ("SELECT jerry.create_role('editor', 'writes'), jerry.create_role('gone')", list),
            ("SELECT jerry.create_permission('notes:write', 'to write')", list),
            ("SELECT jerry.grant_permission('editor', 'notes:write')", list),
            ("SELECT jerry.grant_role(%s, 'editor'), jerry.grant_role(%s, 'gone')", lambda: [tokens["user_id"]] * 2),
            ("SELECT jerry.list_roles(), jerry.list_permissions()", list),
            ("SELECT jerry.roles_of(%s), jerry.users_with_role('editor')", lambda: [tokens["user_id"]]),
            ("SELECT jerry.refresh(%s)", lambda: [refresh]),
            ("SELECT jerry.revoke_role(%s, 'editor'), jerry.drop_role('gone')", lambda: [tokens["user_id"]]),
            ("SELECT jerry.list_limits()", list),
            ("SELECT jerry.unlock('nobody@example.com', '::1')", list),
            ("SELECT jerry.key_weakness('x')", list),
            ("SELECT jerry.import_key('a secret that another service knows')", list),
            # without those of earlier rotations, which the backend rightly keeps while they verify
            (
                "WITH gone AS (DELETE FROM jerry.signing_key WHERE NOT imported AND status = 'verifying'"
                " AND created_at > (SELECT min(created_at) FROM jerry.signing_key)) SELECT jerry.rotate_key()",
                list,
            ),
            ("SELECT jerry.add_hook('refresh', 'public.hook(jsonb)')", list),
            ("SELECT jerry.refresh(%s)", lambda: [refresh]),
            ("SELECT jerry.remove_hook('refresh', 'public.hook(pg_catalog.jsonb)')", list),
            (
                "WITH a AS MATERIALIZED (SELECT * FROM jerry.add_webhook('https://example.com/')),"
                " r AS MATERIALIZED (SELECT webhook_id, jerry.rotate_webhook_secret(webhook_id),"
                " jerry.test_webhook(webhook_id), jerry.update_webhook(webhook_id, 'https://example.net/') FROM a)"
                " SELECT * FROM r",
                list,
            ),
            ("SELECT jerry.claim_webhooks(10)", list),
            (
                "SELECT jerry.finish_webhooks(array_agg(id), array_agg(500), array_agg(1), array_agg('x'::text))"
                " FROM (SELECT id FROM jerry.webhook_delivery WHERE leased LIMIT 5) AS d",
                list,
            ),
            ("SELECT jerry.release_webhooks(ARRAY(SELECT id FROM jerry.webhook_delivery WHERE leased))", list),
            ("SELECT jerry.next_webhook_at(), jerry.list_webhooks()", list),
            (
                "SELECT jerry.disable_webhook(webhook_id), jerry.enable_webhook(webhook_id),"
                " jerry.replay_webhook(webhook_id), jerry.remove_webhook(webhook_id) FROM jerry.list_webhooks()",
                list,
            ),
            ("SELECT jerry.list_keys()", list),
            ("SELECT jerry.jwks()", list),
            ("SELECT jerry.import_key_bytes(convert_to('a secret that another service knows', 'UTF8'))", list),
        ]
    )
    cheap = itertools.cycle(cheap)
    for number in itertools.count(1):
        if number % SLOW_EVERY == 0:
            sql, values = next(slow)
            yield sql, values()
        else:
            yield next(cheap)


def functions(db):
    """The names of all functions that can be called."""
    rows = database.query(
        db,
        """SELECT proname FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace
        AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)""",
    )
    return {name for name, in rows}


def memory(db):
    """What the backend holds: anonymous pages in kB, and bytes in PostgreSQL's memory contexts."""
    status = pathlib.Path(f"/proc/{db.get_backend_pid()}/status").read_text()
    rss = int(status.partition("RssAnon:")[2].split()[0])
    return rss, database.value(db, "SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts")


@pytest.fixture
def backend(cluster):
    """Beside it nobody analyzes tables: when they do, and how much that adds, depends on the machine."""
    connection = database.connect(cluster.dsn)
    database.query(connection, "ALTER SYSTEM SET autovacuum = off")
    database.query(connection, "SELECT pg_reload_conf()")
    yield connection
    database.query(connection, "ALTER SYSTEM RESET autovacuum")
    database.query(connection, "SELECT pg_reload_conf()")
    connection.close()


def test_a_backend_is_as_small_after_100000_calls(backend, figure):
    source = calls(backend)
    answered = refused = 0
    called = set()
    pid = backend.get_backend_pid()
    for _ in range(WARM_UP_DOCTOR):
        database.query(backend, "SELECT jerry.doctor()")
    for number in range(WARM_UP + CALLS):
        if number == WARM_UP:
            before = memory(backend)
        if number == WARM_UP + CALLS // 2:
            halfway = memory(backend)
        sql, values = next(source)
        try:
            database.query(backend, sql, *values)
            answered += 1
            called.update(re.findall(r"jerry\.(\w+)\(", sql))
        except psycopg2.OperationalError:
            raise
        except psycopg2.Error:
            refused += 1
    after = memory(backend)
    figure(
        f"{CALLS} calls after {WARM_UP}: RSS (anonymous) {before[0]} kB, {halfway[0]} kB halfway, then {after[0]} kB; "
        f"memory contexts {before[1]} bytes, then {after[1]}; {answered} answers, {refused} errors"
    )
    assert backend.get_backend_pid() == pid
    assert called == functions(backend), "each was called, and has answered"
    assert answered > CALLS / 2
    assert refused > CALLS / 100
    assert min(halfway[0] - before[0], after[0] - halfway[0]) < SLACK_RSS_KB
    assert after[1] - before[1] < SLACK_CONTEXTS

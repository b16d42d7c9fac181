"""Who may connect may listen: what a role without any grant learns from the notifications, and what it can do to them.
"""

import json
import re

import psycopg2
import psycopg2.errors
import pytest

from database import Listener, connect, query, value, verification_token
from installation import PASSWORD, answer, install_beside_a_flooder
from programs import psql, with_role


@pytest.fixture(scope="module")
def stranger(new_installation, new_role):
    """An installation, and the way into it of a role that was granted nothing."""
    dsn = new_installation()
    return dsn, with_role(dsn, "jerry_test_stranger", new_role("jerry_test_stranger"))


def overhear(dsn, stranger_dsn, setting):
    """What the stranger hears of an account's whole story, and the secrets of the story."""
    listener = Listener(stranger_dsn)
    db = connect(dsn)
    query(db, f"SET jerry.notify_payload = {setting}")
    email = f"{setting}.user@example.com"
    user_id = answer(db, "register", email, PASSWORD, PASSWORD)["user_id"]
    token = verification_token(db, user_id)
    answer(db, "verify_email", token)
    answer(db, "login", email, PASSWORD, "198.51.100.7", "curl")
    heard = []
    listener.wait_for(lambda payload: heard.append(payload) or payload["event_type"] == "user.logged_in")
    listener.close()
    db.close()
    return heard, user_id, (email, email.split("@")[0], token, "198.51.100.7", PASSWORD)


@pytest.mark.parametrize("setting", ["redacted", "wakeup"])
def test_a_redacted_notification_shows_no_token_address_or_ip(stranger, setting):
    heard, user_id, secrets = overhear(*stranger, setting)
    assert [payload["event_type"] for payload in heard] == ["user.registered", "user.email_verified", "user.logged_in"]
    text = json.dumps(heard)
    for secret in secrets:
        assert secret not in text
    assert "@" not in text and not re.search(r"\d+\.\d+\.\d+\.\d+|[A-Za-z0-9_-]{40,}", text)
    allowed = {"event_id", "event_type"} if setting == "wakeup" else {"event_id", "event_type", "timestamp", "data"}
    for payload in heard:
        assert set(payload) == allowed
        assert payload.get("data", {"user_id": user_id}) == {"user_id": user_id}


def test_the_full_one_shows_them_all(stranger):
    heard, _, (email, _, token, ip, _) = overhear(*stranger, "full")
    text = json.dumps(heard)
    assert email in text and token in text and ip in text


@pytest.mark.parametrize("statement", [
    "SELECT * FROM jerry.event", "SELECT jerry.claim_events('x')", 'SELECT * FROM jerry."user"',
    "SELECT jerry.doctor()",
    "SELECT secret FROM jerry.signing_key", "SELECT jerry.uid()", "SELECT jerry.version()",
    "COPY jerry.session TO STDOUT",
])
def test_the_stranger_reads_nothing_else(stranger, statement):
    assert "permission denied for schema jerry" in psql(stranger[1], statement, succeeds=False)


@pytest.fixture(scope="module")
def own_server(new_server):
    """A server whose queue of notifications is nobody else's, and on which transactions can be prepared."""
    dsn = new_server("max_prepared_transactions=5").dsn
    install_beside_a_flooder(dsn)
    return dsn


def test_a_filled_notification_queue_stops_nobody(own_server):
    # what any role that can connect can do: one session listens and hangs in a transaction, another one notifies
    hanging = psycopg2.connect(with_role(own_server, "flooder", "flooder"))
    query(hanging, "LISTEN anything")
    hanging.commit()
    query(hanging, "SELECT 1")
    flooder = connect(with_role(own_server, "flooder", "flooder"))
    db = connect(own_server)
    while (usage := value(db, "SELECT pg_notification_queue_usage()")) < 0.0005:
        query(flooder, "SELECT pg_notify('anything', repeat('x', 7900) || n) FROM generate_series(1, 100) AS n")
    try:
        listener = Listener(own_server)
        heard = answer(db, "register", "heard@example.com", PASSWORD, PASSWORD)["user_id"]
        listener.wait_for_event("user.registered", heard)
        # as full as is allowed, though it would take 4 GB to fill the half of it
        query(db, "SET jerry.notify_queue_limit = 0.0004")
        quiet = answer(db, "register", "quiet@example.com", PASSWORD, PASSWORD)["user_id"]
        answer(db, "verify_email", verification_token(db, quiet))
        answer(db, "login", "quiet@example.com", PASSWORD)
        [(finding,)] = query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'notification queue'")
        assert re.fullmatch(
            r"the notification queue of this server is 0.\d\d % full; roles that can fill it: (.+, )?flooder(, .+)?",
            finding
        )
        query(db, "SET jerry.notify_queue_limit = 0.9")
        assert query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'notification queue'") == []
        answer(db, "login", "heard@example.com", PASSWORD)
        # nothing came before this one
        assert listener.wait_for(lambda payload: True)["data"]["user_id"] == heard
        kinds = query(
            db, "SELECT event_type FROM jerry.event WHERE payload->'data'->>'user_id' = %s ORDER BY id", quiet
        )
        assert [kind for (kind,) in kinds] == ["user.registered", "user.email_verified", "user.logged_in"]
        claimed = query(
            db, "SELECT event_type FROM jerry.claim_events('mail') WHERE payload->'data'->>'user_id' = %s", quiet
        )
        assert claimed == kinds
        assert usage <= value(db, "SELECT pg_notification_queue_usage()"), "the queue was not as full as that"
        listener.close()
    finally:
        hanging.close()
        flooder.close()
        db.close()


def test_whoever_notifies_nothing_can_prepare_each_call(own_server):
    db = connect(own_server)
    query(db, "SET jerry.notify_payload = none")
    user = answer(db, "register", "prepared@example.com", PASSWORD, PASSWORD)["user_id"]
    tokens = answer(db, "login", "prepared@example.com", PASSWORD)
    calls = {
        "register": ("SELECT jerry.register('other@example.com', %s, %s)", PASSWORD, PASSWORD),
        "login": ("SELECT jerry.login('prepared@example.com', %s)", PASSWORD),
        "failed login": ("SELECT jerry.login('prepared@example.com', 'wrong')",),
        "verify_email": ("SELECT jerry.verify_email(%s)", verification_token(db, user)),
        "refresh": ("SELECT jerry.refresh(%s)", tokens["refresh_token"]),
        "validate_token": ("SELECT jerry.validate_token(%s)", tokens["access_token"]),
        "authenticate": ("SELECT jerry.authenticate(%s)", tokens["access_token"]),
        "me": ("SELECT jerry.me(%s)", tokens["access_token"]),
        "import_key": ("SELECT jerry.import_key('a secret that another service knows')",),
        "claim_events of a new consumer": ("SELECT jerry.claim_events('prepared')",),
        "claim_events": ("SELECT jerry.claim_events('prepared')",),
        "ack_events": ("SELECT jerry.ack_events('prepared', ARRAY(SELECT id FROM jerry.event))",),
        "replay_events": ("SELECT jerry.replay_events('prepared', '-infinity')",),
        "remove_consumer": ("SELECT jerry.remove_consumer('prepared')",),
        "configure": ("SELECT jerry.configure('jerry.access_token_ttl', '1h')",),
        "maintain": ("SELECT jerry.maintain()",),
    }
    for name, (statement, *values) in calls.items():
        query(db, "BEGIN")
        query(db, statement, *values)
        query(db, "PREPARE TRANSACTION 'jerry'")
        assert value(db, "SELECT jerry.uid()") is None, name
        query(db, "COMMIT PREPARED 'jerry'")
    assert answer(db, "login", "other@example.com", PASSWORD)
    # and with a notification PostgreSQL says why it cannot be
    query(db, "SET jerry.notify_payload = wakeup")
    query(db, "BEGIN")
    answer(db, "login", "other@example.com", PASSWORD)
    with pytest.raises(psycopg2.errors.FeatureNotSupported):
        query(db, "PREPARE TRANSACTION 'jerry'")
    query(db, "ROLLBACK")
    db.close()

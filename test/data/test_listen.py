"""Who may connect may listen: what a role without any grant learns from the notifications."""

import json
import re

import pytest

from database import Listener, connect, query, verification_token
from installation import PASSWORD, answer
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
    "SELECT * FROM jerry.event", "SELECT jerry.claim_events('x')", 'SELECT * FROM jerry."user"', "SELECT jerry.doctor()",
    "SELECT secret FROM jerry.signing_key", "SELECT jerry.uid()", "SELECT jerry.version()", "COPY jerry.session TO STDOUT",
])
def test_the_stranger_reads_nothing_else(stranger, statement):
    assert "permission denied for schema jerry" in psql(stranger[1], statement, succeeds=False)

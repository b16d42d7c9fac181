"""The events, as a listener and as the outbox have them."""

import pytest

import database
import events
import totp
from answers import check_timestamp
from users import PASSWORD, new_email


def check_event(db, notified, event_type, data):
    """A full notification is the event as documented with its event_id, and equals the row of the outbox."""
    assert list(notified) == ["event_id", "event_type", "timestamp", "data"]
    assert notified["event_type"] == event_type
    check_timestamp(notified["timestamp"])
    assert list(notified["data"]) == list(data)
    assert notified["data"] == data
    stored_type, payload = database.query(
        db, "SELECT event_type, payload FROM jerry.event WHERE id = %s", notified["event_id"]
    )[0]
    assert stored_type == event_type
    assert list(payload) == ["event_type", "timestamp", "data"]
    assert payload == {name: notified[name] for name in payload}


def test_registration_is_announced(api, db, listener, registered_user):
    user_id = registered_user["user_id"]
    notified = listener.wait_for_event("user.registered", user_id)
    token = notified["data"]["email_verification_token"]
    assert len(token) >= 40, "256 bits of token"
    data = {"user_id": user_id, "email": registered_user["email"], "email_verification_token": token}
    check_event(db, notified, "user.registered", data)
    assert api.verify_email(token).status == 200


def test_login_is_announced(api, db, listener, registered_user):
    api.login(registered_user)
    user_id = registered_user["user_id"]
    notified = listener.wait_for_event("user.logged_in", user_id)
    data = {"user_id": user_id, "email": registered_user["email"], "ip_address": "127.0.0.1"}
    check_event(db, notified, "user.logged_in", data)


def test_verification_is_announced(db, listener, verified_user):
    user_id = verified_user["user_id"]
    notified = listener.wait_for_event("user.email_verified", user_id)
    check_event(db, notified, "user.email_verified", {"user_id": user_id, "email": verified_user["email"]})


def test_events_of_a_user_come_in_order(api, listener, verified_user):
    api.login(verified_user)
    about_user = [listener.wait_for(lambda e: e["data"].get("user_id") == verified_user["user_id"]) for _ in range(3)]
    assert [event["event_type"] for event in about_user] == ["user.registered", "user.email_verified", "user.logged_in"]
    assert sorted(event["event_id"] for event in about_user) == [event["event_id"] for event in about_user]


def test_refresh_and_validation_announce_nothing(api, db, registered_user, login):
    api.refresh(login["refresh_token"])
    api.validate_token(login["access_token"])
    api.me(login["access_token"])
    stored = database.query(
        db,
        "SELECT event_type FROM jerry.event WHERE payload->'data'->>'user_id' = %s ORDER BY id",
        registered_user["user_id"],
    )
    assert stored == [("user.registered",), ("user.logged_in",)]


@pytest.fixture
def cheap(db):
    database.query(db, "SET jerry.bcrypt_cost = 4")
    return db


def register(db, email):
    return database.value(db, "SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)


def outbox_id(db, event_type, email):
    return database.value(
        db, "SELECT id FROM jerry.event WHERE event_type = %s AND payload->'data'->>'email' = %s", event_type, email
    )


def test_a_redacted_notification_has_no_token_address_or_client(cheap, listener):
    database.query(cheap, "SET jerry.notify_payload = 'redacted'")
    email = new_email()
    user_id = register(cheap, email)["data"]["user_id"]
    database.value(cheap, "SELECT jerry.login(%s, %s, '203.0.113.9')", email, PASSWORD)
    for event_type in "user.registered", "user.logged_in":
        event_id = outbox_id(cheap, event_type, email)
        notified = listener.wait_for(lambda payload: payload["event_id"] == event_id)
        assert notified.pop("timestamp")
        assert notified == {"event_id": event_id, "event_type": event_type, "data": {"user_id": user_id}}
    assert database.verification_token(cheap, user_id), "the outbox keeps all of it"


def test_a_wakeup_notification_has_only_id_and_type(cheap, listener):
    database.query(cheap, "SET jerry.notify_payload = 'wakeup'")
    email = new_email()
    register(cheap, email)
    event_id = outbox_id(cheap, "user.registered", email)
    notified = listener.wait_for(lambda payload: payload["event_id"] == event_id)
    assert notified == {"event_id": event_id, "event_type": "user.registered"}


def rotate(db, email):
    """A refresh token that comes again late, and one that is older."""
    first = database.value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)["data"]["refresh_token"]
    database.query(db, "SET jerry.rotate_refresh_tokens = on")
    database.query(db, "SET jerry.refresh_grace = 0")
    second = database.value(db, "SELECT jerry.refresh(%s)", first)["data"]["refresh_token"]
    for token, success in (first, True), (second, True), (first, False):
        assert database.value(db, "SELECT jerry.refresh(%s)", token)["success"] is success
    database.query(db, "RESET jerry.rotate_refresh_tokens")
    database.query(db, "RESET jerry.refresh_grace")


def change_address(db, user_id, email, access_token):
    """To one that is taken, to a free one, and back."""
    taken, free = new_email(), new_email()
    register(db, taken)
    for new in taken, free, free:
        asked = database.value(db, "SELECT jerry.request_email_change(%s, %s, %s)", access_token, new, PASSWORD)
        assert asked["success"]
        if new == free:
            tokens = database.email_change_tokens(db, user_id)
            if not database.events(db, "user.email_change_cancelled", user_id):
                assert database.value(db, "SELECT jerry.cancel_email_change(%s)", tokens[0])["success"]
    for token in tokens:
        assert database.value(db, "SELECT jerry.confirm_email_change(%s)", token)["success"]
    undo = database.email_undo_token(db, user_id)
    assert database.value(db, "SELECT jerry.undo_email_change(%s)", undo)["success"]
    reset = database.password_reset_token(db, user_id)
    assert database.value(db, "SELECT jerry.reset_password(%s, %s, %s)", reset, PASSWORD, PASSWORD)["success"]


def protect(db, user_id, access_token):
    """With an app, which is removed again; then somebody guesses its codes."""
    secret = database.value(db, "SELECT jerry.setup_totp(%s)", access_token)["data"]["secret"]
    activated = database.value(db, "SELECT jerry.activate_totp(%s, %s)", access_token, totp.code(secret))["data"]
    database.query(db, "UPDATE jerry.totp SET last_step = -1 WHERE user_id = %s", user_id)
    for function, proof in (
        ("renew_recovery_codes", (None, activated["recovery_codes"][0], PASSWORD)),
        ("disable_second_factor", (totp.code(secret), None, None)),
    ):
        assert database.value(db, f"SELECT jerry.{function}(%s, %s, %s, %s)", access_token, *proof)["success"]
    database.value(db, "SELECT jerry.setup_totp(%s)", access_token)
    database.query(db, "SET jerry.rate_limits = on")
    database.query(db, "SELECT jerry.activate_totp(%s, 'x') FROM generate_series(1, 20)", access_token)
    database.query(db, "SET jerry.rate_limits = off")


def story(db):
    """Everything of which there is an event, by SQL alone; returns the events as the outbox has them: [(id, payload)].
    """
    last = database.value(db, "SELECT coalesce(max(id), 0) FROM jerry.event")
    email = new_email()
    user_id = register(db, email)["data"]["user_id"]
    database.value(db, "SELECT jerry.resend_verification(%s)", email)
    [requested] = database.events(db, "user.verification_requested", user_id)
    database.query(db, "UPDATE jerry.user SET created_at = created_at - interval '25 hours' WHERE id = %s", user_id)
    database.value(db, "SELECT jerry.maintain()")
    [reminder] = database.events(db, "user.verification_reminder", user_id)
    assert reminder["data"]["email_verification_token"] != requested["data"]["email_verification_token"]
    database.value(db, "SELECT jerry.verify_email(%s)", reminder["data"]["email_verification_token"])
    database.query(db, "SET jerry.hide_accounts = on")
    register(db, email)
    database.query(db, "RESET jerry.hide_accounts")
    login = database.value(db, "SELECT jerry.login(%s, %s, '203.0.113.9')", email, PASSWORD)
    database.query(db, "SELECT jerry.configure('jerry.code_login', 'on')")
    assert database.value(db, "SELECT jerry.request_login_code(%s)", email)["success"]
    database.query(db, "SELECT jerry.configure('jerry.code_login', NULL)")
    database.value(db, "SELECT jerry.request_password_reset(%s)", email)
    reset = database.password_reset_token(db, user_id)
    assert database.value(db, "SELECT jerry.reset_password(%s, %s, %s)", reset, PASSWORD, PASSWORD)["success"]
    login = database.value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)
    for current, new in (PASSWORD, PASSWORD + "4"), (PASSWORD + "4", PASSWORD):
        changed = database.value(
            db, "SELECT jerry.change_password(%s, %s, %s, %s)", login["data"]["access_token"], current, new, new
        )
        assert changed["success"]
    change_address(db, user_id, email, login["data"]["access_token"])
    login = database.value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)
    database.value(db, "SELECT jerry.update_profile(%s, %s)", login["data"]["access_token"], '{"name":"Ada"}')
    protect(db, user_id, login["data"]["access_token"])
    database.value(db, "SELECT jerry.logout(%s)", login["data"]["access_token"])
    database.value(db, "SELECT jerry.login(%s, %s, '203.0.113.10')", email, PASSWORD)
    database.query(db, "SELECT jerry.create_role('editor')")
    assert database.value(db, "SELECT jerry.grant_role(%s, 'editor')", user_id)
    database.query(db, "SELECT jerry.ban_user(%s), jerry.unban_user(%s)", user_id, user_id)
    created = database.value(db, "SELECT jerry.invite_user(%s)", new_email())["data"]["user_id"]
    invite = database.invite_token(db, created)
    assert database.value(db, "SELECT jerry.accept_invite(%s, %s, %s)", invite, PASSWORD, PASSWORD)["success"]
    database.query(db, "SELECT jerry.delete_user(%s)", created)
    # which the next login takes back
    login = database.value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)
    assert database.value(db, "SELECT jerry.request_deletion(%s)", login["data"]["access_token"])["success"]
    rotate(db, email)
    webhook = database.value(db, "SELECT webhook_id FROM jerry.add_webhook('https://example.com/')")
    for function in "test", "disable", "remove":
        database.query(db, f"SELECT jerry.{function}_webhook(%s)", webhook)
    database.query(db, "SET jerry.rate_limits = on")
    database.query(db, "SELECT jerry.login(%s, 'wrong') FROM generate_series(1, 51)", email)
    database.query(db, "SET jerry.rate_limits = off")
    seal = None
    while not seal:
        # unless a sidecar has sealed it meanwhile
        database.value(db, "SELECT jerry.login(%s, 'wrong')", email)
        sealed = database.value(db, "SELECT jerry.seal_audit()")["data"]
        seal = sealed["rows"] and sealed["seal"]
    return database.query(
        db,
        "SELECT id, payload FROM jerry.event WHERE id > %s AND coalesce(payload->'data'->>'seal', %s) = %s ORDER BY id",
        last, seal, seal
    )


def test_what_happens_is_what_the_contract_lists(cheap):
    happened = [payload for _, payload in story(cheap)]
    for payload in happened:
        events.check_event(payload)
    assert {payload["event_type"] for payload in happened} == set(events.LISTED), "an event that no test provokes"


@pytest.mark.parametrize(
    "setting, classes",
    [("full", ("public", "personal", "secret")), ("redacted", ("public",)), ("wakeup", None), ("none", None)],
)
def test_a_notification_tells_the_classes_of_its_setting_and_no_other(cheap, listener, setting, classes):
    database.query(cheap, f"SET jerry.notify_payload = {setting}")
    happened = story(cheap)
    database.query(cheap, "SET jerry.notify_payload = wakeup")
    database.value(cheap, "SELECT jerry.register(%s, %s, %s)", new_email(), PASSWORD, PASSWORD)
    last = database.value(cheap, "SELECT max(id) FROM jerry.event")
    told = []
    listener.wait_for(lambda payload: payload["event_id"] == last or told.append(payload))
    expected = []
    for event_id, payload in happened if setting != "none" else []:
        event_type = payload["event_type"]
        expected.append({"event_id": event_id, "event_type": event_type})
        if classes:
            data = {name: payload["data"][name] for name in events.members(event_type, *classes)}
            expected[-1].update(timestamp=payload["timestamp"], data=data)
    sealed = {event_id for event_id, payload in happened if payload["event_type"] == "audit.sealed"}
    told = [event for event in told if event["event_type"] != "audit.sealed" or event["event_id"] in sealed]
    assert told == expected


def test_a_rolled_back_registration_is_no_event(cheap, dsn, listener):
    email = new_email()
    writer = database.connect(dsn)
    database.query(writer, "BEGIN")
    database.query(writer, "SET LOCAL jerry.bcrypt_cost = 4")
    assert register(writer, email)["success"] is True
    database.query(writer, "ROLLBACK")
    writer.close()
    later = new_email()
    register(cheap, later)
    first = listener.wait_for(lambda payload: payload["data"].get("email") in (email, later))
    assert first["data"]["email"] == later
    assert database.query(cheap, "SELECT 1 FROM jerry.event WHERE payload->'data'->>'email' = %s", email) == []


def test_the_longest_address_still_fits_a_notification(cheap, listener):
    email = new_email().partition("@")[0] + "@" + ".".join(["d" * 63] * 3 + ["e" * 21, "io"])
    assert len(email) == 254
    answer = register(cheap, email)
    assert answer["success"] is True
    assert listener.wait_for_event("user.registered", answer["data"]["user_id"])["data"]["email"] == email

"""What the tests read and age in the database, as its owner.  Nothing here deletes or changes other tests' rows."""

import json
import select
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import psycopg2.extensions

from events import check_event, check_notification
from waiting import eventually

# How long an event that was committed may take to arrive.
DEADLINE = 10


def connect(dsn):
    """An autocommit connection: every statement is its own transaction, as in the sidecar."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    return connection


def query(db, sql, *values):
    """The rows of one statement."""
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def value(db, sql, *values):
    """The first column of the only row."""
    rows = query(db, sql, *values)
    assert len(rows) == 1, rows
    return rows[0][0]


def connections(db, role="jerry_sidecar"):
    """The server processes of the sidecar."""
    return {pid for pid, in query(db, "SELECT pid FROM pg_stat_activity WHERE usename = %s", role)}


def events(db, event_type, user_id):
    """The payloads in the outbox about one user, oldest first."""
    rows = query(
        db,
        "SELECT payload FROM jerry.event WHERE event_type = %s AND payload->'data'->>'user_id' = %s ORDER BY id",
        event_type,
        user_id,
    )
    payloads = [row[0] for row in rows]
    for payload in payloads:
        check_event(payload)
    return payloads


def newest_token(db, event_type, email):
    """The token that the last mail of this kind to this address would carry."""
    [[payload]] = query(
        db,
        "SELECT payload FROM jerry.event WHERE event_type = %s AND payload->'data'->>'email' = %s"
        " ORDER BY id DESC LIMIT 1",
        event_type,
        email,
    )
    check_event(payload)
    [token] = [text for name, text in payload["data"].items() if name.endswith("_token")]
    return token


def verification_token(db, user_id):
    """The token that the mail to this user would carry."""
    return events(db, "user.registered", user_id)[-1]["data"]["email_verification_token"]


def password_reset_token(db, user_id):
    """The token of the last mail to a user who has forgotten the password."""
    return events(db, "user.password_reset_requested", user_id)[-1]["data"]["password_reset_token"]


def email_change_tokens(db, user_id):
    """Those of the last mails to both sides of a change of the address: the old one's, the new one's."""
    return [
        events(db, f"user.email_change_{side}", user_id)[-1]["data"]["email_change_token"]
        for side in ("requested", "offered")
    ]


def email_undo_token(db, user_id):
    """The token of the mail to the address that the user had."""
    return events(db, "user.email_changed", user_id)[-1]["data"]["email_undo_token"]


def invite_token(db, user_id):
    """The token of the last mail to a user who was invited."""
    return events(db, "user.invited", user_id)[-1]["data"]["invite_token"]


def login_code(db, user_id):
    """The code and the token of the last mail to a user who logs in by it."""
    data = events(db, "user.login_code_requested", user_id)[-1]["data"]
    return data["login_code"], data["login_token"]


def at_once(db, calls, connections=20):
    """The answers of calls of functions, (SQL, value...) each, in the order of the calls.

    They are statements and no requests, which the lanes of the sidecar would let in a few at a time.
    """
    start = threading.Barrier(connections)

    def run(number):
        connection = connect(db.dsn + f" password={db.info.password}" if db.info.password else db.dsn)
        start.wait()
        answers = [value(connection, *call) for call in calls[number::connections]]
        connection.close()
        return answers

    with ThreadPoolExecutor(connections) as pool:
        runs = list(pool.map(run, range(connections)))
    return [runs[i % connections][i // connections] for i in range(len(calls))]


def mint(db, claims, lifetime=None):
    """An access token signed by Jerry; a negative lifetime ('-1 hour') makes one that has expired."""
    return value(db, "SELECT jerry.create_access_token(%s, %s)", json.dumps(claims), lifetime)


def wait_until_blocked(db, session):
    """The statement of another session waits for a lock that a third one holds."""
    eventually(
        lambda: query(db, "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", session.info.backend_pid),
        "nothing holds it up"
    )


class Listener:
    """Receives what is notified on jerry_events from its creation on."""

    def __init__(self, dsn):
        self.connection = connect(dsn)
        with self.connection.cursor() as cursor:
            cursor.execute("LISTEN jerry_events")

    def wait_for(self, wanted):
        """The next payload that wanted() accepts; others are passed over."""
        end = time.monotonic() + DEADLINE
        while True:
            self.connection.poll()
            while self.connection.notifies:
                payload = json.loads(self.connection.notifies.pop(0).payload)
                check_notification(payload)
                if wanted(payload):
                    return payload
            left = end - time.monotonic()
            assert left > 0, "no such event was notified"
            select.select([self.connection], [], [], left)

    def wait_for_event(self, event_type, user_id):
        """The next notification of this type about this user."""
        return self.wait_for(
            lambda payload: payload["event_type"] == event_type
            and payload.get("data", {}).get("user_id") == user_id
        )

    def close(self):
        self.connection.close()

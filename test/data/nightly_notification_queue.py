"""The server's queue of notifications filled to the brim by a role that has no right but to connect; takes 8 GB and
minutes.
"""

import shutil
import time

import psycopg2
import psycopg2.errors
import pytest

from database import Listener, connect, query, value, verification_token
from installation import PASSWORD, answer, install_beside_a_flooder
from programs import with_role

ROOM = 10 * 2**30
PATIENCE = 1800


@pytest.fixture
def server(new_server, run_folder):
    assert shutil.disk_usage(run_folder).free > ROOM, f"this test needs {ROOM >> 30} GB below {run_folder}"
    dsn = new_server().dsn
    install_beside_a_flooder(dsn)
    return dsn


def live(db, name):
    user = answer(db, "register", f"{name}@example.com", PASSWORD, PASSWORD)["user_id"]
    answer(db, "verify_email", verification_token(db, user))
    answer(db, "login", f"{name}@example.com", PASSWORD)
    return user


def test_a_full_queue_stops_no_login(server):
    db = connect(server)
    query(db, "SELECT jerry.claim_events('mail')")
    hanging = psycopg2.connect(with_role(server, "flooder", "flooder"))
    query(hanging, "LISTEN anything")
    hanging.commit()
    query(hanging, "SELECT 1")
    flooder = connect(with_role(server, "flooder", "flooder"))
    end = time.monotonic() + PATIENCE
    batch = 10_000
    while batch:
        assert time.monotonic() < end, value(db, "SELECT pg_notification_queue_usage()")
        try:
            query(
                flooder, "SELECT pg_notify('anything', repeat('x', 7990) || n) FROM generate_series(1, %s) AS n", batch
            )
        except psycopg2.errors.ProgramLimitExceeded:
            batch //= 10
    assert value(db, "SELECT pg_notification_queue_usage()") > 0.99
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        query(flooder, "SELECT pg_notify('anything', repeat('x', 7990))")

    user = live(db, "ada")
    events = query(db, "SELECT event_type FROM jerry.claim_events('mail') WHERE payload->'data'->>'user_id' = %s", user)
    assert [kind for (kind,) in events] == ["user.registered", "user.email_verified", "user.logged_in"]
    [(finding,)] = query(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'notification queue'")
    assert "flooder" in finding and ("99." in finding or "100.00" in finding)

    # and when the session that hung has ended, notifications come again
    hanging.close()
    listener = Listener(server)
    user = live(db, "bob")
    listener.wait_for_event("user.logged_in", user)
    listener.close()
    flooder.close()
    db.close()

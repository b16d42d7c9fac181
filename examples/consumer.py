#!/usr/bin/python3
"""Handles Jerry's events, at least once each: claim, commit, handle, acknowledge.

    DATABASE_URL=postgresql://mailer:...@localhost/app ./consumer.py [NAME]

Run as many workers of one NAME (default: mail) as you like; they share its events.  The role needs jerry_events.  A worker that dies between
claim and acknowledgement loses nothing: the events come to another one when the lease ends.  The price is that an event can come twice, so handle()
must not mind: here, a real one would use event_id as the key of the mail it sends.

Needs python3-psycopg2.
"""
import os
import select
import signal
import sys

import psycopg2

LEASE = "1 minute"  # longer than handling BATCH events ever takes
BATCH = 100
POLL_SECONDS = 5  # a notification wakes us at once; this is for those that nobody heard


def handle(event_id, event_type, data):
    print(event_id, event_type, data["user_id"], flush=True)


def run(name, handle):
    connection = psycopg2.connect(os.environ["DATABASE_URL"], application_name="consumer " + name)
    connection.autocommit = True  # each statement commits: the claim before we handle, the acknowledgement after
    cursor = connection.cursor()
    cursor.execute("LISTEN jerry_events")  # first listen, then look: nothing falls between
    while True:
        cursor.execute("SELECT event_id, event_type, payload FROM jerry.claim_events(%s, %s, %s)", (name, BATCH, LEASE))
        events = cursor.fetchall()
        for event_id, event_type, payload in events:
            handle(event_id, event_type, payload["data"])
            cursor.execute("SELECT jerry.ack_events(%s, %s)", (name, [event_id]))
        if not events:
            select.select([connection], [], [], POLL_SECONDS)
            connection.poll()
            connection.notifies.clear()


def main(handle):
    """Calls handle(event_id, event_type, data) for each event until SIGTERM or Ctrl-C; application/mailer.py calls this too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(sys.argv[1] if len(sys.argv) > 1 else "mail", handle)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main(handle)

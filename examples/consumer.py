#!/usr/bin/python3
"""Handles Jerry's events, at least once each: claim, commit, handle, acknowledge.

    DATABASE_URL=postgresql://mailer:...@localhost/app ./consumer.py [NAME]

Run as many workers of one NAME (default: mail) as you like; they share its events.  The role needs jerry_events.  A worker that dies between
claim and acknowledgement loses nothing: the events come to another one when the lease ends.  The price is that an event can come twice, so handle()
must not mind: here, a real one would use event_id as the key of the mail it sends.

An event whose handling fails comes again later, ATTEMPTS times; then it is a dead letter (jerry.dead_letters) until somebody requeues it.  When the
database is away the worker waits for it.  SIGTERM and Ctrl-C let it finish what it has claimed; a second one ends it at once.
consumer.service runs it for good.

Needs python3-psycopg2.
"""
import os
import random
import select
import signal
import sys

import psycopg2

LEASE = "1 minute"  # longer than handling BATCH events ever takes
BATCH = 100
ATTEMPTS = 100  # a day and a half: mail servers are away for long at times
DELAY_SECONDS = 5, 1800  # before an event comes again: at first, and at most
POLL_SECONDS = 5  # a notification wakes us at once; this is for those that nobody heard
PAUSE_SECONDS = 1, 30  # before the database is tried again: at first, and at most


def handle(event_id, event_type, data):
    print(event_id, event_type, data.get("user_id", "-"), flush=True)


def say(what):
    print("consumer:", " ".join(str(what).split()), file=sys.stderr, flush=True)


class End:
    """Has somebody asked us to end?  Waiting ends when somebody does."""

    def __init__(self):
        self.is_near = False
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        signal.set_wakeup_fd(self.writer)
        for number in signal.SIGTERM, signal.SIGINT:
            signal.signal(number, self.come)

    def come(self, number, frame):
        self.is_near = True
        signal.signal(number, signal.SIG_DFL)

    def wait(self, seconds, *connections):
        if not self.is_near:
            select.select([self.reader, *connections], [], [], seconds)


def settle(cursor, name, event_id, attempt, error):
    """Says what becomes of an event that was handled, or was not."""
    if error is None:
        cursor.execute("SELECT jerry.ack_events(%s, %s)", (name, [event_id]))
        return
    reason = f"{type(error).__name__}: {error}"
    say(f"event {event_id}, attempt {attempt}: {reason}")
    if attempt < ATTEMPTS:
        first, most = DELAY_SECONDS
        delay = min(first * 2 ** min(attempt - 1, 20), most) * random.uniform(0.5, 1)  # not all at the same moment
        cursor.execute("SELECT jerry.retry_events(%s, %s, make_interval(secs => %s), %s)", (name, [event_id], delay, reason))
    else:
        say(f"event {event_id} is given up after {attempt} attempts; jerry.requeue_events brings it back")
        cursor.execute("SELECT jerry.reject_events(%s, %s, %s)", (name, [event_id], reason))


def handle_one(handle, event_id, event_type, data):
    """The error of handle(), None if there was none."""
    try:
        handle(event_id, event_type, data)
    except Exception as error:
        return error


def work(connection, name, handle, end):
    """Handles what comes, until the end or an error of the database."""
    connection.autocommit = True  # each statement commits: the claim before we handle, the acknowledgement after
    cursor = connection.cursor()
    cursor.execute("LISTEN jerry_events")  # first listen, then look: nothing falls between
    while not end.is_near:
        cursor.execute("SELECT event_id, event_type, payload, attempt FROM jerry.claim_events(%s, %s, %s)", (name, BATCH, LEASE))
        events = cursor.fetchall()
        for event_id, event_type, payload, attempt in events:
            settle(cursor, name, event_id, attempt, handle_one(handle, event_id, event_type, payload["data"]))
        if not events:
            end.wait(POLL_SECONDS, connection)
            connection.poll()
            connection.notifies.clear()
        yield


def main(handle):
    """Calls handle(event_id, event_type, data) for each event until SIGTERM or Ctrl-C; application/mailer.py calls this too."""
    name = sys.argv[1] if len(sys.argv) > 1 else "mail"
    end = End()
    pause, pause_max = PAUSE_SECONDS
    while not end.is_near:
        try:
            # a server that is gone without a word is noticed as well
            connection = psycopg2.connect(
                os.environ["DATABASE_URL"], application_name="consumer " + name, connect_timeout=10, keepalives_idle=30, tcp_user_timeout=60000
            )
            try:
                for _ in work(connection, name, handle, end):
                    pause = PAUSE_SECONDS[0]
            finally:
                connection.close()
        except psycopg2.Error as error:
            say(error)
            end.wait(pause * random.uniform(0.5, 1))  # not all at the same moment
            pause = min(2 * pause, pause_max)


if __name__ == "__main__":
    main(handle)

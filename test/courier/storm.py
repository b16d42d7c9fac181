"""Ten thousand mails while couriers, the database and the mail server are killed in turn: none is lost.

What is sent twice is counted: at least once is what is promised.
"""

import collections
import os
import signal
import subprocess
import sys
import threading
import time

import psycopg2

import database
import mailserver
from processes import free_port, listens
from waiting import eventually

MAILS = 10000
BATCH = 100
ROUNDS = 5  # of three deaths each
PARALLEL = 8


class KillableServer:
    """mailserver.py as a program."""

    def __init__(self, folder):
        self.port, self.file = free_port(), folder / "recipients"
        self.start()

    def start(self):
        command = [sys.executable, mailserver.__file__, str(self.port), str(self.file)]
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        eventually(lambda: listens(self.port), "the mail server does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def recipients(self):
        return collections.Counter(self.file.read_text().split())


class Producer(threading.Thread):
    """Registers users, whatever happens to the database."""

    def __init__(self, outbox):
        super().__init__(daemon=True)
        self.outbox = outbox
        self.made = 0

    def run(self):
        while self.made < MAILS:
            try:
                self.outbox.emit(BATCH)
                self.made += BATCH
            except psycopg2.Error:
                time.sleep(0.2)
                self.reconnect()

    def reconnect(self):
        """Is the database there?  While it recovers it is not."""
        try:
            self.outbox.db = database.connect(self.outbox.dsn)
        except psycopg2.Error:
            return False
        return True


def crash(outbox):
    """One of the server's processes dies: it starts anew, and recovers."""
    with database.connect(outbox.dsn) as db:
        pids = database.query(db, "SELECT pid FROM pg_stat_activity WHERE usename = 'jerry_courier_test'")
    for pid, in pids[:1]:
        os.kill(pid, signal.SIGKILL)
    return len(pids[:1])


def test_no_mail_is_lost_whoever_dies(new_courier, own_cluster, tmp_path):
    outbox = own_cluster.outbox
    server = KillableServer(tmp_path)
    names = {
        "SMTP_SERVER": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_SECURITY": "none", "LOG_LEVEL": "INFO",
        "COURIER_PARALLEL": str(PARALLEL)
    }
    couriers = [new_courier(outbox, **names) for _ in range(2)]
    producer = Producer(outbox)
    began = time.monotonic()
    producer.start()
    deaths = collections.Counter()
    try:
        for number in range(ROUNDS):
            time.sleep(2)
            couriers[number % 2].kill()
            couriers[number % 2] = new_courier(outbox, **names)
            deaths["courier"] += 1
            time.sleep(2)
            server.kill()
            deaths["mail server"] += 1
            time.sleep(1)
            server.start()
            time.sleep(2)
            deaths["database"] += crash(outbox)
        eventually(lambda: producer.made == MAILS, "the database does not come back", seconds=300)
        producer.join()
        # the last death may have come when there was nothing more to register
        eventually(producer.reconnect, "the database does not come back")

        def is_empty():
            outbox.make_due()
            return not outbox.waiting()

        eventually(is_empty, lambda: couriers[0].output()[-3000:], seconds=300, pause=5)
    finally:
        server.kill()
    seconds = time.monotonic() - began
    registered = {email for email, in database.query(outbox.db, "SELECT email FROM jerry.user")}
    received = server.recipients()
    lost = registered - set(received)
    twice = sum(received.values()) - len(received)
    print(
        f"\n{len(registered)} mails in {seconds:.0f} s, with {dict(deaths)} killed:"
        f" {len(lost)} lost, {twice} sent once more"
    )
    assert len(registered) >= MAILS
    assert lost == set()
    assert outbox.dead() == []
    assert deaths["database"] >= 1
    # what was under way when one of the two sides died
    assert twice <= deaths["courier"] * PARALLEL + deaths["mail server"] * 2 * PARALLEL

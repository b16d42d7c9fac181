"""Couriers of a test's own, and what the tests ask the database about them."""

import json
import os
import pathlib
import signal
import subprocess
import uuid

import database
from mailserver import LOGIN
from processes import ROOT, environment
from waiting import eventually

PROGRAM = pathlib.Path(os.environ.get("JERRY_BUILD", ROOT / "build")) / "courier" / "bin" / "jerry-courier"

PASSWORD = "SecurePassword123!"

# What every courier of mail needs.
SETTINGS = {
    "PUBLIC_URL": "https://auth.example.com",
    "SMTP_FROM_EMAIL": "noreply@example.com",
    "ENVIRONMENT": "testing",
    "LOG_LEVEL": "DEBUG",
}

STOP_DEADLINE = 25


def run(*arguments, **names):
    """The courier, to its end."""
    return subprocess.run(
        [str(PROGRAM), *arguments],
        env=environment(**names),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30
    )


class Courier:
    """A courier that runs; what it writes goes to files."""

    def __init__(self, folder, word="mail", within=(), **names):
        """within: what its command line begins with."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.output_file, self.errors_file = folder / "output.log", folder / "errors.log"
        with self.output_file.open("ab") as output, self.errors_file.open("ab") as errors:
            self.process = subprocess.Popen(
                [*within, str(PROGRAM), word],
                env=environment(**{**SETTINGS, **names}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )

    def output(self):
        return self.output_file.read_text() + self.errors_file.read_text()

    def log(self, event):
        """The lines about an event."""
        lines = [json.loads(line) for line in self.output_file.read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def wait_for(self, event, **members):
        """The first line about an event that has these members."""

        def found():
            assert self.process.poll() is None, f"the courier ended: {self.output()}"
            return [line for line in self.log(event) if members.items() <= line.items()]

        return eventually(found, lambda: f"no {event} {members}: {self.output()}")[0]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ask it to end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class Outbox:
    """The database of a test, as its owner sees it."""

    def __init__(self, dsn, url):
        self.dsn = dsn
        self.url = url  # the courier's
        self.db = database.connect(dsn)
        self.couriers = []

    def close(self):
        """The couriers end, and none of them has said a secret or an address."""
        secrets = {
            text
            for text, in database.query(
                self.db, "SELECT value FROM jerry.event, json_each_text(payload->'data')"
                " WHERE key ~ '(token|code|email)$'"
            )
        }
        secrets |= {self.url.partition("@")[0].rpartition(":")[2], LOGIN[1].decode()}
        try:
            for courier in self.couriers:
                courier.stop()
        finally:
            for courier in self.couriers:
                courier.kill()
        for courier in self.couriers:
            said = courier.output()
            for secret in secrets:
                assert secret not in said, f"{secret} is in the courier's log"
        self.db.close()

    def register(self, email):
        """Somebody registers; the token that the mail will carry."""
        database.query(self.db, "SELECT jerry.unwrap(jerry.register(%s, %s, %s))", email, PASSWORD, PASSWORD)
        return database.value(
            self.db, "SELECT payload->'data'->>'email_verification_token' FROM jerry.event"
            " WHERE event_type = 'user.registered' AND payload->'data'->>'email' = %s", email
        )

    def emit(self, count):
        """So many registrations, and their addresses."""
        return [
            address for address, in database.query(
                self.db, "SELECT address FROM (SELECT gen_random_uuid() || '@example.com' AS address"
                " FROM generate_series(1, %s)) AS new, jerry.register(address, %s, %s)", count, PASSWORD, PASSWORD
            )
        ]

    def waiting(self):
        """What the consumer has not acknowledged: (attempts, reason) of each."""
        return database.query(
            self.db, "SELECT attempts, reason FROM jerry.delivery WHERE consumer = 'mail' AND rejected_at IS NULL"
        )

    def dead(self):
        """Why each was given up."""
        return [
            reason for reason, in database.query(
                self.db, "SELECT reason FROM jerry.delivery WHERE consumer = 'mail' AND rejected_at IS NOT NULL"
            )
        ]

    def make_due(self):
        """Leases and pauses are over."""
        database.query(self.db, "UPDATE jerry.delivery SET claimable_at = now() WHERE claimable_at > now()")
        database.query(self.db, "NOTIFY jerry_events")

    def wait_until_empty(self, courier=None):
        eventually(
            lambda: not self.waiting(),
            lambda: f"{len(self.waiting())} wait: {courier.output()[-3000:] if courier else ''}"
        )


class Hooks:
    """Webhooks in a database of the test's own, whose courier is a member of jerry_hooks and of nothing else."""

    def __init__(self, outbox, tmp_path, certificate):
        self.outbox, self.db, self.folder, self.certificate = outbox, outbox.db, tmp_path, certificate
        self.role = f"jerry_hooks_{uuid.uuid4().hex}"
        database.query(self.db, f"CREATE ROLE {self.role} LOGIN PASSWORD 'secret of hooks'")
        database.query(self.db, f"GRANT jerry_hooks TO {self.role}")
        rest = outbox.dsn.partition("@")[2]
        self.url = f"postgresql://{self.role}:secret%20of%20hooks@{rest}"
        self.secrets = {}
        self.within = ()

    def add(self, url, *types):
        webhook_id, secret = database.query(
            self.db, "SELECT * FROM jerry.add_webhook(%s, %s)", url, list(types) or None
        )[0]
        self.secrets[webhook_id] = secret
        return webhook_id

    def start(self, **names):
        names = {"WEBHOOK_NETWORKS": "127.0.0.0/8", "SSL_CERT_FILE": str(self.certificate.cert_file), **names}
        courier = Courier(self.folder / f"hooks-{len(self.outbox.couriers)}", "hooks", self.within,
                          DATABASE_URL=self.url, SMTP_FROM_EMAIL=None, PUBLIC_URL=None, **names)
        self.outbox.couriers.append(courier)
        # what happens before the consumer is there is not for it
        eventually(lambda: database.query(self.db, "SELECT 1 FROM jerry.consumer WHERE name = 'hooks'"),
                   lambda: f"no consumer: {courier.output()}")
        return courier

    def row(self, webhook_id):
        """Of a webhook: what jerry.list_webhooks() says."""
        return database.value(
            self.db, "SELECT to_jsonb(l) FROM jerry.list_webhooks() AS l WHERE webhook_id = %s", webhook_id
        )

    def wait_for(self, webhook_id, **members):
        def found():
            row = self.row(webhook_id)
            return row if members.items() <= row.items() else None

        return eventually(found, lambda: f"not {members}: {self.row(webhook_id)}")

    def due_now(self):
        """Nothing waits for its time any longer."""
        database.query(self.db, "UPDATE jerry.webhook_delivery SET due_at = now() WHERE NOT leased")
        database.query(self.db, "UPDATE jerry.webhook SET paused_until = NULL")

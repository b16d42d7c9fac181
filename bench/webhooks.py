"""Webhooks: events in the outbox, until an endpoint has acknowledged all of them."""

import pathlib
import statistics
import subprocess
import sys
import time

from bed import free_port, say
from load import PASSWORD
from tls import make_certificate

ROUNDS = 3
EVENTS = 3000
WEBHOOKS = 4
PARALLEL = [8, 64]

RECEIVER = pathlib.Path(__file__).with_name("receiver.py")


def wait_until(bed, query, answer):
    while bed.sql(query) != answer:
        time.sleep(0.02)


def round_of(bed, url, certificate, name, parallel):
    """Seconds from the end of one transaction with all events to the last answer."""
    port = free_port()
    command = [sys.executable, str(RECEIVER), port, *certificate.values(), str(EVENTS * WEBHOOKS)]
    receiver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        receiver.stdout.readline()
        for number in range(WEBHOOKS):
            bed.sql(f"SELECT jerry.add_webhook('https://127.0.0.1:{port}/{number}', ARRAY['user.registered'])")
        with bed.courier("hooks", DATABASE_URL=url, COURIER_PARALLEL=str(parallel), WEBHOOK_NETWORKS="127.0.0.0/8",
                         SSL_CERT_FILE=certificate["TLS_CERT_FILE"]):  # fmt: skip
            wait_until(bed, "SELECT count(*) FROM jerry.consumer WHERE name = 'hooks'", "1")
            begun = bed.sql(
                "SET jerry.bcrypt_cost = 4; BEGIN;"
                f" SELECT count(*) FROM generate_series(1, {EVENTS}) AS n,"
                f" jerry.register('{name}-' || n || '@example.com', '{PASSWORD}', '{PASSWORD}');"
                " SELECT extract(epoch FROM clock_timestamp()); COMMIT;"
            ).splitlines()[-1]
            ended = receiver.stdout.readline()
            wait_until(bed, "SELECT count(*) FROM jerry.webhook_delivery", "0")
        bed.sql("SELECT jerry.remove_webhook(webhook_id) FROM jerry.list_webhooks()")
        return float(ended) - float(begun)
    finally:
        receiver.kill()
        receiver.wait()


def measure_webhooks(bed):
    """Deliveries per second: {COURIER_PARALLEL: rate}, medians of rounds in which they take turns."""
    certificate = make_certificate(bed.folder)
    url = bed.hooks_url()
    rates = {parallel: [] for parallel in PARALLEL}
    for turn in range(ROUNDS):
        say(f"webhooks: round {turn + 1} of {ROUNDS}")
        for parallel, each in rates.items():
            each.append(EVENTS * WEBHOOKS / round_of(bed, url, certificate, f"hooks-{turn}-{parallel}", parallel))
    return {parallel: statistics.median(each) for parallel, each in rates.items()}

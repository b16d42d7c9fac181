"""A flood of logins: what is left for validations, how soon a surplus login is refused, and what bcrypt gets done."""

import http.client
import json
import os
import random
import statistics
import threading
import time
from dataclasses import dataclass

import load
from bed import say

ROUNDS = 5
FLOOD = 64  # connections that log in as fast as they can
VALIDATIONS = 32  # connections that validate meanwhile
PROBES = 2
PROBE_PAUSE = (0.02, 0.08)  # seconds, at random: refusals come by the clock
SETTLE = 0.5
HASHES = 5


@dataclass
class FloodFigures:
    unloaded: float  # validations/s
    loaded: float
    ratio: float
    p99_ms: float  # of the validations under load
    refused: list  # seconds that surplus logins waited for their 503


@dataclass
class LoginFigures:
    bcrypt: float  # seconds, one at a time
    bcrypt_busy: float  # seconds, one on each processor at a time
    cores: int
    rate: float  # logins/s

    @property
    def ratio(self):
        return self.rate * self.bcrypt / self.cores


class Probe(threading.Thread):
    """A patient client among those of the flood: keeps the times in which its logins were refused."""

    def __init__(self, sidecar, stop):
        super().__init__(daemon=True)
        self.refused = []
        self._sidecar = sidecar
        self._stop_event = stop
        self.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._sidecar.port, timeout=10)
        body = json.dumps({"email": "user-1@example.com", "password": load.PASSWORD})
        while not self._stop_event.wait(random.uniform(*PROBE_PAUSE)):
            started = time.monotonic()
            connection.request("POST", load.AUTH + "login", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            if response.status == 503:
                self.refused.append(time.monotonic() - started)
        connection.close()


def wait_until_idle(bed):
    """Until the logins that nobody waits for any more are done: they would slow down what is measured next."""
    while bed.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()") != "0":
        time.sleep(SETTLE)


def measure_flood(bed, sidecar, requests, seconds):
    validations, logins = requests.file("validate-token"), requests.file("login")
    unloaded, loaded, refused = [], [], []
    for turn in range(ROUNDS):
        say(f"flood of logins: round {turn + 1} of {ROUNDS}")
        wait_until_idle(bed)
        unloaded.append(load.measure(sidecar.url, validations, VALIDATIONS, seconds))
        flood = load.start(sidecar.url, logins, FLOOD, seconds + 1)
        time.sleep(SETTLE)
        stop = threading.Event()
        probes = [Probe(sidecar, stop) for _ in range(PROBES)]
        loaded.append(load.measure(sidecar.url, validations, VALIDATIONS, seconds))
        stop.set()
        load.finish(flood)
        for probe in probes:
            probe.join()
            refused += probe.refused
    return FloodFigures(
        statistics.median(figures.rate for figures in unloaded),
        statistics.median(figures.rate for figures in loaded),
        statistics.median(under.rate / free.rate for under, free in zip(loaded, unloaded)),
        statistics.median(figures.p99_ms for figures in loaded),
        sorted(refused),
    )


def time_bcrypt(bed):
    """Seconds that each of some password hashes took, one after the other in one backend."""
    one = f"SELECT clock_timestamp() AS a, jerry.hash_password('{load.PASSWORD}'), clock_timestamp() AS b"
    all_of_them = " UNION ALL ".join(f"({one})" for _ in range(HASHES))
    return [float(line) for line in bed.sql(f"SELECT extract(epoch FROM b - a) FROM ({all_of_them}) AS h").splitlines()]


def time_bcrypt_together(bed, processes):
    """The same in several backends at the same time."""
    seconds = []
    threads = [threading.Thread(target=lambda: seconds.extend(time_bcrypt(bed))) for _ in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds


def measure_login(bed, sidecar, requests, seconds):
    """Logins by as many clients as keep every bcrypt busy, with bcrypt alone timed before each round."""
    cores = os.cpu_count()
    file = requests.file("login")
    alone, together, rates = [], [], []
    for turn in range(ROUNDS):
        say(f"logins and bcrypt: round {turn + 1} of {ROUNDS}")
        alone += time_bcrypt(bed)
        together += time_bcrypt_together(bed, cores)
        bed.sql("DELETE FROM jerry.session WHERE ip IS NOT NULL")
        load.measure(sidecar.url, file, 3 * cores, 3 * seconds)
        # sessions without an address are those of the accounts; the first login of each core began the measured time
        rate = bed.sql(
            f"SELECT (count(*) - {cores}) / extract(epoch FROM max(created_at) - min(created_at))"
            " FROM jerry.session WHERE ip IS NOT NULL"
        )
        rates.append(float(rate))
    return LoginFigures(statistics.median(alone), statistics.median(together), cores, statistics.median(rates))

"""A flood of logins: what is left for validations, how soon a surplus login is refused, and how many logins are done."""

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
from hashes import seconds_of
from layouts import LAYOUTS

ROUNDS = 3
FLOOD = 64  # connections that log in as fast as they can
VALIDATIONS = [8, 32]  # connections that validate meanwhile
SOURCES = {"one address": ["192.0.2.1"], "64 addresses": [f"192.0.2.{n}" for n in range(1, 65)]}
LEAD = 2  # seconds in which the flood comes to its full height
REST = 5  # seconds after the last login, before validations alone
PROBES = 2
PROBE_PAUSE = (0.02, 0.08)  # seconds, at random: refusals come by the clock
SETTLE = 0.5


@dataclass
class FloodFigures:
    """With so many connections that validate, and logins from so many addresses: medians."""

    unloaded: float  # validations/s
    loaded: float
    ratio: float
    p99_ms: float  # of the validations under load
    logins: float  # logins/s meanwhile
    refused: list  # seconds that surplus logins waited for their 503


@dataclass
class LoginFigures:
    bcrypt: float  # seconds of one by pgcrypto, alone
    together: float  # seconds of four by Jerry, together
    cores: int
    rate: float  # logins/s
    of_pgcrypto: float  # the rate, to one bcrypt after the other on each core
    of_together: float  # the rate, to four at a time on each core


class Probe(threading.Thread):
    """A patient client among those of the flood: keeps the times in which its logins were refused."""

    def __init__(self, sidecar, address, stop):
        super().__init__(daemon=True)
        self.refused = []
        self._sidecar = sidecar
        self._address = address
        self._stop_event = stop
        self.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._sidecar.port, timeout=10)
        body = json.dumps({"email": "user-1@example.com", "password": load.PASSWORD})
        while not self._stop_event.wait(random.uniform(*PROBE_PAUSE)):
            started = time.monotonic()
            headers = {"Content-Type": "application/json", "X-Forwarded-For": self._address}
            connection.request("POST", load.AUTH + "login", body, headers)
            response = connection.getresponse()
            response.read()
            if response.status == 503:
                self.refused.append(time.monotonic() - started)
        connection.close()


def wait_until_idle(bed):
    """Until the logins that nobody waits for any more are done: they would slow down what is measured next."""
    while bed.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()") != "0":
        time.sleep(SETTLE)


def measure_one(bed, sidecar, requests, connections, addresses, seconds):
    """Validations alone, and then beside a flood from these addresses."""
    validations, logins = requests.file("validate-token"), requests.file("login", addresses)
    wait_until_idle(bed)
    time.sleep(REST)
    unloaded = load.measure(sidecar.url, validations, connections, seconds)
    flood = load.start(sidecar.url, logins, FLOOD, LEAD + seconds + 1)
    time.sleep(LEAD)
    stop = threading.Event()
    probes = [Probe(sidecar, addresses[0], stop) for _ in range(PROBES)]
    began = bed.sql("SELECT clock_timestamp()")
    loaded = load.measure(sidecar.url, validations, connections, seconds)
    done = bed.sql(
        f"SELECT count(*) / extract(epoch FROM clock_timestamp() - '{began}') FROM jerry.session WHERE created_at > '{began}'"
    )
    stop.set()
    load.finish(flood)
    for probe in probes:
        probe.join()
    refused = [seconds for probe in probes for seconds in probe.refused]
    return FloodFigures(
        unloaded.rate, loaded.rate, loaded.rate / unloaded.rate, loaded.p99_ms, float(done), refused
    )


def median_of(several):
    names = ("unloaded", "loaded", "ratio", "p99_ms", "logins")
    medians = [statistics.median(getattr(figures, name) for figures in several) for name in names]
    return FloodFigures(*medians, sorted(seconds for figures in several for seconds in figures.refused))


def measure_flood(bed, requests, seconds):
    """Medians of rounds in which they take turns: {(connections, source): FloodFigures}."""
    sidecar = bed.start_sidecar(TRUSTED_PROXIES="127.0.0.1")
    load.measure(sidecar.url, requests.file("validate-token"), max(VALIDATIONS), 1)
    rounds = {(connections, source): [] for source in SOURCES for connections in VALIDATIONS}
    for turn in range(ROUNDS):
        for (connections, source), figures in rounds.items():
            say(f"flood of logins: round {turn + 1} of {ROUNDS}, {connections} validate, logins from {source}")
            figures.append(measure_one(bed, sidecar, requests, connections, SOURCES[source], seconds))
    sidecar.stop()
    return {what: median_of(figures) for what, figures in rounds.items()}


def measure_layouts(bed, requests, seconds):
    """The same, logins from one address, in each layout: {(layout, connections): FloodFigures, or why there are none}."""
    sidecar = bed.start_sidecar(TRUSTED_PROXIES="127.0.0.1")
    found = {}
    for layout, enter in LAYOUTS.items():
        for connections in VALIDATIONS:
            rounds = []
            try:
                for turn in range(ROUNDS):
                    say(f"flood of logins, {layout}: round {turn + 1} of {ROUNDS}, {connections} validate")
                    with enter(bed, sidecar):
                        rounds.append(measure_one(bed, sidecar, requests, connections, SOURCES["one address"], seconds))
                found[layout, connections] = median_of(rounds)
            except OSError as error:
                found[layout, connections] = f"could not be set: {error.strerror}"
    sidecar.stop()
    return found


def measure_login(bed, sidecar, requests, seconds):
    """Logins of so many clients that the lane has all it can do, with the hashes alone timed before each round."""
    cores = os.cpu_count()
    file = requests.file("login")
    ones, fours, rates = [], [], []
    for turn in range(ROUNDS):
        say(f"logins: round {turn + 1} of {ROUNDS}")
        wait_until_idle(bed)
        ones.append(seconds_of(bed, "pgcrypto", 1))
        fours.append(seconds_of(bed, "own", 4))
        bed.sql("DELETE FROM jerry.session WHERE ip IS NOT NULL")
        load.measure(sidecar.url, file, FLOOD, 3 * seconds)
        # sessions without an address are those of the accounts; those of the first batches began the measured time
        rate = bed.sql(
            f"SELECT (count(*) - {cores}) / extract(epoch FROM max(created_at) - min(created_at))"
            " FROM jerry.session WHERE ip IS NOT NULL"
        )
        rates.append(float(rate))
    return LoginFigures(
        statistics.median(ones),
        statistics.median(fours),
        cores,
        statistics.median(rates),
        statistics.median(rate * one / cores for rate, one in zip(rates, ones)),
        statistics.median(rate * four / 4 / cores for rate, four in zip(rates, fours)),
    )

"""Memory of the sidecar, and the time from its start until it is ready."""

import contextlib
import pathlib
import re
import socket
import statistics
from dataclasses import dataclass

import load
from bed import say

STARTS = 5
IDLE_CONNECTIONS = 1000
WARM_UP_SECONDS = 2
REQUEST = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@dataclass
class Memory:
    """Resident memory in MB."""

    worker: float  # of the process that serves
    total: float  # of it and Kore's parent; what they share counts twice


@dataclass
class Footprint:
    start_seconds: float
    idle: Memory
    connected: Memory  # with IDLE_CONNECTIONS
    warm: Memory
    worked: Memory  # after so many requests more
    requests: int


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s*(\d+) kB", status, re.MULTILINE)[1]) * 1024 / 1e6


def memory(sidecar):
    parent, *workers = sidecar.processes()
    served = sum(map(resident, workers))
    return Memory(served, served + resident(parent))


def with_idle_connections(sidecar):
    """Memory while clients keep connections open on which they have been served once."""
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE_CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", sidecar.port), timeout=10))
            client.sendall(REQUEST)
            client.recv(4096)
        return memory(sidecar)


def measure_footprint(bed, requests, count):
    starts = []
    for turn in range(STARTS):
        say(f"start: round {turn + 1} of {STARTS}")
        sidecar = bed.start_sidecar()
        starts.append(sidecar.start_seconds)
        if turn < STARTS - 1:
            sidecar.stop()
    say(f"memory: {IDLE_CONNECTIONS} connections, {count} requests")
    idle = memory(sidecar)
    connected = with_idle_connections(sidecar)
    file = requests.file("validate-token")
    rate = load.measure(sidecar.url, file, 32, WARM_UP_SECONDS).rate
    warm = memory(sidecar)
    served = 0
    while served < count:
        seconds = max(1, round((count - served) / rate))
        served += round(load.measure(sidecar.url, file, 32, seconds).rate * seconds)
    worked = memory(sidecar)
    sidecar.stop()
    return Footprint(statistics.median(starts), idle, connected, warm, worked, served)

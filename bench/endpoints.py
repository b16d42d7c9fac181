"""Requests/s and latency of each endpoint at several numbers of connections."""

from bed import say
from load import ENDPOINTS, Figures, measure

CONNECTIONS = [1, 32, 256]
ROUNDS = 3
SLOW = ("login", "register")  # few of these end in a second, so they are given twice the time


def measure_endpoints(sidecar, requests, seconds):
    """Medians of rounds in which the endpoints take turns: {connections: {endpoint: Figures}}."""
    measure(sidecar.url, requests.file("validate-token"), 32, 1)
    rounds = {connections: {endpoint: [] for endpoint in ENDPOINTS} for connections in CONNECTIONS}
    for turn in range(ROUNDS):
        for connections in CONNECTIONS:
            say(f"endpoints: round {turn + 1} of {ROUNDS}, {connections} connections")
            for endpoint in ENDPOINTS:
                duration = 2 * seconds if endpoint in SLOW else seconds
                figures = measure(sidecar.url, requests.file(endpoint), connections, duration)
                rounds[connections][endpoint].append(figures)
    return {
        connections: {endpoint: Figures.median(several) for endpoint, several in endpoints.items()}
        for connections, endpoints in rounds.items()
    }

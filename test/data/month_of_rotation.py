"""A thousand clients whose refresh tokens rotate: which honest ones are logged out, and when a thief is noticed.

make check-rotation prints the figures; test_rotation.py has a short form. Everything is drawn at random, so they differ
a little from run to run.
"""

import time

import pytest

import rotation_clients

CLIENTS = 1000
MONTH = 30

HONEST = [
    # what happens, name, days, share of answers lost, tabs, seconds between them, share of commits lost, are access
    # tokens used, most that may be logged out
    ("1 % of the answers lost", "lost", MONTH, 0.01, 1, 0, 0, False, 8),
    ("..., access tokens used", "lost_used", MONTH, 0.01, 1, 0, 0, True, 8),
    ("..., and 1 % of the commits lost in crashes", "crashed", MONTH, 0.01, 1, 0, 0.01, True, 20),
    ("two tabs within 25 s, 1 % lost", "two_tabs", 10, 0.01, 2, 25, 0, True, 0),
    ("20 parallel", "parallel", 1, 0, 20, 0, 0, True, 0),
    ("20 parallel over 25 s, 1 % lost", "parallel_25", 1, 0.01, 20, 25, 0, True, 0),
]


@pytest.fixture(scope="module")
def installation(new_installation):
    dsn = new_installation()
    rotation_clients.prepare(dsn)
    print(f"\n\n{CLIENTS} honest clients, a refresh an hour, pauses of up to 12 hours")
    print(f"{'':45} {'days':>5} {'refreshes':>10} {'logged out':>11} {'if strict':>10}")
    return dsn


@pytest.mark.parametrize("case", HONEST, ids=[case[1] for case in HONEST])
def test_honest_clients_stay_logged_in(installation, case):
    about, name, days, lost, tabs, spread, crashed, confirms, most = case
    began = time.monotonic()
    ways = lost, tabs, spread, crashed, confirms
    outcome = rotation_clients.live(installation, "be_honest", name, CLIENTS, days, *ways)
    took = time.monotonic() - began
    print(f"{about:45} {days:5} {outcome.refreshes:10} {outcome.lost:11} {outcome.lost_if_strict:10}   ({took:.0f} s)")
    assert outcome.clients == CLIENTS
    assert outcome.lost <= most


@pytest.mark.parametrize("confirms, most", [(True, 2), (False, 4)], ids=["confirmed", "unconfirmed"])
def test_a_thief_who_takes_turns_with_the_owner_is_noticed(installation, confirms, most):
    outcome = rotation_clients.live(installation, "be_robbed", f"robbed_{most}", CLIENTS, confirms)
    used = "with" if confirms else "without"
    print(
        f"{CLIENTS} thieves who take turns with the owner, {used} confirmation: {CLIENTS - outcome.lost} never noticed;"
        f" refreshes until then: {outcome.median:.0f} in the median, {outcome.longest} at most"
    )
    assert outcome.lost == CLIENTS
    assert outcome.longest <= most

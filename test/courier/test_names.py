"""What names stand for is what whoever owns them likes: of the courier of webhooks, in a network of its own."""

import time
import urllib.parse

import pytest

import database
from island import INTERNET, Island
from surroundings import setting
from waiting import eventually

HERE, THERE = INTERNET

pytestmark = pytest.mark.skipif(not Island.unshare(), reason="namespaces cannot be made here")


@pytest.fixture
def island(tmp_path):
    made = Island(tmp_path)
    yield made
    made.close()


@pytest.fixture
def hooks(hooks, island):
    """Webhooks over http, whose courier reaches the database by its socket, and nothing else outside of the island."""
    database.query(hooks.db, "SELECT jerry.configure('jerry.webhook_insecure', 'on')")
    url = urllib.parse.urlsplit(hooks.url)
    place = urllib.parse.urlencode({"host": setting("JERRY_SOCKET"), "port": url.port})
    hooks.url = url._replace(netloc=url.netloc.rpartition("@")[0] + "@", query=place).geturl()
    hooks.within = island.inside()
    return hooks


def start(hooks, **names):
    return hooks.start(**{"WEBHOOK_NETWORKS": None, "ENVIRONMENT": "development", **names})


def test_the_address_that_was_judged_is_the_one_that_is_reached(hooks, island):
    """A name that stands for something of the internet only until somebody has looked."""
    island.names({"rebind.example": [[HERE], ["127.0.0.1"]]})
    webhook = hooks.add("http://rebind.example/", "user.registered")
    start(hooks)
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(webhook, last_status=200)
    assert island.requests() == [(HERE, "rebind.example", "/")]
    assert island.asked("rebind.example") == 1
    # what it stands for later is judged like what it stood for first
    time.sleep(11)
    other = hooks.add("http://rebind.example:81/", "user.registered")
    hooks.outbox.register("bob@example.com")
    hooks.wait_for(other, last_status=None, last_reason="its address is loopback: see WEBHOOK_NETWORKS")
    assert island.asked("rebind.example") == 2


def test_of_several_addresses_those_that_may_not_be_reached_are_left_out(hooks, island):
    island.names({"both.example": [["127.0.0.1", "10.1.2.3", HERE]], "none.example": [["127.0.0.1", "10.1.2.3"]]})
    both = hooks.add("http://both.example/", "user.registered")
    none = hooks.add("http://none.example/", "user.registered")
    start(hooks)
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(both, last_status=200)
    assert "see WEBHOOK_NETWORKS" in hooks.wait_for(none, last_status=None)["last_reason"]
    assert island.requests() == [(HERE, "both.example", "/")]


def test_a_redirect_leads_nowhere(hooks, island):
    island.names({"redirect.example": [[HERE]], "inside.example": [["127.0.0.1"]], "outside.example": [[THERE]]})
    inside = hooks.add("http://redirect.example/?to=http://inside.example/", "user.registered")
    outside = hooks.add("http://redirect.example/?to=http://outside.example/", "user.registered")
    start(hooks)
    hooks.outbox.register("ada@example.com")
    for webhook in inside, outside:
        hooks.wait_for(webhook, last_status=307, last_reason="HTTP 307")
    assert {(address, name) for address, name, _ in island.requests()} == {(HERE, "redirect.example")}
    assert island.asked("inside.example") == island.asked("outside.example") == 0


def test_a_name_that_is_none_is_said_to_be(hooks, island):
    webhook = hooks.add("http://nowhere.example/", "user.registered")
    start(hooks)
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(webhook, last_status=None, last_reason="its host is not found: Name or service not known")


def test_of_one_name_there_is_one_look_up_at_a_time(hooks, island):
    island.names({"silent.example": []})
    webhook = hooks.add("http://silent.example/", "user.registered")
    courier = start(hooks, COURIER_PARALLEL="12")
    hooks.outbox.emit(6)
    eventually(lambda: len(courier.log("delivery")) == 6)
    assert {line["reason"] for line in courier.log("delivery")} == {"its host is not found in time"}
    assert island.asked("silent.example") == 1
    assert hooks.row(webhook)["last_status"] is None


def test_silent_names_hold_up_nobody_else(hooks, island):
    """Once they are known to fail, each has one place at most, and comes last."""
    silent = [f"silent{n}.example" for n in range(24)]
    island.names({"good.example": [[HERE]], **{name: [] for name in silent}})
    dead = [hooks.add(f"http://{name}/", "user.registered") for name in silent]
    good = hooks.add("http://good.example/", "user.registered")
    courier = start(hooks, COURIER_PARALLEL="12")
    hooks.outbox.emit(1)
    for webhook in dead:
        hooks.wait_for(webhook, last_status=None, last_reason="its host is not found in time")
    hooks.wait_for(good, last_status=200)

    def all_places_are_taken():
        hooks.due_now()
        database.query(hooks.db, "NOTIFY jerry_events")
        return database.value(hooks.db, "SELECT count(*) FROM jerry.webhook_delivery WHERE leased") == 12

    eventually(all_places_are_taken, pause=0.2)
    begun = time.monotonic()
    before = len(island.requests())
    hooks.outbox.emit(50)
    eventually(lambda: len(island.requests()) - before == 50)
    assert time.monotonic() - begun < 4
    assert courier.stop() == 0

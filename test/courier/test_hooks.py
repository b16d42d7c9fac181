"""The courier of webhooks: what is sent, where it may go, and what becomes of it when it does not arrive."""

import base64
import hashlib
import hmac
import json
import signal
import time

import pytest

import database
from couriers import Courier, run
from endpoint import Endpoint
from processes import NOWHERE, free_port
from waiting import eventually


@pytest.fixture
def new_endpoint(certificate):
    made = []

    def new(tls=True):
        made.append(Endpoint(free_port(), certificate if tls else None))
        return made[-1]

    yield new
    for endpoint in made:
        endpoint.close()


@pytest.fixture
def endpoint(new_endpoint):
    return new_endpoint()


def signature(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def test_an_event_arrives_signed_and_without_what_is_secret_in_it(hooks, endpoint):
    webhook = hooks.add(endpoint.url + "/a?b=%20", "user.registered")
    courier = hooks.start()
    token = hooks.outbox.register("ada@example.com")
    [(path, headers, body, _)] = eventually(lambda: endpoint.of("/a?b=%20"))
    said = json.loads(body)
    assert said["type"] == "user.registered" and said["data"]["email"] == "ada@example.com"
    assert set(said) == {"type", "timestamp", "data"} and set(said["data"]) == {"user_id", "email"}
    assert token.encode() not in body
    assert headers["Content-Type"] == "application/json"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["webhook-signature"] == signature(hooks.secrets[webhook], headers, body)
    hooks.wait_for(webhook, last_status=200, waiting=0, failed=0, last_reason=None)
    line = courier.wait_for("delivery", outcome="delivered")
    assert line["courier"] == "hooks" and line["event_type"] == "user.registered"
    assert headers["webhook-id"].startswith(f"evt_{line['event_id']}_")


def test_two_secrets_sign_while_one_replaces_the_other(hooks, endpoint):
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    new = database.value(hooks.db, "SELECT jerry.rotate_webhook_secret(%s)", webhook)
    hooks.start()
    hooks.outbox.register("ada@example.com")
    [(_, headers, body, _)] = eventually(lambda: endpoint.of("/"))
    expected = [signature(secret, headers, body) for secret in (new, hooks.secrets[webhook])]
    assert headers["webhook-signature"].split(" ") == expected


def flood(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**9))
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"x" * 10000)


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.5)


def hang(_handler):
    time.sleep(30)


def test_what_an_endpoint_answers_is_what_the_database_is_told(hooks, endpoint):
    cases = {
        "/201": (201, None), "/400": (400, "HTTP 400"), "/500": (500, "HTTP 500"), "/503": (503, "HTTP 503"),
        "/302": (302, "HTTP 302"), "/410": (410, "HTTP 410"), "/flood": (200, None),
        "/999": (None, "its answer has a status that there is not"),
    }
    webhooks = {path: hooks.add(endpoint.url + path, "user.registered") for path in cases}
    endpoint.answers = {
        "/201": [201], "/400": [400], "/500": [500], "/410": [410], "/999": [999], "/flood": [flood],
        "/503": [lambda handler: handler.answer(503, [("Retry-After", "120")])],
        "/302": [lambda handler: handler.answer(302, [("Location", endpoint.url + "/elsewhere")])],
    }
    hooks.start()
    hooks.outbox.register("ada@example.com")
    for path, (status, reason) in cases.items():
        row = hooks.wait_for(webhooks[path], last_status=status, last_reason=reason)
        assert (row["waiting"], row["failed"]) == {None: (0, 0), "HTTP 410": (0, 1)}.get(reason, (1, 0))
        assert row["disabled_for"] == ("gone" if status == 410 else None)
    assert endpoint.of("/elsewhere") == [], "no redirect is followed"
    pause = database.value(
        hooks.db, "SELECT extract(epoch FROM paused_until - now())::int FROM jerry.webhook WHERE id = %s",
        webhooks["/503"]
    )
    assert 60 < pause <= 120, "an endpoint gets the time that it asks for"


def test_a_delivery_has_a_deadline_and_one_that_hangs_leaves_room_for_others(hooks, endpoint):
    endpoint.answers = {"/hang": [hang], "/drip": [drip]}
    hanging = hooks.add(endpoint.url + "/hang", "user.registered")
    dripping = hooks.add(endpoint.url + "/drip", "user.registered")
    good = hooks.add(endpoint.url + "/good", "user.registered")
    hooks.start(COURIER_PARALLEL="12")
    begun = time.monotonic()
    hooks.outbox.emit(20)
    eventually(lambda: len(endpoint.of("/good")) == 20)
    assert len(endpoint.of("/hang")) <= 6, "of one endpoint half of all places are taken at most"
    hooks.wait_for(good, waiting=0)
    row = hooks.wait_for(hanging, last_status=None, last_reason="Timeout was reached")
    assert 14 < time.monotonic() - begun < 50
    assert row["failing_since"] is not None
    hooks.wait_for(dripping, last_status=200)


def test_what_did_not_arrive_comes_again_with_the_same_id_and_a_new_time(hooks, endpoint):
    endpoint.answers = {"/": [500, 500, 200]}
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    hooks.start()
    hooks.outbox.register("ada@example.com")
    for count in 1, 2:
        eventually(lambda: len(endpoint.of("/")) == count and hooks.row(webhook)["last_status"] == 500)
        eventually(lambda: not database.value(hooks.db, "SELECT bool_or(leased) FROM jerry.webhook_delivery"))
        hooks.due_now()
    hooks.wait_for(webhook, last_status=200, waiting=0, failing_since=None)
    requests = endpoint.of("/")
    assert len({headers["webhook-id"] for _, headers, _, _ in requests}) == 1
    assert len({body for _, _, body, _ in requests}) == 1


def test_one_delivery_follows_the_other(hooks, endpoint):
    """Of one webhook few are under way at a time: the next is claimed when one has ended, not a while later."""
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    hooks.start(COURIER_PARALLEL="2")
    begun = time.monotonic()
    hooks.outbox.emit(100)
    hooks.wait_for(webhook, waiting=0, last_status=200)
    assert endpoint.busiest == 1
    assert time.monotonic() - begun < 100 * 0.2 / 2


@pytest.mark.parametrize(
    "url, kind",
    [
        ("https://127.0.0.1:{port}/", "loopback"),
        ("https://localhost:{port}/", "loopback"),
        ("https://[::1]:{port}/", "loopback"),
        ("https://[::ffff:127.0.0.1]:{port}/", "loopback"),
        ("https://[64:ff9b::7f00:1]:{port}/", "loopback"),
        ("https://[::]:{port}/", "reserved"),
        ("https://0.0.0.0:{port}/", "of this host"),
        ("https://10.1.2.3:{port}/", "private"),
        ("https://169.254.169.254:{port}/", "link-local"),
        ("https://[fd00::1]:{port}/", "private"),
    ],
)
def test_no_address_but_those_of_the_internet_is_reached(hooks, endpoint, url, kind):
    webhook = hooks.add(url.format(port=endpoint.url.rpartition(":")[2]), "user.registered")
    hooks.start(WEBHOOK_NETWORKS="192.168.7.0/24")
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(webhook, last_status=None, last_reason=f"its address is {kind}: see WEBHOOK_NETWORKS")
    assert endpoint.requests == []


def test_no_proxy_of_the_environment_has_a_say(hooks, new_endpoint):
    endpoint, proxy = new_endpoint(), new_endpoint(tls=False)
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    hooks.start(**{name: proxy.url for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")})
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(webhook, last_status=200)
    assert proxy.requests == []


def test_an_endpoint_whose_certificate_is_not_trusted_gets_nothing(hooks, endpoint):
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    hooks.start(SSL_CERT_FILE="/dev/null", SSL_CERT_DIR="/nonexistent")
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(webhook, last_status=None, last_reason="SSL peer certificate or SSH remote key was not OK")
    assert endpoint.requests == []


def test_http_is_for_developers(hooks, new_endpoint):
    endpoint = new_endpoint(tls=False)
    database.query(hooks.db, "SELECT jerry.configure('jerry.webhook_insecure', 'on')")
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    courier = hooks.start()
    hooks.outbox.register("ada@example.com")
    hooks.wait_for(webhook, last_status=None, last_reason="Unsupported protocol")
    assert endpoint.requests == []
    courier.stop()
    hooks.due_now()
    hooks.start(ENVIRONMENT="development")
    hooks.wait_for(webhook, last_status=200)


def test_a_courier_with_a_wrong_clock_tells_the_time_of_the_database(hooks, new_endpoint, preload):
    endpoint = new_endpoint(tls=False)
    database.query(hooks.db, "SELECT jerry.configure('jerry.webhook_insecure', 'on')")
    hooks.add(endpoint.url + "/", "user.registered")
    hooks.start(ENVIRONMENT="development", LD_PRELOAD=preload("wrong_clock"))
    hooks.outbox.register("ada@example.com")
    [(_, headers, _, _)] = eventually(lambda: endpoint.of("/"))
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_a_test_delivery_is_sent_while_the_webhook_is_disabled(hooks, endpoint):
    webhook = hooks.add(endpoint.url + "/")
    database.query(hooks.db, "SELECT jerry.disable_webhook(%s)", webhook)
    hooks.start()
    hooks.outbox.register("ada@example.com")
    database.query(hooks.db, "SELECT jerry.test_webhook(%s)", webhook)
    [(_, _, body, _)] = eventually(lambda: endpoint.of("/"))
    assert json.loads(body)["type"] == "webhook.test"
    hooks.wait_for(webhook, last_status=200, disabled_for="admin")


def test_two_couriers_of_which_one_is_killed_lose_nothing(hooks, endpoint):
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    couriers = [hooks.start(), hooks.start()]
    addresses = set(hooks.outbox.emit(300))
    eventually(lambda: len(endpoint.of("/")) > 50)
    couriers[0].kill()
    addresses |= set(hooks.outbox.emit(100))
    # what it had claimed comes again when its lease ends
    eventually(lambda: len(endpoint.of("/")) >= 380)
    database.query(hooks.db, "UPDATE jerry.webhook_delivery SET due_at = now()")
    hooks.wait_for(webhook, waiting=0, failed=0)
    requests = endpoint.of("/")
    assert {json.loads(body)["data"]["email"] for _, _, body, _ in requests} == addresses
    assert len({headers["webhook-id"] for _, headers, _, _ in requests}) == 400
    assert len(requests) <= 400 + 2 * 8


def test_a_courier_that_is_asked_to_end_finishes_or_gives_back(hooks, endpoint):
    endpoint.answers = {"/slow": [hang]}
    webhook = hooks.add(endpoint.url + "/slow", "user.registered")
    courier = hooks.start()
    hooks.outbox.register("ada@example.com")
    eventually(lambda: endpoint.of("/slow"))
    assert courier.stop() == 0
    assert hooks.row(webhook)["last_try_at"] is None
    rows = database.query(hooks.db, "SELECT leased, attempts FROM jerry.webhook_delivery")
    assert rows == [(False, 0)], "it is claimable at once, and was not tried"


def test_a_courier_that_was_stopped_past_its_lease_undoes_nothing(hooks, endpoint):
    """What it says of deliveries that another one has made meanwhile comes too late."""
    endpoint.answers = {"/": [lambda handler: (time.sleep(1), handler.answer(500))] * 4 + [200]}
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    stopped = hooks.start()
    hooks.outbox.emit(4)
    eventually(lambda: len(endpoint.of("/")) == 4)
    stopped.process.send_signal(signal.SIGSTOP)
    database.query(hooks.db, "UPDATE jerry.webhook_delivery SET due_at = now()")
    other = hooks.start()
    hooks.wait_for(webhook, waiting=0, last_status=200)
    time.sleep(1)
    stopped.process.send_signal(signal.SIGCONT)
    eventually(lambda: len(stopped.log("delivery")) == 4, lambda: stopped.output()[-2000:])
    assert {line["outcome"] for line in stopped.log("delivery")} == {"again later"}
    assert [line["attempt"] for line in other.log("delivery")] == [2] * 4
    hooks.outbox.emit(1)
    eventually(lambda: len(endpoint.of("/")) == 9)
    hooks.wait_for(webhook, waiting=0, failed=0, failing_since=None)


@pytest.mark.parametrize(
    "networks", [
        "everything", "10.0.0.0/8, everything", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8",
        "10.0.0.0/0x8", "10.0.0.0/8;11.0.0.0/8",
        "10.0.0.0/ 8", "10.0.0.0/00000000000000000008", "10.0.0", "0x0a.0.0.0/8", "010.0.0.0/8",
        "/8", "::/129", "fd00::/8%eth0", "[fd00::]/8", "fd00:::/8", "10.0.0.0/8\n11.0.0.0/8",
        "１０.0.0.0/8", "example.com",
        "1" * 200, ",".join(["10.0.0.0/8"] * 65), "10.0.0.0/18446744073709551624",
    ]
)
def test_a_list_of_networks_that_is_none_stops_the_courier(networks):
    done = run("hooks", DATABASE_URL=NOWHERE, WEBHOOK_NETWORKS=networks)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("jerry: WEBHOOK_NETWORKS: is not a list of at most 64 addresses and networks")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "networks, reached", [
        ("127.0.0.1", True), ("127.0.0.0/8", True), (" 10.0.0.0/8 ,, 127.0.0.1/32,", True), ("0.0.0.0/0", True),
        ("::ffff:127.0.0.1", True), ("::/0", True), ("127.0.0.2", False), ("126.0.0.0/8", False),
        ("128.0.0.0/1", False), ("::/96", False), (",".join(["10.0.0.0/8"] * 63 + ["127.0.0.1"]), True), (" , ", False),
    ]
)
def test_a_list_of_networks_allows_what_is_in_it(hooks, endpoint, networks, reached):
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    hooks.start(WEBHOOK_NETWORKS=networks)
    hooks.outbox.register("ada@example.com")
    if reached:
        hooks.wait_for(webhook, last_status=200)
    else:
        hooks.wait_for(webhook, last_status=None, last_reason="its address is loopback: see WEBHOOK_NETWORKS")
    assert len(endpoint.requests) == reached


def test_a_role_that_may_not_claim_webhooks_is_told_so(hooks, outbox, tmp_path):
    courier = Courier(tmp_path / "other", "hooks", DATABASE_URL=outbox.url)
    outbox.couriers.append(courier)
    line = courier.wait_for("database_unreachable")
    assert "42501" in line["message"]

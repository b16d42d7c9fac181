"""The nginx and HAProxy blocks of docs/DEPLOYMENT.md at work: what the page promises, of idle connections above all.

A POST on a connection that the sidecar has just closed is lost, and no proxy repeats it.  The page's answer is that the
proxy closes first; here both times are shorter in the same proportion, and there is a network with a delay in between.
"""

import concurrent.futures
import contextlib
import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

import database
from client import AUTH, Api
from database import connections
from processes import NOWHERE, environment_names, free_port, frozen
from proxies import PROXIES, documented
from raw import Connection
from relay import Relay
from users import PASSWORD, new_email, new_user_data
from waiting import eventually

HSTS = "Strict-Transport-Security"

# Another client than the one that the other tests are: a proxy counts its logins by themselves.
CLIENT = "127.0.0.9"

# What the sidecar waits for an answer to a login, the longest of its deadlines.
LOGIN_DEADLINE = 5

MAX_BODY = 16 * 1024


@pytest.fixture(scope="module")
def start_proxy(tmp_path_factory, certificate):
    """start_proxy(name, upstream, edits): one in front of a port, stopped at the end of the file."""
    with contextlib.ExitStack() as running:

        def start(name, upstream, edits=None):
            if PROXIES[name].program() is None:
                pytest.skip(f"{name} is not installed: tools/deps proxies")
            proxy = PROXIES[name](tmp_path_factory.mktemp(name), upstream, certificate, edits)
            running.callback(proxy.stop)
            return proxy

        yield start


def port_of(url):
    return int(url.rpartition(":")[2])


@pytest.fixture(scope="module")
def sidecar(start_sidecar, database_url):
    return start_sidecar(DATABASE_URL=database_url, TRUSTED_PROXIES="127.0.0.1")


@pytest.fixture(scope="module", params=list(PROXIES))
def proxy(request, start_proxy, sidecar):
    """As the page has it, in front of a sidecar that trusts it."""
    return start_proxy(request.param, port_of(sidecar.url))


@pytest.fixture
def front(proxy, certificate):
    return Api(proxy.url, str(certificate.cert_file))


def post(connection, route, body, *fields):
    """Send a POST on a connection of raw.py."""
    content = json.dumps(body).encode()
    lines = [f"POST {AUTH}/{route} HTTP/1.1", "Host: auth.example.com", "Content-Type: application/json", *fields]
    connection.send("\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content)


def status(connection):
    """That of an answer which need not be Jerry's."""
    while b"\r\n" not in connection.buffer:
        assert connection.receive(), "closed without an answer"
    return int(connection.buffer.split(b" ", 2)[1])


def is_jerrys(response):
    return response.headers["Content-Type"].startswith("application/json")


# ---- what goes through -----------------------------------------------------------------------------------------------


def test_the_api_is_the_same_through_a_proxy(front, db):
    user = new_user_data()
    registered = front.register(user)
    assert registered.status == 201
    assert front.verify_email(database.verification_token(db, registered.data["user_id"])).status == 200
    tokens = front.login(user).data
    assert front.validate_token(tokens["access_token"]).data["email"] == user["email"]
    assert front.me(tokens["access_token"]).data["email"] == user["email"]
    assert front.refresh(tokens["refresh_token"]).status == 200
    assert front.login({**user, "password": "not the password"}).code == "INVALID_CREDENTIALS"
    assert front.get("/nowhere").code == "NOT_FOUND"
    assert front.send("GET", "/docs").status_code == 200


def test_every_answer_tells_browsers_to_stay_with_tls(front):
    for path in "/livez", "/docs", "/nowhere":
        assert front.send("GET", path).headers[HSTS] == "max-age=31536000"


def test_health_checks_of_every_kind_are_answered(front):
    assert front.get("/livez").status == 200
    assert front.get("/readyz").status == 200
    assert front.send("GET", "/health").status_code == 200
    assert front.send("GET", "/").json()["data"]["status"] == "ready"
    assert front.send("OPTIONS", "/").status_code == 204


def test_an_http_2_body_may_come_without_its_length(proxy, certificate):
    curl = ["curl", "-sS", "--http2", "--cacert", certificate.cert_file, "-w", " %{http_version} %{http_code}"]
    curl += ["-X", "POST", "-T", "-", "-H", "Content-Type: application/json", f"{proxy.url}{AUTH}/validate-token"]
    done = subprocess.run(curl, input=b'{"token": "x"}', stdout=subprocess.PIPE, check=True, timeout=20)
    assert done.stdout.endswith(b" 2 401")
    assert b'"code":"INVALID_TOKEN"' in done.stdout


def test_a_chunked_body_arrives(front):
    assert front.post_bytes("validate-token", iter([b'{"token": ', b'"x"}'])).code == "INVALID_TOKEN"


def test_the_cookies_of_the_domain_stay_outside(front, sidecar):
    cookies = {"Cookie": "; ".join(f"c{number}={'x' * 90}" for number in range(80))}
    assert Api(sidecar.url).get("/livez", headers={**cookies, "User-Agent": "x" * 1000}).code == "HEADERS_TOO_LARGE"
    assert front.get("/livez", headers={**cookies, "User-Agent": "x" * 1000}).status == 200


def body_of(length):
    frame = len(json.dumps({"token": ""}))
    return json.dumps({"token": "x" * (length - frame)}).encode()


def test_a_body_may_have_as_much_as_without_a_proxy(proxy, front):
    assert front.post_bytes("validate-token", body_of(MAX_BODY)).status in (400, 401)
    headers = {"Content-Type": "application/json"}
    refused = front.send("POST", f"{AUTH}/validate-token", data=body_of(MAX_BODY + 1), headers=headers)
    assert refused.status_code == 413
    assert is_jerrys(refused) == (proxy.name == "haproxy")


def test_the_request_id_of_the_answer_is_in_the_log(proxy, front, sidecar):
    given = front.get("/nowhere", headers={"X-Request-ID": "example-1"}).headers["X-Request-ID"]
    assert (given == "example-1") == (proxy.name == "haproxy")
    assert sidecar.logged_request(given)["path"] == "/nowhere"


# ---- who the client is -----------------------------------------------------------------------------------------------

FORGED = [
    f"{name}: 203.0.113.7" for name in ("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP")
] + ["Forwarded: for=203.0.113.7"]


def login_through(db, user, *fields, **how):
    """Log in by a connection of raw.py: the address that is recorded."""
    with Connection(**how) as connection:
        post(connection, "login", {"email": user["email"], "password": user["password"]}, *fields)
        assert connection.answer().status_code == 200
    return database.events(db, "user.logged_in", user["user_id"])[-1]["data"]["ip_address"]


def test_the_client_is_named_and_cannot_name_itself(proxy, db, registered_user):
    assert login_through(db, registered_user, url=proxy.url, source=CLIENT) == CLIENT
    assert login_through(db, registered_user, *FORGED, url=proxy.url, source=CLIENT) == CLIENT
    for address in "198.51.100.4", "2001:db8::4":
        at_second = {"url": proxy.second_url, "preface": proxy.preface(address)}
        assert login_through(db, registered_user, *FORGED, **at_second) == address


@pytest.mark.parametrize("name", PROXIES)
def test_a_sidecar_that_does_not_trust_it_records_the_proxy(start_proxy, url, db, registered_user, name):
    distrusted = start_proxy(name, port_of(url))
    assert login_through(db, registered_user, url=distrusted.url, source=CLIENT) == "127.0.0.1"


def logins(proxy, *addresses):
    """The statuses of a login from each address in turn, which has no fields."""
    found = []
    for address in addresses:
        with Connection(proxy.second_url, preface=proxy.preface(address)) as connection:
            post(connection, "login", {}, "Connection: close")
            found.append(status(connection))
    return found


def test_logins_are_limited_by_client_and_nothing_else_is(proxy):
    number = {"nginx": 11, "haproxy": 20}[proxy.name]
    # a network of IPv6 is one client
    network = [f"2001:db8:1:1::{host:x}" for host in range(1, number + 1)]
    assert logins(proxy, *network) == [400] * number
    assert logins(proxy, "2001:db8:1:1:ffff::1") == [429]
    assert logins(proxy, "2001:db8:1:2::1") == [400]
    assert logins(proxy, *["192.0.2.1"] * number, "192.0.2.1", "192.0.2.2") == [400] * number + [429, 400]
    with Connection(proxy.second_url, preface=proxy.preface("192.0.2.1")) as connection:
        for _ in range(2 * number):
            post(connection, "validate-token", {"token": "x"})
            assert connection.answer().code == "INVALID_TOKEN"


# ---- what is slow or away --------------------------------------------------------------------------------------------


def test_a_proxy_waits_longer_than_the_sidecar():
    for name, words in ("nginx", r"proxy_read_timeout (\d+)s;"), ("haproxy", r"timeout server (\d+)s"):
        assert int(re.search(words, documented(name))[1]) > LOGIN_DEADLINE


def test_a_database_that_says_nothing_is_the_sidecars_504(start_proxy, start_sidecar, certificate, database_url, db):
    of_others = connections(db)
    sidecar = start_sidecar(DATABASE_URL=database_url, MAINTENANCE_INTERVAL="0")
    sidecar.wait_until_settled()
    fronts = [Api(start_proxy(name, port_of(sidecar.url)).url, str(certificate.cert_file)) for name in PROXIES]

    def codes(send):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return {answer.code for answer in pool.map(send, fronts)}

    user = {"email": new_email(), "password": PASSWORD}
    with frozen(connections(db) - of_others):
        assert codes(lambda front: front.login(user)) == {"GATEWAY_TIMEOUT"}
        assert codes(lambda front: front.validate_token("x")) == {"GATEWAY_TIMEOUT"}
    sidecar.wait_until_ready()
    assert codes(lambda front: front.login(user)) == {"INVALID_CREDENTIALS"}


SHORT = {
    "nginx": {"proxy_read_timeout 10s": "proxy_read_timeout 1s"},
    "haproxy": {"timeout server 10s": "timeout server 1s"},
}


@pytest.mark.parametrize("name", PROXIES)
def test_a_sidecar_that_says_nothing_is_the_proxys_504(start_proxy, certificate, name):
    with socket.create_server(("127.0.0.1", free_port())) as silent:
        front = Api(start_proxy(name, silent.getsockname()[1], SHORT[name]).url, str(certificate.cert_file))
        response = front.send("POST", f"{AUTH}/validate-token", json={"token": "x"})
    assert response.status_code == 504
    assert not is_jerrys(response)


@pytest.mark.parametrize("name, code", [("nginx", 502), ("haproxy", 503)])
def test_a_sidecar_that_is_not_there_is_the_proxys_own_answer(start_proxy, certificate, name, code):
    response = Api(start_proxy(name, free_port()).url, str(certificate.cert_file)).send("GET", "/livez")
    assert response.status_code == code
    assert not is_jerrys(response)


def test_haproxy_leaves_out_a_sidecar_that_is_not_ready(start_proxy, start_sidecar, certificate, sidecar):
    often = {" check ": " check inter 50ms "}
    unready = start_sidecar(ready=False, DATABASE_URL=NOWHERE)
    fronts = [start_proxy("haproxy", port_of(each.url), often) for each in (unready, sidecar)]
    left_out, served = [Api(front.url, str(certificate.cert_file)) for front in fronts]
    eventually(lambda: left_out.send("GET", "/livez").status_code == 503)
    assert not is_jerrys(left_out.send("GET", "/livez"))
    assert served.send("GET", "/livez").status_code == 200


# ---- idle connections ------------------------------------------------------------------------------------------------

SECONDS = 1
DELAY = 0.1

# The sidecar keeps a connection so much longer than it says, and then looks twice a second.
GRACE, LOOKS = 2, 0.5
CLOSES = SECONDS + GRACE

# How long a client waits, and, longer than a test takes, the end of a connection is on its way to the proxy.
PATIENCE = LATE = 30

CLIENTS = 6

# What a client of HAProxy gets instead of 502.
CLOSED = "closed without an answer"

# What decides how long each keeps an idle connection; HAProxy closes half of those that it does not need each time.
KEPT = {"nginx": r"keepalive_timeout (\d+)s;", "haproxy": r" check pool-purge-delay (\d+)s"}


def default_timeout():
    """KEEPALIVE_TIMEOUT of a sidecar that is not told."""
    return next(int(row[2]) for row in environment_names() if row[0] == "KEEPALIVE_TIMEOUT")


def kept(name):
    """How many seconds that is in the page, and the words that say so."""
    found = re.search(KEPT[name], documented(name))
    assert found, f"the block of {name} does not say how long it keeps idle connections"
    return int(found[1]), found[0]


def keeping(name, seconds):
    """The edit of a block that makes it so many seconds instead; HAProxy's health checks would be connections, too."""
    _, words = kept(name)
    return {words: re.sub(r"\d+s", f"{seconds * 1000:.0f}ms", words).replace(" check", "")}


class Reuse:
    """Clients that are idle all at once, a proxy in front of the network, and the sidecar behind it."""

    def __init__(self, start_proxy, sidecar, certificate, db, name, seconds, pause):
        self.relay = Relay(sidecar.url, DELAY, LATE)
        self.proxy = start_proxy(name, self.relay.port, keeping(name, seconds))
        self.trust = ssl.create_default_context(cafile=certificate.cert_file)
        self.pause = pause
        self.together = threading.Barrier(CLIENTS, self.count, PATIENCE)
        register = "SELECT jerry.register(%s, %s, %s)->'data'->>'user_id'"
        self.users = [database.value(db, register, new_email(), PASSWORD, PASSWORD) for _ in range(CLIENTS)]
        self.tokens = [database.verification_token(db, user) for user in self.users]

    def count(self):
        """Once all clients are as far as they all are to be."""
        self.before = self.relay.accepted

    def client(self, token):
        """What became of a POST that works once, after the pause."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.proxy.port, context=self.trust, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.connect()
            self.together.wait()
            assert self.post(connection, "validate-token", "x") == 401
            self.together.wait()
            time.sleep(self.pause)
            try:
                return self.post(connection, "verify-email", token)
            except (ConnectionResetError, ssl.SSLEOFError):
                return CLOSED

    @staticmethod
    def post(connection, route, token):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{AUTH}/{route}", json.dumps({"token": token}), headers)
        response = connection.getresponse()
        response.read()
        return response.status

    def run(self):
        with self.relay, concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            self.found = list(pool.map(self.client, self.tokens))
        self.opened = self.relay.accepted - self.before
        return self


@pytest.fixture(scope="module")
def short(start_sidecar, database_url):
    return start_sidecar(DATABASE_URL=database_url, TRUSTED_PROXIES="127.0.0.1", KEEPALIVE_TIMEOUT=str(SECONDS))


@pytest.fixture
def reuse(start_proxy, short, certificate, db):
    """reuse(name, seconds, pauses): the clients after each pause, when the proxy keeps connections for that long."""

    def run(name, seconds, pauses):
        rounds = [Reuse(start_proxy, short, certificate, db, name, seconds, pause) for pause in pauses]
        with concurrent.futures.ThreadPoolExecutor(len(rounds)) as pool:
            return list(pool.map(Reuse.run, rounds))

    return run


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_closes_idle_connections_before_the_sidecar_does(reuse, db, name):
    seconds, _ = kept(name)
    assert seconds < default_timeout()
    seconds *= CLOSES / (default_timeout() + GRACE)
    around = [seconds - 2 * DELAY, seconds, CLOSES - 2 * DELAY, CLOSES, CLOSES + LOOKS / 2, CLOSES + LOOKS]
    rounds = reuse(name, seconds, [0, *(pause for pause in around if pause > 0)])
    assert [each.found for each in rounds] == [[200] * CLIENTS] * len(rounds)
    for each in rounds:
        assert [len(database.events(db, "user.email_verified", user)) for user in each.users] == [1] * CLIENTS
    # connections were used again indeed, and not when it was late
    assert rounds[0].opened < CLIENTS
    assert [each.opened for each in rounds[-4:]] == [CLIENTS] * 4


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_that_keeps_them_longer_loses_requests(reuse, name):
    """So the test before this one can fail."""
    (lost,) = reuse(name, 3600, [CLOSES + LOOKS + 2 * DELAY])
    assert set(lost.found) == {{"nginx": 502, "haproxy": CLOSED}[name]}

"""GET /metrics: figures of all workers, on a port of its own."""

import concurrent.futures
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
import uuid

import pytest
import requests

import database
import exposition
from client import AUTH, Api
from processes import NOWHERE, ROOT, Sidecar, free_port, frozen, listens, start_and_fail
from raw import Connection
from routes import routes
from users import new_user, new_user_data
from waiting import eventually

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUESTS = "jerry_http_requests_total"
DURATION = "jerry_http_request_duration_seconds"
STATEMENT = "jerry_lane_statement_duration_seconds"
VALIDATE = f"{AUTH}/validate-token"
CONNECTIONS = 8  # GUARD_METRICS_CONNECTIONS
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


# of contract/codes.txt: who sends each
CODES = {
    line.split()[1]: line.split()[3]
    for line in (ROOT / "contract" / "codes.txt").read_text().splitlines() if line and line[0] != "#"
}


kills_workers = pytest.mark.skipif(
    "libasan" in os.environ.get("JERRY_SIDECAR_ENV", ""), reason="Kore itself leaks in a worker that it restarts"
)

# what jerry.metrics() says; the names are in its source
DATABASE = set(re.findall(
    r"'(jerry_\w+)'", (ROOT / "sql" / "functions" / "operation" / "metrics.sql").read_text()
))


class Metered:
    """A sidecar with metrics."""

    def __init__(self, sidecar, port):
        self.sidecar = sidecar
        self.api = Api(sidecar.url, sidecar.certificate)
        scheme = "https" if sidecar.certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{port}"

    def get(self, path="/metrics", method="GET", **options):
        return requests.request(method, self.url + path, timeout=20, verify=self.sidecar.certificate, **options)

    def page(self):
        answer = self.get()
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == CONTENT_TYPE
        return exposition.Page(answer.text)

    def workers(self):
        """Their process ids."""
        [kore] = pathlib.Path(f"/proc/{self.sidecar.process.pid}/task/{self.sidecar.process.pid}/children"
                              ).read_text().split() or [self.sidecar.process.pid]
        return [int(pid) for pid in pathlib.Path(f"/proc/{kore}/task/{kore}/children").read_text().split()]


@pytest.fixture
def metered(private_cluster, tmp_path):
    """Starts a sidecar with metrics, and with two workers unless told otherwise."""
    started = []

    def start(ready=True, **names):
        port = free_port()
        names = {
            "DATABASE_URL": private_cluster.database_url, "KORE_WORKERS": "2", "METRICS_PORT": str(port),
            "MAINTENANCE_INTERVAL": "0", "MAX_CONNECTIONS_PER_ADDRESS": "0", **names,
        }
        sidecar = Sidecar(tmp_path / f"sidecar{len(started)}", **names)
        started.append(sidecar)
        if ready:
            sidecar.wait_until_settled()
        else:
            sidecar.wait_until("/livez", 200)
        return Metered(sidecar, port)

    yield start
    for sidecar in started:
        sidecar.stop()


def in_parallel(count, send):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda _: send(), range(count)))


def all_connected(port):
    """A page, once both workers have all their connections."""
    name = "jerry_database_connections"
    eventually(lambda: (page := port.page())(name) == page(name, state="ready") > 8)
    return port.page()


def test_it_is_off_unless_a_port_is_set(start_sidecar, database_url):
    port = free_port()
    sidecar = start_sidecar(DATABASE_URL=database_url, METRICS_ADDRESS="127.0.0.1")
    assert not listens(port)
    assert Api(sidecar.url).get("/metrics").code == "NOT_FOUND"


def test_the_port_of_the_api_is_not_taken(tmp_path):
    port = str(free_port())
    assert f'METRICS_PORT: "{port}" is that of PORT' in start_and_fail(tmp_path, PORT=port, METRICS_PORT=port)


def test_the_port_of_the_api_never_serves_it(metered):
    api = metered().api
    for path in "/metrics", "/metrics/", "//metrics", "/%6detrics":
        assert api.get(path).code == "NOT_FOUND"
    assert api.request("OPTIONS", "/metrics").status == 404


def test_it_serves_nothing_else(metered):
    port = metered()
    for path in "/", "/livez", "/metrics/", "/metrics2", "/docs", "/health", VALIDATE, "/.well-known/jwks.json":
        answer = port.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND"), path
    for method in "POST", "PUT", "DELETE", "PATCH", "OPTIONS":
        answer = port.get(method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD"), method
    assert port.get("/metrics?x=1").status_code == 200
    head = port.get(method="HEAD")
    assert (head.status_code, head.text, head.headers["Content-Type"]) == (200, "", CONTENT_TYPE)
    assert head.headers["Cache-Control"] == "no-store" and head.headers["Connection"] == "close"


def documented():
    """docs/METRICS.md: (name, type, labels) of each metric."""
    rows = re.findall(
        r"^\| `(jerry_\w+)` \| (\w+) \| (.*?) \|", (ROOT / "docs" / "METRICS.md").read_text(), re.M
    )
    return {(name, type_, tuple(sorted(re.findall(r"`(\w+)`", labels)))) for name, type_, labels in rows}


@pytest.fixture
def consumer(private_db, private_api):
    """A consumer with a name that no other test knows, for which nothing waits; and there is a key."""
    assert private_api.login(new_user(private_api)).status == 200
    database.query(private_db, "SELECT jerry.seal_audit()")
    name = f"metrics-{uuid.uuid4().hex}"
    database.query(private_db, "SELECT jerry.claim_events(%s)", name)
    database.query(private_db, "SELECT jerry.ack_events(%s, (SELECT array_agg(id) FROM jerry.event))", name)
    yield name
    database.query(private_db, "SELECT jerry.remove_consumer(%s)", name)


def test_the_documentation_lists_what_is_served(metered, consumer):
    port = metered()
    eventually(lambda: {
        (family.name, family.type, *{tuple(sorted({label for label, _ in key} - {"le"})) for _, key in family.samples})
        for family in port.page().families.values()
    } == documented(), lambda: f"{documented()} is not what {port.get().text} has")


def test_promtool_has_no_complaint(metered):
    promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not there (Debian: prometheus)")
    text = metered().get().content
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_every_series_is_there_from_the_start_and_none_comes_with_requests(metered):
    port = metered()
    first = port.page()
    rows = {(route.path, route.method) for route in routes()}
    counted = {(dict(key)["route"], dict(key)["method"]) for key in first.matching(REQUESTS)}
    assert counted == rows | {("unread", "any"), ("none", "any")}
    for route in routes():
        codes = {dict(key)["code"] for key in first.matching(REQUESTS, route=route.path, method=route.method)}
        expected = {code for code, source in CODES.items() if route.function or source != "database"}
        assert codes == expected | {"none", "CLIENT_GONE"}, route.path

    draw = random.Random(4)
    words = ["api", "v1", "auth", "me", "login", "..", "%00", "x" * 300, "sessions", "é", '"', "\\", "{session_id}"]
    for _ in range(300):
        path = "/" + "/".join(draw.choices(words, k=draw.randint(1, 5)))
        method = draw.choice(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"])
        with contextlib.suppress(requests.RequestException):
            requests.request(method, port.api.url + path, data=draw.choice([None, "{}", "x"]), timeout=10)
    last = port.page()
    assert set(last.samples) == set(first.samples)
    assert last(REQUESTS) >= first(REQUESTS) + 250


def test_a_sidecar_without_a_database_shows_zeros(metered):
    page = metered(ready=False, DATABASE_URL=NOWHERE).page()
    assert page("jerry_database_up") == 0
    assert page("jerry_database_connections", state="ready") == 0
    assert page("jerry_database_connections_lost_total") == 0
    for name in "jerry_logins_total", "jerry_registrations_total", "jerry_refreshes_total":
        assert page(name) == 0
    assert page.matching("jerry_logins_total").keys() == {
        (("method", method), ("result", result))
        for method, own in (("password", "unverified"), ("code", "expired"))
        for result in ("ok", "bad_credentials", own, "banned", "limited", "error")
    }
    assert page("jerry_lane_refused_total") == 0
    version = re.search(r"default_version = '(.+)'", (ROOT / "jerry.control").read_text())[1]
    assert page.matching("jerry_build_info") == {(("version", version),): 1}
    assert page("jerry_start_time_seconds") == pytest.approx(time.time(), abs=60)


def test_counts_of_two_workers_are_exact(metered, private_api):
    port = metered()
    user = new_user(private_api)
    before = port.page()
    tokens = in_parallel(20, lambda: port.api.login(user))[0].data
    in_parallel(13, lambda: port.api.login({**user, "password": "Wrong.Password.1"}))
    valid = in_parallel(150, lambda: port.api.validate_token(tokens["access_token"]))
    invalid = in_parallel(50, lambda: port.api.validate_token("x"))
    assert {answer.status for answer in valid} == {200} and {answer.status for answer in invalid} == {401}
    assert port.api.register(new_user_data()).status == 201
    assert port.api.register(user).code == "DUPLICATE_EMAIL"
    assert port.api.post("login", {"email": "x"}).code == "VALIDATION_ERROR"
    for _ in range(3):
        assert port.api.refresh(tokens["refresh_token"]).status == 200
    assert port.api.send("GET", "/livez").status_code == 200
    assert port.api.send("HEAD", "/livez").status_code == 200
    assert port.api.get("/nowhere").status == 404
    assert port.api.request("OPTIONS", VALIDATE).status == 204
    page = port.page()

    def more(name, **labels):
        return page(name, **labels) - before(name, **labels)

    assert more("jerry_logins_total", result="ok") == 20
    assert more("jerry_logins_total", result="bad_credentials") == 13
    assert more("jerry_logins_total", result="error") == 1
    assert more("jerry_logins_total") == 34
    assert more("jerry_registrations_total", result="ok") == 1
    assert more("jerry_registrations_total", result="duplicate") == 1
    assert more("jerry_refreshes_total", result="ok") == 3 == more("jerry_refreshes_total")
    assert more("jerry_tokens_validated_total", result="ok") == 150
    assert more("jerry_tokens_validated_total", result="invalid") == 50
    row = {"route": VALIDATE, "method": "POST"}
    assert more(REQUESTS, **row, status="2xx", code="none") == 150
    assert more(REQUESTS, **row, status="4xx", code="INVALID_TOKEN") == 50
    assert more(REQUESTS, **row) == 200 == more(f"{DURATION}_count", **row)
    assert more(REQUESTS, route="/livez", method="GET", status="2xx", code="none") == 2
    assert more(REQUESTS, route="none", status="4xx", code="NOT_FOUND") == 1
    assert more(REQUESTS, route="none", status="2xx", code="none") == 1
    assert more(REQUESTS) == more(f"{DURATION}_count") == 20 + 13 + 200 + 3 + 3 + 4
    slowest = {"route": f"{AUTH}/login", "method": "POST"}
    assert more(f"{DURATION}_bucket", **slowest, le="+Inf") == 34
    assert more(f"{DURATION}_bucket", **slowest, le="0.0005") <= 1
    assert 33 * 0.001 < more(f"{DURATION}_sum", **slowest) < 34 * 5

    # 33 logins and 2 registrations hash; a validation is an affair of one statement, and what never was a token is
    # counted by a second one
    assert more(f"{STATEMENT}_count", lane="login") == 35
    assert more(f"{STATEMENT}_bucket", lane="login", le="+Inf") == 35
    assert more(f"{STATEMENT}_count", lane="read") == 150 + 2 * 50 + 3
    assert more(f"{STATEMENT}_sum", lane="read") < more(f"{STATEMENT}_sum", lane="login") <= (
        more(f"{DURATION}_sum", **slowest)
        + more(f"{DURATION}_sum", route=f"{AUTH}/register", method="POST") + 35 * 0.001
    )


def test_limited_logins_are_counted(metered, private_db, private_api):
    user = new_user(private_api)
    role = "ALTER ROLE jerry_sidecar"
    database.query(private_db, f"{role} SET jerry.rate_limits = on")
    database.query(private_db, "SELECT jerry.set_limit('login_account_network', 2, 3600, 2)")
    try:
        port = metered()
        answers = [port.api.login({**user, "password": "Wrong.Password.1"}) for _ in range(5)]
    finally:
        database.query(private_db, f"{role} RESET jerry.rate_limits")
        database.query(private_db, "SELECT jerry.set_limit('login_account_network', NULL)")
    told = [answer.code for answer in answers]
    assert told == ["INVALID_CREDENTIALS"] * 2 + ["RATE_LIMITED"] * 3
    page = port.page()
    assert page("jerry_logins_total", result="limited") == 3
    assert page("jerry_logins_total", result="bad_credentials") >= 2
    assert page(REQUESTS, route=f"{AUTH}/login", status="4xx", code="RATE_LIMITED") == 3


def test_logins_by_code_are_counted(metered, private_db, private_api):
    user = new_user(private_api)
    user_id = database.value(private_db, "SELECT jerry.user_of(%s)", user["email"])
    database.query(private_db, "SELECT jerry.configure('jerry.code_login', 'on')")
    try:
        port = metered()
        flow = port.api.request_login_code(user["email"]).data["flow"]
        code, token = database.login_code(private_db, user_id)
        assert port.api.confirm_login_code(flow=flow, code=f"{(int(code) + 1) % 1000000:06}").code == "INVALID_TOKEN"
        assert port.api.confirm_login_code(flow=flow).code == "VALIDATION_ERROR"
        database.query(private_db, "SELECT jerry.ban_user(%s)", user_id)
        assert port.api.confirm_login_code(token=token).code == "INVALID_TOKEN"
        database.query(private_db, "SELECT jerry.unban_user(%s)", user_id)
        for _ in range(2):
            port.api.request_login_code(user["email"])
            token = database.login_code(private_db, user_id)[1]
            assert port.api.confirm_login_code(token=token).status == 200
    finally:
        database.query(private_db, "SELECT jerry.configure('jerry.code_login', NULL)")
    page = port.page()
    told = {result: page("jerry_logins_total", method="code", result=result)
            for result in ("ok", "bad_credentials", "expired", "banned", "error")}
    assert told == {"ok": 2, "bad_credentials": 2, "expired": 0, "banned": 0, "error": 1}


def test_password_changes_are_counted(metered, private_api):
    port = metered()
    user = new_user(private_api)
    token = port.api.login(user).data["access_token"]

    def change(current, new):
        body = {"current_password": current, "new_password": new, "new_password_confirmation": new}
        return port.api.post("password/change", body, headers={"Authorization": f"Bearer {token}"})

    assert change("Wrong.Password.1", "Another.Password.2").code == "WRONG_PASSWORD"
    assert change(user["password"], "x").code == "WEAK_PASSWORD"
    assert change(user["password"], "Another.Password.2").status == 200
    assert {dict(key)["result"]: value for key, value in port.page().matching("jerry_password_changes_total").items()} \
        == {"ok": 1, "bad_credentials": 1, "weak_password": 1, "error": 0}


def test_the_sum_of_durations_is_what_the_log_says(metered):
    port = metered(KORE_WORKERS="1")
    before = port.page()
    answers = [port.api.validate_token("x") for _ in range(20)]
    page = port.page()
    logged = sum(
        port.sidecar.logged_request(answer.headers["X-Request-ID"])["duration_ms"] for answer in answers
    )
    row = {"route": VALIDATE, "method": "POST"}
    assert page(f"{DURATION}_sum", **row) - before(f"{DURATION}_sum", **row) == pytest.approx(logged / 1000, abs=1e-6)


def has_ended(client):
    """Is the connection gone?"""
    client.socket.setblocking(False)
    try:
        return client.socket.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def ended_with_a_worker(port):
    """How many of 40 connections with a request each end with one of the workers."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Connection(port.api.url)) for _ in range(40)]
        before = port.page()(REQUESTS, route="/livez", method="GET")
        for client in clients:
            client.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in clients:
            assert client.answer().status_code == 200
        page = port.page()
        assert page(REQUESTS, route="/livez", method="GET") == before + 40
        assert page("jerry_http_connections") == 40
        starts = page("jerry_worker_starts_total")
        os.kill(port.workers()[0], signal.SIGKILL)
        eventually(lambda: port.page()("jerry_worker_starts_total") > starts)
        ended = sum(has_ended(client) for client in clients)
    eventually(lambda: port.page()("jerry_http_connections") == 0)
    return ended


@kills_workers
def test_both_workers_take_part(metered):
    port = metered()
    assert len(port.workers()) == 2
    # who accepts is the kernel's choice: now and then one worker takes all
    eventually(lambda: 0 < ended_with_a_worker(port) < 40)


@kills_workers
def test_a_killed_worker_leaves_its_counts_to_its_successor(metered):
    port = metered()
    for killed in range(1, 3):
        in_parallel(30, lambda: port.api.validate_token("x"))
        before = port.page()
        for pid in port.workers():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: port.sidecar.answers("/readyz") == 200)
        port.sidecar.wait_until_ready()
        page = port.page()
        row = {"route": VALIDATE, "method": "POST"}
        assert page(REQUESTS, **row) == before(REQUESTS, **row) == 30 * killed
        assert {key[0][1]: value for key, value in page.matching("jerry_worker_starts_total").items()} == {
            "1": killed + 1, "2": killed + 1
        }
        for key, value in before.samples.items():
            if key[0].endswith(("_total", "_bucket", "_count", "_sum")):
                assert page.samples[key] >= value, key
        assert page("jerry_start_time_seconds") == before("jerry_start_time_seconds")


def test_a_scrape_does_not_wait_for_the_database(metered, private_cluster):
    port = metered()
    before = all_connected(port)
    assert before("jerry_database_up") == 1
    assert before("jerry_database_connections", lane="read") == 4
    with frozen(private_cluster.pids()):
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            waiting = [pool.submit(port.api.validate_token, "x") for _ in range(100)]
            eventually(lambda: port.page()("jerry_lane_in_flight", lane="read") >= 32)
            start = time.monotonic()
            page = port.page()
            assert time.monotonic() - start < 1
            assert page("jerry_lane_in_flight", lane="login") == 0
            answers = [each.result() for each in waiting]
    page = port.page()
    for code in {answer.code for answer in answers}:
        told = sum(answer.code == code for answer in answers)
        assert page(REQUESTS, route=VALIDATE, code=code) - before(REQUESTS, route=VALIDATE, code=code) == told
    assert "GATEWAY_TIMEOUT" in {answer.code for answer in answers}
    port.sidecar.wait_until_settled()
    eventually(lambda: port.page()("jerry_lane_in_flight") == 0)


def test_a_lost_database_is_seen(metered, private_cluster):
    port = metered()
    before = all_connected(port)
    private_cluster.stop()
    try:
        eventually(lambda: port.page()("jerry_database_up") == 0)
        page = port.page()
        assert page("jerry_database_connections", state="ready") == 0
        total = before("jerry_database_connections")
        assert page("jerry_database_connections") == total
        assert page("jerry_database_connections_lost_total") == before("jerry_database_connections_lost_total") + total
        refused = page("jerry_lane_refused_total", lane="read", reason="down")
        for _ in range(5):
            assert port.api.validate_token("x").code == "SERVICE_UNAVAILABLE"
        assert port.page()("jerry_lane_refused_total", lane="read", reason="down") == refused + 5
        eventually(lambda: port.page()("jerry_database_connections_failed_total") >
                   page("jerry_database_connections_failed_total"))
    finally:
        private_cluster.start()
    port.sidecar.wait_until_ready()
    eventually(lambda: port.page()("jerry_database_up") == 1)


def shows(port, name, value, **labels):
    """Wait until a figure of the database has this value."""
    eventually(lambda: (page := port.page()).families.get(name) and page(name, **labels) == value)


def test_the_figures_of_the_database_are_read_in_the_background(metered, private_db, private_api, consumer):
    port = metered()
    shows(port, "jerry_outbox_pending", 0, consumer=consumer)
    user = new_user(private_api)
    shows(port, "jerry_outbox_pending", 1, consumer=consumer)
    page = port.page()
    assert 0 < page("jerry_outbox_oldest_seconds", consumer=consumer) < 60
    version = re.search(r"default_version = '(.+)'", (ROOT / "jerry.control").read_text())[1]
    assert page("jerry_database_info", version=version) == 1
    assert page("jerry_users") >= 0 and page("jerry_sessions") >= 0
    active = database.value(private_db, "SELECT count(*) FROM jerry.signing_key WHERE status = 'active'")
    assert page("jerry_signing_keys", state="active") == active
    assert user["email"] not in page.text
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%%/read' AND query LIKE '%%metrics()%%'"
    assert database.value(private_db, asked) == 0, "a slow answer would keep validations waiting"


def test_what_is_on_record_is_counted_whoever_has_put_it_there(metered, private_db):
    port = metered()
    name = "jerry_audit_rows_total"

    def count():
        return database.value(private_db, "SELECT refused FROM jerry.audit_count WHERE action = 'session.login'")

    database.query(private_db, "SELECT jerry.seal_audit()")
    before = count()
    shows(port, name, before, action="session.login", outcome="refused")
    assert port.page().families[name].type == "counter"
    assert port.api.login(new_user_data()).code == "INVALID_CREDENTIALS"
    database.query(private_db, "SELECT jerry.login('nobody@example.com', 'wrong')")
    database.query(private_db, "SELECT jerry.seal_audit()")
    shows(port, name, before + 2, action="session.login", outcome="refused")
    assert port.page()(name, action="account.lockout") == database.value(
        private_db, "SELECT ok FROM jerry.audit_count WHERE action = 'account.lockout'"
    )


def test_many_scrapes_are_no_question_more(metered, private_db):
    port = metered()
    shows(port, "jerry_database_info", 1)
    calls = "SELECT sum(calls) FROM pg_stat_user_functions WHERE funcname = 'metrics'"
    database.query(private_db, "ALTER SYSTEM SET track_functions = 'all'")
    database.query(private_db, "SELECT pg_reload_conf()")
    try:
        time.sleep(1)
        before = database.value(private_db, calls) or 0
        start = time.monotonic()
        for _ in range(100):
            port.page()
        seconds = time.monotonic() - start
        time.sleep(2)
        assert (database.value(private_db, calls) or 0) - before <= (seconds + 2) / 5 + 1
    finally:
        database.query(private_db, "ALTER SYSTEM RESET track_functions")
        database.query(private_db, "SELECT pg_reload_conf()")


def test_figures_of_a_database_that_is_away_are_absent(metered, private_cluster):
    port = metered()
    shows(port, "jerry_database_info", 1)
    own = set(port.page().families)
    private_cluster.stop()
    try:
        eventually(lambda: port.page()("jerry_database_up") == 0)
        left = set(port.page().families)
        assert own - left == {name for name, _, labels in documented() if name in DATABASE} & own
    finally:
        private_cluster.start()
    port.sidecar.wait_until_ready()
    shows(port, "jerry_database_info", 1)


def test_figures_of_a_silent_database_get_old_and_go(metered, private_cluster):
    port = metered()
    shows(port, "jerry_database_info", 1)
    with frozen(private_cluster.pids()):
        eventually(lambda: "jerry_database_info" not in port.page().families)


def test_a_database_that_does_not_answer_the_question_is_served(metered, private_db):
    database.query(private_db, "REVOKE EXECUTE ON FUNCTION jerry.metrics() FROM jerry_api")
    try:
        port = metered()
        [line] = port.sidecar.wait_for_event("metrics")
        assert line["message"] == "jerry.metrics() failed: the figures of the database are left out"
        assert port.page()("jerry_database_up") == 1
        assert DATABASE & set(port.page().families) == set()
        assert port.api.validate_token("x").code == "INVALID_TOKEN"
    finally:
        database.query(private_db, "GRANT EXECUTE ON FUNCTION jerry.metrics() TO jerry_api")
    shows(port, "jerry_database_info", 1)
    assert len(port.sidecar.wait_for_event("metrics")) == 1


@kills_workers
def test_the_successor_of_the_first_worker_goes_on_asking(metered, consumer, private_api):
    port = metered()
    shows(port, "jerry_outbox_pending", 0, consumer=consumer)
    for pid in port.workers():
        os.kill(pid, signal.SIGKILL)
    new_user(private_api)
    shows(port, "jerry_outbox_pending", 1, consumer=consumer)


def test_a_full_queue_is_counted(metered, private_cluster):
    port = metered(KORE_WORKERS="1")
    before = port.page()
    with frozen(private_cluster.pids()):
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            waiting = [pool.submit(port.api.verify_email, "x") for _ in range(100)]
            eventually(lambda: port.page()("jerry_lane_queue_length", lane="write") == 64)
            answers = [each.result() for each in waiting]
    page = port.page()
    refused = page("jerry_lane_refused_total", lane="write") - before("jerry_lane_refused_total", lane="write")
    assert page("jerry_lane_refused_total", lane="write", reason="full") >= 20
    told = [answer.code for answer in answers]
    assert refused == told.count("SERVICE_UNAVAILABLE")
    assert page("jerry_lane_queue_length", lane="write") == 0


def test_refused_connections_are_counted(metered):
    port = metered(KORE_WORKERS="1", MAX_CONNECTIONS_PER_ADDRESS="2")
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(Connection(port.api.url, source="127.0.8.1"))
        for _ in range(3):
            with Connection(port.api.url, source="127.0.8.1") as refused:
                refused.answer()
        page = port.page()
    assert page("jerry_http_connections_refused_total", reason="address") == 3
    assert page("jerry_http_connections_refused_total", reason="full") == 0
    assert page(REQUESTS, route="unread") == 3


def test_a_client_that_left_is_counted(metered, private_cluster):
    port = metered(KORE_WORKERS="1")
    body = b'{"token":"x"}'
    with frozen(private_cluster.pids()):
        with Connection(port.api.url) as client:
            client.send(
                b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (VALIDATE.encode(), len(body), body)
            )
            eventually(lambda: port.page()("jerry_lane_in_flight", lane="read") == 1)
            # closing resets the connection
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        eventually(lambda: port.page()(REQUESTS, route=VALIDATE, status="4xx", code="CLIENT_GONE") == 1)


def test_hostile_requests_are_refused_as_on_the_port_of_the_api(metered):
    port = metered(KORE_WORKERS="1")
    for bytes_, status in (
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics HTTP/9.1\r\nHost: x\r\n\r\n", 505),
        (b"BREW /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 405),
        (b"\x16\x03\x01\x00\x00", 400),
    ):
        with Connection(port.url) as client:
            client.send(bytes_)
            assert client.answer().status_code == status, bytes_[:60]
            client.expect_end()
    assert port.page()("jerry_database_up") == 1


def test_a_connection_has_one_request(metered):
    port = metered(KORE_WORKERS="1")
    with Connection(port.url) as client:
        client.send(SCRAPE + SCRAPE)
        received = b""
        while data := client.socket.recv(65536):
            received += data
    assert received.count(b"HTTP/1.1 ") == 1 and received.startswith(b"HTTP/1.1 200 OK\r\n")


def test_who_sends_nothing_or_half_a_request_is_cut_off(metered):
    port = metered(KORE_WORKERS="1")
    with Connection(port.url) as silent, Connection(port.url) as slow:
        slow.send(SCRAPE[:20])
        silent.deadline = slow.deadline = time.monotonic() + 20
        start = time.monotonic()
        assert slow.answer().status_code == 408
        slow.expect_end()
        silent.expect_end()
        assert time.monotonic() - start < 15


def test_its_connections_are_few_and_clients_of_the_api_cannot_take_them(metered):
    port = metered(KORE_WORKERS="1", MAX_CONNECTIONS_PER_ADDRESS="1")
    with Connection(port.api.url) as client:
        client.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().status_code == 200
        with contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS):
                stack.enter_context(Connection(port.url))
            with Connection(port.url) as refused:
                assert refused.answer().status_code == 503
                refused.expect_end()
        eventually(lambda: port.get().status_code == 200)
        assert port.page()("jerry_http_connections") == 1


def test_it_speaks_tls_if_the_sidecar_does(metered, certificate):
    port = metered(**certificate.environment)
    assert port.page()("jerry_database_up") == 1
    with Connection(port.url.replace("https:", "http:")) as plain:
        plain.send(SCRAPE)
        assert plain.answer().status_code == 400


def test_a_scrape_is_a_line_of_the_log_only_when_it_fails(metered):
    port = metered()
    port.page()
    failed = port.get("/nowhere").headers["X-Request-ID"]
    assert port.sidecar.logged_request(failed)["path"] == "/nowhere"
    assert "/metrics" not in port.sidecar.output()

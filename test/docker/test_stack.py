"""docker-compose.yml: how the containers are confined, start, stop and keep their data."""

import concurrent.futures
import json
import time

import pytest
import requests

from stack import run
from waiting import eventually


@pytest.fixture(params=["db", "api", "mail", "hooks"])
def service(request):
    return request.param


@pytest.fixture(params=["mail", "hooks"])
def courier(request):
    return request.param


def status_fields(stack, service, pid):
    text = stack.execute(service, "cat", f"/proc/{pid}/status").stdout
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def worker_pids(stack):
    """Kore's processes but for the parent, which is the container's first."""
    pids = stack.execute("api", "sh", "-c", "grep -lx kore /proc/[0-9]*/comm").stdout.split()
    workers = [pid.split("/")[2] for pid in pids if pid != "/proc/1/comm"]
    assert workers
    return workers


def test_the_root_file_system_is_read_only(stack, service):
    assert stack.inspect(service)["HostConfig"]["ReadonlyRootfs"]
    for folder in "/", "/etc", "/usr/local/lib/jerry", "/var":
        assert stack.execute(service, "sh", "-c", f": >{folder}/x", check=False).returncode != 0, folder


def test_the_processes_have_no_rights(stack, service):
    fields = status_fields(stack, service, 1)
    assert "0" not in fields["Uid"].split() + fields["Gid"].split()
    for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        assert int(fields[name], 16) == 0, name
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"


def test_the_workers_have_a_sandbox_of_their_own(stack):
    """Kore's filter, on top of the one that Docker gives to every process."""
    dockers_own = int(status_fields(stack, "api", "self")["Seccomp_filters"])
    for pid in worker_pids(stack):
        assert int(status_fields(stack, "api", pid)["Seccomp_filters"]) > dockers_own


def test_the_ports_are_this_machines_own(stack):
    assert [address for address, _ in stack.published("db")["5432/tcp"]] == ["127.0.0.1"]
    assert [address for address, _ in stack.published("api")["8000/tcp"]] == ["127.0.0.1"]


def test_the_server_does_not_keep_the_secrets_in_its_environment(stack):
    names = stack.execute("db", "sh", "-c", "tr '\\0' '\\n' </proc/1/environ").stdout
    for name in (
        "JWT_SECRET_KEY", "DATABASE_URL", "JERRY_SIDECAR_PASSWORD", "JERRY_MAIL_PASSWORD", "JERRY_HOOKS_PASSWORD",
        "POSTGRES_PASSWORD"
    ):
        assert f"{name}=" not in names


def test_every_line_of_the_sidecars_log_is_json_on_standard_output(stack):
    output, errors = stack.log("api")
    assert errors == ""
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines and all({"time", "level", "event"} <= set(line) for line in lines)


def test_a_mail_is_written_for_a_registration(stack, user):
    assert stack.post("register", user).status_code == 201
    eventually(
        lambda: user["email"] in stack.execute("mail", "sh", "-c", "cat /var/mail/jerry/*.eml", check=False).stdout,
        lambda: stack.log("mail")
    )


def test_a_webhook_is_told_of_a_registration(stack, user):
    """A container has no address of the internet: what is told in the end is that it must not be reached."""
    address = next(iter(stack.inspect("api")["NetworkSettings"]["Networks"].values()))["IPAddress"]
    stack.sql(f"SELECT jerry.add_webhook('https://{address}/', ARRAY['user.registered'])")
    try:
        assert stack.post("register", user).status_code == 201
        eventually(
            lambda: stack.sql("SELECT last_reason FROM jerry.list_webhooks()") ==
            "its address is private: see WEBHOOK_NETWORKS", lambda: stack.log("hooks")
        )
    finally:
        stack.sql("SELECT jerry.remove_webhook(webhook_id) FROM jerry.list_webhooks()")


def test_a_courier_that_is_stopped_ends_in_order(stack, courier):
    stack.compose("stop", courier)
    assert stack.inspect(courier)["State"]["ExitCode"] == 0
    assert json.loads(stack.log(courier)[0].splitlines()[-1])["event"] == "drain"
    stack.compose("start", courier)


def test_the_database_is_made_ready_without_an_error(stack):
    output, _ = stack.log("db")
    assert "database system is ready" in output
    assert not [line for line in output.splitlines()[:20] if "ERROR:" in line or "FATAL:" in line]


def test_swagger_ui_or_its_plain_page_is_served(stack):
    (_, port), = stack.published("api")["8000/tcp"]
    assert requests.get(f"http://127.0.0.1:{port}/docs", timeout=5).status_code == 200


def test_the_healthcheck_reads_the_status(stack):
    assert stack.execute("api", "jerry-healthcheck").returncode == 0
    assert stack.execute("api", "jerry-healthcheck", "/livez").returncode == 0
    missing = stack.execute("api", "jerry-healthcheck", "/nowhere", check=False)
    assert (missing.returncode, missing.stderr) == (1, "jerry-healthcheck: /nowhere answers 404\n")
    closed = stack.execute("api", "env", "PORT=9", "jerry-healthcheck", check=False)
    assert closed.returncode == 1 and "could not connect" in closed.stderr


def test_the_healthcheck_waits_no_longer_than_its_deadline(stack):
    workers = worker_pids(stack)
    stack.execute("api", "sh", "-c", f"kill -STOP {' '.join(workers)}")
    try:
        began = time.monotonic()
        frozen = stack.execute("api", "jerry-healthcheck", check=False)
        assert (frozen.returncode, frozen.stderr) == (1, "jerry-healthcheck: no answer within 2000 ms\n")
        assert time.monotonic() - began < 5
    finally:
        stack.execute("api", "sh", "-c", f"kill -CONT {' '.join(workers)}")
    stack.wait_for_health("api", "healthy")


def test_without_the_database_the_sidecar_is_unhealthy_and_recovers(stack):
    stack.compose("stop", "db")
    assert stack.inspect("db")["State"]["ExitCode"] == 0
    stack.wait_for_health("api", "unhealthy")
    stack.compose("start", "db")
    stack.wait_for_health("api", "healthy")


def test_a_stopped_sidecar_answers_what_it_has_accepted(stack, user):
    assert stack.post("register", user).status_code == 201
    with concurrent.futures.ThreadPoolExecutor() as pool:
        logins = [pool.submit(stack.post, "login", user) for _ in range(3)]
        time.sleep(0.1)
        began = time.monotonic()
        stack.compose("stop", "api")
        assert time.monotonic() - began < 12
        assert {login.result().status_code for login in logins} == {200}
    assert stack.inspect("api")["State"]["ExitCode"] == 0
    stack.up()


def test_new_containers_find_the_data_and_old_tokens_are_valid(stack, user):
    assert stack.post("register", user).status_code == 201
    tokens = stack.post("login", user).json()["data"]
    old = stack.container("db")
    stack.compose("down")
    stack.up()
    assert stack.container("db") != old
    validated = stack.post("validate-token", {"token": tokens["access_token"]})
    assert validated.status_code == 200 and validated.json()["data"]["is_valid"]
    assert stack.post("refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 200
    assert stack.post("login", user).status_code == 200
    assert stack.post("register", user).json()["error"]["code"] == "DUPLICATE_EMAIL"


def test_a_database_that_was_killed_comes_back(stack, user):
    assert stack.post("register", user).status_code == 201
    run("docker", "kill", stack.container("db"))
    stack.up()
    assert stack.post("login", user).status_code == 200

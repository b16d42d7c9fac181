"""make run: what it says to the person, and what it leaves behind."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import ROOT, TOOLS
from endpoint import Endpoint
from processes import free_port
from runs import STOP_DEADLINE, Run, open_up
from waiting import eventually

PASSWORD = "SecurePassword123!"


@pytest.fixture
def folder(tmp_path):
    open_up(tmp_path)
    return tmp_path / "run"


@pytest.fixture
def start(folder, port, names):
    """start(NAME=value) starts it; what is still there at the end is stopped, and its data deleted."""
    runs = []

    def start(**more):
        runs.append(Run(folder, port, names, **more))
        return runs[-1]

    yield start
    for run in runs:
        run.end()


def postgres(folder):
    """The pid of the private server, while it lives."""
    try:
        pid = int((folder / "cluster" / "data" / "postmaster.pid").read_text().split()[0])
    except FileNotFoundError:
        return None
    return pid if pathlib.Path(f"/proc/{pid}").exists() else None


def tool(name, names, **more):
    done = subprocess.run(
        [str(TOOLS / name)],
        env={**names, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STOP_DEADLINE,
    )
    return done.returncode, done.stdout


def register(run, email):
    body = json.dumps({"email": email, "password": PASSWORD, "password_confirmation": PASSWORD}).encode()
    request = urllib.request.Request(
        run.url + "/api/v1/auth/register", body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 201


def mails(folder):
    """Those that are written to their end."""
    return list((folder / "mail").glob("[0-9]*.verify.eml"))


def tell_a_webhook(folder):
    """As docs/WEBHOOKS.md says for the own machine: what an endpoint there is told of the last minute."""
    endpoint = Endpoint(free_port())
    statements = f"""
        SELECT jerry.configure('jerry.webhook_insecure', 'on');
        SELECT webhook_id FROM jerry.add_webhook('{endpoint.url}/',
            ARRAY['user.registered', 'user.email_verified']) \\gset
        SELECT jerry.replay_webhook(:'webhook_id', now() - interval '1 minute');
    """
    subprocess.run(
        ["bash", "-c", f'. {folder}/env; psql -XqAt -v ON_ERROR_STOP=1 -d "$JERRY_DSN"'],
        input=statements,
        stdout=subprocess.DEVNULL,
        text=True,
        check=True
    )
    try:
        eventually(lambda: len(endpoint.of("/")) >= 2, (folder / "hooks.log").read_text)
        return {json.loads(body)["type"] for _, _, body, _ in endpoint.of("/")}
    finally:
        endpoint.close()


def test_it_starts_tells_where_and_leaves_nothing_running(start, folder, names):
    run = start()
    run.wait_for((folder / "env").exists)
    run.wait_for(lambda: "Ctrl-C stops Jerry." in run.output())
    printed = run.output()
    before, banner = printed.split("\nJerry answers at ")
    assert "WARNING" not in before and "/readyz" not in before, before
    assert banner.startswith(
        f"{run.url}\n\n  curl {run.url}/health\n  PGPASSFILE={folder}/pgpass psql postgresql://jerry@"
    )
    status, said = tool("clean-data", names, RUN_DIR=str(folder))
    assert status == 1 and "stop it first" in said
    assert postgres(folder)
    page = urllib.request.Request(run.url + "/livez", headers={"Origin": "http://localhost:3000"})
    with urllib.request.urlopen(page, timeout=10) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert f"\nAPI documentation: {run.url}/docs\n" in run.output()
    register(run, "ada@example.com")
    assert f"\nMails: {run.url}/dev/mail ({folder}/mail/*.eml)\n" in run.output()
    mail, = eventually(lambda: mails(folder), (folder / "courier.log").read_text)
    assert mail.stat().st_mode & 0o007 == 0 and mail.parent.stat().st_mode & 0o077 == 0, "there are tokens in it"
    with urllib.request.urlopen(f"{run.url}/dev/mail/{mail.name}", timeout=10) as answer:
        assert answer.read() == mail.read_bytes()
    token = re.search(r"#token=([\w-]+)", mail.read_text().replace("=\n", "").replace("=3D", "="))[1]
    verify = urllib.request.Request(
        run.url + "/api/v1/auth/verify-email", json.dumps({"token": token}).encode(),
        headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(verify, timeout=10) as answer:
        assert answer.status == 200
    assert f"\nWebhooks: docs/WEBHOOKS.md#on-your-machine; log: {folder}/hooks.log\n" in run.output()
    assert tell_a_webhook(folder) == {"user.registered", "user.email_verified"}
    # twice, as make does when a whole process group is told
    run.signal(signal.SIGTERM)
    run.process.terminate()
    assert run.wait() == 0
    assert postgres(folder) is None
    assert not (folder / "env").exists()
    status, said = tool("clean-data", names, RUN_DIR=str(folder))
    assert status == 0 and "files that are not Jerry's" not in said
    assert not folder.exists(), "the tokens in mails go, too"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's courier is another user")
def test_root_sees_mails_where_nobody_else_can_go(start, folder):
    """As below /root: neither courier nor sidecar run as root."""
    folder.parent.chmod(0o700)
    run = start()
    run.wait_for(lambda: "Ctrl-C stops Jerry." in run.output())
    assert f"\nMails: {run.url}/dev/mail (" in run.output()
    register(run, "ada@example.com")
    mail, = eventually(lambda: mails(folder), (folder / "courier.log").read_text)
    with urllib.request.urlopen(f"{run.url}/dev/mail/{mail.name}", timeout=10) as answer:
        assert answer.read() == mail.read_bytes()


@pytest.mark.parametrize("setting", ["ENVIRONMENT=production", "SMTP_SERVER=127.0.0.1"])
def test_mails_are_not_shown_otherwise(start, folder, setting):
    name, _, value = setting.partition("=")
    run = start(**{name: value, "SMTP_SECURITY": "none"})
    run.wait_for(lambda: "Ctrl-C stops Jerry." in run.output())
    assert "/dev/mail" not in run.output() and "DEV_MAIL_FOLDER" not in run.output()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{run.url}/dev/mail", timeout=10)


def test_the_data_may_be_in_a_folder_of_any_name(folder, names):
    """A comma would be two folders of a socket, a quote the end of a setting, and bytes count for the length, not
    characters.
    """
    for odd in ("o'clock, ten", "é" * 40):
        cluster = [str(TOOLS / "cluster"), "start", str(folder.parent / odd)]
        done = subprocess.run(
            cluster, env=names, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        cluster[1] = "remove"
        subprocess.run(cluster, env=names, check=True)
        assert done.returncode == 0, done.stderr
        assert "JERRY_SOCKET=/tmp/jerry-" in done.stdout
        assert not (folder.parent / odd).exists()


def test_a_folder_that_postgresql_cannot_live_in_is_named(folder, names):
    """initdb passes it to a shell."""
    cluster = [str(TOOLS / "cluster"), "start", str(folder.parent / "ten$dollars")]
    done = subprocess.run(cluster, env=names, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("jerry: PostgreSQL cannot live in a folder with one of")
    assert done.stderr.count("\n") == 1


def test_an_interrupted_start_leaves_no_server(start, folder):
    run = start()
    run.wait_for((folder / "cluster" / "data.new").exists)
    run.signal(signal.SIGINT)
    assert run.wait() == 0
    assert postgres(folder) is None
    assert "ready" not in run.output() and "answers" not in run.output()


def test_fifty_double_signals_are_fifty_ends_in_order(tmp_path):
    script = f"""
        . {TOOLS}/common.sh
        trap 'trap "" INT TERM HUP; echo "$1" >>"{tmp_path}/ends"' EXIT
        exit_on_signals 0
        kill -TERM $$ & kill -TERM $$ & kill -TERM $$
        sleep 10
    """
    for number in range(50):
        subprocess.run(["bash", "-c", script, "tool", str(number)], timeout=30)
    assert (tmp_path / "ends").read_text().split() == [str(number) for number in range(50)]


def test_a_database_that_is_away_is_said_once_with_the_reason(start, folder):
    run = start(DATABASE_URL="postgresql://jerry_sidecar:canary-4711@127.0.0.1:5/jerry")
    run.wait_for(lambda: "waiting for its database" in run.output())
    said = next(line for line in run.output().splitlines() if "waiting for its database" in line)
    assert "port 5 failed: Connection refused" in said
    time.sleep(2)
    assert "/readyz" not in run.output()
    assert "answers" not in run.output()
    assert "canary" not in run.output()
    assert not (folder / "env").exists()


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "8000x", "080"])
def test_a_port_that_is_none_is_refused_before_anything_is_made(tmp_path, names, port):
    status, said = tool("run", names, PORT=port, RUN_DIR=str(tmp_path / "run"))
    assert status == 1
    assert said == f'jerry: PORT: "{port}" is not a number between 1 and 65535\n'
    assert not (tmp_path / "run").exists()


def test_a_port_that_is_taken_comes_with_one_that_is_free(tmp_path, names, port):
    with socket.create_server(("127.0.0.1", port)):
        status, said = tool("run", names, PORT=str(port), RUN_DIR=str(tmp_path / "run"))
    assert status == 1
    assert f"port {port} is taken" in said
    assert f"make run PORT={port + 1}" in said or "make run PORT=" in said and f"PORT={port}\n" not in said


def test_a_program_that_takes_the_port_meanwhile_is_not_taken_for_jerry(tmp_path, names, port):
    """On the path is a curl that finds somebody there at once; the sidecar finds the port taken."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "curl").write_text("#!/bin/sh\nprintf 200\n")
    (programs / "awk").write_text("#!/bin/sh\nexit 1\n")  # nobody listens, says tools/common.sh
    for program in programs.iterdir():
        program.chmod(0o755)
    with socket.create_server(("127.0.0.1", port)):
        status, said = tool(
            "run",
            names,
            PORT=str(port),
            RUN_DIR=str(tmp_path / "run"),
            DATABASE_URL="postgresql://jerry_sidecar@127.0.0.1:5/jerry",
            PATH=f"{programs}:{os.environ['PATH']}",
        )
    assert status == 1
    assert "could not listen" in said
    assert said.endswith("jerry: the sidecar did not start\n")
    assert "answers" not in said


def test_another_one_beside_it_needs_data_of_its_own(tmp_path, names, port):
    folder = tmp_path / "run"
    folder.mkdir()
    with open(folder / "lock", "w") as lock:
        subprocess.run(["flock", "-n", str(lock.fileno())], pass_fds=[lock.fileno()], check=True)
        status, said = tool("run", names, PORT=str(port), RUN_DIR=str(folder))
    assert status == 1
    assert f"already running with the data in {folder}" in said
    assert f"make run PORT={port} RUN_DIR=.run2" in said


def test_what_is_missing_is_not_taken_for_another_jerry(machine, tmp_path):
    machine.lacks("flock")
    status, said = machine.run("run", RUN_DIR=str(tmp_path / "run"))
    assert status == 1
    assert "there is no flock" in said and "already running" not in said


def test_what_is_no_linux_is_told_what_can(machine, tmp_path):
    machine.has(uname="echo Darwin")
    status, said = machine.run("run", RUN_DIR=str(tmp_path / "run"))
    assert status == 1
    assert "docker compose up --build" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to root")
def test_data_of_a_sudo_make_run_are_named_to_their_owner(folder, names, port):
    folder.mkdir()
    done = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", str(TOOLS / "run")],
        env={**names, "PORT": str(port), "RUN_DIR": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=STOP_DEADLINE,
    )
    assert done.returncode == 1
    assert "belongs to root" in done.stderr and "sudo make clean-data" in done.stderr


def test_the_data_can_be_deleted(folder, names):
    (folder / "cluster").mkdir(parents=True)
    (folder / "env").write_text("")
    (folder / "mine").write_text("")
    status, said = tool("clean-data", names, RUN_DIR=str(folder))
    assert status == 0, said
    assert [path.name for path in folder.iterdir()] == ["mine"]
    (folder / "mine").unlink()
    assert tool("clean-data", names, RUN_DIR=str(folder))[0] == 0
    assert not folder.exists()


def test_help_fits_a_terminal():
    printed = subprocess.run(["make", "-s", "help"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = [line for line in printed.splitlines() if line.startswith("  ")]
    assert len([line for line in lines if line.startswith("  make ")]) > 20
    assert max(map(len, lines)) <= 80
    assert all(line[22] == " " and line[23] != " " for line in lines), printed

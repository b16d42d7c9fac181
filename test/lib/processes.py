"""Sidecars and database clusters of a test's own, started and stopped through the repository's tools."""

import contextlib
import functools
import json
import os
import pathlib
import random
import re
import resource
import shlex
import signal
import socket
import subprocess
import urllib.parse

import requests

from waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"

def environment_names():
    """contract/environment.txt: (name, is it a secret, default, values, readers, what for) of each."""
    lines = (ROOT / "contract" / "environment.txt").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line and not line.startswith("#")]
    return [(row[0].rstrip("*"), row[0].endswith("*"), *row[1:]) for row in rows]


# What the shell that runs the tests may have set and a sidecar or courier of a test must not inherit.
SIDECAR_NAMES = [
    name + ending
    for name, secret, _, _, readers, _ in environment_names()
    if readers.startswith("sidecar") or "courier" in readers
    for ending in (["", "_FILE"] if secret else [""])
]

# A database that is not there, with a password that nobody may see.
NOWHERE = "postgresql://jerry_sidecar:canary-4711@127.0.0.1:5/jerry"

# Kore 4.2 prints to stdout before it loads a module.
KORE_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC \[parent\]: ")

STOP_DEADLINE = 20


def free_port():
    """A port of 127.0.0.1 that nobody listens on now; JERRY_TEST_PORTS=first-last confines the choice.

    As in tools/common.sh any of them, so that two who choose at once differ, below those that the system takes for
    outgoing connections, so that it is still free when somebody listens there at last.
    """
    first, _, last = os.environ.get("JERRY_TEST_PORTS", "15000-29999").partition("-")
    for _ in range(200):
        port = random.randint(int(first), int(last))
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def environment(**names):
    """The environment of a sidecar: the caller's without its sidecar settings, plus the names given (None: unset)."""
    result = {name: text for name, text in os.environ.items() if name not in SIDECAR_NAMES}
    result.update({name: text for name, text in names.items() if text is not None})
    return result


def assignments(text):
    """The NAME=value lines that a tool prints for a shell."""
    pairs = (word.partition("=") for line in text.splitlines() for word in shlex.split(line, comments=True))
    return {name: setting for name, equals, setting in pairs if equals}


def run_tool(*command, **names):
    """Run a tool to its end and return what it printed."""
    done = subprocess.run(
        [str(TOOLS / command[0]), *map(str, command[1:])],
        env={**os.environ, **names},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def start_and_fail(folder, files=None, **names):
    """What a sidecar that must not start says before it exits with 1.  files: how many it may open."""
    folder.chmod(0o777)
    names = {"DATABASE_URL": NOWHERE, "PORT": str(free_port()), **names}
    done = subprocess.run(
        [str(TOOLS / "sidecar"), str(folder)],
        env=environment(**names),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        preexec_fn=files and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))),
    )
    assert done.returncode == 1, done
    for secret in "canary-4711", "PRIVATE KEY":
        assert secret not in done.stdout + done.stderr, "a secret was printed"
    return done.stderr


@contextlib.contextmanager
def frozen(pids):
    """These processes do nothing and say nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


class Sidecar:
    """One sidecar on a free port with an environment of its own; what it writes goes to files."""

    def __init__(self, folder, **names):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o777)
        self.output_file = self.folder / "output.log"
        self.errors_file = self.folder / "errors.log"
        port = names.setdefault("PORT", str(free_port()))
        self.certificate = names.get("TLS_CERT_FILE")
        self.url = f"{'https' if self.certificate else 'http'}://127.0.0.1:{port}"
        with self.output_file.open("wb") as output, self.errors_file.open("wb") as errors:
            self.process = subprocess.Popen(
                [str(TOOLS / "sidecar"), str(self.folder)],
                env=environment(**names),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )

    def output(self):
        """Its log: standard output."""
        return self.output_file.read_text(errors="replace")

    def errors(self):
        """What was said to the person who started it."""
        return self.errors_file.read_text(errors="replace")

    def last_words(self):
        """For the message of a failed assertion."""
        return "\n".join([self.errors(), *self.output().splitlines()[-5:]])

    def log_lines(self):
        """The log, one object per line; without the lines that Kore 4.2 prints itself, which its sidecars cannot have
        otherwise.
        """
        return [json.loads(line) for line in self.output().splitlines() if not KORE_LINE.match(line)]

    def logged_request(self, request_id):
        """The line about one request; it is written soon after the answer."""

        def lines():
            return [line for line in self.log_lines() if line.get("request_id") == request_id and "status" in line]

        found = eventually(lines, f"request {request_id} was not logged")
        assert len(found) == 1, found
        return found[0]

    def wait_for_event(self, name):
        """The lines about an event, as soon as there is one."""
        return eventually(
            lambda: [line for line in self.log_lines() if line["event"] == name],
            lambda: f"{name} was not logged: {self.last_words()}"
        )

    def answers(self, path):
        """The status of a GET, None while nobody listens."""
        try:
            return requests.get(self.url + path, timeout=5, verify=self.certificate).status_code
        except requests.ConnectionError:
            return None

    def wait_until(self, path, status):
        """Poll a path until it answers with this status."""

        def is_so():
            assert self.process.poll() is None, f"the sidecar ended: {self.last_words()}"
            return self.answers(path) == status

        eventually(is_so, lambda: f"{path} did not become {status}: {self.last_words()}")

    def wait_until_ready(self):
        """Poll until every lane to the database serves: the one of logins may be the last."""
        self.wait_until("/readyz", 200)
        nobody = {"email": "nobody@example.com", "password": "x"}
        for route, body in ("login", nobody), ("verify-email", {"token": "x"}):
            ask = functools.partial(
                requests.post, f"{self.url}/api/v1/auth/{route}", json=body, timeout=10, verify=self.certificate
            )
            eventually(lambda: ask().status_code != 503, lambda: f"{route} is not served: {self.last_words()}")

    def wait_until_settled(self):
        """Poll until every connection to the database is there: a lane serves with its first."""
        self.wait_until_ready()

        def is_complete():
            told = [line["message"] for line in self.log_lines() if line["event"] == "database_connected"]
            return told and all(open_ == all_ for open_, all_ in re.findall(r"(\d+) of (\d+)", told[-1]))

        eventually(is_complete, lambda: f"connections are missing: {self.last_words()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@contextlib.contextmanager
def ready_sidecar(folder, **names):
    """A sidecar that serves, and is stopped at the end."""
    sidecar = Sidecar(folder, **names)
    try:
        sidecar.wait_until_ready()
        yield sidecar
    finally:
        sidecar.stop()


class Cluster:
    """A private PostgreSQL cluster with Jerry installed, for tests that stop it or read its log."""

    def __init__(self, folder, *settings):
        self.folder = folder
        self.settings = settings
        self.names = {}
        self.start()
        self.names.update(assignments(run_tool("setup-database", **self.names)))

    @property
    def dsn(self):
        return self.names["JERRY_DSN"]

    @property
    def database_url(self):
        return self.names["DATABASE_URL"]

    def start(self):
        self.names.update(assignments(run_tool("cluster", "start", self.folder, *self.settings)))

    def stop(self):
        run_tool("cluster", "stop", self.folder)

    def remove(self):
        run_tool("cluster", "remove", self.folder)

    def log(self):
        """Everything that the server has logged."""
        return pathlib.Path(self.names["JERRY_POSTGRES_LOG"]).read_text(errors="replace")

    def pids(self):
        """Its processes, the postmaster first."""
        postmaster = self.names["JERRY_POSTGRES_PID"]
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        return [int(postmaster), *map(int, children.split())]

    def freeze(self):
        """Every process stands still; its sockets stay open."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)


class Replica(Cluster):
    """A streaming replica of a private cluster."""

    def __init__(self, folder, primary, *settings):
        self.folder = folder
        self.settings = settings
        self.names = {"DATABASE_URL": None}
        run_tool("cluster", "replicate", folder, primary.folder)
        self.start()
        self.names["DATABASE_URL"] = url_of(primary, self)


def url_of(primary, *clusters, **parameters):
    """The sidecar's URL for a primary's copies, one host for each."""
    account = urllib.parse.urlsplit(primary.database_url)
    hosts = ",".join(urllib.parse.urlsplit(cluster.dsn).netloc.rpartition("@")[2] for cluster in clusters)
    return account._replace(
        netloc=f"{account.netloc.rpartition('@')[0]}@{hosts}", query=urllib.parse.urlencode(parameters)
    ).geturl()

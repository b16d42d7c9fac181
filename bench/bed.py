"""What is measured: a private cluster and a sidecar, both on free ports in a temporary folder and gone at the end."""

import contextlib
import http.client
import os
import pathlib
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[1]
TOOLS = ROOT / "tools"

# What the caller may have set for another Jerry than the one that is measured.
OTHERS = subprocess.run(
    [TOOLS / "generate-environment", "names", ROOT / "contract" / "environment.txt"], check=True, stdout=subprocess.PIPE, text=True
).stdout.split()


def number(name, default):
    """A whole number from the environment."""
    value = os.environ.get(name) or str(default)
    if not value.isdigit() or int(value) < 1:
        sys.exit(f'jerry: {name}: "{value}" is not a whole number above 0')
    return int(value)


def say(text):
    """Progress, for the person at the terminal."""
    print(f"jerry: {text}", file=sys.stderr, flush=True)


def run(command, **options):
    """A command's standard output; its failure ends the benchmark."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"jerry: {command[0]} failed with status {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def free_port():
    return run(["bash", "-c", f". {TOOLS}/common.sh && free_port"]).strip()


def assignments(text):
    """NAME=value lines for a shell."""
    return dict(word.split("=", 1) for word in shlex.split(text))


class Sidecar:
    """A running sidecar. Its log goes where a service's log goes, through a pipe, and is not kept."""

    def __init__(self, folder, environment, port):
        self.certificate = environment.get("TLS_CERT_FILE")
        self.url = f"{'https' if self.certificate else 'http'}://127.0.0.1:{port}"
        self.port = port
        self._folder = folder
        folder.mkdir()
        started = time.monotonic()
        self._tool = subprocess.Popen(
            [str(TOOLS / "sidecar"), str(folder)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        self._reader = subprocess.Popen(["cat"], stdin=self._tool.stdout, stdout=subprocess.DEVNULL)
        self._tool.stdout.close()
        self.start_seconds = self._wait(started)

    def _wait(self, started):
        while time.monotonic() - started < 30:
            if self._tool.poll() is not None:
                sys.exit("jerry: the sidecar did not start")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/readyz") == 200:
                    return time.monotonic() - started
            time.sleep(0.002)
        sys.exit("jerry: the sidecar did not become ready")

    def get(self, path):
        """The status of a GET."""
        if self.certificate:
            context = ssl.create_default_context(cafile=self.certificate)
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def processes(self):
        """The pids of Kore's parent and of its children."""
        parent = int((self._folder / "sidecar.pid").read_text())
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def stop(self):
        if self._tool.poll() is None:
            self._tool.send_signal(signal.SIGTERM)
        self._tool.wait()
        self._reader.wait()


class Bed:
    """A temporary folder with a cluster that is ready for a sidecar. A context manager."""

    def __init__(self, *settings):
        self._settings = ("jerry.rate_limits=off", *settings)
        self._sidecars = []

    def __enter__(self):
        # SIGTERM ends the benchmark as Ctrl-C does: with everything stopped
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jerry-bench-"))
        self.folder.chmod(0o755)
        try:
            environment = {name: value for name, value in os.environ.items() if name not in OTHERS}
            cluster = run([str(TOOLS / "cluster"), "start", str(self.folder / "cluster"), *self._settings], env=environment)
            self.owner = assignments(cluster)
            self._environment = environment
            self.database_url = self._setup_database(self.owner["JERRY_DSN"])
            # all of these users come from one address
            self.sql("SELECT jerry.set_limit('register_network', 0)")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # a second one must not cut that short
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for sidecar in self._sidecars:
            sidecar.stop()
        subprocess.run([str(TOOLS / "cluster"), "remove", str(self.folder / "cluster")], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _setup_database(self, dsn):
        return self._run_setup_database(dsn)["DATABASE_URL"]

    def _run_setup_database(self, dsn, **names):
        environment = self._environment | self.owner | {"JERRY_DSN": dsn, **names}
        return assignments(run([str(TOOLS / "setup-database")], env=environment))

    def hooks_url(self):
        """Where the courier of webhooks connects, as a role of its own."""
        return self._run_setup_database(self.owner["JERRY_DSN"], JERRY_HOOKS_ROLE="jerry_hooks_courier")["HOOKS_DATABASE_URL"]

    def processes(self):
        """The pids of the server, the postmaster first."""
        postmaster = self.owner["JERRY_POSTGRES_PID"]
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [int(postmaster), *map(int, children)]

    def dsn(self, database="jerry"):
        """The owner's way into a database of the cluster."""
        return self.owner["JERRY_DSN"].rpartition("/")[0] + "/" + database

    def add_database(self, name):
        """Another database of the cluster with the extension in it."""
        self.sql(f"CREATE DATABASE {name}")
        self.sql("CREATE EXTENSION jerry CASCADE", name)

    def sql(self, text, database="jerry"):
        """What psql prints, as the owner: one row a line, fields separated by a bar."""
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.dsn(database)]
        return run(command, input=text, env=self._environment).strip()

    def pgbench(self, script, seconds=None, transactions=None, database=None, **variables):
        """
        Runs a script prepared, with one client, over the Unix socket, as the sidecar's role, or as the owner in the
        database that is named. Returns microseconds per transaction. Variables reach the server as parameters.
        """
        url = urllib.parse.urlsplit(self.dsn(database) if database else self.database_url)
        socket = self.owner["JERRY_SOCKET"]
        environment = self._environment | {
            "PGHOST": socket, "PGPORT": self.owner["JERRY_DSN"].rpartition(":")[2].partition("/")[0],
            "PGUSER": url.username, "PGPASSWORD": urllib.parse.unquote(url.password),
        }  # fmt: skip
        file = self.folder / "pgbench.sql"
        file.write_text(script)
        command = [self._program("pgbench"), "-n", "-M", "prepared", "-c", "1", "-f", str(file)]
        command += ["-T", str(seconds)] if seconds else ["-t", str(transactions)]
        for name, value in variables.items():
            command += ["-D", f"{name}={value}"]
        for line in run(command + [database or "jerry"], env=environment, stderr=subprocess.PIPE).splitlines():
            if line.startswith("tps = "):
                return 1e6 / float(line.split()[2])
        sys.exit("jerry: pgbench printed no rate")

    @staticmethod
    def _program(name):
        return run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"]).strip() + "/" + name

    def start_sidecar(self, **names):
        """
        A new sidecar, ready to serve, with more names in its environment. All load comes from one address, so the limit of connections per address is off;
        everything else is as installed.
        """
        port = free_port()
        environment = self._environment | {
            "DATABASE_URL": self.database_url, "PORT": port, "MAX_CONNECTIONS_PER_ADDRESS": "0", **names,
        }  # fmt: skip
        sidecar = Sidecar(self.folder / f"sidecar-{len(self._sidecars)}", environment, int(port))
        self._sidecars.append(sidecar)
        return sidecar

    @contextlib.contextmanager
    def courier(self, word, **names):
        """A courier, with more names in its environment. Its log goes where a service's log goes, and is not kept."""
        tool = subprocess.Popen(
            [str(TOOLS / "courier"), word], env=self._environment | names, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        reader = subprocess.Popen(["cat"], stdin=tool.stdout, stdout=subprocess.DEVNULL)
        tool.stdout.close()
        try:
            yield
        finally:
            tool.terminate()
            tool.wait()
            reader.wait()

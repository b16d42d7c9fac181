"""PostgreSQL's own programs, and servers that a test starts through the repository's tools."""

import os
import pathlib
import re
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE = 300
PG_CONFIG = os.environ.get("PG_CONFIG", "pg_config")
BINDIR = pathlib.Path(
    subprocess.run([PG_CONFIG, "--bindir"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
)


def run(*command, given=None, user=None, succeeds=True, **names):
    """Run a program to its end and return what it printed; succeeds=False: it must fail, and what it said is returned.
    """
    as_user = {"user": user, "group": user, "extra_groups": []} if user and os.getuid() == 0 else {}
    done = subprocess.run(
        [str(word) for word in command],
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=DEADLINE,
        cwd="/",
        env={**os.environ, **names},
        **as_user,
    )
    assert (done.returncode == 0) == succeeds, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout if succeeds else done.stderr


def pg(program, *arguments, **options):
    """Run one of the programs beside the server."""
    return run(BINDIR / program, *arguments, **options)


def psql(dsn, script, *arguments, **options):
    """What a script prints, rows without headers; its first error ends it."""
    return pg("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", dsn, *arguments, given=script, **options).strip()


def with_database(dsn, name):
    return f"{dsn.rpartition('/')[0]}/{name}"


def with_role(dsn, name, password):
    return re.sub(r"//[^@]*@", f"//{name}:{password}@", dsn)


class Server:
    """A private cluster in a folder of its own."""

    def __init__(self, folder, *settings):
        self.folder = pathlib.Path(folder)
        self.settings = settings
        self.start()

    def start(self):
        words = run(ROOT / "tools" / "cluster", "start", self.folder, "fsync=off", *self.settings)
        pairs = (word.partition("=") for line in words.splitlines() for word in shlex.split(line))
        self.names = {name: text for name, _, text in pairs}

    @property
    def dsn(self):
        """The owner's way into database jerry."""
        return self.names["JERRY_DSN"]

    def crash(self):
        """Stop it so that it has to recover, and start it again."""
        pg("pg_ctl", "stop", "-D", self.folder / "data", "-m", "immediate", user="postgres")
        self.start()

    def remove(self):
        run(ROOT / "tools" / "cluster", "remove", self.folder)

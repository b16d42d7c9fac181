"""make run, as a person types it: with data in a folder of its own."""

import os
import signal
import subprocess

from processes import TOOLS, environment
from waiting import eventually

START_DEADLINE = 120
STOP_DEADLINE = 120  # one that is interrupted while the cluster is made ends after that


class Run:
    """tools/run, with data in a folder of its own."""

    def __init__(self, folder, port, names, **more):
        self.folder = folder
        self.names = names
        self.printed = folder.parent / "printed"
        self.url = f"http://127.0.0.1:{port}"
        with open(self.printed, "w") as out:
            self.process = subprocess.Popen(
                [str(TOOLS / "run")],
                env={**names, "PORT": str(port), "RUN_DIR": str(folder), **more},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self):
        return self.printed.read_text()

    def wait_for(self, condition):
        eventually(lambda: condition() or self.process.poll() is not None, self.output, seconds=START_DEADLINE)
        assert self.process.poll() is None, self.output()

    def signal(self, number):
        """To all of it, as a terminal or a supervisor does."""
        os.killpg(self.process.pid, number)

    def wait(self):
        return self.process.wait(STOP_DEADLINE)

    def end(self):
        """What is still there is stopped, and its data deleted."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            self.wait()
        subprocess.run(
            [str(TOOLS / "clean-data")], env={**self.names, "RUN_DIR": str(self.folder)}, check=True,
            stderr=subprocess.DEVNULL
        )


def persons_names():
    """The environment of a person who types make run."""
    return {
        name: value for name, value in environment().items()
        if not name.startswith("JERRY_") or name == "JERRY_TEST_PORTS"
    }


def open_up(path):
    """Let PostgreSQL's user, where there is one, look into a folder of a test's."""
    for each in (path, *path.parents[:3]):
        try:
            each.chmod(each.stat().st_mode | 0o055)  # /tmp may be among them
        except PermissionError:
            break

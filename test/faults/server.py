"""Rough treatment of a private cluster: kill it, freeze it, fill its disk; and the processes of a sidecar."""

import contextlib
import ctypes
import datetime
import os
import pathlib
import re
import signal
import subprocess
import tempfile
from waiting import eventually

READY = re.compile(r"^(\S+ \S+) UTC .*database system is ready to accept connections", re.M)


def children(parent):
    """The pids of a process's children."""
    found = set()
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            # the name, in parentheses, may hold anything
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def processes(cluster):
    """The postmaster and all that it has started; its pid file is written at each start."""
    postmaster = int(cluster.names["JERRY_POSTGRES_PID"])
    return [postmaster, *children(postmaster)] if is_alive(postmaster) else []


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def adopt_orphans():
    """Make this process the parent of servers started from here on.

    A killed server's pid counts as taken until its parent asks for its end, and the first process of a container may
    never do that: then no new server would start in its place.
    """
    set_child_subreaper = 36
    assert ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0) == 0


def reap(pids):
    """Ask for the end of those that are our children."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def send(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_for_end(pids):
    eventually(lambda: not any(is_alive(pid) for pid in pids), "a process does not end")
    reap(pids)


def kill(cluster):
    """kill -9 for the whole server at once."""
    victims = processes(cluster)
    send(victims, signal.SIGKILL)
    wait_for_end(victims)


def kill_postmaster(cluster):
    """kill -9 for the postmaster; its backends notice and end by themselves."""
    victims = processes(cluster)
    send(victims[:1], signal.SIGKILL)
    wait_for_end(victims)


def kill_backend(cluster, pid):
    """kill -9 for one backend; the server ends all others, recovers by itself and is ready again."""
    started = ready_at(cluster)
    send([pid], signal.SIGKILL)
    eventually(lambda: ready_at(cluster) != started, "the server does not recover")


def freeze(cluster):
    """Every process of the server stands still, its sockets open."""
    send(processes(cluster), signal.SIGSTOP)


def thaw(cluster):
    send(processes(cluster), signal.SIGCONT)


def ready_at(cluster):
    """When the server said that it was ready for connections, as time.time() would have."""
    moment = datetime.datetime.strptime(READY.findall(cluster.log())[-1], "%Y-%m-%d %H:%M:%S.%f")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def kore(sidecar):
    """The pid of Kore's parent process."""
    return int((sidecar.folder / "sidecar.pid").read_text())


def workers(sidecar):
    return children(kore(sidecar))


class FullDisk:
    """A library for the server's environment: while the file named full exists, tables cannot grow."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jerry-disk-", dir="/tmp")
        folder = pathlib.Path(self.folder.name)
        folder.chmod(0o755)
        self.flag = folder / "full"
        self.library = folder / "full_disk.so"
        source = pathlib.Path(__file__).with_name("full_disk.c")
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O1", f'-DFLAG="{self.flag}"', "-o", self.library, source, "-ldl"],
            check=True,
            timeout=60,
        )

    def fill(self):
        self.flag.touch()

    def empty(self):
        self.flag.unlink()

    def close(self):
        self.folder.cleanup()

"""How Linux shares the processors out: the layouts in which a flood of logins can be measured. They need root."""

import contextlib
import pathlib

AUTOGROUP = pathlib.Path("/proc/sys/kernel/sched_autogroup_enabled")
CGROUPS = [pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")]


@contextlib.contextmanager
def autogroup(value):
    """Each session (setsid) has a share of its own, or each process."""
    before = AUTOGROUP.read_text()
    AUTOGROUP.write_text(value)
    try:
        yield
    finally:
        AUTOGROUP.write_text(before)


@contextlib.contextmanager
def cgroup_each(bed, sidecar):
    """The database and the sidecar have a share each, as in two containers."""
    root = next(folder for folder in CGROUPS if (folder / "cgroup.procs").exists())
    if root == CGROUPS[1]:
        (root / "cgroup.subtree_control").write_text("+cpu")
    groups = {root / "jerry-bench-database": bed.processes(), root / "jerry-bench-sidecar": sidecar.processes()}
    made = []
    try:
        for folder, pids in groups.items():
            folder.mkdir()
            made.append(folder)
            for pid in pids:
                (folder / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for folder in made:
            for pid in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    (root / "cgroup.procs").write_text(pid)
            folder.rmdir()


LAYOUTS = {
    "sched_autogroup_enabled = 1": lambda bed, sidecar: autogroup("1"),
    "sched_autogroup_enabled = 0": lambda bed, sidecar: autogroup("0"),
    "a cgroup each": cgroup_each,
}

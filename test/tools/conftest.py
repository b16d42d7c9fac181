"""Fixtures of the tests of the tools: a machine that has less than this one, and what a tool prints there."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"

# what the tools may ask a machine for; everything else stands for Debian's essential packages
ASKED_FOR = [
    "apt-cache", "apt-get", "cc", "clang", "clang-14", "curl", "gcc", "kore", "npm", "pg_config", "pkg-config", "psql",
    "sudo", "tcc"
]


class Machine:
    """A PATH of programs that a test makes, beside the essential ones."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for place in (pathlib.Path("/usr/bin"), pathlib.Path("/usr/sbin")):
            for program in place.iterdir():
                if program.name not in ASKED_FOR and not (self.bin / program.name).exists():
                    (self.bin / program.name).symlink_to(program)

    def has(self, **programs):
        """Programs of these names, by what /bin/sh does for them."""
        for name, script in programs.items():
            path = self.bin / name
            path.unlink(missing_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

    def has_this(self, *names):
        """The programs of these names that this machine has."""
        for name in names:
            (self.bin / name).symlink_to(pathlib.Path("/usr/bin") / name)

    def lacks(self, *names):
        for name in names:
            (self.bin / name).unlink()

    def names(self, **names):
        return {"PATH": str(self.bin), "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **names}

    def run(self, tool, *arguments, **names):
        """Runs a tool to its end: the exit status, and what it printed to the person."""
        done = subprocess.run(
            ["/bin/bash", str(TOOLS / tool), *arguments],
            env=self.names(**names),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def port():
    from processes import free_port

    return free_port()


@pytest.fixture
def names():
    from runs import persons_names

    return persons_names()

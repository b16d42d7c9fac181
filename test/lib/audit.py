"""What contract/audit.txt lists: actions, whose they are, and their details."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def actions():
    """{action: (set of actors, set of details)}"""
    lines = subprocess.check_output(
        [ROOT / "tools/generate-audit", "members", ROOT / "contract/audit.txt"], text=True
    ).splitlines()
    assert lines
    split = (line.split("\t") for line in lines)
    return {action: (set(actors.split(", ")), set(details.split())) for action, actors, details in split}


ACTIONS = actions()

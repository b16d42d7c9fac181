"""Packages of npm that tests need: fetched into a folder below build/, in the versions that are asked for."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE = 300


def fetched(name, packages):
    """The folder node_modules with these packages; without npm, or when it cannot fetch them, the test is skipped and
    says why.
    """
    folder = ROOT / "build" / name
    wanted = ", ".join(packages)
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        "npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", "--prefix",
        str(folder), *packages
    ]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=DEADLINE
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {wanted} within {DEADLINE} s")
    if done.returncode != 0:
        pytest.skip(f"npm could not install {wanted}: {' '.join(done.stdout.split())[:200]}")
    return folder / "node_modules"

""".ci/matrix: every row can be run, is written down for people, and none is missing."""

import os
import re
import subprocess

import pytest

from pages import ROOT

ROWS = [
    tuple(column.strip() for column in line.split("|"))
    for line in (ROOT / ".ci" / "matrix").read_text().splitlines()
    if not line.startswith("#")
]
COMMANDS = [command for _, command, _ in ROWS]
TARGETS = {command.split()[1] for command in COMMANDS}


def row(*names, path=os.environ["PATH"]):
    return subprocess.run(
        [ROOT / ".ci" / "row", *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PATH": path}
    )


def test_each_row_has_a_name_of_its_own_a_command_and_what_it_needs():
    assert all(len(columns) == 3 and all(columns) for columns in ROWS)
    assert len({name for name, _, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_of_a_row_is_there(command):
    assert re.fullmatch(r"make [a-z-]+( [A-Z_]+=\S+)*", command)
    planned = subprocess.run(
        ["make", "-n", *command.split()[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert planned.returncode == 0, planned.stderr
    tools = re.findall(r"^(tools/\S+|/usr/bin/python3 (?P<script>\S+))", planned.stdout, re.M)
    assert tools, f"{command} runs nothing"
    for tool, script in tools:
        assert script and (ROOT / script).is_file() or os.access(ROOT / tool, os.X_OK), tool


def test_row_runs_the_command_of_the_row(tmp_path):
    (tmp_path / "make").write_text('#!/bin/sh\necho "make $*"\n[ "$1" != check-asan ]\n')
    (tmp_path / "make").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    for name, command, _ in ROWS:
        done = row(name, path=path)
        assert (done.stdout, done.returncode) == (command + "\n", int(name == "asan"))
    assert row("analyze", "fuzz", path=path).stdout == "make check-analyze\nmake fuzz SECONDS=600\n"
    assert "make bench" not in row("asan", "bench", path=path).stdout


def test_row_lists_the_rows_and_names_what_is_none():
    assert [tuple(column.strip() for column in line.split("|")) for line in row().stdout.splitlines()] == ROWS
    unknown = row("nosuch")
    assert unknown.returncode == 2
    assert unknown.stderr == "jerry: .ci/matrix has no row nosuch\n"


def test_what_make_test_leaves_out_is_a_row():
    own_builds = {tool.name for tool in (ROOT / "tools").glob("check-*")}
    left_out = {
        f"check-{conf.parent.name}" for conf in (ROOT / "test").glob("*/suite.conf")
        if re.search("^left_out = .", conf.read_text(), re.M)
    }
    # these two are part of make test on the system that the first row needs
    assert own_builds | left_out - {"check-format", "check-fuzz"} <= TARGETS


def test_people_find_every_row_in_the_pages():
    development = (ROOT / "docs" / "DEVELOPMENT.md").read_text()
    assert [
        target for target in sorted(TARGETS) if not re.search(rf"`make {target}[ `]|make .*\b{target}\b", development)
    ] == []
    for page in "README.md", "RELEASING.md", "CONTRIBUTING.md", "docs/DEVELOPMENT.md":
        text = (ROOT / page).read_text()
        assert ".ci/matrix" in text, page
    assert ".ci/row" in (ROOT / "RELEASING.md").read_text()


def test_coverage_has_a_floor_for_each_half_and_the_courier():
    floors = dict(
        line.split() for line in (ROOT / ".ci" / "coverage").read_text().splitlines() if not line.startswith("#")
    )
    assert set(floors) == {"extension", "sidecar", "courier"}
    assert all(80 <= float(floor) <= 100 for floor in floors.values())

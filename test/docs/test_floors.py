"""The folders of the sources are floors: an include runs down, never up and never in a circle."""

import re
import subprocess

import pytest

from pages import ROOT

# from the top; those that share a floor do not know each other
FLOORS = {
    "src/ext": [["functions"], ["domain"], ["webauthn"], ["jose"], ["store"], ["base", "hash", "factor"]],
    "src/kore_app": [["main"], ["edge", "api"], ["http", "db"], ["base"]],
    "src/courier": [["main"], ["mail", "hooks"], ["core"]],
}


def includes(folder):
    """(file, folder of the file, folder of what it includes) of each include of a file of ours."""
    for path in sorted((ROOT / folder).rglob("*.[ch]")):
        room = path.relative_to(ROOT / folder).parts[0]
        for other in re.findall(r'^#include "(.*/.*?)"', path.read_text(), re.M):
            if (ROOT / folder / other).exists():
                yield path.relative_to(ROOT), room, other.partition("/")[0]


@pytest.mark.parametrize("folder", FLOORS)
def test_every_folder_has_a_floor(folder):
    rooms = {path.name for path in (ROOT / folder).iterdir() if path.is_dir() and list(path.glob("*.[ch]"))}
    assert rooms == {room for floor in FLOORS[folder] for room in floor}
    assert list((ROOT / folder).glob("*.[ch]")) == []


@pytest.mark.parametrize("folder", FLOORS)
def test_includes_run_down(folder):
    floor_of = {room: number for number, floor in enumerate(FLOORS[folder]) for room in floor}
    found = list(includes(folder))
    assert len(found) > 25
    for path, room, other in found:
        assert room == other or floor_of[room] < floor_of[other], f"{path} includes {other}/"


def test_what_the_programs_share_knows_none_of_them():
    for path in (ROOT / "src/base").glob("*.[ch]"):
        for other in re.findall(r'^#include "(.*?)"', path.read_text(), re.M):
            assert other.startswith("base/") and (ROOT / "src" / other).exists(), path


def test_topics_of_functions_do_not_know_each_other():
    found = [path for path, room, other in includes("src/ext") if room == other == "functions"]
    assert found == []


def test_only_the_store_runs_sql():
    runs = re.compile(r'^#include "(executor/spi|store/statement)\.h"', re.M)
    assert {
        path.parent.name for path in (ROOT / "src/ext").rglob("*.[ch]") if runs.search(path.read_text())
    } == {"store"}


@pytest.mark.parametrize("folder", FLOORS)
def test_every_include_says_its_folder(folder):
    headers = {path.name for path in (ROOT / folder).rglob("*.h")}
    for path in (ROOT / folder).rglob("*.[ch]"):
        bare = set(re.findall(r'^#include "([^/"]+)"', path.read_text(), re.M))
        assert bare & headers == set(), path


@pytest.mark.parametrize("folder", FLOORS)
def test_no_header_is_in_a_circle(folder):
    below = {}
    for path in (ROOT / folder).rglob("*.h"):
        below[str(path.relative_to(ROOT / folder))] = re.findall(r'^#include "(.*?/.*?)"', path.read_text(), re.M)

    def reached(header, seen):
        for other in below.get(header, []):
            assert other not in seen, f"{header} includes itself by way of {other}"
            reached(other, seen + [other])

    for header in below:
        reached(header, [header])


def test_every_file_includes_what_it_uses():
    """A floor is compiled as one, where a file could do with what the one before it includes."""
    alone = subprocess.run(
        ["make", "-s", "-k", "-j2", "objects", "VARIANT=alone", "COPT=-fsyntax-only"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert alone.returncode == 0, alone.stdout[-4000:]

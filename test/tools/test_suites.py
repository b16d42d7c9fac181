"""tools/test: what a suite.conf can say, what is counted, and what a person is told."""

import os
import shutil
import subprocess

import pytest

from conftest import ROOT


class Checkout:
    """A checkout with the tools and with suites that a test makes."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(ROOT / "tools", folder / "tools")
        shutil.copytree(ROOT / "contract", folder / "contract")

    def suite(self, name, script="", **values):
        """A suite whose own program is this script."""
        folder = self.folder / "test" / name
        folder.mkdir(parents=True)
        values = {"about": name, "seconds": "1", "run": "own", **values}
        (folder / "suite.conf").write_text(
            "# a suite\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        )
        (folder / "run").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "run").chmod(0o755)

    def test(self, *arguments, **names):
        """The exit status of tools/test, and the lines that it printed."""
        done = subprocess.run(
            [str(self.folder / "tools" / "test"), *arguments],
            env={**os.environ, **names},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout.splitlines()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_one_suite_ends_with_its_line_and_has_the_filters(checkout):
    checkout.suite("good", 'echo "$*"; echo "good: 3 passed, 0 failed"')
    assert checkout.test("good", "one", "two words") == (0, ["one two words", "good: 3 passed, 0 failed"])


def test_a_filter_that_selects_nothing_is_a_failure_with_its_reason(checkout):
    checkout.suite("good", run="pytest", servers="none")
    (checkout.folder / "test" / "good" / "test_good.py").write_text("def test_it():\n    pass\n")
    code, lines = checkout.test("good", "it")
    assert (code, lines[-1]) == (0, "good: 1 passed, 0 failed")
    code, lines = checkout.test("good", "nothing")
    assert (code, lines[-1]) == (1, "good: 0 passed, 1 failed")
    assert "jerry: no test is selected by: -k nothing good" in lines


def test_one_suite_that_fails_fails(checkout):
    checkout.suite("bad", 'echo "bad: 3 passed, 1 failed"; exit 1')
    assert checkout.test("bad") == (1, ["bad: 3 passed, 1 failed"])


def test_all_are_run_the_quick_ones_first_and_are_added_up(checkout):
    checkout.suite("slow", 'echo "slow: 1 skipped: no node"; echo "slow: 5 passed, 0 failed, 1 skipped"', seconds="300")
    checkout.suite("bad", 'echo "bad: 3 passed, 2 failed"; exit 1', seconds="20")
    checkout.suite("quick", 'echo "quick: 1 passed, 0 failed"', seconds="9")
    status, lines = checkout.test()
    assert [line for line in lines if line.startswith("== ")] == ["== quick", "== bad", "== slow"]
    assert (status, lines[-1]) == (1, "9 passed, 2 failed, 1 skipped")
    assert lines.count("slow: 1 skipped: no node") == 2


def test_a_suite_that_ends_without_a_count_is_a_failure(checkout):
    checkout.suite("bad", "echo hello; exit 0")
    checkout.suite("good", 'echo "good: 1 passed, 0 failed"')
    status, lines = checkout.test("bad,good")
    assert (status, lines[-1]) == (1, "1 passed, 1 failed")


def test_what_cannot_run_here_is_left_out_and_said(checkout):
    checkout.suite("good", 'echo "good: 1 passed, 0 failed"', when="[ -d test/good ]", left_out="nothing")
    checkout.suite("far", "exit 1", when="false", left_out="a moon")
    checkout.suite("part", "exit 1", when="false")
    status, lines = checkout.test()
    assert (status, lines[-1]) == (0, "1 passed, 0 failed")
    assert [
        line for line in lines if line.startswith("left out")
    ][0] == "left out (make check-NAME runs it): far: a moon"
    assert not any("part" in line for line in lines)


def test_what_only_root_can_is_left_out_for_others(checkout):
    checkout.suite("good", 'echo "good: 1 passed, 0 failed"')
    checkout.suite("deep", "exit 1", root="yes", left_out="root")
    programs = checkout.folder / "bin"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\necho 1000\n")
    (programs / "id").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    status, lines = checkout.test(PATH=path)
    assert (status, "left out (make check-NAME runs it): deep: root" in lines) == (0, True)
    assert checkout.test("deep", PATH=path) == (
        1, ["jerry: deep makes fresh Debians, which only root can do: sudo make check-deep"]
    )


def test_a_suite_that_is_not_there_is_told_from_those_that_are(checkout):
    checkout.suite("one")
    checkout.suite("two")
    assert checkout.test("three") == (1, ["jerry: there is no suite three; there are: one two"])


@pytest.mark.parametrize("line", ["color = green", "seconds", "seconds=4"])
def test_a_line_that_says_nothing_is_named(checkout, line):
    checkout.suite("one")
    conf = checkout.folder / "test" / "one" / "suite.conf"
    conf.write_text(conf.read_text() + line + "\n")
    assert checkout.test("one") == (1, [f"jerry: {conf}:5: this is not a line NAME = VALUE of a suite"])


@pytest.mark.parametrize("value", [{"servers": "many"}, {"run": "walk"}, {"seconds": "few"}])
def test_a_value_that_means_nothing_is_refused(checkout, value):
    checkout.suite("one", **value)
    status, lines = checkout.test("one")
    assert (status, len(lines)) == (1, 1)
    assert next(iter(value)) in lines[0]


def test_nothing_of_another_jerry_reaches_a_suite(checkout):
    checkout.suite("good", 'echo "${PORT-none} ${MAKEFLAGS-none}"; echo "good: 1 passed, 0 failed"')
    assert checkout.test("good", PORT="8000", MAKEFLAGS="k")[1][0] == "none none"

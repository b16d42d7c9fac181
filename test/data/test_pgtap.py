"""A file of pgTAP that does not do all its tests fails, although it has no plan."""

import shutil
import subprocess

import pytest

from programs import ROOT

TEST = "SELECT is(1, 1, 'one is one');"
END = "SELECT * FROM finish();"


@pytest.fixture(scope="module")
def prove(new_database, tmp_path_factory):
    """prove(lines): the exit status of pg_prove for a file of these lines, and what it said."""
    dsn = new_database()
    folder = tmp_path_factory.mktemp("pgtap")
    for name in ("psql", "setup.psql"):
        shutil.copy(ROOT / "test" / "pgtap" / name, folder)

    def run(*lines):
        (folder / "some.sql").write_text("\n".join(["BEGIN;", "\\ir setup.psql", *lines, "ROLLBACK;", ""]))
        done = subprocess.run(
            ["pg_prove", "--psql-bin", "./psql", "--dbname", dsn, "some.sql"],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        return done.returncode, done.stdout

    return run


def test_a_file_whose_tests_pass_passes(prove):
    code, said = prove(TEST, "SELECT 1 \\g /dev/null", "SELECT 2 AS two \\gset", "CREATE TABLE t ();", TEST, END)
    assert (code, "Tests=2," in said) == (0, True), said


@pytest.mark.parametrize(
    "lines, why",
    [
        ((TEST, "SELECT is(1, 2);", END), "Failed test:  2"),
        ((TEST, "SELECT 1 / 0;", TEST, END), "No plan found"),
        ((TEST, "\\q", TEST, END), "No plan found"),
        ((TEST, TEST), "No plan found"),
        ((TEST, END, TEST), "Plan (1..1) must be at the beginning or end"),
        ((END,), "No plan found"),
        (("SELECT plan(1);", TEST, END), "You tried to plan twice"),
        ((TEST, "SELECT is(n, 1)", "FROM (SELECT 1 WHERE false) AS t (n);", TEST, END), "FROM (SELECT 1 WHERE false)"),
        ((TEST, "WITH t (n) AS (SELECT 1 WHERE false)", "SELECT is(n, 1) FROM t;", END), "SELECT is(n, 1) FROM t;"),
        ((TEST, "SELECT 1;", END), "this is printed and tests nothing: SELECT 1;"),
    ],
    ids=[
        "a test fails", "an error half way", "quits half way", "no finish", "tests behind finish", "no test",
        "a plan by hand", "a test without a row", "a test without a row of WITH", "printed, but no test",
    ],
)
def test_a_file_that_does_not_do_all_its_tests_fails(prove, lines, why):
    code, said = prove(*lines)
    assert code != 0
    assert why in said

"""tools/join-sql: the files of sql/ become one script, and none is left out."""

import shutil
import subprocess

import pytest

from conftest import ROOT


@pytest.fixture
def join_sql(tmp_path):
    """What tools/join-sql of a copy says; the copy's folder is its attribute."""

    def run(part):
        return subprocess.run([tmp_path / "tools" / "join-sql", part], capture_output=True, text=True)

    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "join-sql", tmp_path / "tools")
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    run.folder = tmp_path / "sql"
    return run


def test_a_file_without_a_line_in_the_order_stops_the_build(join_sql):
    for name in ("functions/answer/echo.sql", "tables/echo.sql"):
        (join_sql.folder / name).write_text("SELECT 'echo';\n")
    made = join_sql("install")
    assert made.returncode == 1
    assert made.stdout == ""
    assert made.stderr == "".join(
        f"sql/{name} has no line in sql/order, where it comes after what it needs\n"
        for name in ("tables/echo.sql", "functions/answer/echo.sql")
    )
    # make looks at it again once such a file is there
    assert {"sql/tables/echo.sql", "sql/functions/answer/echo.sql"} <= set(join_sql("names").stdout.split())


def test_a_file_with_its_line_is_in_the_script(join_sql):
    (join_sql.folder / "tables" / "echo.sql").write_text("SELECT 'echo';\n")
    with (join_sql.folder / "order").open("a") as order:
        order.write("tables/echo.sql\n")
    made = join_sql("install")
    assert (made.returncode, made.stderr) == (0, "")
    assert "SELECT 'echo';" in made.stdout

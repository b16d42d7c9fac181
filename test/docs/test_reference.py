"""The reference pages say what the sources, the catalog and the measurements say."""

import os
import re
import subprocess

import pytest
from answers import error_codes
from database import query
from processes import environment_names

from pages import ROOT, table_under

CONFIGURATION = ROOT / "docs" / "CONFIGURATION.md"
ERROR_CODES = ROOT / "docs" / "ERROR_CODES.md"

WHO_SETS = {"superuser": "superuser", "user": "everybody", "sighup": "the server"}
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def test_every_name_that_the_tools_and_examples_read_is_told():
    rows = {row[0] for row in table_under(CONFIGURATION, "Name")}
    in_example = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    head = (ROOT / "tools/setup-database").read_text().split("set -euo")[0]
    in_setup = set(re.findall(r"^#   ([A-Z_]+)", head, re.M))
    in_compose = set()
    for path in ROOT.glob("docker-compose*.yml"):
        in_compose.update(re.findall(r"\$\{([A-Z_]+)", path.read_text()))
    assert (in_example | in_setup | in_compose) - rows == set()


@pytest.mark.parametrize("file", ["jerry.env", "mail.env", "hooks.env"])
def test_the_settings_of_the_service_have_the_programs_defaults(file):
    defaults = {name: default for name, _, default, *_ in environment_names()}
    lines = re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / "conf" / file).read_text(), re.M)
    assert lines
    for name, default in lines:
        assert defaults[name] == (default or "empty"), name
    assert file in (ROOT / "Makefile").read_text()


def test_no_name_is_told_that_nobody_reads():
    read = "".join(
        path.read_text(errors="replace")
        for folder in ("tools", "src/kore_app", "src/courier", "docker", "conf")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    )
    for path in ROOT / "Makefile", ROOT / ".env.example", *ROOT.glob("docker-compose*.yml"):
        read += path.read_text()
    for row in table_under(CONFIGURATION, "Name"):
        assert re.search(rf"\b{row[0].removesuffix('_FILE')}(_FILE)?\b", read), row[0]


def test_every_limit_is_told(reference):
    limits = query(reference, "SELECT name, per, quantity, seconds, burst FROM jerry.list_limits()")
    rows = [tuple(row[:5]) for row in table_under(CONFIGURATION, "Limit")]
    assert rows == [tuple(str(each) for each in limit) for limit in limits]


def amount(text, unit):
    number, word = re.fullmatch(r"(\d+)(\w*)", text).groups()
    return int(number) * (SECONDS[word] if unit == "s" and word else 1)


def test_every_setting_of_the_extension_is_told(reference):
    query(reference, "SELECT jerry.version()")
    settings = query(
        reference,
        "SELECT name, boot_val, coalesce(unit, ''), vartype, min_val, max_val, enumvals, context FROM pg_settings "
        "WHERE name LIKE 'jerry.%%' ORDER BY name",
    )
    configured = {name for (name,) in query(reference, "SELECT name FROM jerry.configuration()")}
    rows = {row[0]: row for row in table_under(CONFIGURATION, "Setting")}
    assert sorted(rows) == [setting[0] for setting in settings]
    for name, default, unit, kind, smallest, largest, values, context in settings:
        shown, limits = rows[name][1], rows[name][2]
        if kind == "integer":
            low, _, high = limits.partition(" to ")
            assert amount(shown, unit) == int(default), name
            assert (amount(low, unit), amount(high, unit)) == (int(smallest), int(largest)), name
        else:
            assert shown == (default or "empty"), name
        if kind == "enum":
            assert limits == ", ".join(values), name
        who = "jerry_admin" if name in configured else WHO_SETS[context]
        assert rows[name][3] == who, name


def test_every_code_of_the_database_is_told():
    rows = {row[0]: row[1:4] for row in table_under(ERROR_CODES, "Code")}
    assert rows == {
        code: [str(status), f"JR{int(number):03d}", message] for number, code, status, _, message in error_codes()
        if number != "-"
    }


def test_every_code_of_the_sidecar_is_told():
    rows = {row[0]: row[1:3] for row in table_under(ERROR_CODES, "Code of the sidecar")}
    assert rows == {code: [str(status), message] for number, code, status, _, message in error_codes() if number == "-"}


@pytest.mark.parametrize("tool", ["generate-sql-api", "generate-meta", "quote-figures", "quote-contract"])
def test_generated_text_is_current(reference_dsn, tool):
    done = subprocess.run(
        [ROOT / "tools" / tool, "--check"],
        env={**os.environ, "JERRY_DSN": reference_dsn},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout


def test_every_event_of_the_log_is_told_with_its_levels():
    sources = "".join(path.read_text() for path in ROOT.glob("src/[!e]*/**/*.c"))
    levels = {}
    calls = re.findall(r'\blog_line\(([^;"]*),\s*"(\w+)"', sources)
    assert len(calls) > 20
    assert len(calls) == sources.count("log_line(") - 1, "all but its definition name their event"
    for level, name in calls:
        levels.setdefault(name, set()).update(re.findall(r"LOG_LEVEL_(\w+)", level))
    # what has more than a message is put together in log.c
    levels["request"] = levels["delivery"] = {"DEBUG", "INFO", "WARNING", "ERROR"}
    levels.update({name: {"WARNING"} for name in ("requests_refused", "log")})
    put = set(re.findall(r'\\"event\\":\\"(\w+)\\"', sources))
    assert put == {"request", "requests_refused", "log", "delivery"}
    rows = {row[0]: row for row in table_under(ROOT / "docs" / "LOGS.md", "Event")}
    assert set(rows) == set(levels)
    for name, row in rows.items():
        assert set(row[1].split(", ")) == levels[name], name

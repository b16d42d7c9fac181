"""contract/: what does not fit together stops the build."""

import subprocess

import pytest

from pages import ROOT

CODES = "1  ONE  400  database  One\n-  OTHER  503  sidecar  Other\n"
STATUSES = "400 Bad Request\n503 Service Unavailable\n"


def generate(tmp_path, codes, statuses=STATUSES):
    for name, text in ("statuses.txt", statuses), ("codes.txt", codes):
        (tmp_path / name).write_text(text)
    command = [ROOT / "tools" / "generate-codes", tmp_path / "statuses.txt", tmp_path / "codes.txt"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_fits_becomes_lists(tmp_path):
    made = generate(tmp_path, CODES)
    assert made.returncode == 0, made.stderr
    assert 'X(ONE, 1, 400, "One")' in made.stdout
    assert 'X(OTHER, 503, "Other")' in made.stdout
    assert 'X(503, "Service Unavailable")' in made.stdout


@pytest.mark.parametrize(
    "line, problem",
    [
        ("2  TWO  418  database  Two", "status 418 is not in statuses.txt"),
        ("1  TWO  400  database  Two", "there already"),
        ("2  ONE  400  database  Two", "there already"),
        ("-  TWO  400  database  Two", "codes of the database have a number"),
        ("2  TWO  400  sidecar  Two", "codes of the database have a number"),
        ("2  TWO  400  somebody  Two", "not a number, a code"),
        ("2  TWO  400  database", "not a number, a code"),
        ("2  two  400  database  Two", "not a number, a code"),
    ],
)
def test_what_does_not_fit_stops_the_build(tmp_path, line, problem):
    made = generate(tmp_path, CODES + line + "\n")
    assert made.returncode == 1
    assert "codes.txt:3: " in made.stderr
    assert problem in made.stderr

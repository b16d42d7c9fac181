"""openapi.json as it is served, before two linters that know nothing of each other."""

import json
import pathlib

import pytest

from pieces import Pieces, add_every_kind

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture
def broken(served, tmp_path):
    """One that is not valid: both linters have to say so, or they were not asked."""
    file = tmp_path / "openapi.json"
    file.write_text(served.read_text().replace('"responses": {', '"answers": {', 1))
    return file


@pytest.fixture
def every_kind(tmp_path):
    """One with routes of the kinds that no row has yet."""
    pieces = Pieces(tmp_path)
    add_every_kind(pieces)
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(pieces.document()))
    return file


def redocly(npm, document):
    return npm("redocly", "lint", "--config", HERE / "redocly.yaml", document)


def spectral(npm, document):
    return npm("spectral", "lint", "--ruleset", HERE / "spectral.yaml", "--fail-severity", "warn", document)


def assert_finds_nothing(done):
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout.lower().replace("0 warnings", ""), done.stdout


@pytest.mark.parametrize("lint", [redocly, spectral])
def test_the_linter_finds_nothing(npm, served, lint):
    assert_finds_nothing(lint(npm, served))


@pytest.mark.parametrize("lint", [redocly, spectral])
def test_the_linter_finds_nothing_in_routes_of_every_kind(npm, every_kind, lint):
    assert_finds_nothing(lint(npm, every_kind))


@pytest.mark.parametrize("lint", [redocly, spectral])
def test_the_linter_finds_what_is_wrong(npm, broken, lint):
    assert lint(npm, broken).returncode != 0

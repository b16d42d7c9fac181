"""Fixtures of the tests of mails: mail_lines.c, and what it writes."""

import subprocess

import pytest

import letters
from letters import SETTINGS, TEMPLATES, Program


@pytest.fixture(scope="session")
def mail_lines(tmp_path_factory):
    return letters.build(tmp_path_factory.mktemp("mail_lines"))


@pytest.fixture(scope="module")
def open_program(mail_lines):
    """Starts mail_lines with these arguments; at the end of the file it must have found nothing, and lost no memory."""
    programs = []

    def start(*arguments):
        programs.append(Program(mail_lines, *arguments))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


@pytest.fixture(scope="module")
def open_letters(open_program):
    """Starts it for letters, with these settings beside the usual ones; None leaves one out."""

    def start(**settings):
        chosen = {name: value for name, value in {**SETTINGS, **settings}.items() if value is not None}
        return open_program("letters", str(TEMPLATES), *(f"{name}={value}" for name, value in chosen.items()))

    return start


@pytest.fixture
def refuse_letters(mail_lines):
    """What letters_open() says of settings that it refuses."""

    def start(**settings):
        chosen = {name: value for name, value in {**SETTINGS, **settings}.items() if value is not None}
        done = subprocess.run(
            [str(mail_lines), "letters", str(TEMPLATES), *(f"{name}={value}" for name, value in chosen.items())],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60
        )
        assert done.returncode == 1, done.stderr
        assert "Sanitizer" not in done.stderr, done.stderr
        return done.stderr.rstrip("\n")

    return start

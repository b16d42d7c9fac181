"""Fixtures of the tests of mails: mail_lines.c, built with sanitizers, and what it writes."""

import email
import email.policy
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEMPLATES = ROOT / "conf/templates"

# what needs neither database nor network
SOURCES = [f"courier/mail/{name}.c" for name in ("text", "template", "mime", "letters")] + ["base/color.c"]

SETTINGS = {
    "public_url": "https://auth.example.com/",
    "service_name": "Jerry",
    "from_email": "no-reply@example.com",
    "color": "#1f6feb",
    "language": "en",
    "max_age": "259200",
    "consumer": "mail",
}


def encode(fields):
    return " ".join("-" + (field if isinstance(field, bytes) else str(field).encode()).hex() for field in fields) + "\n"


def decode(line):
    """(word, bytes, ...)"""
    word, *fields = line.split()
    return (word, *(bytes.fromhex(field[1:]) for field in fields))


def parse(message):
    """The message as Python's email package understands it, which finds nothing wrong with any part of it."""
    parsed = email.message_from_bytes(message, policy=email.policy.SMTPUTF8)
    assert [part.defects for part in parsed.walk() if part.defects] == []
    for value in parsed.values():
        assert value.defects == ()
    return parsed


class Program:
    """mail_lines, one run for as many lines as there are."""

    def __init__(self, path, *arguments):
        self.running = subprocess.Popen(
            [str(path), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ask(self, *fields):
        try:
            self.running.stdin.write(encode(fields))
            self.running.stdin.flush()
            line = self.running.stdout.readline()
        except BrokenPipeError:
            line = ""
        assert line, self.running.stderr.read()
        return decode(line)

    def close(self):
        _, error = self.running.communicate(timeout=60)
        assert self.running.returncode == 0, error


@pytest.fixture(scope="session")
def mail_lines(tmp_path_factory):
    program = tmp_path_factory.mktemp("mail_lines") / "mail_lines"
    sources = [HERE / "mail_lines.c", *(ROOT / "src" / name for name in SOURCES)]
    subprocess.run(
        [
            os.environ.get("CC", "gcc"), "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
            "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
            f"-I{ROOT}/src", f"-I{ROOT}/src/courier", "-o", str(program),
            *map(str, sources), "-ljansson"
        ],
        check=True
    )
    return program


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

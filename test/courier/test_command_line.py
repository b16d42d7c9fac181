"""What jerry-courier says to who starts it."""

import pathlib
import re

import pytest

from couriers import SETTINGS, run
from processes import NOWHERE, environment_names

GOOD = {**SETTINGS, "DATABASE_URL": NOWHERE, "SMTP_SERVER": "mail.example.com"}


def refusal(**names):
    done = run("mail", **{**GOOD, **names})
    assert done.returncode == 1
    assert done.stdout == ""
    assert "canary" not in done.stderr
    return done.stderr


def test_the_help_names_every_setting_that_the_courier_reads():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name, _, _, _, readers, _ in environment_names():
        assert bool(re.search(rf"\b{name}\b", done.stdout)) == ("courier" in readers), name


def test_the_version_is_that_of_jerry():
    assert run("--version").stdout.startswith("jerry-courier 1.")


@pytest.mark.parametrize("arguments", [[], ["post"], ["mail", "mail"], ["--mail"]])
def test_a_command_line_like_no_other_is_refused(arguments):
    done = run(*arguments, **GOOD)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--help" in done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "PUBLIC_URL", "SMTP_FROM_EMAIL", "SMTP_SERVER"])
def test_what_is_missing_is_named(name):
    assert f"jerry: {name}: is required" in refusal(**{name: None})


@pytest.mark.parametrize(
    "names, complaint", [
        ({"SMTP_SERVER": "mail.example.com/x"}, "SMTP_SERVER: is not a host name or an address"),
        ({"SMTP_SERVER": "mail.example.com:25"}, "SMTP_SERVER: is not a host name or an address"),
        ({"SMTP_SERVER": "x@mail.example.com"}, "SMTP_SERVER: is not a host name or an address"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT: \"0\" is not a number between 1 and 65535"),
        ({"SMTP_SECURITY": "maybe"}, "SMTP_SECURITY: \"maybe\" is not one of starttls, tls, none"),
        ({"SMTP_SECURITY": "none"}, "SMTP_SECURITY: none is for a server on this machine"),
        ({"SMTP_USERNAME": "jerry"}, "SMTP_PASSWORD: is required"),
        ({"SMTP_PASSWORD": "canary"}, "SMTP_USERNAME: is required"),
        ({"SMTP_FROM_EMAIL": "a@example.com>\r\nRCPT TO:<b@example.com"}, "SMTP_FROM_EMAIL must be an email address"),
        ({"SMTP_PASWORD": "canary"}, "SMTP_PASWORD: there is no such setting; did you mean SMTP_PASSWORD?"),
        ({"SMTP_PASSWORD_FILE": "/nowhere"}, "SMTP_PASSWORD_FILE: could not read \"/nowhere\""),
        ({"SMTP_SERVER": None, "MAIL_FOLDER": "/nowhere/mail"}, "MAIL_FOLDER: could not write to \"/nowhere/mail\""),
        ({"COURIER_PARALLEL": "65"}, "COURIER_PARALLEL: \"65\" is not a number between 1 and 64"),
        ({"DATABASE_URL": "mysql://x:canary@y/z"}, "DATABASE_URL: the value is not a PostgreSQL connection URI"),
        ({"ENVIRONMENT": "production", "DATABASE_URL": "postgresql://x:canary@db.example.com/z"}, "=verify-full"),
    ]
)
def test_what_is_wrong_is_named(names, complaint):
    assert complaint in refusal(**names)


def test_a_secret_that_a_file_holds_is_read_from_there(tmp_path, new_courier, outbox):
    """The URL of the database, whose password is the one that counts."""
    (tmp_path / "url").write_text(outbox.url + "\n")
    courier = new_courier(outbox, DATABASE_URL=None, DATABASE_URL_FILE=str(tmp_path / "url"),
                          MAIL_FOLDER=str(tmp_path / "mail"))
    courier.wait_for("database_connected")


def test_no_core_file_holds_what_it_knows(new_courier, outbox, tmp_path):
    courier = new_courier(outbox, MAIL_FOLDER=str(tmp_path / "mail"))
    courier.wait_for("database_connected")
    limits = pathlib.Path(f"/proc/{courier.process.pid}/limits").read_text()
    assert re.search("^Max core file size +0 +0 ", limits, re.MULTILINE)

"""What the courier writes, without a courier: mail_lines.c, built with sanitizers, and an event for each mail."""

import calendar
import email
import email.policy
import json
import os
import pathlib
import subprocess

from events import LISTED

ROOT = pathlib.Path(__file__).resolve().parents[2]
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


NOW = calendar.timegm((2026, 1, 15, 10, 31, 0))
TIME = "2026-01-15T10:30:00.123Z"
LANGUAGES = ("en", "de")

# each event that is a mail: the mail, the page of the link, the member with the token, the action
MAILS = {
    "user.registered": ("verify", "verify-email", "email_verification_token", None),
    "user.verification_requested": ("verify", "verify-email", "email_verification_token", None),
    "user.verification_reminder": ("verification-reminder", "verify-email", "email_verification_token", None),
    "user.registration_attempted": ("registration-attempted", "reset-password", None, None),
    "user.password_reset_requested": ("reset", "reset-password", "password_reset_token", None),
    "user.password_changed": ("password-changed", "reset-password", None, None),
    "user.password_reset": ("password-changed", "reset-password", None, None),
    "user.email_change_requested": ("email-change", "email-change", "email_change_token", None),
    "user.email_change_offered": ("email-change-new", "email-change", "email_change_token", None),
    "user.email_change_attempted": ("email-change-attempted", None, None, None),
    "user.email_changed": ("email-changed", "email-change", "email_undo_token", "undo"),
    "user.login_code_requested": ("login-code", "login-code", "login_token", None),
    "user.invited": ("invite", "invite", "invite_token", None),
    "user.new_device": ("new-device", "reset-password", None, None),
    "user.lockout": ("account-locked", "reset-password", None, None),
    "user.factor_added": ("factor-added", "reset-password", None, None),
    "user.factor_removed": ("factor-removed", "reset-password", None, None),
    "user.recovery_code_used": ("recovery-code-used", "reset-password", None, None),
    "user.recovery_codes_renewed": ("recovery-codes-renewed", "reset-password", None, None),
    "user.second_factor_lockout": ("second-factor-locked", "reset-password", None, None),
    "user.deletion_scheduled": ("deletion-scheduled", "account-deleted", None, None),
    "user.deletion_cancelled": ("deletion-cancelled", "reset-password", None, None),
    "user.deleted": ("deleted", None, None, None),
}

TOKEN = "jN3o0Hh2dXJ3mUO2q8Qd4yT7g1wZ5rKfB6cVx9LsEaM"
VALUES = {
    "user_id": "550e8400-e29b-41d4-a716-446655440000",
    "email": "ada@example.com",
    "new_email": "lovelace@example.com",
    "ip_address": "2001:db8::17",
    "deletes_at": "2026-03-29T08:05:00Z",
    "login_code": "071828",
    "device": "Firefox on Linux",
    "reason": "user",
    "factor": "totp",
    "codes_left": 9,
}


def data_of(event_type, **more):
    data = {}
    for member in LISTED[event_type]:
        data[member] = TOKEN if member.endswith("_token") else VALUES.get(member)
    return {**data, **more}


def payload_of(event_type, timestamp=TIME, **more):
    return json.dumps({"event_type": event_type, "timestamp": timestamp, "data": data_of(event_type, **more)})


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


def build(folder):
    """The program mail_lines, in this folder."""
    program = folder / "mail_lines"
    sources = [ROOT / "test/mail/mail_lines.c", *(ROOT / "src" / name for name in SOURCES)]
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

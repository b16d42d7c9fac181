#!/usr/bin/python3
"""Sends the mails with links to the sidecar's pages: ../consumer.py with a handle() of its own.

    DATABASE_URL=postgresql://mailer:...@127.0.0.1/app PUBLIC_URL=http://localhost:8000 SMTP_SERVER=localhost:25 ./mailer.py

What a link consists of is in docs/PAGES.md. The message's id is made of the event's: an event that comes twice is the same message to every mail program.
"""
import os
import pathlib
import smtplib
import sys
from email.message import EmailMessage
from urllib.parse import urlencode

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import consumer  # noqa: E402 # found by the line above

VERIFY = ("verify-email", "email_verification_token", "Please verify your address",
          "Welcome! Please follow this link to verify your address. If this was not you, do nothing.")
CHANGE = ("email-change", "email_change_token", "Another email address",
          "Somebody asked to change the address of your account. Please confirm, or cancel it, by this link.")
# the page, the member with its token, subject and text by type of event
MAILS = {
    "user.registered": VERIFY,
    "user.verification_requested": VERIFY,
    "user.verification_reminder": VERIFY,
    "user.password_reset_requested": (
        "reset-password", "password_reset_token", "A new password",
        "Somebody asked for a new password for your account. If this was you, follow this link. If not, do nothing."),
    "user.email_change_requested": CHANGE,
    "user.email_change_offered": CHANGE,
    "user.email_changed": (
        "email-change", "email_undo_token", "Your email address is changed",
        "Your account has another address now. If this was not you, take it back by this link."),
    "user.invited": (
        "invite", "invite_token", "Your invitation",
        "Somebody invited you. Follow this link, and choose a password."),
}


def link(page, **carried):
    return f"{os.environ.get('PUBLIC_URL', 'http://localhost:8000')}/{page}#{urlencode(carried)}"


def send(event_id, event_type, data):
    if event_type not in MAILS:
        return
    page, token, subject, text = MAILS[event_type]
    mail = EmailMessage()
    mail["From"] = os.environ.get("MAIL_FROM", "notes@example.com")
    mail["To"] = data["email"]
    mail["Subject"] = subject
    mail["Message-ID"] = f"<jerry-event-{event_id}@example.com>"
    more = {"action": "undo"} if token == "email_undo_token" else {}
    mail.set_content(f"{text}\n\n{link(page, token=data[token], email=data['email'], **more)}\n")
    host, _, port = os.environ.get("SMTP_SERVER", "localhost").partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=30) as server:
        server.send_message(mail)


if __name__ == "__main__":
    consumer.main(send)

#!/usr/bin/python3
"""Sends the mail with the verification link: ../consumer.py with a handle() of its own.

    DATABASE_URL=postgresql://mailer:...@127.0.0.1/app APPLICATION_URL=http://localhost:3000 SMTP_SERVER=localhost:25 ./mailer.py

The message's id is made of the event's: an event that comes twice is the same message to every mail program.
"""
import os
import pathlib
import smtplib
import sys
from email.message import EmailMessage

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import consumer  # noqa: E402 # found by the line above


def send(event_id, event_type, data):
    if event_type not in ("user.registered", "user.verification_requested"):
        return
    mail = EmailMessage()
    mail["From"] = os.environ.get("MAIL_FROM", "notes@example.com")
    mail["To"] = data["email"]
    mail["Subject"] = "Please verify your address"
    mail["Message-ID"] = f"<jerry-event-{event_id}@example.com>"
    mail.set_content(
        "Welcome! Please follow this link to verify your address:\n\n"
        f"{os.environ.get('APPLICATION_URL', 'http://localhost:3000')}/verify?token={data['email_verification_token']}\n"
    )
    host, _, port = os.environ.get("SMTP_SERVER", "localhost").partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=30) as server:
        server.send_message(mail)


if __name__ == "__main__":
    consumer.main(send)

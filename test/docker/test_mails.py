"""What a mail server of the field, Postfix, makes of the courier's mails."""

import email
import email.policy
import mailbox
import os

import pytest

from stack import run
from waiting import eventually

# What Postfix adds to every mail, and what it would add to one that lacks it.
OF_POSTFIX = ["Return-Path", "X-Original-To", "Delivered-To", "Received"]
OURS = ["From", "To", "Subject", "Date", "Message-ID"]


@pytest.fixture
def network(stack):
    return next(iter(stack.inspect("mail")["NetworkSettings"]["Networks"]))


@pytest.fixture
def mta(network):
    """The id of a container with Postfix, which keeps what it is sent in one mailbox."""
    container = run("docker", "run", "-d", "--network", network, os.environ["JERRY_MTA_IMAGE"]).stdout.strip()
    eventually(lambda: "daemon started" in run("docker", "logs", container).stdout, "Postfix does not start")
    yield container
    run("docker", "rm", "-f", container)


@pytest.fixture
def courier(stack, network, mta):
    """The courier of the stack, with that server instead of a folder."""
    stack.compose("stop", "mail")
    image, settings = stack.inspect("mail")["Config"]["Image"], stack.inspect("mail")["Config"]["Env"]
    own = [f"SMTP_SERVER={mta[:12]}", "SMTP_PORT=25", "SMTP_SECURITY=none", "MAIL_LANGUAGE=de"]
    arguments = [word for setting in [*settings, *own] for word in ("-e", setting)]
    container = run("docker", "run", "-d", "--network", network, *arguments, image, "mail").stdout.strip()
    yield container
    run("docker", "rm", "-f", container)
    stack.compose("start", "mail")


def mails_at(mta, folder):
    """What has arrived, as Python's email package reads it."""
    file = folder / "mailbox"
    file.write_bytes(run("docker", "exec", mta, "cat", "/var/mail/root", check=False).stdout.encode())
    parser = email.message_from_bytes
    return [parser(message.as_bytes(), policy=email.policy.default) for message in mailbox.mbox(file)]


def test_postfix_takes_a_mail_and_adds_nothing_that_it_lacks(stack, mta, courier, user, tmp_path):
    assert stack.post("register", user).status_code == 201

    def ours():
        return [mail for mail in mails_at(mta, tmp_path) if mail["To"].addresses[0].addr_spec == user["email"]]

    eventually(ours, lambda: run("docker", "logs", courier))
    (mail, ) = ours()
    assert [name for name in mail.keys() if name in OF_POSTFIX + OURS][:4] == OF_POSTFIX
    assert all(len(mail.get_all(name)) == 1 for name in OURS), mail.keys()
    assert not mail.defects and mail["Date"].datetime and mail["Message-ID"].startswith("<jerry.mail.")
    assert "bestätigen" in mail["Subject"]
    for kind in "plain", "html":
        text = mail.get_body((kind, )).get_content()
        assert "#token=" in text and "bestätigen" in text

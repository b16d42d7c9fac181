"""Mails as files, for who has no mail server."""

import email
import email.policy
import os
import shutil
import time

from database import query
from waiting import eventually


def mails_in(folder):
    return {
        path.name: email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in folder.glob("*.eml")
    }


def test_a_registration_becomes_a_file(new_courier, outbox, tmp_path):
    folder = tmp_path / "mail"
    courier = new_courier(outbox, MAIL_FOLDER=str(folder))
    courier.wait_for("database_connected")
    token = outbox.register("ada@example.com")
    line = courier.wait_for("delivery", outcome="delivered")
    assert (line["courier"], line["what"], line["attempt"]) == ("mail", "verify", 1)
    assert line["event_type"] == "user.registered"
    (name, mail), = mails_in(folder).items()
    assert name == f"{line['event_id']:06}.verify.eml"
    assert mail["To"].addresses[0].addr_spec == "ada@example.com"
    assert mail["From"].addresses[0].addr_spec == "noreply@example.com"
    assert token in mail.get_body(("plain", )).get_content()
    assert (folder / name).stat().st_mode & 0o007 == 0, "a stranger cannot read the token"
    outbox.wait_until_empty(courier)


def test_what_is_no_mail_is_done_with(new_courier, outbox, tmp_path):
    query(outbox.db, "SELECT jerry.create_role('reader')")
    courier = new_courier(outbox, MAIL_FOLDER=str(tmp_path / "mail"))
    courier.wait_for("database_connected")
    outbox.register("ada@example.com")
    query(outbox.db, "SELECT jerry.grant_role((SELECT id FROM jerry.user), 'reader')")
    courier.wait_for("delivery", event_type="user.roles_changed", outcome="nothing")
    outbox.wait_until_empty(courier)
    assert len(mails_in(tmp_path / "mail")) == 1


def test_a_folder_that_is_gone_costs_no_try(new_courier, outbox, tmp_path):
    folder = tmp_path / "mail"
    courier = new_courier(outbox, MAIL_FOLDER=str(folder))
    courier.wait_for("database_connected")
    shutil.rmtree(folder)
    outbox.emit(3)
    courier.wait_for("destination_away")
    eventually(lambda: [attempts for attempts, _ in outbox.waiting()] == [0, 0, 0], "the tries count")
    folder.mkdir()
    courier.wait_for("destination_back")
    outbox.wait_until_empty(courier)
    assert len(mails_in(folder)) == 3


def test_a_mail_whose_name_may_be_lost_is_not_delivered(new_courier, outbox, tmp_path, preload):
    outbox.emit(1)
    courier = new_courier(outbox, MAIL_FOLDER=str(tmp_path / "mail"), LD_PRELOAD=preload("lost_names"))
    line = courier.wait_for("destination_away")
    assert line["message"] == "the mail server: could not write the file: Input/output error"
    courier.stop()
    courier = new_courier(outbox, MAIL_FOLDER=str(tmp_path / "mail"))
    outbox.wait_until_empty(courier)
    assert len(mails_in(tmp_path / "mail")) == 1


def test_a_courier_with_a_wrong_clock_finds_no_mail_too_old(new_courier, outbox, tmp_path, preload):
    folder = tmp_path / "mail"
    courier = new_courier(outbox, MAIL_FOLDER=str(folder), LD_PRELOAD=preload("wrong_clock"))
    courier.wait_for("database_connected")
    outbox.register("ada@example.com")
    assert courier.wait_for("delivery")["outcome"] == "delivered"
    (mail, ) = mails_in(folder).values()
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 60, "the time is that of the database"


def test_the_same_event_is_the_same_file(new_courier, outbox, tmp_path):
    folder = tmp_path / "mail"
    courier = new_courier(outbox, MAIL_FOLDER=str(folder))
    courier.wait_for("database_connected")
    outbox.register("ada@example.com")
    courier.wait_for("delivery", outcome="delivered")
    outbox.wait_until_empty(courier)  # its acknowledgement would end the replay
    query(outbox.db, "SELECT jerry.replay_events('mail', now() - interval '1 hour')")
    query(outbox.db, "NOTIFY jerry_events")
    eventually(lambda: len([1 for line in courier.log("delivery") if line["outcome"] == "delivered"]) == 2, "no replay")
    outbox.wait_until_empty(courier)
    assert len(list(folder.iterdir())) == 1


def test_a_file_that_a_stranger_has_open_gets_no_mail(new_courier, outbox, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    names = [f".{number:06}.verify.eml" for number in range(1, 10)]
    with open(tmp_path / "stranger", "x+b") as stranger:
        for name in names:
            os.link(stranger.name, folder / name)
        courier = new_courier(outbox, MAIL_FOLDER=str(folder))
        outbox.register("ada@example.com")
        courier.wait_for("delivery", outcome="delivered")
        assert stranger.read() == b""

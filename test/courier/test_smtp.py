"""What a mail server says, and what becomes of the mail."""

import asyncio
import email
import email.policy

import pytest

import database
from mailserver import LOGIN, MailServer
from waiting import eventually


def parsed(mail):
    return email.message_from_bytes(mail.content, policy=email.policy.default)


def in_turn(*answers):
    """One answer after another; the last one for ever."""
    left = list(answers)
    return lambda address: left.pop(0) if len(left) > 1 else left[0]


def tries(outbox):
    return [attempts for attempts, _ in outbox.waiting()]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_encrypted_and_with_a_login(new_courier, new_mail_server, certificate, outbox, security):
    server = new_mail_server(certificate, security=security, login=LOGIN)
    courier = new_courier(outbox, server, SMTP_SECURITY=security)
    token = outbox.register("ada@example.com")
    courier.wait_for("delivery", outcome="delivered")
    mail, = server.mails
    assert (mail.encrypted, mail.login) == (True, LOGIN[0])
    assert (mail.sender, mail.recipients) == ("noreply@example.com", ["ada@example.com"])
    assert token in parsed(mail).get_body(("plain", )).get_content()
    outbox.wait_until_empty(courier)


def test_a_password_can_come_from_a_file(new_courier, mail_server, outbox, tmp_path):
    (tmp_path / "password").write_bytes(LOGIN[1] + b"\n")
    courier = new_courier(outbox, mail_server, SMTP_PASSWORD=None, SMTP_PASSWORD_FILE=str(tmp_path / "password"))
    outbox.emit(1)
    courier.wait_for("delivery", outcome="delivered")


def test_a_server_of_this_machine_may_be_talked_to_in_the_clear(new_courier, new_mail_server, outbox):
    server = new_mail_server()
    courier = new_courier(outbox, server, SMTP_SECURITY="none", ENVIRONMENT="production")
    outbox.emit(1)
    courier.wait_for("delivery", outcome="delivered")
    assert not server.mails[0].encrypted


def test_connections_are_used_again(new_courier, mail_server, outbox):
    courier = new_courier(outbox, mail_server, COURIER_PARALLEL="3")
    outbox.emit(60)
    outbox.wait_until_empty(courier)
    assert len(mail_server.mails) == 60
    assert mail_server.connections <= 10


@pytest.mark.parametrize(
    "command, answer, reason", [
        ("rcpt", "550 5.1.1 no such user as ada@example.com", "RCPT: 550 5.1.1"),
        ("rcpt", "501 bad address", "RCPT: 501"),
        ("data", "554 5.6.0 we do not like it", "DATA: 554 5.6.0"),
    ]
)
def test_what_the_server_refuses_for_ever_is_a_dead_letter(
    new_courier, mail_server, outbox, command, answer, reason
):
    setattr(mail_server, command, lambda address: answer)
    courier = new_courier(outbox, mail_server)
    outbox.register("ada@example.com")
    line = courier.wait_for("delivery", outcome="given up")
    assert (line["level"], line["reason"]) == ("ERROR", reason)
    outbox.wait_until_empty(courier)
    assert outbox.dead() == [reason]


@pytest.mark.parametrize(
    "command, answer, reason", [
        ("rcpt", "451 4.7.1 greylisted, ada@example.com", "RCPT: 451 4.7.1"),
        ("mail", "552 5.3.4 too big", "MAIL: 552 5.3.4"),
        ("rcpt", "550 5.7.1 relaying denied", "RCPT: 550 5.7.1"),
        ("data", "452 4.3.1 full", "DATA: 452 4.3.1"),
    ]
)
def test_what_the_server_refuses_for_now_comes_again(new_courier, mail_server, outbox, command, answer, reason):
    setattr(mail_server, command, in_turn(answer, answer, None))
    courier = new_courier(outbox, mail_server)
    outbox.register("ada@example.com")
    for attempt in 1, 2:
        line = courier.wait_for("delivery", outcome="again later", attempt=attempt)
        assert (line["level"], line["reason"]) == ("WARNING", reason)
        eventually(lambda: outbox.waiting() == [(attempt, reason)], "the database is not told")
        outbox.make_due()
    courier.wait_for("delivery", outcome="delivered", attempt=3)
    outbox.wait_until_empty(courier)
    assert courier.log("destination_away") == []


def test_a_mail_that_was_refused_too_often_is_a_dead_letter(new_courier, mail_server, outbox):
    mail_server.rcpt = lambda address: "451 4.7.1 greylisted"
    courier = new_courier(outbox, mail_server)
    outbox.register("ada@example.com")
    courier.wait_for("delivery", outcome="again later")
    eventually(lambda: tries(outbox) == [1], "the database is not told")
    database.query(outbox.db, "UPDATE jerry.delivery SET attempts = 39")
    outbox.make_due()
    courier.wait_for("delivery", outcome="given up", attempt=40)
    outbox.wait_until_empty(courier)
    assert outbox.dead() == ["RCPT: 451 4.7.1"]


def test_a_connection_that_breaks_in_the_mail_counts_as_a_try(new_courier, mail_server, outbox):
    mail_server.data = in_turn(MailServer.BREAK, None)
    courier = new_courier(outbox, mail_server)
    outbox.register("ada@example.com")
    line = courier.wait_for("delivery", outcome="again later")
    assert line["reason"].startswith("DATA: ")
    eventually(lambda: tries(outbox) == [1], "the database is not told")
    outbox.make_due()
    courier.wait_for("delivery", outcome="delivered", attempt=2)


@pytest.mark.parametrize(
    "spoil, names, reason", [
        (lambda server: setattr(server, "login", (b"jerry", b"another")), {}, "connecting: 535 5.7.8"),
        (lambda server: setattr(server, "mail", lambda address: MailServer.BREAK), {}, "MAIL: "),
        (lambda server: server.stop(), {}, "connecting: Failed to connect to 127.0.0.1"),
        (lambda server: None, {"SMTP_SECURITY": "tls"}, "connecting: "),
        (lambda server: None, {"SMTP_SERVER": "localhost"}, "connecting: SSL: no alternative certificate subject name"),
        (lambda server: None, {"SSL_CERT_FILE": "/dev/null"}, "connecting: SSL certificate "),
    ]
)
def test_what_is_wrong_with_us_or_the_server_pauses_all_and_is_no_try(
    new_courier, mail_server, outbox, spoil, names, reason
):
    spoil(mail_server)
    courier = new_courier(outbox, mail_server, **names)
    courier.wait_for("start")
    outbox.emit(3)
    line = courier.wait_for("destination_away", level="WARNING")
    assert line["message"].startswith(f"the mail server: {reason}")
    line = courier.wait_for("destination_away", level="ERROR")
    assert line["message"].startswith(f"the mail server, 2 times in a row: {reason}")
    eventually(lambda: tries(outbox) == [0, 0, 0], "the tries count")
    assert mail_server.mails == []
    assert outbox.dead() == []


@pytest.mark.parametrize(
    "command, answer, reason", [
        ("mail", "530 5.7.0 log in first", "MAIL: 530 5.7.0"),
        ("mail", "550 no such sender", "MAIL: 550"),
        ("mail", "451 4.3.0 later", "MAIL: 451 4.3.0"),
        ("rcpt", "530 5.7.0 log in first", "RCPT: 530 5.7.0"),
        ("data", "421 closing", "DATA: 421"),
    ]
)
def test_what_others_would_hear_as_well_pauses_all_and_counts(
    new_courier, mail_server, outbox, command, answer, reason
):
    setattr(mail_server, command, lambda address: answer)
    outbox.emit(3)
    courier = new_courier(outbox, mail_server, COURIER_PARALLEL="1")
    for times in "", ", 2 times in a row", ", 3 times in a row":
        courier.wait_for("destination_away", message=f"the mail server{times}: {reason}")
    eventually(lambda: outbox.waiting() == [(1, reason)] * 3, lambda: f"{outbox.waiting()}: not each has had its turn")
    setattr(mail_server, command, lambda address: None)
    outbox.make_due()
    courier.wait_for("destination_back")
    outbox.wait_until_empty(courier)
    assert (len(mail_server.mails), outbox.dead()) == (3, [])


@pytest.mark.parametrize("answer", ["421 4.7.0 try another day", "530 5.7.0 log in first"])
def test_a_recipient_for_whom_the_server_breaks_off_stops_no_other_mail(new_courier, mail_server, outbox, answer):
    mail_server.rcpt = lambda address: answer if address.startswith("ada") else None
    for number in range(3):
        outbox.register(f"ada-{number}@example.com")
    courier = new_courier(outbox, mail_server, COURIER_PARALLEL="2")
    others = outbox.emit(20)
    eventually(lambda: set(mail_server.recipients()) == set(others), lambda: courier.output()[-2000:], seconds=20)
    assert [attempts for attempts, _ in outbox.waiting()] == [1] * 3


def test_a_server_that_never_says_goodbye_holds_up_no_mail(new_courier, mail_server, outbox):
    """A connection that is not used any more ends after 20 seconds."""
    left = []

    async def hang():
        left.append(True)
        await asyncio.sleep(3600)

    mail_server.quit = hang
    courier = new_courier(outbox, mail_server, COURIER_PARALLEL="1")
    outbox.emit(1)
    courier.wait_for("delivery", outcome="delivered")
    eventually(
        lambda: left or not all(session.transport for session in mail_server.sessions),
        "the courier does not hang up",
        seconds=40
    )
    outbox.emit(1)
    eventually(lambda: len(mail_server.mails) == 2, lambda: courier.output()[-2000:], seconds=5)
    mail_server.stop()


def test_a_server_without_starttls_gets_no_mail(new_courier, new_mail_server, outbox):
    server = new_mail_server()
    courier = new_courier(outbox, server)
    outbox.emit(1)
    courier.wait_for("destination_away", level="WARNING")
    assert (server.mails, server.commands) == ([], [])


@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
def test_a_mail_that_hangs_holds_up_no_other(new_courier, mail_server, outbox, command):
    hangs = in_turn(asyncio.sleep(3600), None)
    setattr(mail_server, command, lambda address: hangs(address))
    courier = new_courier(outbox, mail_server, COURIER_PARALLEL="2")
    outbox.emit(21)
    eventually(lambda: len(mail_server.mails) == 20, lambda: courier.output()[-2000:], seconds=15)
    mail_server.stop()


@pytest.mark.parametrize(
    "address", [
        "a@example.com>\r\nRCPT TO:<evil@example.com", "a@example.com\nb", "a b@example.com", "<a@example.com>",
        "a,b@example.com", "a@example.com;b", "\"a\"@example.com", "a\\@example.com", f"{'x' * 250}@example.com",
        "nobody"
    ]
)
def test_an_address_that_could_be_a_command_reaches_no_server(new_courier, mail_server, outbox, address):
    """None of them comes from Jerry: somebody has written into the table."""
    courier = new_courier(outbox, mail_server)
    courier.wait_for("database_connected")
    outbox.register("ada@example.com")
    courier.wait_for("delivery", outcome="delivered")
    outbox.wait_until_empty(courier)  # its acknowledgement would end the replay
    database.query(
        outbox.db,
        "UPDATE jerry.event SET payload = jsonb_set(payload::jsonb, '{data,email}', to_jsonb(%s::text))::json", address
    )
    database.query(outbox.db, "SELECT jerry.replay_events('mail', now() - interval '1 hour')")
    database.query(outbox.db, "NOTIFY jerry_events")
    courier.wait_for("delivery", outcome="given up")
    assert mail_server.commands == ["ada@example.com"]


def test_letters_beyond_ascii_reach_a_server_that_knows_them(new_courier, mail_server, outbox):
    courier = new_courier(outbox, mail_server)
    outbox.register("jérôme@example.com")
    courier.wait_for("delivery", outcome="delivered")
    assert mail_server.recipients() == ["jérôme@example.com"]


@pytest.mark.parametrize(
    "answer, dead, left", [
        ("553 5.6.7 not in our letters", ["MAIL: 553 5.6.7"] * 9, []),
        ("555 what is SMTPUTF8?", [], [(1, "MAIL: 555")] * 9),
    ]
)
def test_addresses_that_the_server_cannot_read_stop_no_other_mail(
    new_courier, mail_server, outbox, answer, dead, left
):
    mail_server.utf8 = answer
    for number in range(9):
        outbox.register(f"jérôme-{number}@example.com")
    outbox.register("ada@example.com")
    courier = new_courier(outbox, mail_server)
    courier.wait_for("delivery", outcome="delivered")
    assert mail_server.recipients() == ["ada@example.com"]
    assert courier.log("destination_away") == []
    eventually(lambda: (outbox.dead(), outbox.waiting()) == (dead, left), lambda: str(outbox.waiting()))


def test_a_proxy_of_the_environment_is_not_asked(new_courier, mail_server, outbox):
    nowhere = "http://127.0.0.1:1"
    courier = new_courier(outbox, mail_server, all_proxy=nowhere, ALL_PROXY=nowhere, https_proxy=nowhere)
    outbox.emit(1)
    courier.wait_for("delivery", outcome="delivered")

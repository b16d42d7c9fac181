"""Events become mails, and mails are followed: the courier delivers to a mail server as a relay of a provider is, with
STARTTLS and a login, and the browser opens what is linked in the message that has arrived there.
"""

import html.parser
import re
import uuid

import pytest

import database
from couriers import Courier, Outbox
from letters import TEMPLATES, parse
from mailed_pages import NEW_PASSWORD, logs_in, set_to
from mailserver import LOGIN, MailServer
from processes import free_port
from surroundings import setting
from tls import Certificate
from users import PASSWORD, new_email, new_user_data
from waiting import eventually


class Links(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])


class Letter:
    """A message as a mail program shows it."""

    def __init__(self, content):
        message = parse(content)
        self.subject = message["subject"]
        self.text = message.get_body(("plain", )).get_content().replace("\r\n", "\n")
        # what somebody can press, or copy where that cannot be seen
        [self.link] = Links(message.get_body(("html", )).get_content()).found or [None]
        assert self.link in (re.findall(r"^https?://\S+$", self.text, re.MULTILINE) or [None])


class Postbox:
    """What the mail server has accepted for somebody."""

    def __init__(self, server, courier):
        self.server = server
        self.courier = courier

    def letter(self, address, name, language="en"):
        """The newest mail of this name to an address, as soon as there is one."""
        subject = (TEMPLATES / language / f"{name}.subject").read_text().strip().partition("{{")[0]

        def arrived():
            assert self.courier.process.poll() is None, self.courier.output()
            letters = [Letter(mail.content) for mail in self.server.mails if mail.recipients == [address]]
            return [letter for letter in letters if letter.subject.startswith(subject)]

        letter = eventually(arrived, lambda: f"no mail {name} has arrived: {self.courier.output()[-3000:]}")[-1]
        assert all(mail.encrypted and mail.login == LOGIN[0] for mail in self.server.mails)
        return letter


@pytest.fixture(scope="module")
def postbox(place, application, tmp_path_factory):
    """A mail server, and a courier that brings it what happens in the sidecar's database."""
    folder = tmp_path_factory.mktemp("courier")
    certificate = Certificate(tmp_path_factory.mktemp("certificate"))
    server = MailServer(free_port(), certificate, login=LOGIN).start()
    dsn, password = setting("JERRY_DSN"), uuid.uuid4().hex
    outbox = Outbox(dsn, f"postgresql://jerry_mail_test:{password}@{dsn.partition('@')[2]}")
    database.query(outbox.db, f"CREATE ROLE jerry_mail_test LOGIN PASSWORD '{password}' IN ROLE jerry_events")
    courier = Courier(
        folder, DATABASE_URL=outbox.url, PUBLIC_URL=place, MAIL_CONTINUE_URL=f"{application.url}/in",
        SMTP_SERVER="127.0.0.1", SMTP_PORT=str(server.port), SMTP_USERNAME=LOGIN[0].decode(),
        SMTP_PASSWORD=LOGIN[1].decode(), SSL_CERT_FILE=str(certificate.cert_file)
    )
    outbox.couriers.append(courier)
    try:
        yield Postbox(server, courier)
    finally:
        outbox.close()
        server.stop()
        owner = database.connect(dsn)
        database.query(owner, "SELECT jerry.remove_consumer('mail')")
        database.query(owner, "DROP ROLE jerry_mail_test")
        owner.close()


def test_sign_up(postbox, page, user, db, application):
    with set_to(db, "jerry.require_verified_email", "on"):
        someone = new_user_data()
        assert user.api.register(someone).status == 201
        assert user.api.login(someone).code == "EMAIL_NOT_VERIFIED"
        page.follow(postbox.letter(someone["email"], "verify"))
        page.press()
        page.becomes("done")
        assert logs_in(user.api, someone["email"], PASSWORD)
        page.one("a").click()
        page.wait(lambda driver: driver.current_url == f"{application.url}/in")


def test_a_reminder(postbox, page, user, db):
    first = postbox.letter(user.email, "verify")
    database.query(
        db, "UPDATE jerry.user SET created_at = created_at - interval '25 hours' WHERE id = %s", user.id
    )
    eventually(lambda: database.value(db, "SELECT jerry.maintain()") and user.mailed("user.verification_reminder"))
    second = postbox.letter(user.email, "verification-reminder")
    page.follow(first)
    page.press()
    page.becomes("again")
    page.follow(second)
    page.press()
    page.becomes("done")
    assert user.is_verified()


def test_a_forgotten_password(postbox, page, user):
    page.open("reset-password")
    page.fill(email=user.email)
    page.press()
    page.becomes("sent")
    page.follow(postbox.letter(user.email, "reset"))
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")
    assert logs_in(user.api, user.email, NEW_PASSWORD)
    assert not logs_in(user.api, user.email, PASSWORD)
    # and if that was somebody else, the notice of it leads to where the owner takes the account back
    page.follow(postbox.letter(user.email, "password-changed"))
    page.press()
    page.becomes("sent")


def test_another_address_and_back(postbox, page, user):
    new = new_email()
    login = user.api.login(user.registration).data
    assert user.api.request_email_change(login["access_token"], new, PASSWORD).status == 200
    for address, name, state in (user.email, "email-change", "half"), (new, "email-change-new", "done"):
        assert logs_in(user.api, user.email, PASSWORD)
        page.follow(postbox.letter(address, name))
        page.press()
        page.becomes(state)
    assert logs_in(user.api, new, PASSWORD)
    assert not logs_in(user.api, user.email, PASSWORD)

    page.follow(postbox.letter(user.email, "email-changed"))
    page.press()
    page.becomes("undone")
    assert not logs_in(user.api, new, PASSWORD)
    page.follow(postbox.letter(user.email, "reset"))
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")
    assert logs_in(user.api, user.email, NEW_PASSWORD)


def test_another_address_that_the_owner_does_not_want(postbox, page, user):
    new = new_email()
    login = user.api.login(user.registration).data
    assert user.api.request_email_change(login["access_token"], new, PASSWORD).status == 200
    page.follow(postbox.letter(user.email, "email-change"))
    page.press(-1)
    page.becomes("cancelled")
    page.follow(postbox.letter(new, "email-change-new"))
    page.press()
    page.becomes("again")
    assert logs_in(user.api, user.email, PASSWORD)
    assert not logs_in(user.api, new, PASSWORD)


def test_an_invitation(postbox, page, user, db):
    address = new_email()
    assert database.value(db, "SELECT jerry.invite_user(%s)", address)["success"]
    page.follow(postbox.letter(address, "invite"))
    page.fill(password=PASSWORD, password_confirmation=PASSWORD)
    page.press()
    page.becomes("done")
    assert logs_in(user.api, address, PASSWORD)


def test_a_login_by_link(postbox, page, user, code_login, application):
    assert user.api.request_login_code(user.email).status == 200
    page.follow(postbox.letter(user.email, "login-code"))
    page.press()
    session = page.session_at(application)
    assert user.api.validate_token(session["access_token"]).data["user_id"] == user.id
    assert user.api.refresh(session["refresh_token"]).status == 200


def test_a_login_by_digits(postbox, user, code_login):
    flow = user.api.request_login_code(user.email).data["flow"]
    [code] = re.findall(r"^ *(\d{6})$", postbox.letter(user.email, "login-code").text, re.MULTILINE)
    answer = user.api.confirm_login_code(flow=flow, code=code)
    assert user.api.me(answer.data["access_token"]).data["email"] == user.email


def test_somebody_elses_login(postbox, page, user):
    page.follow(postbox.letter(user.email, "verify"))
    page.press()
    page.becomes("done")
    assert logs_in(user.api, user.email, PASSWORD)
    thief = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0"
    stolen = user.api.login(user.registration, headers={"User-Agent": thief}).data
    notice = postbox.letter(user.email, "new-device")
    assert "Edge on Windows" in notice.text and "127.0.0.1" in notice.text
    page.follow(notice)
    page.press()
    page.becomes("sent")
    page.follow(postbox.letter(user.email, "reset"))
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")
    assert user.api.refresh(stolen["refresh_token"]).code == "INVALID_TOKEN"


def test_a_user_who_leaves_and_stays(postbox, page, user, application):
    session = user.api.login(user.registration).data
    assert user.api.delete_me(session["access_token"], PASSWORD).status == 200
    page.follow(postbox.letter(user.email, "deletion-scheduled"))
    assert page.state == "ask"
    page.one("a").click()
    page.wait(lambda driver: driver.current_url == f"{application.url}/in")
    assert logs_in(user.api, user.email, PASSWORD)
    # what if that was somebody else
    page.follow(postbox.letter(user.email, "deletion-cancelled"))
    page.press()
    page.becomes("sent")


def test_a_mail_in_the_language_of_the_profile(postbox, page, user):
    login = user.api.login(user.registration).data
    assert user.api.update_profile(login["access_token"], locale="de-AT").status == 200
    assert user.api.request_password_reset(user.email).status == 200
    letter = postbox.letter(user.email, "reset", "de")
    with page.browser.seen_as("de"):
        page.follow(letter)
        page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
        page.press()
        page.becomes("done")
    assert logs_in(user.api, user.email, NEW_PASSWORD)

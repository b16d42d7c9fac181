"""A mail for every event that is one, in both languages: what it says, where it links to, and what is refused."""

import html.parser
import json
import random
import re
import shutil
import urllib.parse

import pytest

from events import LISTED
from letters import LANGUAGES, MAILS, NOW, TEMPLATES, TIME, TOKEN, VALUES, data_of, parse, payload_of

# what nobody is written to about, and why
NO_MAIL = {
    "user.email_verified": "who has just pressed the button knows",
    "user.logged_in": "too many",
    "user.logged_out": "who did it knows",
    "user.created": "nobody is to do anything",
    "user.invite_accepted": "who did it knows",
    "user.banned": "the user is not told",
    "user.unbanned": "likewise",
    "user.profile_updated": "it has no address",
    "user.email_change_cancelled": "who did it reads it on the page",
    "user.email_change_undone": "user.password_reset_requested comes with it",
    "session.revoked": "it has no address",
    "session.suspected": "it has no address",
    "session.reuse_detected": "a fault of a client, most of the time",
    "user.roles_changed": "it is for operators",
    "audit.sealed": "it is about nobody",
    "webhook.disabled": "it is for operators",
    "webhook.test": "it is for operators",
}


class Page(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.text += data


class Mail:
    def __init__(self, message):
        self.message = message
        self.parsed = parse(message)
        self.subject = self.parsed["subject"]
        self.text = self.parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")
        self.source = self.parsed.get_body(("html",)).get_content()
        self.page = Page(self.source)


@pytest.fixture(scope="module")
def letters(open_letters):
    """Writes the mail for an event: a Mail, or (outcome, reason)."""
    programs = {}

    def write(event_type, payload=None, event_id=17, now=NOW, settings=(), **more):
        if settings not in programs:
            programs[settings] = open_letters(**dict(settings))
        payload = payload_of(event_type, **more) if payload is None else payload
        outcome, _, reason, sender, to, message = programs[settings].ask(event_id, event_type, payload, now)
        if outcome != "written":
            assert (sender, to, message) == (b"", b"", b"")
            return outcome, reason.decode()
        assert (sender, reason) == (b"no-reply@example.com", b"")
        mail = Mail(message)
        assert to.decode() == mail.parsed["to"].addresses[0].addr_spec
        return mail

    return write


LEAD_ON = (("continue_url", "https://app.example.com/welcome?a=1&b=2"),)


def parameters(link):
    return dict(urllib.parse.parse_qsl(link.partition("#")[2], strict_parsing=True, keep_blank_values=True))


def test_every_event_is_a_mail_or_is_none():
    assert set(MAILS) & set(NO_MAIL) == set()
    assert set(LISTED) == set(MAILS) | set(NO_MAIL)


def test_every_mail_has_its_files_in_both_languages_and_nothing_else_is_there():
    names = {mail[0] for mail in MAILS.values()}
    files = {f"{name}.{ending}" for name in names for ending in ("subject", "txt", "html")}
    for language in LANGUAGES:
        assert {path.name for path in (TEMPLATES / language).iterdir()} == files | {"frame.txt", "frame.html"}


@pytest.mark.parametrize("event_type", NO_MAIL)
def test_nobody_is_written_to_about_other_events(letters, event_type):
    assert letters(event_type) == ("none", "")
    assert letters("user.unheard_of", payload="{}") == ("none", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event_type", MAILS)
def test_a_mail_says_the_same_in_text_and_html(letters, event_type, language):
    name, page, token, action = MAILS[event_type]
    mail = letters(event_type, locale=language, settings=LEAD_ON)
    assert mail.parsed["content-language"] == language
    assert ("Guten Tag," in mail.text) == (language == "de")
    assert mail.page.tags[0] == ("html", {"lang": language})
    assert "Jerry" in mail.text and "Jerry" in mail.page.text
    assert "ada@example.com" in mail.text and "ada@example.com" in mail.page.text
    assert "{{" not in mail.text + mail.source and "\n\n\n" not in mail.text
    assert TOKEN not in mail.subject and VALUES["login_code"] not in mail.subject
    if page is None:
        assert mail.page.links == [] and "https://" not in mail.text
        return
    (link,) = mail.page.links
    assert link in mail.text.split() and link in mail.page.text
    assert link.startswith(f"https://auth.example.com/{page}#")
    carried = {"email": "ada@example.com", **dict([("token", TOKEN)] if token else []),
               **dict([("action", action)] if action else []), "continue": LEAD_ON[0][1]}
    if event_type == "user.deletion_scheduled":
        carried = {"deletes_at": VALUES["deletes_at"], "continue": LEAD_ON[0][1]}
    assert parameters(link) == carried


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event_type", MAILS)
def test_html_loads_nothing_and_runs_nothing(letters, event_type, language):
    mail = letters(event_type, locale=language, settings=LEAD_ON)
    for tag, attributes in mail.page.tags:
        assert tag not in ("img", "script", "link", "iframe", "object", "form", "base", "video", "audio", "svg")
        assert not {"src", "srcset", "background", "action", "poster"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert "url(" not in attributes.get("style", "")
    assert "url(" not in mail.source and "@import" not in mail.source
    hosts = set(re.findall(r"https?://([^/\s\"<#]+)", mail.source))
    assert hosts <= {"auth.example.com"}
    assert len(mail.message) < 20000


@pytest.mark.parametrize(
    "locale, language", [
        ("de", "de"), ("de-AT", "de"), ("DE-ch", "de"), ("de_DE", "de"), ("en-GB", "en"), ("fr", "en"), ("den", "en"),
        (None, "en"), ("", "en"), (7, "en"), ("de\n", "en")
    ]
)
def test_the_language_is_that_of_the_user_or_else_that_of_the_setting(letters, locale, language):
    assert letters("user.registered", locale=locale).parsed["content-language"] == language
    german = (("language", "de"),)
    expected = "de" if locale != "en-GB" else "en"
    assert letters("user.registered", locale=locale, settings=german).parsed["content-language"] == expected


def test_times_are_written_as_a_reader_expects(letters):
    assert "15 January 2026, 10:30 UTC" in letters("user.password_changed").text
    german = letters("user.deletion_scheduled", locale="de")
    assert "29. März 2026, 08:05 Uhr (UTC)" in " ".join(german.text.split())


def test_what_is_not_known_leaves_no_gap(letters):
    mail = letters("user.password_changed", ip_address=None)
    assert "address:" not in mail.text and "IP address" not in mail.page.text
    assert "IP address: 2001:db8::17" in letters("user.password_changed").text


def test_a_login_code_has_no_link_that_leads_nowhere(letters):
    mail = letters("user.login_code_requested")
    assert "071828" in mail.text and "071828" in mail.page.text
    assert TOKEN not in mail.message.decode().replace("=\r\n", "")
    assert mail.page.links == []


def test_who_was_deleted_by_an_operator_is_not_told_to_have_asked(letters):
    assert "As you have asked" in letters("user.deleted").text
    assert "As you have asked" not in letters("user.deleted", reason="admin").text


def test_who_has_used_a_recovery_code_is_told_how_many_are_left(letters):
    assert "are left: 9." in " ".join(letters("user.recovery_code_used").text.split())
    assert letters("user.recovery_code_used", codes_left="9") == ("refused", "the payload lacks what the mail is about")


def test_an_address_that_nobody_has_verified_is_not_told_of_a_deletion(letters):
    assert letters("user.deleted", reason="unverified") == ("none", "")


def test_a_message_is_known_by_event_and_consumer(letters):
    first = letters("user.registered")
    assert first.message == letters("user.registered").message
    ids = {
        letters("user.registered").parsed["message-id"],
        letters("user.registered", event_id=18).parsed["message-id"],
        letters("user.registered", timestamp="2026-01-15T10:30:01Z").parsed["message-id"],
        letters("user.registered", settings=(("consumer", "mail-2"),)).parsed["message-id"],
    }
    assert len(ids) == 4
    assert first.parsed["message-id"] == f"<jerry.mail.17.{NOW - 60}@example.com>"


def test_what_helps_nobody_any_more_is_not_sent(letters):
    assert letters("user.login_code_requested", now=NOW + 539) != ("late", "")
    assert letters("user.login_code_requested", now=NOW + 541) == ("late", "")
    assert letters("user.registered", now=NOW + 259139) != ("late", "")
    assert letters("user.registered", now=NOW + 259141) == ("late", "")


def test_a_notice_can_be_turned_off(letters):
    off = (("off", "new-device, deleted"),)
    assert letters("user.deleted", settings=off) == ("none", "")
    assert letters("user.registered", settings=off) != ("none", "")


def test_the_name_of_the_service_is_only_ever_text(letters):
    name = "<b>\"Ö\" & 'Co'</b> {{email}}"
    mail = letters("user.registered", settings=(("service_name", name),))
    assert name in mail.text and name in mail.page.text
    assert "b" not in [tag for tag, _ in mail.page.tags]
    # Python keeps a blank between encoded words
    sender = mail.parsed["from"].addresses[0].display_name
    assert sender.replace(" ", "") == name.replace(" ", "")


HOSTILE = [
    "a\r\nBcc: eve@example.com", "a\nb", "a\u0000b", "a\u0085b", "a\u2028b", "<a>", "a b@example.com", "",
    "a,b@example.com", 7, None, {"a": 1}
]


@pytest.mark.parametrize("event_type", MAILS)
def test_no_member_of_an_event_gets_into_a_header_or_out_of_its_place(letters, event_type):
    """Every member in turn has something in it that could be more than a value."""
    usual = letters(event_type, settings=LEAD_ON)
    for member in [*data_of(event_type), "locale"]:
        for value in [*HOSTILE, "\"><script>alert(1)</script>", "javascript:alert(1)", "{{link}}"]:
            result = letters(event_type, settings=LEAD_ON, **{member: value})
            if isinstance(result, tuple):
                assert result[0] == "refused"
                assert re.fullmatch("[a-z ]+", result[1])
                continue
            assert [key for key, _ in result.parsed.items()] == [key for key, _ in usual.parsed.items()]
            assert len(list(result.parsed.iter_parts())) == 2
            assert [tag for tag, _ in result.page.tags if tag == "script"] == []
            for link in result.page.links:
                assert link.startswith("https://auth.example.com/")
            if member != "locale" and "lang" not in member:
                assert result.subject == usual.subject


@pytest.mark.parametrize("event_type", MAILS)
def test_an_event_without_what_its_mail_needs_is_refused(letters, event_type):
    assert letters(event_type, email=None)[0] == "refused"
    for member in data_of(event_type):
        if member.endswith("_token") or member in ("login_code", "new_email", "deletes_at"):
            outcome, reason = letters(event_type, **{member: None})
            assert outcome == "refused" and reason


@pytest.mark.parametrize(
    "payload, reason", [
        ("", "the payload is not that of an event"),
        ("[]", "the payload is not that of an event"),
        ("{", "the payload is not that of an event"),
        ('{"data": []}', "the payload is not that of an event"),
        ('{"data": {}, "data": {}}', "the payload is not that of an event"),
        ("[" * 100000, "the payload is too long"),
        ("[" * 60000, "the payload is too deep"),
        ('{"data": {"email": [[["a"]]]}}', "the payload is too deep"),
        ('{"data": {"email": "[[[[[[\\"[[["}}', "the address is none that can stand in a mail"),
        ('{"data": {"email": "a@example.com", "x": "\\ud800"}}', "the payload is not that of an event"),
        ('{"data": {"email": "a@example.com", "x": "\\udc00\\ud800"}}', "the payload is not that of an event"),
        ('{"data": {"email": "a@example.com", "x": "\\u0000"}}', "the payload is not that of an event"),
        (b'{"data": {"email": "\xff@example.com"}}', "the payload is not that of an event"),
        ('{"data": {"email": "a@example.com"}}', "the payload has no time"),
        ('{"timestamp": "yesterday", "data": {"email": "a@example.com"}}', "the payload has no time"),
        ('{"timestamp": "2026-13-01T00:00:00Z", "data": {"email": "a@example.com"}}', "the payload has no time"),
        ('{"timestamp": "2026-01-01T00:00:00Z", "data": {"email": "a@example.com"}}', "the payload has no token"),
    ]
)
def test_a_payload_that_is_none_is_refused(letters, payload, reason):
    assert letters("user.registered", payload=payload) == ("refused", reason)


def test_random_events_are_mails_that_can_be_read(open_letters):
    """400 addresses in many scripts, tokens and addresses of networks of any characters."""
    randomness = random.Random(3)
    program = open_letters(continue_url="https://app.example.com")
    letters_of_addresses = "abcXYZ0189!#$%&'*+-/=?^_`{|}~.äñ用户почтаδοκιμήअ"
    for _ in range(400):
        event_type = randomness.choice(list(MAILS))
        local = "a" + "".join(randomness.choice(letters_of_addresses) for _ in range(randomness.randint(1, 30)))
        address = f"{local}@example.com"
        value = "".join(randomness.choice(letters_of_addresses + "<>\"'&;# ") for _ in range(40))
        locale = randomness.choice(LANGUAGES)
        payload = payload_of(event_type, email=address, locale=locale, ip_address=value, device=value)
        outcome, _, _, _, to, message = program.ask(1, event_type, payload, NOW)
        assert (outcome, to.decode()) == ("written", address)
        head, _, body = message.partition(b"\r\n\r\n")
        assert f"To: <{address}>".encode() in head.split(b"\r\n")
        assert body.isascii() and max(map(len, body.split(b"\r\n"))) <= 76
        mail = Mail(message.replace(f"<{address}>".encode(), b"<a@example.com>", 1))
        assert address in mail.text.replace("\n", " ")
        assert address in mail.page.text
        for link in mail.page.links:
            assert parameters(link).get("email", address) == address


def test_a_template_of_ones_own_takes_the_place_of_ours(open_letters, tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "en/verify.subject").write_text("Hi {{email}}\n")
    (tmp_path / "en/verify.txt").write_text("{{#if link}}go to {{link}}{{/if}}\n")
    program = open_letters(templates=str(tmp_path))
    mail = Mail(program.ask(1, "user.registered", payload_of("user.registered"), NOW)[-1])
    assert mail.subject == "Hi ada@example.com"
    assert mail.text.startswith("go to https://auth.example.com/verify-email#token=")
    assert "Welcome to Jerry" in mail.page.text
    german = Mail(program.ask(1, "user.registered", payload_of("user.registered", locale="de"), NOW)[-1])
    assert german.subject == "Bitte bestätigen Sie Ihre E-Mail-Adresse"


@pytest.mark.parametrize(
    "name, text, error", [
        ("en/verify.txt", "\n\n{{code}}", "en/verify.txt:3: there is no variable {{code}} here"),
        ("de/login-code.subject", "{{cod}}", "de/login-code.subject:1: there is no variable {{cod}} here"),
        ("en/deleted.html", "<p>{{#if by_user}}</p>", "en/deleted.html:1: the condition that begins here has no end"),
        ("de/reset.html", b"<p>\n\xe4</p>", "de/reset.html:2: this is not UTF-8"),
        ("en/frame.html", "<p>{{subject}}</p>", "en/frame.html:1: {{content}} is missing"),
        ("en/verify.html", "{{content}}", "en/verify.html:1: there is no variable {{content}} here"),
        ("en/deleted.txt", "{{link}}", "en/deleted.txt:1: there is no variable {{link}} here"),
    ]
)
def test_a_mistake_in_a_template_stops_the_start(refuse_letters, tmp_path, name, text, error):
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert refuse_letters(templates=str(tmp_path)) == error


@pytest.mark.parametrize("name", ["en/verfy.txt", "de/verify.text", "de/frame.subject", "en/README"])
def test_a_file_that_would_never_be_read_stops_the_start(refuse_letters, tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text("a\n")
    assert refuse_letters(templates=str(tmp_path)) == f"{path}: there is no mail with a file of this name"


@pytest.mark.parametrize(
    "settings, error", [
        ({"public_url": None}, "PUBLIC_URL must be an URL of https or http, without ? and #"),
        ({"public_url": "javascript:alert(1)"}, "PUBLIC_URL must be an URL of https or http, without ? and #"),
        ({"public_url": "https://a.example/#x"}, "PUBLIC_URL must be an URL of https or http, without ? and #"),
        ({"public_url": "https://a.example/\"x"}, "PUBLIC_URL must be an URL of https or http, without ? and #"),
        ({"public_url": "https://"}, "PUBLIC_URL must be an URL of https or http, without ? and #"),
        ({"continue_url": "ftp://a.example"}, "MAIL_CONTINUE_URL must be an URL of https or http"),
        ({"from_email": None}, "SMTP_FROM_EMAIL must be an email address, with its domain in ASCII"),
        ({"from_email": "Jerry <a@example.com>"}, "SMTP_FROM_EMAIL must be an email address, with its domain in ASCII"),
        ({"from_email": "a@bücher.example"}, "SMTP_FROM_EMAIL must be an email address, with its domain in ASCII"),
        ({"service_name": "a\nb"}, "PAGES_NAME must be a line of UTF-8"),
        ({"from_name": "a\rb"}, "SMTP_FROM_NAME must be a line of UTF-8"),
        ({"color": "red"}, "PAGES_COLOR must be # and six hexadecimal digits"),
        ({"color": "#12345g"}, "PAGES_COLOR must be # and six hexadecimal digits"),
        ({"language": "fr"}, "MAIL_LANGUAGE must be en or de"),
        ({"off": "deleted,verify"}, "MAIL_OFF: verify is no mail that can be left out"),
        ({"off": "nothing"}, "MAIL_OFF: nothing is no mail that can be left out"),
        ({"templates": "/nowhere"}, "/nowhere: No such file or directory"),
        ({"consumer": "a b"}, "the consumer must be of small letters, digits, _ and -"),
    ]
)
def test_a_setting_that_cannot_be_used_stops_the_start(refuse_letters, settings, error):
    assert refuse_letters(**settings) == error


def test_a_template_of_ours_that_is_missing_stops_the_start(mail_lines, refuse_letters, tmp_path, monkeypatch):
    shutil.copytree(TEMPLATES, tmp_path / "t")
    (tmp_path / "t/de/invite.html").unlink()
    monkeypatch.setattr("conftest.TEMPLATES", tmp_path / "t")
    assert refuse_letters() == f"{tmp_path}/t/de/invite.html: No such file or directory"


@pytest.mark.parametrize(
    "color, on_color", [("#1f6feb", "#fff"), ("#58a6ff", "#000"), ("#000000", "#fff"), ("#ffffff", "#000")]
)
def test_what_is_written_on_a_button_can_be_read(letters, color, on_color):
    page = letters("user.registered", settings=(("color", color),)).page
    style = [attributes["style"] for tag, attributes in page.tags if tag == "a"][0]
    assert f"background:{color};color:{on_color};" in style

"""Messages of random texts, as Python's email package reads them, and what no message can have."""

import email.header
import email.utils
import random
import re

import pytest

from letters import parse

PIECES = [
    *"abc XYZ 0123 .,;:=?_-()<>\"'@\\", *"äöüßéñ€✓日本語한국어العربيةעבריתहिन्दी😀ｱΑЯ", "=?", "?=", "=?UTF-8?Q?a?=", "From ",
    "\u200d", "e\u0301", "\U0010fffd"
]


def some_text(randomness, longest):
    return "".join(randomness.choice(PIECES) for _ in range(randomness.randint(0, longest)))


def some_lines(randomness):
    """With lines that begin with a dot or with From, end with blanks, or are long."""
    return "".join(
        randomness.choice(["", ".", "..", "From ", " ", "-- "]) + some_text(randomness, 300) +
        randomness.choice(["", " ", "\t", "=", "\n", "x" * 2000]) + "\n" for _ in range(randomness.randint(1, 6))
    )


@pytest.fixture(scope="module")
def mime(open_program):
    program = open_program("mime")

    def write(
        sender="no-reply@example.com", name="Jerry", to="ada@example.com", subject="Hello", identity="1@example.com",
        text="text\n", html="<p>html</p>\n"
    ):
        return program.ask(sender, name, to, subject, identity, text, html)

    return write


def unfolded(message, name):
    """The raw value of a header, in one line."""
    found = re.search(rf"^{name}: (.*?)\r\n(?![ \t])".encode(), message, re.M | re.S)
    return found.group(1).replace(b"\r\n", b"").decode()


def test_random_messages_are_read_as_they_were_written(mime):
    randomness = random.Random(20261130)
    for _ in range(500):
        name, subject = some_text(randomness, 60), some_text(randomness, 200)
        text, html = some_lines(randomness), "<p>" + some_lines(randomness) + "</p>\n"
        word, message = mime(name=name, subject=subject, text=text, html=html)
        assert word == "written"
        parsed = parse(message)
        # Python keeps neither blanks at the ends of a header nor, in a phrase, those between encoded words
        words = email.header.make_header(email.header.decode_header(unfolded(message, "Subject")))
        assert str(words).strip() == subject.strip()
        phrase = unfolded(message, "From").removesuffix("<no-reply@example.com>").rstrip(" ")
        if phrase.startswith('"'):
            assert phrase == f'"{name}"'
        else:
            assert str(email.header.make_header(email.header.decode_header(phrase))).strip() == name.strip()
        assert parsed["from"].addresses[0].addr_spec == "no-reply@example.com"
        assert parsed.get_content_type() == "multipart/alternative"
        plain, page = parsed.iter_parts()
        assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
        assert plain.get_content().replace("\r\n", "\n") == text
        assert page.get_content().replace("\r\n", "\n") == html


def test_every_line_is_short_and_ends_with_crlf(mime):
    randomness = random.Random(1)
    for _ in range(100):
        name, subject = some_text(randomness, 60), some_text(randomness, 300)
        _, message = mime(name=name, subject=subject, text=some_lines(randomness))
        assert b"\r" not in message.replace(b"\r\n", b"") and b"\n" not in message.replace(b"\r\n", b"")
        assert message.isascii()
        assert max(map(len, message.split(b"\r\n"))) <= 78
        for word in re.findall(rb"=\?UTF-8\?Q\?[^?]*\?=", message.partition(b"\r\n\r\n")[0]):
            assert len(word) <= 75
            email.header.decode_header(word.decode())[0][0].decode()  # no character is split


def test_nothing_begins_like_the_end_of_a_message_or_the_next_one(mime):
    _, message = mime(text=".\nFrom me\n..\n" + "x" * 75 + "." + "y\n" + "z" * 75 + "From here\n")
    assert not re.search(rb"^(\.|From )", message.partition(b"\r\n\r\n")[2], re.M)
    assert parse(message).get_body(("plain",)).get_content().startswith(".\r\nFrom me\r\n..\r\n")


def test_headers_say_when_by_whom_and_that_nobody_is_to_answer(mime):
    _, message = mime(name="Ada & Söhne", subject="Grüße")
    parsed = parse(message)
    assert email.utils.parsedate_to_datetime(parsed["date"]).timestamp() == 1796000000
    assert parsed["date"] == "Mon, 30 Nov 2026 00:53:20 +0000"
    assert parsed["message-id"] == "<1@example.com>"
    assert parsed["auto-submitted"] == "auto-generated"
    assert parsed["to"].addresses[0].addr_spec == "ada@example.com"
    assert parsed["subject"] == "Grüße"
    assert parsed["from"] == "Ada & Söhne <no-reply@example.com>"
    assert len(parsed.keys()) == len({key.lower() for key in parsed.keys()})


CONTROLS = ["\r\nBcc: eve@example.com", "\n.\n", "\r", "\n", "\x00", "\x1b", "\x7f", "\u0085", "\u009f", "\u2028", "\t"]
NOT_UTF8 = [b"\xff", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80", b"\xe4\xb8"]


@pytest.mark.parametrize("field", ["sender", "name", "to", "subject", "identity"])
def test_a_header_takes_no_control_character(mime, field):
    for wrong in [*CONTROLS, *NOT_UTF8]:
        wrong = wrong if isinstance(wrong, bytes) else wrong.encode()
        if wrong == b"\x00":
            continue  # no string of C has one
        good = b"a@example.com"
        for value in (wrong + good, good + wrong, b"a" + wrong + b"@example.com"):
            assert mime(**{field: value})[0] == "refused", (field, value)


@pytest.mark.parametrize("field", ["text", "html"])
def test_a_body_is_lines_of_utf8(mime, field):
    for wrong in [b"\r", b"\x1b", b"\x7f", "\u0085".encode(), *NOT_UTF8]:
        assert mime(**{field: b"a" + wrong + b"b\n"})[0] == "refused", wrong
    assert mime(**{field: "a\tb\u2028c\n"})[0] == "written"


@pytest.mark.parametrize(
    "address", [
        "", "a", "@", "a@", "@example.com", "a@b@example.com", "a b@example.com", "<a@example.com>", "a@example.com>",
        "a@example.com,b@example.com", "a@example.com;b", '"a"@example.com', "a\\@example.com", "a(b)@example.com",
        "a:b@example.com", "a@[192.0.2.1]", "-oQ@example.com", "a" * 243 + "@example.com"
    ]
)
def test_what_could_be_more_than_an_address_is_refused(mime, address):
    assert mime(to=address)[0] == "refused"
    assert mime(sender=address)[0] == "refused"


@pytest.mark.parametrize(
    "address", [
        "a+b@example.com", "`id`@example.com", "a|b${IFS}c@example.com", "ü@example.com", "%s@example.com",
        "用户@xn--fsq.example"
    ]
)
def test_an_address_that_looks_strange_is_one(mime, address):
    word, message = mime(to=address)
    assert word == "written"
    assert unfolded(message, "To") == f"<{address}>"
    if address.isascii():
        assert parse(message)["to"].addresses[0].addr_spec == address

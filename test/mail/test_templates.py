"""Templates: variables escaped for where they stand, conditions, and all that is refused, with its line."""

import html
import html.parser
import random

import pytest

HOSTILE = "<script>alert(1)</script>&\"'`{{text}}\u2028--><!--\\"
LINK = "https://auth.example.com/verify-email#token=a&email=b%40example.com"


@pytest.fixture(scope="module")
def template(open_program):
    programs = {}

    def fill(text, kind="plain", value="", link=LINK, color="#1f6feb", flag="", part=""):
        if kind not in programs:
            programs[kind] = open_program("template", kind)
        word, result = programs[kind].ask(text, value, link, color, flag, part)
        return (word, result.decode())

    return fill


class Page(html.parser.HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_a_variable_is_its_value(template):
    assert template("a {{text}} b {{text}}", value="ö {{link}}") == ("written", "a ö {{link}} b ö {{link}}")
    assert template("{{text}}") == ("written", "")


@pytest.mark.parametrize("value", [HOSTILE, "<b>", "&amp;", "' onclick='x", '" onclick="x'])
def test_a_value_stays_text_in_html(template, value):
    word, page = template('<p title="{{text}}">{{text}}</p>', "html", value)
    assert word == "written"
    read = Page(page)
    assert read.tags == [("p", {"title": value})]
    assert read.text == value


def test_random_values_stay_text_in_html(template):
    randomness = random.Random(7)
    for _ in range(200):
        value = "".join(randomness.choice("<>&\"'=/! -aö#;lt{}`") for _ in range(randomness.randint(1, 30)))
        read = Page(template("<td><img alt='{{text}}'>{{text}}</td>", "html", value)[1])
        assert read.tags == [("td", {}), ("img", {"alt": value})]
        assert read.text == value


def test_a_link_is_all_of_an_attribute_or_text(template):
    word, page = template('<a href="{{link}}" style="color:{{color}}">{{link}}</a>', "html")
    assert word == "written"
    assert page == f'<a href="{html.escape(LINK)}" style="color:#1f6feb">{html.escape(LINK)}</a>'


def test_conditions_ask_whether_there_is_a_value(template):
    text = "{{#if flag}}yes{{#unless text}} and no{{/unless}}{{/if}}{{#unless flag}}none{{/unless}}"
    assert template(text)[1] == "none"
    assert template(text, flag="1")[1] == "yes and no"
    assert template(text, flag="1", value="x")[1] == "yes"


def test_a_condition_leaves_no_empty_line(template):
    text = "a\n{{#if flag}}\n  b\n  {{/if}}  \nc\n"
    assert template(text)[1] == "a\nc\n"
    assert template(text, flag="1")[1] == "a\n  b\nc\n"
    assert template("a {{#if flag}}\nb{{/if}}\n", flag="1")[1] == "a \nb\n"


def test_a_part_is_put_in_as_it_is(template):
    assert template("<td>{{part}}</td>", "html", part="<p>{{text}}</p>")[1] == "<td><p>{{text}}</p></td>"
    assert template("a {{part}}", part="<p>")[1] == "a <p>"


def test_lines_may_end_as_on_another_system(template):
    assert template("a\r\nb\r\n")[1] == "a\nb\n"
    assert template("subject\r\n", "line")[1] == "subject"
    assert template("\ufeffa\n")[1] == "a\n"


@pytest.mark.parametrize(
    "text, kind, error", [
        ("a\n{{nobody}}", "plain", "test:2: there is no variable {{nobody}} here"),
        ("{{#if nobody}}{{/if}}", "plain", "test:1: there is no variable {{nobody}} here"),
        ("{{part}}", "plain", "test:1: there is no variable {{part}} here"),
        ("{{flag}}", "plain", "test:1: {{flag}} is for conditions alone"),
        ("\n\n{{#if flag}}\n", "plain", "test:3: the condition that begins here has no end"),
        ("{{#if flag}}{{/unless}}", "plain", "test:1: {{/unless}} is not the end of the condition that is open"),
        ("a\n{{/if}}", "plain", "test:2: {{/if}} ends no condition"),
        ("{{#if flag}}" * 9, "plain", "test:1: there are too many conditions in each other"),
        ("{{ text }}", "plain", "test:1: what is between {{ and }} is neither a variable nor a condition"),
        ("{{}}", "plain", "test:1: what is between {{ and }} is neither a variable nor a condition"),
        ("{{#each text}}", "plain", "test:1: what is between {{ and }} is neither a variable nor a condition"),
        ("{{TEXT}}", "plain", "test:1: what is between {{ and }} is neither a variable nor a condition"),
        ("a\n{{text\n}}", "plain", "test:2: {{ has no }} in its line"),
        ("{{text", "plain", "test:1: {{ has no }} in its line"),
        ("", "plain", "test:1: the file is empty"),
        ("x" * 65537, "plain", "test:1: the file is too long"),
        ("a\nb", "line", "test:1: this is more than one line"),
        (b"a\n\xff", "plain", "test:2: this is not UTF-8"),
        (b"\xed\xa0\x80", "plain", "test:1: this is not UTF-8"),
        ("a\n\x00", "plain", "test:2: this is a control character"),
        ("a\u0085", "plain", "test:1: this is a control character"),
        ("{{text}}" * 1025, "plain", "test:1: there are too many variables and conditions"),
        ("<p>\n<script>", "html", "test:2: no mail program runs a script"),
        ("<p", "html", "test:1: a tag, a style or a comment has no end"),
        ("<!-- a", "html", "test:1: a tag, a style or a comment has no end"),
        ("{{#if flag}}<p{{/if}}>", "html", "test:1: a condition cannot end in a tag, a style or a comment"),
        ("<p {{#if flag}}id=a{{/if}}>", "html", "test:1: a condition cannot stand in a tag, a style or a comment"),
    ]
)
def test_a_mistake_is_found_with_its_line(template, text, kind, error):
    assert template(text, kind) == ("refused", error)


@pytest.mark.parametrize(
    "text", [
        "<{{text}}>", "<p {{text}}>", "<p {{text}}='a'>", "<p title={{text}}>", "<a href='{{text}}'>",
        "<img src='{{link}}'>",
        "<a href='x{{link}}'>", "<a href='{{link}}x'>", "<a href={{link}}>", "<a onclick='{{link}}'>",
        "<a onclick='{{color}}'>", "<p style='{{text}}'>", "<p style='{{link}}'>", "<style>{{text}}</style>",
        "<style>{{link}}</style>", "<!-- {{text}} -->", "<!-- > {{text}} -->", "<!-- --{{text}}-->",
        "<!doctype {{text}}>",
        "<STYLE>{{text}}</STYLE>", "<style></styl>{{text}}</style>", "<p title='a' {{text}}>", "<a title='>' {{text}}>",
        "<a href = '{{text}}'>", "<a HREF='{{text}}'>", "<a title=' onclick={{x}}", "</p {{text}}>"
    ]
)
def test_a_variable_stands_only_where_escaping_helps(template, text):
    word, error = template(text, "html", HOSTILE)
    assert word == "refused"
    assert error in (
        "test:1: {{text}} cannot stand here", "test:1: {{link}} cannot stand here",
        "test:1: {{color}} cannot stand here",
        "test:1: there is no variable {{x}} here"
    )


@pytest.mark.parametrize(
    "text", [
        "<!-- a -- b ---->{{text}}", "<!---->{{text}}", "<style>a > b { color: {{color}} }</style>{{text}}",
        "<style></style >{{text}}", "<!doctype html>{{text}}", "a < b {{text}}", "<br/>{{text}}",
        "<p title='>'>{{text}}", "<p title=a>{{text}}", "<p hidden>{{text}}", "<title>{{text}}</title>",
        "<a title = \"{{text}}\" href='{{link}}'>x</a>",
        "<td bgcolor='{{color}}' style='border:1px solid {{color}}'>{{text}}</td>"
    ]
)
def test_where_text_begins_again_it_may_stand(template, text):
    assert template(text, "html", "value")[0] == "written"


@pytest.mark.parametrize("text", ["{{part}}{{part}}", "{{#if flag}}{{part}}{{/if}}", "<p title='{{part}}'>"])
def test_a_part_stands_once_and_in_text(template, text):
    assert template(text, "html", part="x", flag="1")[0] == "refused"
    assert template("nothing", "html", part="x") == ("refused", "test:1: {{part}} is missing")

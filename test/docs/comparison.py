"""Is this what the page shows?  What differs from run to run is not compared: ids, times, tokens, ports."""

import json
import re

# in this order: a token may hold what looks like something else
VARIABLE = [
    (re.compile(r"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){0,2}(?:\.\.\.)?"), "<jwt>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?"), "<time>"),
    (re.compile(r"\b\w\w\w, \d\d \w\w\w \d{4} \d\d:\d\d:\d\d GMT"), "<time>"),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{43}(?![\w-])"), "<one-time token>"),
    (re.compile(r"(?<![\w-])[A-Za-z0-9_-]{66}(?![\w-])"), "<device token>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<request id>"),
    (re.compile(r'"(event_id|auth_time)": ?\d+'), r'"\1":<number>'),
    (re.compile(r"http://(?:localhost|127\.0\.0\.1):\d+"), "<url>"),
    (re.compile(r"\b1\.\d+\.\d+\b"), "<version>"),
]

WIDE = re.compile(r"\s+|-{3,}|\+-*")


def fold(text):
    for pattern, name in VARIABLE:
        text = pattern.sub(name, text)
    return text


def lines(text):
    """The lines of a text, white space and the rules of tables told apart no more; where in its sources the server is,
    left out.
    """
    folded = (WIDE.sub(" ", fold(line)).strip() for line in text.splitlines() if not line.startswith("LOCATION: "))
    return [line for line in folded if line]


def is_json(text):
    try:
        return [json.loads(line) for line in text.splitlines() if line] or None
    except ValueError:
        try:
            return [json.loads(text)]
        except ValueError:
            return None


def matches(shown, printed):
    """Does the page show what was printed?  A line "..." stands for any lines, and "..." in a line for the rest of a
    word.
    """
    values = is_json(shown), is_json(printed)
    if None not in values:
        shown, printed = ("\n".join(json.dumps(value) for value in each) for each in values)
    pattern = "\n".join(
        ".*" if line == "..." else re.escape(line).replace(re.escape("..."), r"\S*") for line in lines(shown)
    )
    return re.fullmatch(pattern, "\n".join(lines(printed)), re.S) is not None

"""The comments of every C file have one form; the first one says what the file is."""

import re

from pages import ROOT

FILES = [path for half in ("src", "test") for path in sorted((ROOT / half).rglob("*.[ch]"))]


def test_every_file_begins_with_its_name_and_what_it_is():
    assert len(FILES) > 150
    for path in FILES:
        assert re.match(rf"/\*\n \* {re.escape(path.name)}: \S", path.read_text()), path


def test_a_header_that_a_first_comment_sends_to_is_there():
    for path in FILES:
        comment = path.read_text().partition("*/")[0]
        for other in re.findall(r"\bsee (\w+\.[ch])\b", comment):
            assert (path.parent / other).is_file(), path


def test_a_comment_on_lines_of_its_own_is_a_sentence():
    """It begins with a capital, or with a name that the file uses, and ends as a sentence does. A phrase of up to three
    words, the signature of a SQL function and a chapter of an RFC need no full stop.
    """
    for path in FILES:
        text = path.read_text()
        names = set(re.findall(r"\w+", re.sub(r'/\*.*?\*/|"(?:[^"\\\n]|\\.)*"', "", text, flags=re.S)))
        for comment in re.findall(r"^[ \t]*/\*(.*?)\*/[ \t]*$", text, re.M | re.S):
            words = re.sub(r"^[ \t]*\*", "", comment, flags=re.M).split()
            if words[:1] in (["clang-format"], [f"{path.name}:"]):
                continue
            assert not re.fullmatch("[a-z]+[,:;]?", words[0]) or words[0].rstrip(",:;") in names, (path, comment)
            if len(words) > 3 and "RETURNS" not in words:
                assert re.search(r"[.:?!;\d$]$", words[-1]), (path, comment)

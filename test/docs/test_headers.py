"""The first comment of every C file says what the file is, in one form."""

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

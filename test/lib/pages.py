"""The pages under test, cut into their fenced blocks.

What a page can say about a block, in an HTML comment on a line of its own right before it:

    <!-- not run: REASON -->      it needs what a test does not have: root, Docker, another machine
    <!-- as ROLE -->              SQL is run as this role, not as the owner
    <!-- fails: TEXT -->          it is to fail, with this in what it prints: an SQLSTATE, a word

A fenced block that follows a command with nothing but empty lines between is what the command prints.
"""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

LANGUAGES = ["sh", "bash", "sql", "python", "js", "ts"]
ANSWERS = ["", "text", "json"]

FENCE = re.compile(r"^( *)(```+)\s*(\S*)\s*$")
DIRECTIVE = re.compile(r"^ *<!-- (not run|as|fails)(?:: | )(.+) -->$")


@dataclasses.dataclass
class Block:
    page: pathlib.Path
    line: int
    language: str
    text: str
    directives: dict
    answer: "Block" = None

    def __str__(self):
        return f"{self.page.relative_to(ROOT)}:{self.line} ({self.language})"

    @property
    def is_command(self):
        return self.language in LANGUAGES


def blocks(page):
    """The fenced blocks of a page in their order; an answer is with its command, and not by itself."""
    result = []
    fence = None
    collected = []
    start = 0
    directives = {}
    command = None  # whose answer may come next
    for number, line in enumerate(page.read_text().splitlines(), 1):
        mark = FENCE.match(line)
        if fence is not None:
            if line.strip() == fence:
                block = Block(page, start, language, "\n".join(collected) + "\n", directives)
                if command is not None and language in ANSWERS and not directives:
                    command.answer = block
                    command = None
                else:
                    result.append(block)
                    command = block if block.is_command else None
                fence, directives = None, {}
            else:
                collected.append(line.removeprefix(indent))
        elif mark:
            indent, fence, language = mark.groups()
            collected, start = [], number
        elif DIRECTIVE.match(line):
            name, value = DIRECTIVE.match(line).groups()
            directives[name] = value
            command = None
        elif line.strip():
            assert not directives, f"{page}:{number}: a directive stands before no block"
            command = None
    assert fence is None, f"{page}:{start}: the block has no end"
    return result


def without_blocks(page):
    """The text of a page without its fenced blocks."""
    return re.sub(r"^ *(```+).*?^ *\1\s*$", "", page.read_text(), flags=re.M | re.S)


def prose(page):
    """The text of a page without its fenced blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", without_blocks(page))


def table_under(page, heading):
    """The body of the table whose first column has this heading, as lists of cells."""
    rows = []
    inside = False
    for line in page.read_text().splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [
            cell.strip().replace("`", "").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])
        ]
        if cells[0] == heading:
            inside = True
        elif inside and not re.match(r"^[|\s:-]+$", line):
            rows.append(cells)
    return rows

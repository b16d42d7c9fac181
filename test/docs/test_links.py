"""Links between pages lead somewhere, and what is shown as JSON is JSON."""

import json
import re
import urllib.parse

import pytest

from pages import PAGES, ROOT, blocks, prose, without_blocks

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")  # or a picture
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.M)

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    text = without_blocks(page)
    result = []
    for heading in HEADING.findall(text):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        result.append(name if name not in result else f"{name}-{result.count(name)}")
    return result


@by_page
def test_links_lead_somewhere(page):
    broken = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@by_page
def test_files_that_a_page_names_exist(page):
    named = set(re.findall(r"`((?:test|tools|src|sql|conf|docs|examples|bench)/[\w./-]*\w)`", page.read_text()))
    # NAME and the like stand for some file
    named = {path for path in named if not re.search(r"NAME|OLD|VERSION", path)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@by_page
def test_targets_of_make_that_a_page_names_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for line in re.findall(r"^([a-z -]+):.*## ", (ROOT / "Makefile").read_text(), re.M):
        targets.update(line.split())
    targets.update(f"check-{conf.parent.name}" for conf in ROOT.glob("test/*/suite.conf"))
    named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)(?![\w-])", page.read_text(), re.M))
    assert named - targets == set()


@by_page
def test_json_is_json(page):
    for block in blocks(page):
        for each in block, block.answer:
            if each is not None and each.language == "json":
                try:
                    json.loads(each.text)
                except ValueError:
                    for line in each.text.splitlines():
                        assert json.loads(line), each


def test_every_page_can_be_found():
    """From the README, by links."""
    found, waiting = set(), [PAGES[0]]
    while waiting:
        page = waiting.pop()
        if page in found:
            continue
        found.add(page)
        for target in LINK.findall(prose(page)):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file in PAGES:
                waiting.append(file)
    assert set(PAGES) - found == set()

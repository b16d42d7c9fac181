"""Every command of README and docs does what the page says, one after the other as a reader would type them."""

import pytest

from comparison import matches
from pages import PAGES, ROOT, blocks
from sessions import BlockFailed, has_node, strips_types

NODE = has_node()
TYPES = strips_types()


def is_run(block):
    return block.is_command and "not run" not in block.directives


def why_not_here(block):
    """What this machine lacks for a block, or None."""
    if block.language == "js" and not NODE:
        return "no node with fetch()"
    if block.language == "ts" and not TYPES:
        return "no node that takes TypeScript"
    return None


def run(session, block):
    """What a block printed, and whether it failed."""
    try:
        return session.run(block), False
    except BlockFailed as failure:
        return str(failure), True


COMMANDS = {page: [block for block in blocks(page) if is_run(block)] for page in PAGES}


@pytest.fixture(scope="module")
def printed_by_block():
    """What each page's blocks printed: pages run when the first of their blocks is asked for."""
    return {}


@pytest.fixture
def outcome(printed_by_block, session_of):
    """outcome(block): what the block printed and whether it failed, after all before it on its page have run."""

    def of(block):
        if block.page not in printed_by_block:
            session = session_of(block.page)
            results = printed_by_block[block.page] = {}
            for each in COMMANDS[block.page]:
                if why_not_here(each) is None:
                    results[each.line] = run(session, each)
        return printed_by_block[block.page][block.line]

    return of


@pytest.mark.parametrize("block", [block for commands in COMMANDS.values() for block in commands], ids=str)
def test_a_command_does_what_the_page_says(outcome, block):
    reason = why_not_here(block)
    if reason:
        pytest.skip(reason)
    printed, failed = outcome(block)
    expected = block.directives.get("fails")
    if expected is None:
        assert not failed, printed
    else:
        assert failed and expected in printed, printed
    if block.answer is not None:
        assert matches(block.answer.text, printed), f"printed:\n{printed}\nthe page shows:\n{block.answer.text}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_not_run_has_its_reason(page):
    for block in blocks(page):
        if not block.is_command:
            assert not block.directives, f"{block}: a directive for what is no command"
        assert len(block.directives.get("not run", "reason")) > 3, block

"""What pages, examples and the comments of functions say of events is what contract/events.txt lists."""

import json
import re

import pytest

from audit import ACTIONS
from database import query
from events import LISTED, check_event, check_notification, emitted_by, members, named_in

from pages import PAGES, ROOT, blocks

EXAMPLES = [
    path for path in sorted((ROOT / "examples").rglob("*")) if path.suffix in (".py", ".c", ".sql", ".sh", ".js", ".md")
]

# what reads a member of one
MEMBER = re.compile(r"""(?:payload->'data'->>'|event\["data"\]\["|\bdata\[["'])([a-z_]+)""")


def test_each_event_is_named_by_the_function_that_emits_it(reference):
    comments = query(
        reference, "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace"
    )
    assert set().union(*(emitted_by(comment) for comment, in comments)) == set(LISTED)


def readable(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*PAGES, *EXAMPLES], ids=readable)
def test_no_page_or_example_names_an_event_or_member_that_there_is_not(path):
    text = path.read_text()
    # an action that is on record is named as an event is
    assert named_in(text) <= {*LISTED, *ACTIONS}
    assert set(MEMBER.findall(text)) <= {name for event_type in LISTED for name in LISTED[event_type]}


def test_the_events_that_pages_show_have_their_members():
    shown = set()
    for page in PAGES:
        for block in blocks(page):
            if block.language == "json" and '"event_type"' in block.text:
                event = json.loads(block.text)
                (check_notification if "event_id" in event else check_event)(event)
                shown.add(event["event_type"])
    assert {"user.registered", "user.logged_in"} <= shown


def test_an_example_that_mails_a_verification_token_does_so_for_each_event_that_has_one():
    mailed = {event_type for event_type in LISTED if members(event_type, "secret")}
    with_token = {event_type for event_type in mailed if "email_verification_token" in members(event_type, "secret")}
    mailing = [path for path in EXAMPLES if "email_verification_token" in path.read_text()]
    assert len(mailing) >= 2
    for path in mailing:
        assert with_token <= named_in(path.read_text()) <= mailed, path

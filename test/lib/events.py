"""Events as contract/events.txt lists them: is this one of them, with its members and no other?

database.events() and its Listener pass every event through here, so no test has to say these things again.
"""

import pathlib
import re
import subprocess

from answers import parse_time

ROOT = pathlib.Path(__file__).resolve().parents[2]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def listed():
    """{type: {member: (kind, class)}}"""
    lines = subprocess.check_output(
        [ROOT / "tools/generate-events", "members", ROOT / "contract/events.txt"], text=True
    ).splitlines()
    assert lines
    result = {}
    for line in lines:
        event_type, member, kind, privacy = line.split("\t")
        result.setdefault(event_type, {})[member] = (kind, privacy)
    return result


LISTED = listed()

# what begins as an event does: user.registered, but user.email too
TYPE = rf"(?:{'|'.join(sorted({event_type.partition('.')[0] for event_type in LISTED}))})\.[a-z]+(?:_[a-z]+)*"


def named_in(text):
    """The events that a page or a program names, in quotes: user.email without is a member of a variable."""
    return set(re.findall(rf"(?<=[\"'`]){TYPE}(?=[\"'`])", text))


def emitted_by(comment):
    """The events that a function emits, by its comment."""
    return set(re.findall(rf"\b{TYPE}\b", comment or ""))


def members(event_type, *classes):
    """The names of the members that are of one of these classes."""
    return [name for name, (_, privacy) in LISTED[event_type].items() if privacy in classes]


def check_data(event_type, data, *classes):
    """The members of these classes are there, in order, and no other."""
    assert list(data) == members(event_type, *classes), f"{event_type} has {list(data)}"
    for name, value in data.items():
        kind = LISTED[event_type][name][0]
        if value is None:
            assert kind.endswith("?"), f"{name} of {event_type} is null"
        elif kind == "int":
            assert type(value) is int, f"{name} of {event_type} is {value!r}"
        else:
            assert isinstance(value, str) and (
                kind != "uuid" or UUID.fullmatch(value)
            ), f"{name} of {event_type} is {value!r}"


def check_event(payload):
    """An event as the outbox has it."""
    assert list(payload) == ["event_type", "timestamp", "data"], payload
    assert payload["event_type"] in LISTED, f"{payload['event_type']} is not in contract/events.txt"
    parse_time(payload["timestamp"])
    check_data(payload["event_type"], payload["data"], "public", "personal", "secret")


def check_notification(payload):
    """A notification tells an event, or what is public of it, or its type alone; test_events.py tests when it tells
    which.
    """
    assert isinstance(payload["event_id"], int) and list(payload)[0] == "event_id", payload
    event = {name: payload[name] for name in payload if name != "event_id"}
    assert event["event_type"] in LISTED, f"{event['event_type']} is not in contract/events.txt"
    if list(event) == ["event_type"]:
        return
    if list(event["data"]) == members(event["event_type"], "public"):
        parse_time(event["timestamp"])
        check_data(event["event_type"], event["data"], "public")
    else:
        check_event(event)

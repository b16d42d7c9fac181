"""META.json is what PGXN's Meta Spec 1.0.0 asks for (https://pgxn.org/spec)."""

import json

import jsonschema
import pytest

from pages import ROOT

# The spec's types: a semantic version of three numbers; what is required, of which 0 is any version; and words without
# slashes, backslashes and control characters, which name something when they have no space either.
VERSION = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+)?"
REQUIREMENT = rf"((<=?|>=?|==|!=)\s*)?({VERSION}|0)"
TAG = r"^[^/\\\x00-\x1f\x7f]{2,255}$"
NAME = r"^[^/\\\s\x00-\x1f\x7f]{2,}$"

TEXT = {"type": "string", "minLength": 1}
A_VERSION = {"type": "string", "pattern": f"^{VERSION}$"}


def structure(required, optional):
    return {
        "type": "object", "properties": {**required, **optional}, "required": list(required),
        "additionalProperties": False
    }


def by_name(value):
    return {"type": "object", "minProperties": 1, "propertyNames": {"pattern": NAME}, "additionalProperties": value}


# What the spec requires and, of what it allows, what we use.
SPECIFICATION = structure(
    {
        "name": {"type": "string", "pattern": NAME},
        "version": A_VERSION,
        "abstract": TEXT,
        "maintainer": TEXT,
        "license": {"const": "postgresql"},
        "provides": by_name(structure({"file": TEXT, "version": A_VERSION}, {"abstract": TEXT, "docfile": TEXT})),
        "meta-spec": structure({"version": {"const": "1.0.0"}}, {"url": {"const": "https://pgxn.org/meta/spec.txt"}}),
    },
    {
        "description": TEXT,
        "prereqs": structure(
            {}, {"runtime": structure(
                {}, {"requires": by_name({"type": "string", "pattern": rf"^{REQUIREMENT}(\s*,\s*{REQUIREMENT})*$"})}
            )}
        ),
        "tags": {"type": "array", "items": {"type": "string", "pattern": TAG}, "minItems": 1, "uniqueItems": True},
    },
)


@pytest.fixture
def meta():
    return json.loads((ROOT / "META.json").read_text())


def test_meta_has_what_is_required_and_nothing_unknown(meta):
    jsonschema.validate(meta, SPECIFICATION)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "1.1"},
        {"version": None},
        {"maintainer": ""},
        {"license": "postgres"},
        {"provides": {}},
        {"provides": {"jerry": {"version": "1.1.0"}}},
        {"prereqs": {"runtime": {"requires": {"PostgreSQL": "15"}}}},
        {"tags": ["a/b"]},
        {"colour": "blue"},
    ],
)
def test_meta_that_is_wrong_is_seen(meta, wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**meta, **wrong}, SPECIFICATION)


def test_files_that_meta_names_are_there(meta):
    for extension in meta["provides"].values():
        assert (ROOT / extension["file"]).is_file()
        assert (ROOT / extension["docfile"]).is_file()

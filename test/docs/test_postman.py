"""The collection for Postman asks for everything that openapi.json describes.  That it runs:
test/openapi/test_postman.py.
"""

import json
import subprocess

import pytest

from pages import ROOT
from pieces import Pieces, add_every_kind


def collection(document, folder):
    (folder / "openapi.json").write_text(json.dumps(document))
    made = subprocess.run(
        [ROOT / "tools" / "generate-postman", folder / "openapi.json"], stdout=subprocess.PIPE, check=True
    )
    return json.loads(made.stdout)


def requests(folder):
    for item in folder["item"]:
        if "item" in item:
            yield from requests(item)
        else:
            yield item["request"]


def target(request):
    """(method, path) as openapi.json has them."""
    steps = ["{%s}" % step[1:] if step.startswith(":") else step for step in request["url"]["path"]]
    return request["method"].lower(), "/" + "/".join(steps)


@pytest.fixture
def pieces(tmp_path):
    return Pieces(tmp_path)


def test_the_collection_asks_for_every_operation(pieces, tmp_path):
    document = pieces.document()
    asked = {target(request) for request in requests(collection(document, tmp_path))}
    assert asked == {(method, path) for path, item in document["paths"].items() for method in item}


def test_the_collection_fills_in_requests_of_every_kind(pieces, tmp_path):
    add_every_kind(pieces)
    made = collection(pieces.document(), tmp_path)
    asked = {target(request): request for request in requests(made)}

    listed = asked["get", "/api/v1/things"]
    assert listed["url"]["query"] == [{"key": "after", "value": "550e8400-e29b-41d4-a716-446655440000"}]
    assert listed["url"]["raw"].endswith("/api/v1/things?after=550e8400-e29b-41d4-a716-446655440000")
    assert listed["auth"]["type"] == "bearer"

    removed = asked["delete", "/api/v1/things/{thing_id}"]
    assert removed["url"]["variable"] == [{"key": "thing_id", "value": "550e8400-e29b-41d4-a716-446655440000"}]
    assert "body" not in removed

    changed = asked["patch", "/api/v1/things/{thing_id}"]
    assert json.loads(changed["body"]["raw"]) == {"data": {"colour": "red"}}

    token = asked["post", "/oauth2/token"]
    assert token["body"]["urlencoded"] == [{"key": "grant_type", "value": "client_credentials"}]
    assert token["header"] == [{"key": "Content-Type", "value": "application/x-www-form-urlencoded"}]
    assert [part["value"] for part in token["auth"]["basic"]] == ["{{client_id}}", "{{client_secret}}"]
    assert {"client_id", "client_secret"} <= {variable["key"] for variable in made["variable"]}

    assert "body" not in asked["get", "/oauth/start"]

"""The collection for Postman: green against a running Jerry.  What it holds: test/docs/test_postman.py."""

import json
import os
import pathlib
import subprocess

import pytest

import database
from client import Api
from users import new_user_data

ROOT = pathlib.Path(__file__).resolve().parents[2]


def count(folder):
    return sum(count(item) if "item" in item else 1 for item in folder["item"])


@pytest.fixture
def mailed():
    """The tokens in the mails to users of this test's own; over HTTP nobody gets one."""
    db = database.connect(os.environ["JERRY_DSN"])
    api, user = Api(os.environ["JERRY_URL"]), new_user_data()
    user_id = api.register(user).data["user_id"]
    api.request_password_reset(user["email"])
    # the later requests are those of whoever logs in by code
    other = new_user_data()
    other_id = api.register(other).data["user_id"]
    api.verify_email(database.verification_token(db, other_id))
    database.query(db, "SELECT jerry.configure('jerry.code_login', 'on')")
    api.request_login_code(other["email"])
    tokens = {
        "verification_token": database.verification_token(db, user_id),
        "password_reset_token": database.password_reset_token(db, user_id),
        "login_token": database.login_code(db, other_id)[1],
    }
    yield tokens
    database.query(db, "SELECT jerry.configure('jerry.code_login', NULL)")
    db.close()


@pytest.fixture
def collection(served, tmp_path):
    """The collection of the document that is served, in a file."""
    file = tmp_path / "postman_collection.json"
    with file.open("w") as target:
        subprocess.run([ROOT / "tools" / "generate-postman", served], stdout=target, check=True)
    return file


@pytest.mark.parametrize("verifies", [True, False])
def test_every_request_passes_its_tests(npm, tmp_path, collection, mailed, verifies):
    report = tmp_path / "report.json"
    done = npm(
        "newman",
        "run",
        collection,
        "--env-var",
        f"base_url={os.environ['JERRY_URL']}",
        *(word for name, token in mailed.items() if verifies for word in ("--env-var", f"{name}={token}")),
        "--reporters",
        "cli,json",
        "--reporter-json-export",
        report,
    )
    assert done.returncode == 0, done.stdout
    run = json.loads(report.read_text())["run"]
    assert run["failures"] == []
    assert run["stats"]["requests"]["total"] == count(json.loads(collection.read_text()))
    assert run["stats"]["assertions"]["total"] > run["stats"]["requests"]["total"]

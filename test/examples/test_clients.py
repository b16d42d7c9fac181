"""register_user.py, login_user.py, validate_token.py."""

import json

import pytest

import database
from processes import free_port
from users import PASSWORD, new_email


def test_register_login_and_validate_follow_each_other(run, db):
    email = new_email()
    registered = run("register_user.py", email, given=PASSWORD + "\n")
    assert registered.returncode == 0, registered.stderr
    [user_id] = database.query(db, "SELECT id::text FROM jerry.user WHERE email = %s", email)
    assert registered.stdout.splitlines()[0].split() == [user_id[0], email]

    logged_in = run("login_user.py", email, given=PASSWORD + "\n")
    assert logged_in.returncode == 0, logged_in.stderr
    assert json.loads(logged_in.stdout)["user_id"] == user_id[0]

    validated = run("validate_token.py", given=logged_in.stdout)
    assert validated.returncode == 0, validated.stderr
    assert validated.stdout.split()[:3] == [user_id[0], email, "until"]


def test_an_expired_access_token_is_replaced(run, db, user, tokens):
    claims = {"sub": tokens["user_id"], "user_id": tokens["user_id"], "email": user["email"]}
    expired = database.mint(db, claims, "-1 minute")
    validated = run("validate_token.py", given=json.dumps({**tokens, "access_token": expired}))
    assert validated.returncode == 0, validated.stderr
    assert "has expired" in validated.stdout.splitlines()[0]
    new = json.loads(validated.stdout.splitlines()[1])
    [rotates] = database.query(db, "SELECT value FROM jerry.configuration() WHERE name = 'jerry.rotate_refresh_tokens'")
    assert (new["refresh_token"] != tokens["refresh_token"]) == (rotates[0] == "on")
    assert new["access_token"] not in (expired, tokens["access_token"])
    assert user["email"] in validated.stdout.splitlines()[2]


@pytest.mark.parametrize(
    "name, arguments, given, told",
    [
        ("register_user.py", ["nobody"], PASSWORD, "INVALID_EMAIL"),
        ("register_user.py", [new_email()], "short", "WEAK_PASSWORD: Password must be at least 8 characters long"),
        ("login_user.py", [new_email()], PASSWORD, "INVALID_CREDENTIALS: Email or password incorrect"),
        ("validate_token.py", [], '{"access_token": "x", "refresh_token": "x"}', "INVALID_TOKEN"),
    ],
)
def test_a_refusal_ends_with_its_code(run, name, arguments, given, told):
    refused = run(name, *arguments, given=given)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith(told)


@pytest.mark.parametrize("name", ["register_user.py", "login_user.py"])
def test_without_an_argument_the_usage_is_shown(run, name):
    assert name in run(name).stderr


@pytest.mark.parametrize("name", ["register_user.py", "login_user.py", "validate_token.py"])
def test_without_jerry_one_line_says_so(run, name):
    arguments = [] if name == "validate_token.py" else [new_email()]
    given = '{"access_token": "x"}' if name == "validate_token.py" else PASSWORD
    alone = run(name, *arguments, given=given, JERRY_URL=f"http://127.0.0.1:{free_port()}")
    assert alone.returncode == 1
    assert alone.stderr.startswith("Jerry cannot be reached")
    assert "Traceback" not in alone.stderr

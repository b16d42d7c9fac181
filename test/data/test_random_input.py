"""What strangers and hooks make up, against the backend's own JSON: thousands of values, and what each must become."""

import contextlib
import json
import os
import random

import psycopg2
import pytest

from database import connect, login_code, query, value

PASSWORD = "Secret-123"
ROUNDS = 500
SEED = int(os.environ.get("JERRY_TEST_SEED", "0"))

NAMES = ["", "a", "b", "name", "é", "\u2028", "𝄞", "\\", '"', "__proto__", "refuse", "claims", "code", "status"]

SPOILERS = ["", "{", "}", "[", '"', "\\", "\\u0000", "\\ud800", "9" * 500, "e999", ",", ":"]


@pytest.fixture(scope="module")
def db(new_installation):
    with contextlib.closing(connect(new_installation())) as connection:
        query(connection, "SELECT jerry.configure('jerry.bcrypt_cost', '4')")
        query(connection, "SELECT jerry.configure('jerry.code_login', 'on')")
        value(connection, "SELECT jerry.register(%s, %s, %s)", "ada@example.com", PASSWORD, PASSWORD)
        yield connection


@pytest.fixture(scope="module")
def user_id(db):
    return value(db, 'SELECT id FROM jerry."user"')


def some_value(rng, depth=0):
    kind = rng.randrange(4 if depth > 4 else 6)
    if kind == 4:
        return [some_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 5:
        return some_object(rng, depth + 1)
    return [None, rng.choice((True, False)), rng.randrange(-10**12, 10**12), rng.choice(NAMES)][kind]


def some_object(rng, depth=0):
    return {rng.choice(NAMES): some_value(rng, depth) for _ in range(rng.randrange(5))}


def merged(target, patch):
    """JSON Merge Patch, as RFC 7396 writes it down."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, change in patch.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), change)
    return result


def test_changes_are_merged_as_the_standard_says(db, user_id):
    rng = random.Random(SEED)
    stored = {}
    for _ in range(ROUNDS):
        changes = some_object(rng)
        answer = value(db, "SELECT jerry.set_app_metadata(%s, %s)", user_id, json.dumps(changes))
        if not answer["success"]:
            # all that is kept of a user has a limit, which so many changes come to
            assert answer["error"]["code"] == "VALIDATION_ERROR"
            assert len(json.dumps(merged(stored, changes))) > 4096
            changes = {name: None for name in stored}
            answer = value(db, "SELECT jerry.set_app_metadata(%s, %s)", user_id, json.dumps(changes))
        stored = merged(stored, changes)
        assert answer["data"]["app_metadata"] == stored, (SEED, changes)


def spoiled(rng, text):
    """JSON with a few characters more, less or other than it had."""
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(SPOILERS) + text[at + rng.randrange(3):]
    return text


def test_changes_that_are_spoiled_are_refused_or_merged_and_nothing_else(db, user_id):
    rng = random.Random(SEED)
    answers = set()
    for _ in range(ROUNDS):
        try:
            changes = spoiled(rng, json.dumps(some_object(rng)))
            answer = value(db, "SELECT jerry.set_app_metadata(%s, %s)", user_id, changes)
        except psycopg2.Error as error:
            answers.add(error.pgcode)
        else:
            answers.add("OK" if answer["success"] else answer["error"]["code"])
    assert answers == {"OK", "VALIDATION_ERROR", "22P02"}, SEED


def refusal_in(returned):
    """Is what a hook has returned a refusal, as docs/HOOKS.md describes one?"""
    refuse = returned.get("refuse")
    if set(returned) - {"refuse", "claims"} or not isinstance(refuse, dict):
        return False
    code, status = refuse.get("code"), refuse.get("status")
    # a number is as good as its digits
    text = str(code) if isinstance(code, (str, int)) else ""
    is_code = 0 < len(text) <= 64 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
    return is_code and (status is None or str(status).isdigit() and 400 <= int(status) <= 499)


def some_answer_of_a_hook(rng):
    returned = some_object(rng) if rng.random() < 0.2 else {}
    if rng.random() < 0.4:
        returned["claims"] = some_value(rng) if rng.random() < 0.3 else some_object(rng)
    if rng.random() < 0.4:
        returned["refuse"] = {"code": rng.choice(["X", "CLOSED_2", "closed", "", "X" * 64, "X" * 65, 7])}
        if rng.random() < 0.5:
            returned["refuse"]["status"] = rng.choice([399, 400, 409, 499, 500])
        if rng.random() < 0.2:
            returned["refuse"] = some_value(rng)
    return rng.choice([returned] * 9 + [some_value(rng)])


def test_a_hook_lets_in_refuses_or_fails_and_nothing_else(db):
    rng = random.Random(SEED)
    query(db, "CREATE TABLE public.reply (value jsonb)")
    query(db, "INSERT INTO public.reply VALUES (NULL)")
    query(db, "CREATE FUNCTION public.reply(event jsonb) RETURNS jsonb LANGUAGE sql AS "
              "'SELECT value FROM public.reply'")
    query(db, "SELECT jerry.add_hook('login', 'public.reply(jsonb)')")
    seen = set()
    try:
        for _ in range(ROUNDS):
            returned = some_answer_of_a_hook(rng)
            query(db, "UPDATE public.reply SET value = %s", json.dumps(returned))
            try:
                answer = value(db, "SELECT jerry.login('ada@example.com', %s)", PASSWORD)
            except psycopg2.Error as error:
                outcome = error.pgcode
            else:
                outcome = "OK" if answer["success"] else answer["error"]["code"]
            seen.add(outcome)
            if outcome == "OK":
                claims = value(db, "SELECT jerry.verify_token(%s)", answer["data"]["access_token"])["data"]
                assert set(returned) <= {"claims"}, (SEED, returned)
                assert claims.get("app", {}) == returned.get("claims", {}), (SEED, returned)
            elif outcome == "HOOK_REFUSED":
                assert refusal_in(returned), (SEED, returned)
            else:
                assert outcome in ("22023", "22P02", "22003"), (SEED, returned)
                lets_in = isinstance(returned, dict) and set(returned) == {"claims"} and isinstance(
                    returned["claims"], dict
                )
                assert not lets_in and not (isinstance(returned, dict) and refusal_in(returned)), (SEED, returned)
    finally:
        query(db, "SELECT jerry.remove_hook('login', 'public.reply(pg_catalog.jsonb)')")
    assert {"OK", "HOOK_REFUSED", "22023"} <= seen


def test_made_up_codes_flows_and_tokens_let_nobody_in(db, user_id):
    rng = random.Random(SEED)
    letters = "ABCabc019-_ =é\u00a0"
    for _ in range(ROUNDS // 5):
        flow = value(db, "SELECT jerry.request_login_code('ada@example.com')")["data"]["flow"]
        code, token = login_code(db, user_id)
        given = [spoil(rng, text, letters) for text, spoil in ((flow, changed), (code, changed), (token, changed))]
        for arguments in ((given[0], code, None), (flow, given[1], None), (None, None, given[2]),
                          (given[0], given[1], None)):
            if arguments in ((flow, code, None), (None, None, token)):
                continue
            answer = value(db, "SELECT jerry.confirm_login_code(%s, %s, %s)", *arguments)
            assert answer["error"]["code"] == "INVALID_TOKEN", (SEED, arguments)
        assert value(db, "SELECT jerry.confirm_login_code(token => %s)", token)["success"]


def changed(rng, text, letters):
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(letters) * rng.randrange(3) + text[at + rng.randrange(3):]

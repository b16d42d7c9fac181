"""The building blocks that SQL users have: passwords and tokens without a login around them."""

import json
import time

import jwt
import psycopg2
import pytest

import database

DATA = {
    "sub": "7f1d2c9e-0000-4000-8000-000000000001", "user_id": "7f1d2c9e-0000-4000-8000-000000000001",
    "email": "user@example.com"
}


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def decode(db, token, *token_type):
    """The claims, or the code of the refusal."""
    marks = ", ".join(["%s"] * (1 + len(token_type)))
    answer = database.value(db, f"SELECT jerry.decode_token({marks})", token, *token_type)
    return answer["data"] if answer["success"] else answer["error"]["code"]


@pytest.fixture
def cheap(db):
    """Hashes of the lowest cost, for tests that are about something else."""
    database.query(db, "SET jerry.bcrypt_cost = 4")
    return db


def test_hash_password(db):
    database.query(db, "SET jerry.bcrypt_cost = 12")
    first, second = (database.value(db, "SELECT jerry.hash_password('SecurePassword123!')") for _ in range(2))
    assert first[:4] in ("$2a$", "$2b$")
    assert first[4:7] == "12$"
    assert len(first) == 60
    assert first != second, "the salt is new every time"


def test_verify_password_correct(cheap):
    assert database.value(cheap, "SELECT jerry.verify_password('pässword', jerry.hash_password('pässword'))") is True


def test_verify_password_incorrect(cheap):
    assert database.value(cheap, "SELECT jerry.verify_password('password', jerry.hash_password('Password'))") is False
    assert database.value(cheap, "SELECT jerry.verify_password('', jerry.hash_password('Password'))") is False


def test_create_access_token(db):
    token = database.mint(db, DATA)
    made = claims(token)
    assert {name: made[name] for name in DATA} == DATA
    assert made["type"] == "access"
    assert abs(made["iat"] - time.time()) < 60
    assert made["exp"] - made["iat"] == 24 * 3600
    assert made["jti"] != claims(database.mint(db, DATA))["jti"]
    assert claims(database.mint(db, DATA, "5 minutes"))["exp"] - made["iat"] in range(300, 360)


def test_create_refresh_token(db):
    made = claims(database.value(db, "SELECT jerry.create_refresh_token(%s)", json.dumps({"user_id": DATA["user_id"]})))
    assert made["type"] == "refresh"
    assert made["user_id"] == DATA["user_id"]
    assert made["exp"] - made["iat"] == 7 * 24 * 3600
    assert "email" not in made


def test_decode_valid_token(db):
    token = database.mint(db, {**DATA, "roles": ["a", "b"], "n": 1.5})
    decoded = decode(db, token)
    assert decoded == claims(token)
    assert decoded["roles"] == ["a", "b"]


def test_decode_expired_token(db):
    assert decode(db, database.mint(db, DATA, "-1 second")) == "EXPIRED_TOKEN"


def test_decode_invalid_token(db):
    token = database.mint(db, DATA)
    assert decode(db, token[:-1]) == "INVALID_TOKEN"
    assert decode(db, "") == "INVALID_TOKEN"
    assert decode(db, "a.b.c") == "INVALID_TOKEN"


def test_decode_looks_at_the_type(db):
    access = database.mint(db, DATA)
    refresh = database.value(db, "SELECT jerry.create_refresh_token(%s)", json.dumps(DATA))
    assert decode(db, access, "access") == claims(access)
    assert decode(db, refresh, "refresh") == claims(refresh)
    assert decode(db, access, "refresh") == "INVALID_TOKEN"
    assert decode(db, refresh) == "INVALID_TOKEN"


def test_verify_token_wants_a_live_session(api, db, registered_user, login):
    def verify(token):
        return database.value(db, "SELECT jerry.verify_token(%s)", token)

    assert verify(login["access_token"])["data"] == claims(login["access_token"])
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE user_id = %s", registered_user["user_id"])
    assert verify(login["access_token"])["error"]["code"] == "INVALID_TOKEN"
    assert decode(db, login["access_token"]) == claims(login["access_token"])


def test_the_caller_of_create_access_token_cannot_set_the_claims_that_jerry_answers_for(db):
    made = claims(database.mint(db, {**DATA, "type": "refresh", "exp": 9999999999, "iat": 1, "jti": "x"}, "1 hour"))
    assert made["type"] == "access"
    assert made["exp"] - made["iat"] == 3600
    assert made["jti"] != "x"


@pytest.mark.parametrize("data", ["[]", "1", '"x"', "null"])
def test_create_access_token_wants_an_object(db, data):
    with pytest.raises(psycopg2.Error) as raised:
        database.value(db, "SELECT jerry.create_access_token(%s)", data)
    assert raised.value.pgcode == "22023"


def test_hash_password_refuses_what_bcrypt_would_cut(cheap):
    assert database.value(cheap, "SELECT length(jerry.hash_password(repeat('x', 72)))") == 60
    with pytest.raises(psycopg2.Error) as raised:
        database.value(cheap, "SELECT jerry.hash_password(repeat('x', 73))")
    assert raised.value.pgcode == "JR004"

"""Tokens that Jerry signs verify in other libraries, with the same claims."""

import json

import jwt
import pytest

from accounts import Accounts

WRONG_KEY = bytes(range(32))


@pytest.fixture(params=["access_token", "refresh_token"])
def token(request, jerry):
    return jerry.login()[request.param]


def test_pyjwt_verifies_a_token_of_jerry(jerry, token):
    kid, secret = jerry.active_key()
    claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "iat", "sub", "jti"]})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": kid}
    assert jerry.value("SELECT jerry.decode_token(%s, %s)", token, claims["type"])["data"] == claims


def test_libjwt_verifies_a_token_of_jerry(jerry, libjwt, token):
    secret = jerry.active_key()[1]
    claims = json.loads(libjwt("verify", "HS256", secret.hex(), given=token))
    assert claims == jwt.decode(token, options={"verify_signature": False})


def test_another_key_does_not_verify_a_token_of_jerry(libjwt, token):
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, WRONG_KEY, algorithms=["HS256"])
    assert libjwt("verify", "HS256", WRONG_KEY.hex(), given=token) is None


@pytest.mark.parametrize("length", [32, 33, 63, 64, 65, 200])
def test_a_key_of_any_length_signs_the_same_everywhere(make_database, libjwt, length):
    jerry = Accounts(make_database())
    secret = ("éàüößñçøåœ" * 10)[: length // 2] + "k" * (length % 2)
    jerry.import_key(secret)
    token = jerry.login()["access_token"]
    assert jwt.decode(token, secret.encode(), algorithms=["HS256"])["type"] == "access"
    assert json.loads(libjwt("verify", "HS256", secret.encode().hex(), given=token))["type"] == "access"


def test_claims_of_all_kinds_arrive_unchanged(jerry, libjwt):
    data = {
        "text": 'é 日本 🔑 "quoted" \\ / \u2028 \t\n',
        "number": -12345678901234,
        "fraction": 0.25,
        "yes": True,
        "nothing": None,
        "list": [1, "two", [], {}],
        "object": {"inner": {"deep": "value"}},
        "": "empty name",
        "naïve": 1,
    }
    token = jerry.value("SELECT jerry.create_access_token(%s)", json.dumps(data))
    secret = jerry.active_key()[1]
    for claims in (
        jwt.decode(token, secret, algorithms=["HS256"]),
        json.loads(libjwt("verify", "HS256", secret.hex(), given=token)),
        jerry.value("SELECT jerry.decode_token(%s)", token)["data"],
    ):
        assert {name: claims[name] for name in data} == data


def test_issuer_and_audience_are_claims_that_pyjwt_checks(make_database):
    jerry = Accounts(make_database())
    with jerry.connection.cursor() as cursor:
        cursor.execute("SET jerry.issuer = 'https://auth.example.com'")
        cursor.execute("SET jerry.audience = 'shop'")
    token = jerry.login()["access_token"]
    secret = jerry.active_key()[1]
    assert jwt.decode(token, secret, algorithms=["HS256"], issuer="https://auth.example.com", audience="shop")
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, secret, algorithms=["HS256"], audience="bank")
    with pytest.raises(jwt.InvalidIssuerError):
        jwt.decode(token, secret, algorithms=["HS256"], audience="shop", issuer="https://evil.example")
    assert jerry.validate(token) is None


def test_a_token_that_pyjwt_calls_expired_is_expired(jerry):
    token = jerry.value("SELECT jerry.create_access_token('{}', '-1 second')")
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token, jerry.active_key()[1], algorithms=["HS256"])
    assert jerry.validate(token) == "EXPIRED_TOKEN"

"""Tokens that others sign: right ones are as good as Jerry's own, all others are refused and hurt nobody."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import psycopg2
import pytest

from accounts import Accounts

SECRET = "a secret that another service shares with Jerry: 0123456789"


@pytest.fixture(scope="module")
def imported(make_database):
    """A database whose active key came from outside: its tokens need no kid."""
    accounts = Accounts(make_database())
    accounts.kid = accounts.import_key(SECRET)
    return accounts


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims_of(accounts, **changes):
    """Claims of a living session as another service would sign them, less those that a change sets to None."""
    claims = jwt.decode(accounts.login()["access_token"], options={"verify_signature": False})
    claims.update(changes)
    return {name: claim for name, claim in claims.items() if claim is not None}


def signed(secret, header, payload):
    """A token with a right HS256 signature over any header and payload: objects, JSON text or bytes."""

    def segment(part):
        if isinstance(part, dict):
            part = json.dumps(part, separators=(",", ":"))
        return b64(part if isinstance(part, bytes) else part.encode())

    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


def own_header(accounts):
    """The header that Jerry's own tokens carry."""
    return {"alg": "HS256", "typ": "JWT", "kid": accounts.active_key()[0]}


# ---- accepted ------------------------------------------------------------------------------------------------------


def test_a_token_signed_like_jerrys_own_is_valid(jerry):
    claims = claims_of(jerry)
    assert jerry.validate(signed(jerry.active_key()[1], own_header(jerry), claims)) is None


def test_a_token_of_pyjwt_with_kid_is_valid(jerry):
    kid, secret = jerry.active_key()
    claims = claims_of(jerry)
    assert jerry.validate(jwt.encode(claims, secret, algorithm="HS256", headers={"kid": kid})) is None


def test_a_token_of_libjwt_with_kid_is_valid(jerry, libjwt):
    kid, secret = jerry.active_key()
    token = libjwt("sign", "HS256", secret.hex(), kid, given=json.dumps(claims_of(jerry)))
    assert jerry.validate(token) is None


def test_a_token_of_pyjwt_without_kid_is_valid_under_an_imported_key(imported):
    assert imported.validate(jwt.encode(claims_of(imported), SECRET, algorithm="HS256")) is None


def test_a_token_of_libjwt_without_kid_is_valid_under_an_imported_key(imported, libjwt):
    token = libjwt("sign", "HS256", SECRET.encode().hex(), given=json.dumps(claims_of(imported)))
    assert imported.validate(token) is None


def test_the_header_of_the_briefs_tokens_is_taken_under_an_imported_key(imported):
    token = signed(SECRET.encode(), '{"alg":"HS256","typ":"JWT"}', claims_of(imported))
    assert token.startswith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")
    assert imported.validate(token) is None


def test_tokens_of_the_earlier_key_stay_valid_after_an_import(make_database):
    accounts = Accounts(make_database())
    before = accounts.login()["access_token"]
    kid = accounts.import_key(SECRET)
    after = accounts.login()["access_token"]
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"] == kid
    assert accounts.validate(before) is None
    assert accounts.validate(after) is None
    assert jwt.decode(after, SECRET, algorithms=["HS256"])


def test_importing_a_key_again_changes_nothing(imported):
    token = imported.login()["access_token"]
    assert imported.import_key(SECRET) == imported.kid
    assert imported.validate(token) is None


def test_two_imported_keys_both_verify_without_kid(make_database):
    accounts = Accounts(make_database())
    other = "another secret of at least thirty-two bytes"
    accounts.import_key(other)
    accounts.import_key(SECRET)
    claims = claims_of(accounts)
    for secret in other, SECRET:
        assert accounts.validate(jwt.encode(claims, secret, algorithm="HS256")) is None


# ---- refused -------------------------------------------------------------------------------------------------------


def test_a_token_without_kid_is_refused_when_no_key_was_imported(jerry):
    assert jerry.validate(jwt.encode(claims_of(jerry), jerry.active_key()[1], algorithm="HS256")) == "INVALID_TOKEN"


def test_a_token_of_a_retired_key_is_refused(make_database):
    accounts = Accounts(make_database())
    token = accounts.login()["access_token"]
    accounts.import_key(SECRET)
    assert accounts.validate(token) is None
    accounts.value(
        "WITH retired AS (UPDATE jerry.signing_key SET status = 'retired' WHERE NOT imported RETURNING 1) "
        "SELECT count(*) FROM retired"
    )
    assert accounts.validate(token) == "INVALID_TOKEN"


def test_a_secret_of_31_bytes_is_not_imported(imported):
    for secret in "", "x" * 31:
        with pytest.raises(psycopg2.Error) as raised:
            imported.import_key(secret)
        assert raised.value.pgcode == "22023"


HEADERS = {
    "alg none": {"alg": "none", "typ": "JWT"},
    "alg none with kid": {"alg": "none", "typ": "JWT", "kid": "KID"},
    "alg HS384": {"alg": "HS384", "typ": "JWT", "kid": "KID"},
    "alg HS512": {"alg": "HS512", "typ": "JWT", "kid": "KID"},
    "alg RS256": {"alg": "RS256", "typ": "JWT", "kid": "KID"},
    "alg ES256": {"alg": "ES256", "typ": "JWT", "kid": "KID"},
    "alg hs256": {"alg": "hs256", "typ": "JWT", "kid": "KID"},
    "alg twice": '{"alg":"none","alg":"HS256","typ":"JWT","kid":"KID"}',
    "alg a list": {"alg": ["HS256"], "typ": "JWT", "kid": "KID"},
    "alg null": {"alg": None, "typ": "JWT", "kid": "KID"},
    "no alg": {"typ": "JWT", "kid": "KID"},
    "typ JWE": {"alg": "HS256", "typ": "JWE", "kid": "KID"},
    "typ a number": {"alg": "HS256", "typ": 1, "kid": "KID"},
    "unknown kid": {"alg": "HS256", "typ": "JWT", "kid": "nobody"},
    "empty kid": {"alg": "HS256", "typ": "JWT", "kid": ""},
    "kid in another case": {"alg": "HS256", "typ": "JWT", "kid": "kid"},
    "kid a path": {"alg": "HS256", "typ": "JWT", "kid": "../../dev/null"},
    "kid an injection": {"alg": "HS256", "typ": "JWT", "kid": "x' OR 'a'='a"},
    "kid a number": {"alg": "HS256", "typ": "JWT", "kid": 1},
    "kid null": {"alg": "HS256", "typ": "JWT", "kid": None},
    "unknown crit": {"alg": "HS256", "typ": "JWT", "kid": "KID", "crit": ["unknown"], "unknown": 1},
    "empty crit": {"alg": "HS256", "typ": "JWT", "kid": "KID", "crit": []},
    "b64 false": {"alg": "HS256", "typ": "JWT", "kid": "KID", "crit": ["b64"], "b64": False},
    "jku": {"alg": "HS256", "typ": "JWT", "kid": "KID", "jku": "https://evil.example/keys"},
    "jwk": {"alg": "HS256", "typ": "JWT", "kid": "KID", "jwk": {"kty": "oct", "k": "AAAA"}},
    "zip": {"alg": "HS256", "typ": "JWT", "kid": "KID", "zip": "DEF"},
    "not an object": "[]",
    "not JSON": "alg",
    "empty": "",
    "cut": '{"alg":"HS256","typ":"JWT","kid":"KID"',
    "zero byte": b'{"alg":"HS256","typ":"JWT","kid":"KID"}\x00',
    "text behind": '{"alg":"HS256","typ":"JWT","kid":"KID"}{}',
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_not_jerrys_is_refused_however_it_is_signed(jerry, name):
    kid, secret = jerry.active_key()
    header = HEADERS[name]
    text = header if isinstance(header, (str, bytes)) else json.dumps(header, separators=(",", ":"))
    text = text.replace(b"KID", kid.encode()) if isinstance(text, bytes) else text.replace("KID", kid)
    token = signed(secret, text, claims_of(jerry))
    assert jerry.validate(token) == "INVALID_TOKEN"
    assert jerry.validate(token.rpartition(".")[0] + ".") == "INVALID_TOKEN"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_hmac_of_the_right_secret_is_refused(imported, algorithm):
    claims = claims_of(imported)
    for headers in {}, {"kid": imported.kid}:
        token = jwt.encode(claims, SECRET, algorithm=algorithm, headers=headers)
        assert imported.validate(token) == "INVALID_TOKEN"


def test_an_unsigned_token_of_pyjwt_is_refused(imported):
    claims = claims_of(imported)
    for headers in {}, {"kid": imported.kid}:
        assert imported.validate(jwt.encode(claims, None, algorithm="none", headers=headers)) == "INVALID_TOKEN"


def test_a_token_signed_with_another_key_is_refused(imported, jerry):
    claims = claims_of(imported)
    for secret in (
        b"", b"\0" * 32, SECRET.encode()[:-1], SECRET.encode() + b"\n", SECRET.upper().encode(), jerry.active_key()[1]
    ):
        for header in own_header(imported), {"alg": "HS256", "typ": "JWT"}:
            assert imported.validate(signed(secret, header, claims)) == "INVALID_TOKEN"


def test_a_key_signs_only_under_its_own_kid(make_database):
    accounts = Accounts(make_database())
    accounts.login()
    first, first_secret = accounts.active_key()
    second = accounts.import_key(SECRET)
    claims = claims_of(accounts)
    assert accounts.validate(
        signed(SECRET.encode(), {"alg": "HS256", "typ": "JWT", "kid": first}, claims)
    ) == "INVALID_TOKEN"
    assert accounts.validate(
        signed(first_secret, {"alg": "HS256", "typ": "JWT", "kid": second}, claims)
    ) == "INVALID_TOKEN"


@pytest.fixture(scope="module")
def strict(make_database):
    """A database that wants to be named in tokens, with claims of a session that satisfy it."""
    accounts = Accounts(make_database())
    with accounts.connection.cursor() as cursor:
        cursor.execute("SET jerry.issuer = 'https://auth.example.com'")
        cursor.execute("SET jerry.audience = 'shop'")
    accounts.login()  # the first token makes the key
    return accounts


@pytest.mark.parametrize("audience", ["shop", ["shop"], ["bank", "shop"]], ids=json.dumps)
def test_the_audience_may_be_one_or_several(strict, audience):
    token = signed(strict.active_key()[1], own_header(strict), claims_of(strict, aud=audience))
    assert strict.validate(token) is None


@pytest.mark.parametrize(
    "audience",
    [
        None, "", "bank", "Shop", "shop ", [], ["bank"], [["shop"]], {"shop": "shop"}, {"aud": "shop"},
        [{"aud": "shop"}], 1, True
    ],
    ids=json.dumps,
)
def test_a_token_for_somebody_else_is_refused(strict, audience):
    token = signed(strict.active_key()[1], own_header(strict), claims_of(strict, aud=audience))
    assert strict.validate(token) == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "issuer", [None, "", "https://evil.example", "https://auth.example.com/", ["https://auth.example.com"], 1],
    ids=json.dumps
)
def test_a_token_of_somebody_else_is_refused(strict, issuer):
    token = signed(strict.active_key()[1], own_header(strict), claims_of(strict, iss=issuer))
    assert strict.validate(token) == "INVALID_TOKEN"


NOW = int(time.time())

CLAIMS = {
    "exp a string": {"exp": str(NOW + 3600)},
    "exp a fraction": {"exp": NOW + 3600.5},
    "exp true": {"exp": True},
    "exp a list": {"exp": [NOW + 3600]},
    "exp an object": {"exp": {}},
    "exp beyond 64 bits": {"exp": 2**64 + NOW},
    "exp beyond a double": {"exp": 10**400},
    "no exp": {"exp": None},
    "nbf in the future": {"nbf": NOW + 3600},
    "nbf a string": {"nbf": "0"},
    "iat a string": {"iat": "0"},
    "type refresh": {"type": "refresh"},
    "type unknown": {"type": "id"},
    "type in another case": {"type": "Access"},
    "type a number": {"type": 1},
    "no type": {"type": None},
    "sub a number": {"sub": 1},
    "sub a list": {"sub": ["x"]},
    "sub another than user_id": {"sub": "00000000-0000-0000-0000-000000000000"},
    "sub not a uuid beside user_id": {"sub": "admin"},
    "user_id a number": {"user_id": 1},
    "user_id not a uuid": {"user_id": "admin"},
    "sub nobody": {"sub": "00000000-0000-0000-0000-000000000000", "user_id": "00000000-0000-0000-0000-000000000000"},
    "sub not a uuid": {"sub": "admin", "user_id": "admin"},
    "sid unknown": {"sid": "00000000-0000-0000-0000-000000000000"},
    "sid not a uuid": {"sid": "x"},
    "sid a number": {"sid": 1},
    "sid a list": {"sid": ["x"]},
    "sid an object": {"sid": {"x": 1}},
    "sid true": {"sid": True},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_jerry_would_not_sign_are_refused_under_a_right_signature(jerry, name):
    token = signed(jerry.active_key()[1], own_header(jerry), claims_of(jerry, **CLAIMS[name]))
    assert jerry.validate(token) == "INVALID_TOKEN"


@pytest.mark.parametrize("exp", [NOW - 1, NOW - 10**6, 1, 0, -1, -(2**31), -(2**62)])
def test_a_token_that_is_merely_late_is_expired(jerry, exp):
    token = signed(jerry.active_key()[1], own_header(jerry), claims_of(jerry, exp=exp))
    assert jerry.validate(token) in ("EXPIRED_TOKEN", "INVALID_TOKEN" if exp < 0 else "EXPIRED_TOKEN")


def test_a_late_token_with_a_wrong_signature_is_invalid(jerry):
    claims = claims_of(jerry, exp=NOW - 10)
    assert jerry.validate(signed(b"x" * 32, own_header(jerry), claims)) == "INVALID_TOKEN"


@pytest.mark.parametrize("exp", [2**31, 2**32, 2**40, 2**53])
def test_an_exp_far_away_is_no_accident(jerry, exp):
    """Valid for a very long time, or refused: never wrapped around."""
    answer = jerry.validate(signed(jerry.active_key()[1], own_header(jerry), claims_of(jerry, exp=exp)))
    assert answer in (None, "INVALID_TOKEN")
    assert jerry.validate(jerry.login()["access_token"]) is None


def payload_text(accounts, replace, by):
    text = json.dumps(claims_of(accounts), separators=(",", ":"))
    assert replace in text
    return text.replace(replace, by, 1)


@pytest.mark.parametrize(
    "replace, by",
    [
        ('{"', '{"type":"refresh","'),
        ('"type":"access"', '"type":"access","type":"access"'),
        ('"type":"access"', '"type":"refresh","type":"access"'),
        ('"type":"access"', '"type":"access","\\u0074ype":"refresh"'),
        ('"exp":', '"exp":1,"exp":'),
        ('"exp":', '"exp":99999999999,"exp":'),
        ('"sub":', '"sub":"x","sub":'),
    ],
)
def test_duplicate_claims_are_refused_under_a_right_signature(jerry, replace, by):
    token = signed(jerry.active_key()[1], own_header(jerry), payload_text(jerry, replace, by))
    assert jerry.validate(token) == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "payload",
    ["", "x", "{}", "[]", "null", "1", '"text"', "{", '{"exp":}', '{"a":"\x00"}', '{"a":"\\u0000"}', b"\xff\xfe",
     b'{"a":"\xff"}',
     "[" * 3000, '{"a":' * 1000],
    ids=lambda payload: repr(payload[:14]),
)
def test_a_payload_that_is_no_claims_is_refused_under_a_right_signature(jerry, payload):
    assert jerry.validate(signed(jerry.active_key()[1], own_header(jerry), payload)) == "INVALID_TOKEN"


def test_text_behind_the_claims_is_refused_under_a_right_signature(jerry):
    text = json.dumps(claims_of(jerry)).encode()
    for tail in b"\x00", b"{}", b"x", b"\x00{}":
        token = signed(jerry.active_key()[1], own_header(jerry), text + tail)
        assert jerry.validate(token) == "INVALID_TOKEN"


def spellings(token):
    """The token with something in it that a lenient reader of base64 would pass over."""
    head, payload, signature = token.split(".")
    for junk in "=", "==", " ", "\n", "\r\n", "\t", "!", "#", "é", "%3D", "\\":
        yield f"{head}.{payload}.{signature}{junk}"
        yield f"{head}.{payload}{junk}.{signature}"
        yield f"{head}{junk}.{payload}.{signature}"
        yield f"{junk}{head}.{payload}.{signature}"
        yield f"{head}.{payload[:9]}{junk}{payload[9:]}.{signature}"
        yield f"{head}.{payload}.{signature[:9]}{junk}{signature[9:]}"
    yield f"{head}.{payload}.{signature}".replace("-", "+").replace("_", "/") + "+"
    yield f"{head}..{signature}"
    yield f".{payload}.{signature}"
    yield f"{head}.{payload}."
    yield f"{head}.{payload}"
    yield f"{head}.{payload}.{signature}.{signature}"
    yield f"{head}.{payload}.{signature}."
    yield f".{head}.{payload}.{signature}"
    yield f"{head}:{payload}:{signature}"
    yield f'"{token}"'
    yield f"Bearer {token}"
    for length in range(len(token) - 60, len(token)):
        yield token[:length]


def test_a_token_has_one_spelling(jerry):
    token = jerry.login()["access_token"]
    assert jerry.validate(token) is None
    for spelling in spellings(token):
        assert jerry.validate(spelling) == "INVALID_TOKEN", spelling


def test_standard_base64_is_not_base64url(jerry):
    """Until a signature has - or _ in it, which is soon."""
    secret = jerry.active_key()[1]
    for number in range(100):
        token = signed(secret, own_header(jerry), claims_of(jerry, jti=str(number)))
        standard = token.replace("-", "+").replace("_", "/")
        if standard != token:
            assert jerry.validate(token) is None
            assert jerry.validate(standard) == "INVALID_TOKEN"
            return
    raise AssertionError("no token with - or _")


def test_unused_bits_of_base64_must_be_zero(jerry):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    kid, secret = jerry.active_key()
    claims = json.dumps(claims_of(jerry)).encode()
    claims += b" " * (-len(claims) % 3 + 1)  # one byte left over: four bits of the last character mean nothing
    head, payload, _ = signed(secret, own_header(jerry), claims).split(".")
    payload = payload[:-1] + alphabet[alphabet.index(payload[-1]) + 1]
    signature = b64(hmac.digest(secret, f"{head}.{payload}".encode(), hashlib.sha256))
    assert jerry.validate(f"{head}.{payload}.{signature}") == "INVALID_TOKEN"


@pytest.mark.parametrize("size", [8193, 10_000, 100_000, 9_000_000])
def test_an_oversized_token_is_refused_and_the_server_lives(jerry, size):
    started = jerry.started_at()
    head, payload, signature = jerry.login()["access_token"].split(".")
    long_payload = signed(jerry.active_key()[1], own_header(jerry), claims_of(jerry, padding="x" * size))
    for token in (
        long_payload,
        "A" * size + "." + payload + "." + signature,
        head + "." + "A" * size + "." + signature,
        head + "." + payload + "." + "A" * size,
        "." * size,
        "A" * size,
    ):
        assert jerry.validate(token) == "INVALID_TOKEN"
        assert jerry.code("me", token) == "INVALID_TOKEN"
        assert jerry.code("refresh", token) == "INVALID_TOKEN"
        assert jerry.code("verify_token", token) == "INVALID_TOKEN"
    assert jerry.started_at() == started


def test_a_token_below_the_limit_is_read(jerry):
    token = signed(jerry.active_key()[1], own_header(jerry), claims_of(jerry, padding="x" * 4000))
    assert 5000 < len(token) < 8192
    assert jerry.validate(token) is None


def test_bits_flipped_anywhere_make_a_token_invalid(jerry):
    started = jerry.started_at()
    token = jerry.login()["access_token"]
    for position in range(0, len(token), 3):
        flipped = token[:position] + chr(ord(token[position]) ^ 1) + token[position + 1 :]
        assert jerry.validate(flipped) == "INVALID_TOKEN", position
    assert jerry.started_at() == started


def test_a_public_key_is_no_secret(imported):
    """RS256 taken for HS256: the header says RS256, the signature is an HMAC with what everybody knows."""
    public_key = b"-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n"
    for algorithm in "RS256", "HS256":
        token = signed(public_key, {"alg": algorithm, "typ": "JWT"}, claims_of(imported))
        assert imported.validate(token) == "INVALID_TOKEN"

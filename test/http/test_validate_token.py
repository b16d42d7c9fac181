"""POST /api/v1/auth/validate-token"""

import base64
import json

import jwt
import pytest

import database
from answers import parse_time


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def segment(value):
    """One segment of a token: base64url without padding."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_validate_token_success(api, registered_user, login):
    answer = api.validate_token(login["access_token"])
    assert answer.status == 200
    assert list(answer.data) == ["is_valid", "user_id", "email", "expires_at", "aal", "amr", "auth_time"]
    assert answer.data["is_valid"] is True
    assert answer.data["user_id"] == registered_user["user_id"]
    assert answer.data["email"] == registered_user["email"]
    assert parse_time(answer.data["expires_at"]).timestamp() == claims(login["access_token"])["exp"]
    assert (answer.data["aal"], answer.data["amr"]) == ("aal1", ["pwd"])
    assert answer.data["auth_time"] == claims(login["access_token"])["iat"]


def test_validate_token_invalid_signature(api, login):
    head, payload, signature = login["access_token"].split(".")
    for wrong in (signature[:-1], signature + "A", signature.swapcase(), "A" * 43, ""):
        answer = api.validate_token(f"{head}.{payload}.{wrong}")
        assert answer.status == 401
        assert answer.code == "INVALID_TOKEN"


def test_validate_token_signature_of_another_payload(api, registered_user, login):
    head, payload, signature = login["access_token"].split(".")
    forged = {**claims(login["access_token"]), "user_id": "00000000-0000-0000-0000-000000000000"}
    assert api.validate_token(f"{head}.{segment(forged)}.{signature}").code == "INVALID_TOKEN"


def test_validate_token_signature_has_one_spelling(api, login):
    """The last character of a 43 character segment carries two unused bits: only zero bits are a signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = login["access_token"]
    position = alphabet.index(token[-1])
    assert position % 4 == 0
    for unused in 1, 2, 3:
        assert api.validate_token(token[:-1] + alphabet[position + unused]).code == "INVALID_TOKEN"


def test_validate_token_expired(api, db, login):
    data = {name: claims(login["access_token"])[name] for name in ("sub", "user_id", "email", "sid")}
    assert api.validate_token(database.mint(db, data)).status == 200
    answer = api.validate_token(database.mint(db, data, "-1 second"))
    assert answer.status == 401
    assert answer.code == "EXPIRED_TOKEN"


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "not-a-token",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..",
        "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x",
        "é.é.é",
        "x" * 9000,
        "." * 9000,
        "{}",
        "null",
    ],
    ids=lambda token: token[:12],
)
def test_validate_token_malformed(api, token):
    answer = api.validate_token(token)
    assert answer.status == 401
    assert answer.code == "INVALID_TOKEN"


def test_validate_token_missing(api):
    answer = api.post("validate-token", {})
    assert answer.status == 400
    assert answer.code == "VALIDATION_ERROR"
    assert answer.details == {"field": "token", "issue": "Field is required"}


@pytest.mark.parametrize(
    "asked, missing",
    [
        ({"min_aal": "aal1", "max_age": 600}, None),
        ({"min_aal": None, "max_age": None}, None),
        ({"min_aal": "aal2"}, {"aal": "aal2"}),
        ({"max_age": 30}, {"max_age": 30}),
        ({"min_aal": "aal2", "max_age": 600}, {"aal": "aal2"}),
        ({"min_aal": "aal2", "max_age": 0}, {"aal": "aal2", "max_age": 0}),
    ],
)
def test_validate_token_of_a_login_that_is_not_enough(api, db, login, asked, missing):
    sid = claims(login["access_token"])["sid"]
    database.query(db, "UPDATE jerry.session SET authenticated_at = now() - interval '1 minute' WHERE id = %s", sid)
    token = api.refresh(login["refresh_token"]).data["access_token"]
    answer = api.post("validate-token", {"token": token, **asked})
    if missing is None:
        assert answer.status == 200
    else:
        assert (answer.status, answer.code, answer.details) == (403, "STEP_UP_REQUIRED", missing)


@pytest.mark.parametrize(
    "asked, field, issue",
    [
        ({"min_aal": "aal3"}, "min_aal", "Level must be aal1 or aal2"),
        ({"min_aal": 2}, "min_aal", "Field must be a string"),
        ({"max_age": -1}, "max_age", "Age must not be negative"),
        ({"max_age": "600"}, "max_age", "Field must be an integer"),
    ],
)
def test_validate_token_for_what_cannot_be_asked(api, login, asked, field, issue):
    answer = api.post("validate-token", {"token": login["access_token"], **asked})
    assert (answer.status, answer.code, answer.details) == (400, "VALIDATION_ERROR", {"field": field, "issue": issue})


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", ""])
def test_validate_token_with_another_algorithm(api, login, algorithm):
    head, payload, signature = login["access_token"].split(".")
    header = {**jwt.get_unverified_header(login["access_token"]), "alg": algorithm}
    for tail in signature, "":
        assert api.validate_token(f"{segment(header)}.{payload}.{tail}").code == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "change",
    [
        lambda token: " " + token,
        lambda token: token + " ",
        lambda token: token + "\n",
        lambda token: token + "=",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", "..", 1),
        lambda token: token + ".",
        lambda token: token[:40] + "\n" + token[40:],
        lambda token: token[:-1],
        lambda token: token[1:],
        lambda token: token[: len(token) // 2],
    ],
)
def test_validate_token_takes_the_token_exactly(api, login, change):
    assert api.validate_token(change(login["access_token"])).code == "INVALID_TOKEN"


def test_validate_token_of_a_refresh_token(api, login):
    assert api.validate_token(login["refresh_token"]).code == "INVALID_TOKEN"


def test_validate_token_of_a_revoked_session(api, db, login):
    sid = claims(login["access_token"])["sid"]
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE id = %s", sid)
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"


def test_validate_token_of_a_deleted_user(api, db, registered_user, login):
    database.query(db, "DELETE FROM jerry.user WHERE id = %s", registered_user["user_id"])
    assert api.validate_token(login["access_token"]).code == "INVALID_TOKEN"


def test_validate_token_that_names_no_address(api, db, registered_user):
    """Another service that signs with the shared key may leave it out; the answer is one that openapi.json promises, as
    every answer here.
    """
    if not database.value(db, "SELECT bool_and(imported) FROM jerry.signing_key WHERE status = 'active'"):
        pytest.skip("the key of this database is shared with nobody")
    answer = api.validate_token(database.mint(db, {"sub": registered_user["user_id"]}))
    assert answer.status == 200
    assert answer.data["user_id"] == registered_user["user_id"]
    assert answer.data["email"] is None


def test_validate_token_answers_the_address_of_the_token_and_me_that_of_the_account(api, db, registered_user, login):
    database.query(db, "UPDATE jerry.user SET email = 'new.' || email WHERE id = %s", registered_user["user_id"])
    assert api.validate_token(login["access_token"]).data["email"] == registered_user["email"]
    assert api.me(login["access_token"]).data["email"] == "new." + registered_user["email"]
    fresh = api.refresh(login["refresh_token"]).data["access_token"]
    assert api.validate_token(fresh).data["email"] == "new." + registered_user["email"]


def test_validate_token_of_somebody_elses_session(api, db, make_user, login):
    """A token whose subject and session do not belong together is nobody's."""
    other = make_user()
    data = {"sub": other["user_id"], "user_id": other["user_id"], "email": other["email"]}
    data["sid"] = claims(login["access_token"])["sid"]
    assert api.validate_token(database.mint(db, data)).code == "INVALID_TOKEN"

"""openapi.json is a promise: every documented example is sent, every documented refusal provoked, and every answer held
against its schema.

An answer with a status or a code that is not documented for its route fails (contract.py).  test_openapi.py asks
whether the document is complete and consistent with itself.
"""

import concurrent.futures
import contextlib
import functools
import json
import re

import jwt
import pytest

import database
import totp
from client import AUTH, Api
from contract import SOURCE, contract
from database import connections
from processes import free_port, frozen
from raw import Connection
from users import PASSWORD, new_user, new_user_data

OPERATIONS = [(method, path) for method, path, _ in contract().operations()]
POSTS = [path for method, path in OPERATIONS if method == "POST"]
REFUSALS = list(contract().errors())
SESSION = f"{AUTH}/sessions/{{session_id}}"
ACTIVITY = f"{AUTH}/activity"
CHANGE = f"{AUTH}/password/change"
CONFIRM = f"{AUTH}/password/reset-confirm"
INVITE = f"{AUTH}/invite/accept"
EMAIL = f"{AUTH}/email/change"
ME = f"{AUTH}/me"
FACTORS = f"{AUTH}/2fa"
CHANGES_OF_FACTORS = tuple(f"{FACTORS}/{what}" for what in ("setup", "activate", "disable", "recovery-codes"))
# Those that take an access token and a body; so do PATCH and DELETE of ME.
WITH_BEARER_AND_BODY = (CHANGE, EMAIL, *CHANGES_OF_FACTORS)
WITH_BEARER = (ME, f"{AUTH}/sessions", SESSION, ACTIVITY, FACTORS)
NOBODYS = "00000000-0000-4000-8000-000000000000"

# (path, code) that is documented and not provoked below, and why.
NOT_PROVOKED = {(SESSION, "VALIDATION_ERROR"): "a path without an id is another path"}


def filled(path, session_id=NOBODYS):
    """The path with values in its places."""
    return path.replace("{session_id}", session_id).replace("{file}", "nothing.css")


def takes_both(method, path):
    return path in WITH_BEARER_AND_BODY or (method, path) in (("PATCH", ME), ("DELETE", ME))


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def exchange(url, method, path, *fields, version="HTTP/1.1", body=b"", length=True, source=None):
    """Send a request as it is put together here and hold the answer; its code."""
    target = filled(path)
    path = target.partition("?")[0]
    lines = ["Host: localhost", *fields]
    if method != "GET" and length:
        lines += [f"Content-Length: {len(body)}"]
    head = "\r\n".join([f"{method} {target} {version}", *lines, "", ""])
    with Connection(url, source=source) as connection:
        connection.send(head.encode() + body)
        answer = connection.answer()
    return held(method, path, answer)


def held(method, path, answer):
    """Hold an answer of raw.py; its code."""
    contract().hold(method, path, answer.status_code, answer.headers, answer.envelope)
    return answer.code


def refusals(*codes):
    """The documented refusals with one of these codes, as parameters (method, path, status, name, error)."""
    return pytest.mark.parametrize(
        "method, path, status, name, error",
        [
            pytest.param(*row, id=f"{row[0]} {row[1]} {row[3]}") for row in REFUSALS
            if row[4]["code"] in codes and (row[1], row[4]["code"]) not in NOT_PROVOKED
        ],
    )


# ---- what is documented can be had -----------------------------------------------------------------------------------


def new_password(current):
    new = "AnotherPassword456!"
    return {"current_password": current, "new_password": new, "new_password_confirmation": new}


def new_address(current):
    return {"new_email": new_user_data()["email"], "current_password": current}


def invited(db):
    """The id of somebody who was invited, and the body that accepts it."""
    user_id = database.value(db, "SELECT jerry.invite_user(%s)", new_user_data()["email"])["data"]["user_id"]
    token = database.invite_token(db, user_id)
    return user_id, {"token": token, "password": PASSWORD, "password_confirmation": PASSWORD}


def changed_email(api, db):
    """A user who has another address now; the token that takes it back."""
    user = new_user_data()
    user_id = api.register(user).data["user_id"]
    api.request_email_change(api.login(user).data["access_token"], new_user_data()["email"], PASSWORD)
    for token in database.email_change_tokens(db, user_id):
        assert api.confirm_email_change(token).status == 200
    return {**user, "user_id": user_id}, database.email_undo_token(db, user_id)


def user_for(api, db, path):
    """A user for a change of factors, an access token, and the body of the request."""
    token = api.login(new_user(api)).data["access_token"]
    if path.endswith("/setup"):
        return token, {"current_password": PASSWORD}
    secret = api.second_factor("setup", token).data["secret"]
    if path.endswith("/activate"):
        return token, {"code": totp.code(secret)}
    assert api.second_factor("activate", token, code=totp.code(secret)).status == 200
    # the next code is not to be waited for
    database.query(db, "UPDATE jerry.totp SET last_step = -1")
    return token, {"code": totp.code(secret)}


CODE = f"{AUTH}/login/code"


VERIFY = f"{AUTH}/2fa/verify"


def with_an_app(api, db):
    """A user with an authenticator app, and its secret."""
    user = new_user(api)
    token = api.login(user).data["access_token"]
    secret = database.value(db, "SELECT jerry.setup_totp(%s)", token)["data"]["secret"]
    assert database.value(db, "SELECT jerry.activate_totp(%s, %s)", token, totp.code(secret))["success"]
    return user, secret


def half_logged_in(api, db):
    """What ends the login of such a user: the next code of the app."""
    user, secret = with_an_app(api, db)
    return {"mfa_token": api.login(user).data["mfa_token"], "code": totp.code(secret, 1)}


def asked_for_code(api, db):
    """A user who has asked for a code; its flow."""
    user = new_user_data()
    user_id = api.register(user).data["user_id"]
    return user_id, api.request_login_code(user["email"]).data["flow"]


@pytest.fixture(autouse=True)
def with_codes(code_login):
    """What is documented of logins by code is what there is when they are on."""


@pytest.fixture
def filled_in(api, db):
    """The successful request examples by path, with what they stand for: a new user, tokens that are good."""
    user = new_user_data()
    user_id = api.register(user).data["user_id"]
    tokens = api.login(user).data
    api.request_password_reset(user["email"])
    api.request_email_change(tokens["access_token"], new_user_data()["email"], PASSWORD)
    confirmation, cancellation = database.email_change_tokens(db, user_id)
    code_user_id, flow = asked_for_code(api, db)
    of_factors = {path: user_for(api, db, path) for path in CHANGES_OF_FACTORS}
    return {
        f"{AUTH}/register": new_user_data(),
        f"{AUTH}/verify-email": {"token": database.verification_token(db, user_id)},
        f"{AUTH}/verify-email/resend": {"email": user["email"]},
        f"{AUTH}/login": {"email": user["email"], "password": PASSWORD},
        f"{AUTH}/refresh": {"refresh_token": tokens["refresh_token"]},
        f"{AUTH}/logout": {"refresh_token": tokens["refresh_token"]},
        f"{AUTH}/validate-token": {"token": tokens["access_token"]},
        CHANGE: new_password(PASSWORD),
        f"{AUTH}/password/reset": {"email": user["email"]},
        CONFIRM: {**new_password("x"), "token": database.password_reset_token(db, user_id)},
        INVITE: invited(db)[1],
        CODE: {"email": user["email"]},
        f"{CODE}-confirm": {"flow": flow, "code": database.login_code(db, code_user_id)[0]},
        VERIFY: half_logged_in(api, db),
        EMAIL: new_address(PASSWORD),
        f"{EMAIL}-confirm": {"token": confirmation},
        f"{EMAIL}-cancel": {"token": cancellation},
        f"{EMAIL}-undo": {"token": changed_email(api, db)[1]},
        ("DELETE", ME): {"current_password": PASSWORD},
        ("PATCH", ME): {"name": "Ada", "metadata": {"theme": "dark"}},
        **{path: body for path, (_, body) in of_factors.items()},
        "tokens": {path: token for path, (token, _) in of_factors.items()},
        "token": tokens["access_token"],
        **{path: tokens["access_token"] for path in WITH_BEARER},
    }


@pytest.mark.parametrize(
    "method, path, name, body", [pytest.param(*row, id=f"{row[1]} {row[2]}") for row in contract().requests()]
)
def test_every_documented_request_is_answered_as_documented(api, method, path, name, body):
    headers = bearer(api.login(new_user(api)).data["access_token"]) if takes_both(method, path) else {}
    answer = api.request(method, path, json=body, headers=headers)
    contract().hold_response(answer.response)
    if name == name.upper():
        assert answer.code == name
    elif path.endswith("/register"):
        assert answer.code in (None, "DUPLICATE_EMAIL")
    elif path.endswith("/login"):
        assert answer.status == 200, "the example of register is the user of the example of login"


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_every_route_succeeds_as_documented(api, filled_in, method, path):
    if takes_both(method, path):
        given = filled_in.get((method, path), filled_in[path])
        token = filled_in["tokens"].get(path, filled_in["token"])
        response = api.send(method, path, json=given, headers=bearer(token))
    elif path in WITH_BEARER:
        token = filled_in[path]
        session_id = jwt.decode(token, options={"verify_signature": False})["sid"]
        response = api.send(method, filled(path, session_id), headers=bearer(token))
    elif method == "POST":
        response = api.send(method, path, json=filled_in[path])
    else:
        response = api.send(method, path)
    assert response.status_code == (201 if path.endswith("/register") else 200), response.text
    contract().hold_response(response)


UUID = "550e8400-e29b-41d4-a716-446655440000"
TIME = "2024-01-15T10:30:00Z"

# What clients were promised before there was a schema: names, their order, types, and where a value is not a mark, the
# value.
SHAPES = {
    f"{AUTH}/register": {
        "user_id": UUID, "email": str, "message": "Registration successful. Please verify your email."
    },
    f"{AUTH}/verify-email": {"message": "Email verified successfully", "user_id": UUID},
    f"{AUTH}/verify-email/resend": {
        "message": "If this address belongs to an account that is not verified, a new verification token is on its way."
    },
    f"{AUTH}/login": {
        "access_token": str, "refresh_token": str, "token_type": "bearer", "expires_in": 86400, "user_id": UUID,
        "device_token": str
    },
    f"{AUTH}/refresh": {"access_token": str, "token_type": "bearer", "expires_in": 86400},
    f"{AUTH}/validate-token": {
        "is_valid": True, "user_id": UUID, "email": str, "expires_at": TIME, "aal": "aal1", "amr": ["pwd"],
        "auth_time": int
    },
}
HEALTH = {"status": "healthy", "service": "auth-service", "version": str, "database": "connected", "timestamp": TIME}
REFUSAL = {
    "code": "PASSWORD_MISMATCH",
    "message": "Password confirmation does not match",
    "details": {"field": "password_confirmation", "issue": "Passwords do not match"},
}


def assert_shape(expected, value):
    assert list(value) == list(expected)
    for name, promised in expected.items():
        if isinstance(promised, dict):
            assert_shape(promised, value[name])
        elif promised is str:
            assert isinstance(value[name], str) and value[name]
        elif promised is int:
            assert type(value[name]) is int
        elif promised in (UUID, TIME):
            assert re.fullmatch(re.sub("[0-9a-f]", "[0-9a-f]", promised), value[name])
        else:
            assert value[name] == promised and type(value[name]) is type(promised)


@pytest.mark.parametrize("path", SHAPES)
def test_a_success_has_the_promised_shape(api, filled_in, path):
    answer = api.send("POST", path, json=filled_in[path]).json()
    assert_shape({"success": True, "data": SHAPES[path], "timestamp": TIME}, answer)


def test_a_refusal_has_the_promised_shape(api):
    answer = api.send("POST", f"{AUTH}/register", json=new_user_data(password_confirmation="another")).json()
    assert_shape({"success": False, "error": REFUSAL, "timestamp": TIME}, answer)


def test_health_has_the_promised_shape(api):
    assert_shape(HEALTH, api.send("GET", "/health").json())


def test_what_is_served_is_the_document_of_this_checkout(api):
    served = api.send("GET", "/openapi.json").text
    version = json.loads(served)["info"]["version"]
    assert served == SOURCE.read_text().replace("@VERSION@", version)


# ---- what can go wrong is documented ---------------------------------------------------------------------------------

# Refusals of HTTP itself: how each is provoked on any route.
HTTP = {
    "BAD_REQUEST": lambda url, method, path: exchange(url, method, path, "Host: other"),
    "METHOD_NOT_ALLOWED": lambda url, method, path: exchange(url, "PUT", path),
    "PAYLOAD_TOO_LARGE": lambda url, method,
    path: exchange(url, method, path, "Content-Type: application/json", body=b"x" * 17000),
    "URI_TOO_LONG": lambda url, method, path: exchange(url, method, f"{path}?{'x' * 3000}"),
    "UNSUPPORTED_MEDIA_TYPE": lambda url, method,
    path: exchange(url, method, path, "Content-Type: text/plain", "Authorization: Bearer x", body=b"{}"),
    "EXPECTATION_FAILED": lambda url, method, path: exchange(url, method, path, "Expect: better"),
    "HEADERS_TOO_LARGE": lambda url, method, path: exchange(url, method, path, f"X-Filler: {'x' * 9000}"),
    "NOT_IMPLEMENTED": lambda url, method, path: exchange(url, "BREW", path),
    "HTTP_VERSION_NOT_SUPPORTED": lambda url, method, path: exchange(url, method, path, version="HTTP/2.0"),
}


# Refusals that come before a request was read.
EVERYWHERE = ("REQUEST_TIMEOUT", "SERVICE_UNAVAILABLE")


@refusals(*HTTP)
def test_a_refusal_of_http_is_the_documented_one(url, method, path, status, name, error):
    assert HTTP[error["code"]](url, method, path) == error["code"]


def test_half_a_request_is_refused_as_documented(url):
    """On all routes at once, because each is waited for."""
    waiting = []
    for method, path in OPERATIONS:
        connection = Connection(url)
        connection.send(f"{method} {filled(path)} HTTP/1.1\r\nHost".encode())
        waiting.append((method, filled(path), connection))
    for method, path, connection in waiting:
        connection.send(b"")
        assert held(method, path, connection.answer()) == "REQUEST_TIMEOUT"
        connection.socket.close()


def test_too_many_connections_are_refused_as_documented(start_sidecar, database_url):
    sidecar = start_sidecar(DATABASE_URL=database_url, MAX_CONNECTIONS_PER_ADDRESS="1")
    with Connection(sidecar.url, source="127.0.4.1"):
        for method, path in OPERATIONS:
            with Connection(sidecar.url, source="127.0.4.1") as connection:
                assert held(method, filled(path), connection.answer()) == "SERVICE_UNAVAILABLE"


# Refusals of what a request says.
SAID = (
    "VALIDATION_ERROR",
    "INVALID_EMAIL",
    "PASSWORD_MISMATCH",
    "WEAK_PASSWORD",
    "DUPLICATE_EMAIL",
    "INVALID_CREDENTIALS",
    "WRONG_PASSWORD",
    "INVALID_TOKEN",
    "EXPIRED_TOKEN",
    "USER_NOT_FOUND",
    "SESSION_NOT_FOUND",
    "STEP_UP_REQUIRED",
    "WRONG_CODE",
    "FACTOR_EXISTS",
    "FACTOR_NOT_FOUND",
    "NOT_FOUND",
)


def not_valid(given, error):
    """Without the field that has to be there, or with a value that it cannot have."""
    field = error["details"]["field"]
    if error["details"]["issue"] != "Field is required":
        return {**given, field: " "}
    return {name: value for name, value in given.items() if name != field}


def with_a_number(given, error):
    return {**given, error["details"]["field"]: 1}


def expired(db, api, path):
    """A token of each kind, and the session or the registration behind it, made old."""
    user = new_user_data()
    user_id = api.register(user).data["user_id"]
    tokens = api.login(user).data
    api.request_password_reset(user["email"])
    if path == INVITE:
        user_id, accept = invited(db)
    elif path == f"{CODE}-confirm":
        user_id, _ = asked_for_code(api, db)
    elif path == f"{EMAIL}-undo":
        user, undo = changed_email(api, db)
        user_id = user["user_id"]
    else:
        api.request_email_change(tokens["access_token"], new_user_data()["email"], PASSWORD)
    for table in "session", "one_time_token":
        database.query(
            db,
            f"UPDATE jerry.{table} SET created_at = created_at - interval '9 days', expires_at = expires_at - interval "
            "'9 days' WHERE user_id = %s",
            user_id,
        )
    if path.endswith("/verify-email"):
        return {"token": database.verification_token(db, user_id)}
    if path == CONFIRM:
        return {**new_password("x"), "token": database.password_reset_token(db, user_id)}
    if path == INVITE:
        return accept
    if path == f"{CODE}-confirm":
        return {"token": database.login_code(db, user_id)[1]}
    if path == f"{EMAIL}-undo":
        return {"token": undo}
    if path.startswith(f"{EMAIL}-"):
        return {"token": database.email_change_tokens(db, user_id)[0]}
    if path.endswith("/refresh"):
        return {"refresh_token": tokens["refresh_token"]}
    if path == VERIFY:
        given = half_logged_in(api, db)
        database.query(db, "UPDATE jerry.one_time_token SET expires_at = now() WHERE purpose = 'mfa'")
        return given
    token = database.mint(db, {"sub": user_id, "user_id": user_id, "email": user["email"]}, "-1 minute")
    return token if path in (*WITH_BEARER, *WITH_BEARER_AND_BODY) or path.endswith("/logout") else {"token": token}


def of_a_deleted_user(db, api, path):
    user = new_user_data()
    user_id = api.register(user).data["user_id"]
    tokens = api.login(user).data
    database.query(db, "DELETE FROM jerry.user WHERE id = %s", user_id)
    return tokens["access_token"] if path.endswith("/me") else {"refresh_token": tokens["refresh_token"]}


def taken_meanwhile(db, api, path):
    """The token of a change to an address that somebody else has by now."""
    if path == f"{EMAIL}-undo":
        user, token = changed_email(api, db)
        database.query(db, "INSERT INTO jerry.user (email, password_hash) VALUES (%s, 'x')", user["email"])
        return {"token": token}
    user, email = new_user_data(), new_user_data()["email"]
    user_id = api.register(user).data["user_id"]
    api.request_email_change(api.login(user).data["access_token"], email, PASSWORD)
    first, second = database.email_change_tokens(db, user_id)
    api.confirm_email_change(first)
    api.register(new_user_data(email=email))
    return {"token": second}


def age_login(db, token):
    """The user of a token has logged in an hour ago."""
    session_id = jwt.decode(token, options={"verify_signature": False})["sid"]
    age = "UPDATE jerry.session SET authenticated_at = now() - interval '1 hour' WHERE id = %s"
    database.query(db, age, session_id)


BAD_PAGES = {"VALIDATION_ERROR": "?max=0", "NOT_AN_INTEGER": "?before=x"}


@refusals(*SAID)
def test_a_refusal_of_what_is_said_is_the_documented_one(
    api, url, db, filled_in, method, path, status, name, error
):
    given = filled_in.get((method, path), filled_in.get(path))
    with_both = takes_both(method, path)
    chosen = "password" if path.endswith(("/register", "/invite/accept")) else "new_password"
    provoke = {
        "VALIDATION_ERROR": lambda: not_valid(given, error),
        "NOT_A_STRING": lambda: with_a_number(given, error),
        "NOT_AN_INTEGER": lambda: {**given, error["details"]["field"]: "x"},
        "STEP_UP_REQUIRED": lambda: given if with_both else {**given, "min_aal": "aal2"},
        "WRONG_CODE": lambda: {**given, "code": "no code"},
        "FACTOR_EXISTS": lambda: given,
        "FACTOR_NOT_FOUND": lambda: given,
        "MALFORMED_JSON": lambda: b'{"email":]',
        "INVALID_EMAIL": lambda: {**given, "new_email" if path == EMAIL else "email": "nobody"},
        "PASSWORD_MISMATCH": lambda: {**given, f"{chosen}_confirmation": PASSWORD + "!"},
        "WEAK_PASSWORD": lambda: {**given, chosen: "SecurePassword!", f"{chosen}_confirmation": "SecurePassword!"},
        "DUPLICATE_EMAIL": lambda: taken_meanwhile(db, api, path) if path.startswith(EMAIL) else
        {**given, "email": filled_in[f"{AUTH}/login"]["email"]},
        "INVALID_CREDENTIALS": lambda: {**given, "password": "WrongPassword123!"},
        "WRONG_PASSWORD": lambda: {**given, "current_password": "WrongPassword123!"},
        "INVALID_TOKEN": lambda: {
            "token": "x", "mfa_token": "x", "code": "x", "refresh_token": "x", "password": PASSWORD,
            "password_confirmation": PASSWORD,
            **new_password("x")
        } if method == "POST" and not with_both else "x",
        "MISSING_TOKEN": lambda: None,
        "EXPIRED_TOKEN": lambda: expired(db, api, path),
        "USER_NOT_FOUND": lambda: of_a_deleted_user(db, api, path),
        "SESSION_NOT_FOUND": lambda: given,
        "NOT_FOUND": lambda: None,
    }
    if name == "MALFORMED_QUERY":  # which a client that encodes does not send
        assert exchange(url, method, f"{path}?max=%", f"Authorization: Bearer {given}") == error["code"]
        return
    token = filled_in["tokens"].get(path, filled_in["token"])
    if path in CHANGES_OF_FACTORS:
        if name == "STEP_UP_REQUIRED":
            age_login(db, token)
            given.pop("current_password", None)
        elif error["code"].startswith("FACTOR_"):
            exists = error["code"] == "FACTOR_EXISTS"
            token = filled_in["tokens"][f"{FACTORS}/disable"] if exists else filled_in["token"]
        elif path.endswith("/setup") and name == "VALIDATION_ERROR":
            name = "NOT_A_STRING"
    if path == ACTIVITY and name in BAD_PAGES:
        body, path = given, path + BAD_PAGES[name]
    else:
        body = provoke[name]()
    if (method, path, name) == ("DELETE", ME, "VALIDATION_ERROR"):
        age_login(db, token)
    if with_both and not isinstance(body, bytes):
        token = body if isinstance(body, str) else token
        headers = bearer(token) if body is not None else {}
        answer = api.request(method, path, json=body if isinstance(body, dict) else given, headers=headers)
    elif isinstance(body, str):
        answer = api.request(method, filled(path), headers=bearer(body))
    elif isinstance(body, bytes):
        answer = api.request(
            method, path, data=body, headers={**bearer("x"), "Content-Type": "application/json"}
        )
    else:
        answer = api.request(method, filled(path), json=body)
    contract().hold_response(answer.response)
    assert answer.status == status
    if error["code"] != "WEAK_PASSWORD":  # which names the rule that was broken
        assert answer.error == error


def test_an_address_that_is_not_verified_is_refused_as_documented(private_cluster, private_db, start_sidecar):
    role = "ALTER ROLE jerry_sidecar"
    database.query(private_db, f"{role} SET jerry.require_verified_email = on")
    try:
        api = Api(start_sidecar(DATABASE_URL=private_cluster.database_url).url)
        user = new_user(api)
        answer = api.login(user)
    finally:
        database.query(private_db, f"{role} RESET jerry.require_verified_email")
    assert answer.code == "EMAIL_NOT_VERIFIED"
    contract().hold_response(answer.response)


def test_a_banned_user_is_refused_as_documented(api, db):
    user = new_user(api)
    for until in "infinity", "2126-01-15":
        database.query(db, "SELECT jerry.ban_user(id, %s) FROM jerry.user WHERE email = %s", until, user["email"])
        answer = api.login(user)
        assert answer.code == "USER_BANNED"
        contract().hold_response(answer.response)


def test_who_was_banned_by_hand_and_has_a_code_is_refused_as_documented(api, db):
    user_id, flow = asked_for_code(api, db)
    database.query(db, "UPDATE jerry.user SET banned_until = 'infinity' WHERE id = %s", user_id)
    answer = api.confirm_login_code(flow=flow, code=database.login_code(db, user_id)[0])
    assert answer.code == "USER_BANNED"
    contract().hold_response(answer.response)


def test_who_was_banned_in_the_middle_of_a_login_is_refused_as_documented(api, db):
    given = half_logged_in(api, db)
    database.query(db, "UPDATE jerry.user SET banned_until = 'infinity' WHERE id IN (SELECT user_id FROM jerry.totp)")
    answer = api.post("2fa/verify", given)
    assert answer.code == "USER_BANNED"
    contract().hold_response(answer.response)


# What is limited: the limit, and what uses it.
@functools.cache
def one_access_token(api):
    return api.login(new_user(api)).data["access_token"]


@functools.cache
def one_token_with_app(api, active):
    token = api.login(new_user(api)).data["access_token"]
    secret = api.second_factor("setup", token).data["secret"]
    assert not active or api.second_factor("activate", token, code=totp.code(secret)).status == 200
    return token


def guess(what, api):
    return api.second_factor(what, one_token_with_app(api, what != "activate"), code="no code")


LIMITED = {
    f"{FACTORS}/setup": (
        "login_account_network", lambda api: api.second_factor("setup", one_access_token(api), current_password="x")
    ),
    f"{FACTORS}/activate": ("second_factor_account", lambda api: guess("activate", api)),
    f"{FACTORS}/disable": ("second_factor_account", lambda api: guess("disable", api)),
    f"{FACTORS}/recovery-codes": ("second_factor_account", lambda api: guess("recovery-codes", api)),
    CHANGE: (
        "login_account_network", lambda api: api.change_password(one_access_token(api), "x", "AnotherPassword456!")
    ),
    EMAIL: (
        "login_account_network", lambda api: api.request_email_change(one_access_token(api), "x@example.com", "x")
    ),
    ME: ("login_account_network", lambda api: api.delete_me(one_access_token(api), "x")),
    CODE: ("mail_network", lambda api: api.request_login_code("x@example.com")),
    VERIFY: ("mail_token_network", lambda api: api.post("2fa/verify", {"mfa_token": "x", "code": "x"})),
    f"{CODE}-confirm": ("mail_token_network", lambda api: api.confirm_login_code(token="x")),
    f"{AUTH}/login": ("login_account_network", lambda api: api.login({"email": "x@example.com", "password": "x"})),
    f"{AUTH}/register": ("register_network", lambda api: api.register(new_user_data())),
    f"{AUTH}/verify-email/resend": (
        "mail_network", lambda api: api.post("verify-email/resend", {"email": "x@example.com"})
    ),
    f"{AUTH}/password/reset": ("mail_network", lambda api: api.request_password_reset("x@example.com")),
    f"{AUTH}/verify-email": ("mail_token_network", lambda api: api.verify_email("x")),
    CONFIRM: ("mail_token_network", lambda api: api.reset_password("x", "AnotherPassword456!")),
    INVITE: ("mail_token_network", lambda api: api.accept_invite("x", PASSWORD)),
    f"{EMAIL}-confirm": ("mail_token_network", lambda api: api.confirm_email_change("x")),
    f"{EMAIL}-cancel": ("mail_token_network", lambda api: api.cancel_email_change("x")),
    f"{EMAIL}-undo": ("mail_token_network", lambda api: api.undo_email_change("x")),
    f"{AUTH}/refresh": ("token_network", lambda api: api.refresh("x")),
    f"{AUTH}/validate-token": ("token_network", lambda api: api.validate_token("x")),
    f"{AUTH}/me": ("token_network", lambda api: api.me("x")),
}


@pytest.fixture(scope="module")
def limited_api(private_cluster, start_sidecar):
    """A sidecar whose sessions have limits."""
    role = "ALTER ROLE jerry_sidecar"
    settings = "rate_limits", "code_login"
    with contextlib.closing(database.connect(private_cluster.dsn)) as owner:
        for setting in settings:
            database.query(owner, f"{role} SET jerry.{setting} = on")
        try:
            sidecar = start_sidecar(DATABASE_URL=private_cluster.database_url)
            sidecar.wait_until_settled()  # or what opens later has none
        finally:
            for setting in settings:
                database.query(owner, f"{role} RESET jerry.{setting}")
    return Api(sidecar.url)


def test_changes_of_a_profile_are_limited_as_documented(limited_api, private_db):
    token = limited_api.login(new_user(limited_api)).data["access_token"]
    for n in range(30):
        assert limited_api.update_profile(token, name=f"Ada {n}").status == 200
    answer = limited_api.update_profile(token, name="Ada")
    database.query(private_db, "DELETE FROM jerry.rate_bucket")
    contract().hold_response(answer.response)
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert answer.headers["RateLimit-Policy"] == '"profile_account";q=60;w=3600'


@pytest.mark.parametrize("path", LIMITED)
def test_a_limit_is_refused_as_documented(path, limited_api, private_db):
    limit, use = LIMITED[path]
    database.query(private_db, "DELETE FROM jerry.rate_bucket")
    database.query(private_db, "SELECT jerry.set_limit(%s, 1, 3600, 1)", limit)
    try:
        assert use(limited_api).code != "RATE_LIMITED"
        answer = use(limited_api)
    finally:
        database.query(private_db, "SELECT jerry.set_limit(%s, NULL)", limit)
        database.query(private_db, "DELETE FROM jerry.rate_bucket")
    assert answer.code == "RATE_LIMITED" and answer.status == 429
    details = answer.error["details"]
    wait = details["retry_after"]
    assert 3590 < wait == int(answer.headers["Retry-After"]) <= 3600
    if limit.startswith(("login", "second_factor")):
        assert "policy" not in details and not [name for name in answer.headers if "ratelimit" in name.lower()]
    else:
        assert details["policy"] == {"name": limit, "quantity": 1, "seconds": 3600}
        assert answer.headers["RateLimit-Policy"] == f'"{limit}";q=1;w=3600'
        assert answer.headers["RateLimit"] == f'"{limit}";r=0;t={wait}'
    contract().hold_response(answer.response)


# ---- faults, and what an operator can set ----------------------------------------------------------------------------


FAULTS = ("INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT")


def needs_database(path):
    return path.startswith(AUTH) or path in ("/.well-known/jwks.json", "/health", "/readyz")


NEED_DATABASE = [(method, path) for method, path in OPERATIONS if needs_database(path)]


def ask_all(sidecar, routes=NEED_DATABASE):
    """Routes that need the database, at once: {path: code} of the answers, which are held."""

    def ask(method, path):
        body = {
            "email": "user@example.com", "password": PASSWORD, "password_confirmation": PASSWORD, "token": "x",
            "refresh_token": "x", "code": "123456", **new_password("x"), **new_address("x")
        }
        response = Api(sidecar.url).send(
            method, filled(path), headers=bearer("x") if path in (*WITH_BEARER, *WITH_BEARER_AND_BODY) else {},
            json=body if method == "POST" or takes_both(method, path) else None
        )
        contract().hold_response(response)
        return path, response.json().get("error", {}).get("code", response.json().get("database"))

    with concurrent.futures.ThreadPoolExecutor(len(routes)) as pool:
        return dict(pool.map(lambda route: ask(*route), routes))


def documented(code):
    return {path for _, path, _, _, error in REFUSALS if error["code"] == code}


def test_a_database_that_is_away_is_told_as_documented(start_sidecar):
    nobody = f"postgresql://jerry_sidecar:secret@127.0.0.1:{free_port()}/jerry"
    codes = ask_all(start_sidecar(ready=False, DATABASE_URL=nobody))
    assert codes.pop("/health") == "disconnected"
    assert set(codes.values()) == {"SERVICE_UNAVAILABLE"}


def test_a_database_that_says_nothing_is_told_as_documented(private_cluster, private_db, start_sidecar):
    """Through eight sidecars: one request more than a lane has connections would be told 503, as it was not sent."""
    sidecars = [start_sidecar(DATABASE_URL=private_cluster.database_url) for _ in range(8)]
    for sidecar in sidecars:
        sidecar.wait_until_settled()  # or what opens now is not frozen, and answers
    with frozen(connections(private_db)), concurrent.futures.ThreadPoolExecutor(8) as pool:
        passwords = [route for route in NEED_DATABASE if "/password/" in route[1]]
        factors = [route for route in NEED_DATABASE if route[1] in CHANGES_OF_FACTORS]
        others = [route for route in NEED_DATABASE if route not in (*passwords, *factors)]
        parts = (passwords, factors[::2], factors[1::2], *[others[first::5] for first in range(5)])
        told = pool.map(ask_all, sidecars, parts)
        codes = {path: code for codes in told for path, code in codes.items()}
    assert {path for path, code in codes.items() if code == "GATEWAY_TIMEOUT"} == documented("GATEWAY_TIMEOUT")
    assert codes["/health"] == "disconnected"


def test_an_error_of_the_database_is_told_as_documented(private_sidecar, private_db):
    functions = "ALL FUNCTIONS IN SCHEMA jerry"
    database.query(
        private_db,
        "CREATE TABLE public.acl AS SELECT oid, proacl FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace"
    )
    database.query(private_db, f"REVOKE EXECUTE ON {functions} FROM jerry_api")
    try:
        codes = ask_all(private_sidecar)
    finally:
        database.query(private_db, "UPDATE pg_proc SET proacl = acl.proacl FROM public.acl WHERE acl.oid = pg_proc.oid")
        database.query(private_db, "DROP TABLE public.acl")
    assert {path for path, code in codes.items() if code == "INTERNAL_ERROR"} == documented("INTERNAL_ERROR")


# ---- and nothing else ------------------------------------------------------------------------------------------------


def test_every_documented_refusal_has_its_provocation():
    for _, path, _, _, error in REFUSALS:
        code = error["code"]
        if code in FAULTS and code not in EVERYWHERE:
            assert needs_database(path)
        elif code in ("EMAIL_NOT_VERIFIED", "USER_BANNED"):
            assert path.endswith("/login") or (path in (f"{CODE}-confirm", VERIFY) and code == "USER_BANNED")
        elif code == "HOOK_REFUSED":
            called = path.removeprefix(f"{AUTH}/")
            hooked = "register", "login", "login/code-confirm", "2fa/verify", "refresh", "me"
            assert called in hooked, "as in test_hooks.py"
        elif code == "RATE_LIMITED":
            assert path in LIMITED
        else:
            assert code in EVERYWHERE or code in SAID or code in HTTP


ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b'"x"',
    b"{}",
    b"[" * 100,
    b'{"token":"x","token":"y"}',
    b'{"email":"\xff"}',
    b'{"email":"\\u0000"}',
    b'{"email":{},"password":[],"token":true,"refresh_token":1e400,"password_confirmation":null}',
    b'{"token":"' + b"x" * 9000 + b'","refresh_token":"' + b"x" * 6000 + b'"}',
    b'{"email":"' + b"x" * 9000 + b'@example.com","password":"' + b"x" * 5000 + b'"}',
]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", ODD_BODIES, ids=range(len(ODD_BODIES)))
def test_odd_bodies_are_answered_as_documented(api, path, body):
    contract().hold_response(api.send("POST", path, data=body, headers={"Content-Type": "application/json"}))


ODD_REQUESTS = [
    {"headers": {"Accept": "text/html", "Accept-Encoding": "br", "Accept-Language": "xx"}},
    {"headers": {"Authorization": "Basic eDp4"}},
    {"headers": {"Authorization": "Bearer " + "x" * 5000}},
    {"headers": {"Authorization": b"Bearer \xff"}},
    {"headers": {"Content-Encoding": "gzip", "Content-Type": "application/json"}, "data": b"\x1f\x8b"},
    {"headers": {"Content-Type": "application/json; charset=latin-1"}, "data": b"{}"},
    {"headers": {"Content-Type": "multipart/form-data"}, "data": b"x"},
    {"headers": {"Content-Type": "application/json"}, "data": b"x" * 17000},
    {"headers": {"If-None-Match": "*", "If-Modified-Since": "x", "Range": "bytes=0-1"}},
    {"headers": {"Origin": "null", "X-Request-ID": "a b"}},
    {"headers": {"Connection": "upgrade", "Upgrade": "websocket"}},
    {"params": {"a": "b" * 1000}},
    {"data": b"{}"},
]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("odd", ODD_REQUESTS, ids=range(len(ODD_REQUESTS)))
def test_odd_requests_are_answered_as_documented(api, method, odd):
    for _, path in OPERATIONS:
        contract().hold_response(api.send(method, filled(path), **odd))

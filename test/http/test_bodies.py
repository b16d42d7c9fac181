"""What the API takes as a request body: one JSON object, UTF-8, at most 16 kB, with the fields of the route."""

import json

import pytest

from users import new_user_data

LIMIT = 16 * 1024

FIELDS = {
    "register": ["email", "password", "password_confirmation"],
    "login": ["email", "password"],
    "verify-email": ["token"],
    "verify-email/resend": ["email"],
    "refresh": ["refresh_token"],
    "validate-token": ["token"],
}

EVERY_FIELD = [(route, field) for route, fields in FIELDS.items() for field in fields]


def body_of(route):
    """A body with every field of the route, and of the right types."""
    user = new_user_data()
    return {field: user.get(field, "a.b.c") for field in FIELDS[route]}


def refused(api, route, body):
    """The answer to bytes that are no body of the route, whose form has just been checked."""
    answer = api.post_bytes(route, body)
    assert answer.status == 400, answer
    assert answer.code == "VALIDATION_ERROR"
    return answer


@pytest.mark.parametrize("route, field", EVERY_FIELD)
def test_a_missing_field_is_named(api, route, field):
    body = body_of(route)
    del body[field]
    answer = refused(api, route, json.dumps(body))
    assert answer.error["message"] == "Input validation failed"
    assert answer.details == {"field": field, "issue": "Field is required"}


@pytest.mark.parametrize("route, field", EVERY_FIELD)
def test_null_is_as_good_as_missing(api, route, field):
    answer = refused(api, route, json.dumps({**body_of(route), field: None}))
    assert answer.error["message"] == "Input validation failed"
    assert answer.details == {"field": field, "issue": "Field is required"}


@pytest.mark.parametrize("wrong", [True, False, 0, 1, 12345678, 1.5, [], ["a.b.c"], {}, {"email": "a"}], ids=json.dumps)
@pytest.mark.parametrize("route, field", EVERY_FIELD)
def test_a_field_that_is_no_string_is_named(api, route, field, wrong):
    answer = refused(api, route, json.dumps({**body_of(route), field: wrong}))
    assert answer.details["field"] == field
    assert answer.details["issue"]


def test_an_empty_object_names_the_first_field(api):
    for route, fields in FIELDS.items():
        assert refused(api, route, "{}").details["field"] == fields[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b'{"token":}',
        b'{"token":"a.b.c"',
        b'{"token":"a.b.c",}',
        b'{"token":"a.b.c"}}',
        b'{"token":"a.b.c"} x',
        b'{"token":"a.b.c"}{"token":"a.b.c"}',
        b"{'token':'a.b.c'}",
        b"{token:'a.b.c'}",
        b'{"token":a.b.c}',
        b'{"token":"a.b.c" /* comment */}',
        b'{"token":"a\nb"}',
        b'{"token":"a\tb"}',
        b'{"token":"\\x41"}',
        b'{"token":"\\u12"}',
        b'{"token":NaN}',
        b'{"token":"a.b.c","n":01}',
        b'{"token":"a.b.c","n":+1}',
        b'{"token":"a.b.c","n":.5}',
        b'{"token":"a.b.c"}\x00',
        b'{"n":1\x00,"token":"a.b.c"}',
        b'{"token":"a.b.c\x00"}',
        b"token=a.b.c",
        b"<token>a.b.c</token>",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf" * 2 + b'{"token":"a.b.c"}',
        b'\xef\xbb{"token":"a.b.c"}',
        '{"token":"a.b.c"}'.encode("utf-16"),
        b'{"token":"a.b.c","n":1e}',
        b'{"token":"a.b.c","n":-}',
        b'{"token":"a.b.c","n":1.}',
        b'{"token":"a.b.c","n":Infinity}',
        b'{"token":"a.b.c","n":tru}',
        b'{"token":"a.b.c","n":[1,]}',
        b'{"token":"a.b.c","n":[1}}',
        b'{"token":"a.b.c","n":{"a":1]}',
        b'{"token":"a.b.c","n":{"a"}}',
        b'{"token":"a.b.c","n":{1:2}}',
        b'{"token":"a.b.c","n":{,}}',
        b'{"token":"a.b.c","n":"\\u00"}',
        b'{"token":"a.b.c" "n":1}',
    ],
    ids=lambda body: repr(body[:24]),
)
def test_malformed_json_is_told(api, body):
    answer = refused(api, "validate-token", body)
    assert answer.error["message"] == "Request body is not valid"
    assert list(answer.details) == ["issue"]
    assert answer.details["issue"]


@pytest.mark.parametrize("body", [b"[]", b'["token"]', b'[{"token":"a.b.c"}]', b'"token"', b"1", b"true", b"null"])
def test_json_that_is_no_object_is_refused(api, body):
    refused(api, "validate-token", body)


@pytest.mark.parametrize(
    "text",
    [
        b"\x80",
        b"\xff",
        b"\xc3",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        "é".encode("latin-1"),
    ],
    ids=lambda text: text.hex(),
)
def test_bytes_that_are_not_utf_8_are_refused(api, text):
    refused(api, "validate-token", b'{"token":"' + text + b'"}')
    refused(api, "validate-token", b'{"token":"a.b.c","' + text + b'":1}')


@pytest.mark.parametrize(
    "escape",
    ["\\u0000", "a\\u0000b", "\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800", "\\udc00\\ud800", "\\ud83d\\u0041"]
)
def test_escapes_that_are_no_character_of_a_text_are_refused(api, escape):
    refused(api, "validate-token", '{"token":"%s"}' % escape)


@pytest.mark.parametrize("route", [route for route, fields in FIELDS.items() if "email" in fields])
@pytest.mark.parametrize(
    "email", ["\\u0000", "a\\u0000b@example.com", "user@example.com\\u0000", "user@exam\\u0000ple.com"]
)
def test_a_null_character_in_an_address_makes_it_no_address(api, route, email):
    """As every other character that is not allowed there."""
    body = json.dumps({**body_of(route), "email": "EMAIL"}).replace("EMAIL", email)
    answer = api.post_bytes(route, body)
    assert answer.code == "INVALID_EMAIL"
    assert answer.details == {"field": "email", "issue": "Email address is not valid"}


@pytest.mark.parametrize(
    "body",
    [
        '{"token":"a.b.c","token":"d.e.f"}',
        '{"token":"a.b.c","token":"a.b.c"}',
        '{"token":"a.b.c","\\u0074oken":"d.e.f"}',
        '{"token":null,"token":"a.b.c"}',
    ],
)
def test_a_field_that_is_read_may_be_there_once(api, body):
    assert refused(api, "validate-token", body).details == {"issue": "A field appears more than once"}


@pytest.mark.parametrize(
    "member",
    [
        '"n":9223372036854775808',
        '"n":-9223372036854775809',
        '"n":1e400',
        '"n":-0.0E-99999',
        '"n":"\\u0000"',
        '"\\u0000":1',
        '"n":"\\ud800"',
        '"\\udc00":"\\ud800x"',
        '"n":1,"n":2',
        '"n":{"deep":1,"deep":2}',
        '"n":{"token":"d.e.f"}',
        '"n":[[],{},[{"a":[null,true,false]}],""]',
        '"":{"":{"":[]}}',
        '"Token":1,"token ":2',
    ],
)
def test_what_nobody_reads_may_be_any_json(api, member):
    for body in '{"token":"a.b.c",%s}' % member, '{%s,"token":"a.b.c"}' % member:
        answer = api.post_bytes("validate-token", body)
        assert answer.code == "INVALID_TOKEN", answer


def test_a_mark_of_the_byte_order_is_ignored(api):
    assert api.post_bytes("validate-token", b"\xef\xbb\xbf" + b'{"token":"a.b.c"}').code == "INVALID_TOKEN"


def test_the_name_of_a_field_may_be_escaped(api):
    assert api.post_bytes("validate-token", b'{"\\u0074\\u006fken":"a.b.c"}').code == "INVALID_TOKEN"


def test_unknown_fields_are_ignored(api):
    user = new_user_data()
    extra = {"is_email_verified": True, "id": 1, "role": "admin", "nested": {"email": "x"}, "list": [1, None], "": ""}
    answer = api.register({**extra, **user})
    assert answer.status == 201
    assert answer.data["email"] == user["email"]


def test_field_names_are_compared_exactly(api):
    answer = refused(api, "login", json.dumps({"Email": "user@example.com", "PASSWORD": "x", " email": "x"}))
    assert answer.details["field"] == "email"


def test_escapes_and_characters_are_the_same_text(api, make_user):
    password = "Aa1!é日本語🔑\"\\/"
    user = make_user(password=password, password_confirmation=password)
    escaped = json.dumps({"email": user["email"], "password": password}, ensure_ascii=True)
    literal = json.dumps({"email": user["email"], "password": password}, ensure_ascii=False)
    assert "\\ud83d\\udd11" in escaped and "🔑" in literal
    for body in escaped, literal, escaped.replace("/", "\\/"):
        assert api.post_bytes("login", body.encode()).status == 200


def test_a_composed_character_of_a_password_is_its_parts(api, make_user):
    """Whichever of the two the keyboards write at registration and at login."""
    forms = "Aa1!caf\u00e9 xyz", "Aa1!cafe\u0301 xyz"
    for password in forms:
        user = make_user(password=password, password_confirmation=password)
        for other in forms:
            assert api.login({**user, "password": other}).status == 200
        assert api.login({**user, "password": "Aa1!cafe xyz"}).code == "INVALID_CREDENTIALS"


def test_white_space_around_the_object_is_json(api):
    assert api.post_bytes("validate-token", b' \t\r\n{ "token" : "a.b.c" } \n').code == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "headers, issue",
    [
        ({"Content-Type": "application/json; charset=utf-16"}, "The charset must be UTF-8"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, "The body must not be encoded"),
    ],
)
def test_json_in_another_dress_is_told_what_is_wrong(api, headers, issue):
    answer = api.post_bytes("validate-token", b'{"token":"a.b.c"}', None, headers=headers)
    assert answer.status == 415
    assert answer.details == {"issue": issue}


def test_a_request_without_any_body_is_told_so(api):
    """As curl -X POST sends it: without a length, and without a type."""
    for route in FIELDS:
        answer = api.request("POST", f"/api/v1/auth/{route}")
        assert (answer.status, answer.details) == (400, {"issue": "Request body is empty"})


def test_a_body_that_comes_in_chunks_is_read(api):
    """As .NET, Java and Node send what they do not know the length of."""
    body = [b'{"tok', b'en":', b'"a.b.c"}']
    assert api.post_bytes("validate-token", iter(body)).code == "INVALID_TOKEN"
    assert api.post_bytes("validate-token", iter([b" " * LIMIT, b"{}"])).code == "PAYLOAD_TOO_LARGE"
    user = new_user_data()
    assert api.post_bytes("register", iter([json.dumps(user).encode()])).status == 201


def padded(length):
    """A body of exactly this many bytes."""
    head, tail = b'{"token":"a.b.c","pad":"', b'"}'
    return head + b"x" * (length - len(head) - len(tail)) + tail


def test_a_body_of_16_kb_is_read(api):
    assert api.post_bytes("validate-token", padded(LIMIT)).code == "INVALID_TOKEN"


@pytest.mark.parametrize("length", [LIMIT + 1, 2 * LIMIT, 1024 * 1024])
def test_a_larger_body_is_refused(api, length):
    answer = api.post_bytes("validate-token", padded(length))
    assert answer.status == 413
    assert answer.code == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("bomb", ["[", '{"a":'], ids=["arrays", "objects"])
@pytest.mark.parametrize("depth", [100, 2048, 3000])
def test_nesting_is_no_bomb(api, bomb, depth):
    closing = "]" if bomb == "[" else "}"
    body = '{"token":"a.b.c","n":' + bomb * depth + "1" + closing * depth + "}"
    assert len(body) <= LIMIT * 2
    answer = api.post_bytes("validate-token", body[:LIMIT])
    assert answer.code in ("VALIDATION_ERROR", "INVALID_TOKEN")
    assert api.get("/livez").status == 200


def test_large_numbers_are_no_bomb(api):
    for number in ("1e999999", "-1e999999", "9" * 10000, "1" + "0" * 10000 + "e5"):
        answer = api.post_bytes("validate-token", '{"token":"a.b.c","n":%s}' % number)
        assert answer.code in ("VALIDATION_ERROR", "INVALID_TOKEN")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "application/json-patch+json",
        "text/json",
        "application",
        "json",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        'application/json; charset="utf-16"',
        "application/json; profile=x; charset=utf-16",
        'application/json; profile=";"; charset=latin1',
        "application/json; charset=",
        "application/json, text/plain",
        "application/json charset=utf-8",
    ],
)
@pytest.mark.parametrize("route", ["register", "validate-token"])
def test_another_content_type_is_refused(api, route, content_type):
    answer = api.post_bytes(route, json.dumps(body_of(route)), content_type)
    assert answer.status == 415
    assert answer.code == "UNSUPPORTED_MEDIA_TYPE"


def test_a_body_without_content_type_is_refused(api):
    assert api.post_bytes("validate-token", b'{"token":"a.b.c"}', None).code == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json ; charset=utf-8",
        "application/json; charset=utf8",
        "application/json;charset=utf-8;",
        "application/json; odata=verbose",
        "application/json; charset='utf-8'",
        'application/json; profile="x"; charset=utf-8',
        "application/json; charset=utf-8; boundary=x",
        "application/json; charset=us-ascii",
        'application/json; profile="a; charset=utf-16"',
        "application/json;",
    ],
)
def test_json_is_taken_however_it_is_spelled(api, content_type):
    assert api.post_bytes("validate-token", b'{"token":"a.b.c"}', content_type).code == "INVALID_TOKEN"

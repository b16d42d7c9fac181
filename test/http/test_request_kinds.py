"""Each kind of parameter and of reply, in a sidecar with routes of its own (echo_routes.h), whose functions say what
they were given.
"""

import base64
import os
import pathlib
import random
import subprocess
import urllib.parse

import pytest
import requests

from answers import check_answer
from database import connect, query, value
from processes import ROOT, Cluster, Sidecar
from raw import Connection

FUNCTIONS = """
CREATE FUNCTION jerry.echo(given json) RETURNS json LANGUAGE sql AS $$
    SELECT pg_catalog.concat('{"success":true,"data":', given, ',"timestamp":"',
        pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '"}')::json $$;
CREATE FUNCTION jerry.echo_path(part text, thing text) RETURNS json LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.json_build_object('part', part, 'thing', thing)) $$;
CREATE FUNCTION jerry.echo_client(client jerry.client) RETURNS json LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.row_to_json(client)) $$;
CREATE FUNCTION jerry.echo_kinds(text text, flag boolean, number bigint, object json, list json) RETURNS json
LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.json_build_object(
        'text', text, 'flag', flag, 'number', number, 'object', object, 'list', list)) $$;
CREATE FUNCTION jerry.echo_document(changes json) RETURNS json LANGUAGE sql AS $$ SELECT jerry.echo(changes) $$;
CREATE FUNCTION jerry.echo_query(text text, flag boolean, number bigint) RETURNS json LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.json_build_object('text', text, 'flag', flag, 'number', number)) $$;
CREATE FUNCTION jerry.echo_cookies(session text, theme text) RETURNS json LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.json_build_object('session', session, 'theme', theme)) $$;
CREATE FUNCTION jerry.echo_optional(token text, refresh_token text) RETURNS json LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.json_build_object('token', token, 'refresh_token', refresh_token)) $$;
CREATE TABLE public.deleted (token text, password text);
GRANT ALL ON public.deleted TO jerry_api;
CREATE FUNCTION jerry.echo_optional_delete(token text, password text) RETURNS json LANGUAGE sql AS $$
    INSERT INTO public.deleted VALUES (token, password);
    SELECT CASE WHEN password = 'cookie'
        THEN jerry.echo('{"set_cookie":{"name":"__Host-session","value":"","max_age":0}}')
        ELSE jerry.echo('{}') END $$;
CREATE FUNCTION jerry.echo_form(client text, secret text, grant_type text, code text) RETURNS json LANGUAGE sql AS $$
    SELECT CASE WHEN grant_type ~ '^error:'
        THEN pg_catalog.concat('{"error":"', pg_catalog.substr(grant_type, 7), '"}')::json
        ELSE pg_catalog.json_build_object('client', client, 'secret', secret, 'grant_type', grant_type, 'code', code)
        END $$;
CREATE FUNCTION jerry.echo_redirect(location text, cookie text) RETURNS json LANGUAGE sql AS $$
    SELECT jerry.echo(pg_catalog.json_build_object('location', location, 'set_cookie', cookie::json)) $$;
CREATE FUNCTION jerry.echo_permitted(number bigint, client jerry.client, token text) RETURNS json LANGUAGE sql AS $$
    INSERT INTO public.deleted VALUES (token, 'permitted');
    SELECT jerry.echo(pg_catalog.json_build_object('number', number)) $$;
CREATE FUNCTION jerry.echo_keys() RETURNS json LANGUAGE sql AS $$ SELECT '{"keys":[]}'::json $$;
"""


def echo_build():
    """The folder of a build with these routes, with the sanitizers where the suite runs with them."""
    given = pathlib.Path(os.environ.get("JERRY_BUILD", ROOT / "build"))
    variant = "asan-echo" if given.name == "asan" else "echo"
    subprocess.run(
        ["make", "-s", "--no-print-directory", "variant", f"VARIANT={variant}"], cwd=ROOT, check=True,
        stdin=subprocess.DEVNULL
    )
    return ROOT / "build" / variant


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "fsync=off")
    db = connect(cluster.dsn)
    query(db, FUNCTIONS)
    db.close()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="module")
def echo(cluster, tmp_path_factory):
    """echo(method, path, **options): the response of the sidecar with these routes."""
    sidecar = Sidecar(
        tmp_path_factory.mktemp("sidecar"), DATABASE_URL=cluster.database_url, JERRY_BUILD=str(echo_build()),
        ALLOWED_ORIGINS="https://app.example.com"
    )

    def send(method, path, **options):
        return requests.request(method, sidecar.url + path, timeout=20, allow_redirects=False, **options)

    send.sidecar = sidecar
    try:
        sidecar.wait_until("/readyz", 200)
        yield send
    finally:
        sidecar.stop()


def data(response, status=200):
    assert response.status_code == status, response.text
    return check_answer(response)["data"]


def issue(response, field=None):
    """What a refusal for its shape says."""
    assert response.status_code == 400, response.text
    error = check_answer(response)["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert error["details"].get("field") == field
    return error["details"]["issue"]


# ---- paths and methods


def test_a_path_has_values(echo):
    assert data(echo("PUT", "/echo/thing-1/parts/a.b_c~d")) == {"thing": "thing-1", "part": "a.b_c~d"}
    assert data(echo("PUT", f"/echo/{'x' * 128}/parts/y?query=is+ignored"))["thing"] == "x" * 128


@pytest.mark.parametrize(
    "path",
    ["/echo/a/parts/", "/echo//parts/b", "/echo/a/parts/b/c", "/echo/a/parts/b%20c", f"/echo/{'x' * 129}/parts/y"]
)
def test_what_is_no_value_is_another_path(echo, path):
    assert check_answer(echo("PUT", path))["error"]["code"] == "NOT_FOUND"


def test_a_value_of_a_path_is_not_encoded(echo):
    with Connection(echo.sidecar.url) as connection:
        connection.send(b"PUT /echo/%61/parts/b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert connection.answer().code == "NOT_FOUND"


@pytest.mark.parametrize("path", ["/echo/../parts/b", "/echo/./parts/b", "/echo/a/parts/..", "/echo/a/parts/."])
def test_dots_that_stand_for_folders_are_no_value(echo, path):
    """Or a rule of a proxy, which has taken them out, is about another path than ours."""
    with Connection(echo.sidecar.url) as connection:
        for dots, status in (path, 404), (path.replace(".", "..."), 200):
            connection.send(f"PUT {dots} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode())
            assert connection.answer().status_code == status, dots


def test_each_method_is_a_row_of_its_own(echo):
    for method in "GET", "POST", "PATCH", "DELETE":
        refused = echo(method, "/echo/a/parts/b")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "PUT, OPTIONS"), method
    assert echo("OPTIONS", "/echo/optional").headers["Allow"] == "POST, DELETE, OPTIONS"
    assert echo("POST", "/echo/path/parts/fixed").headers["Allow"] == "GET, HEAD, PUT, OPTIONS"
    with Connection(echo.sidecar.url) as connection:
        connection.send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.answer("OPTIONS").headers["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def test_two_rows_may_call_one_function(echo):
    assert data(echo("GET", "/echo/query?text=a&flag=true")) == {"text": "a", "flag": True, "number": None}
    given = {"text": "b", "number": 1}
    assert data(echo("POST", "/echo/query?flag=false", json=given)) == {"flag": False, **given}


def test_a_preflight_names_the_methods(echo):
    headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "DELETE"}
    answer = echo("OPTIONS", "/echo/optional", headers=headers)
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, DELETE, OPTIONS"


# ---- JSON


def test_json_values_of_each_kind(echo):
    given = {
        "text": "\u00e9", "flag": False, "number": -9223372036854775808,
        "object": {"a": [1, {"b": None}], "\u00e9": "\u00fc"}, "list": [[], 1.5e3, "x"]
    }
    assert data(echo("PATCH", "/echo/kinds", json=given)) == given


def test_what_is_optional_may_be_missing_or_null(echo):
    nothing = {"flag": None, "number": None, "object": None, "list": None}
    assert data(echo("PATCH", "/echo/kinds", json={"text": ""})) == {"text": "", **nothing}
    assert data(echo("PATCH", "/echo/kinds", json={"text": "", **nothing})) == {"text": "", **nothing}


@pytest.mark.parametrize(
    "field, values, said",
    [
        ("text", [1, True, {}, [], None], "Field must be a string"),
        ("flag", ["true", 0, 1, "", {}, []], "Field must be true or false"),
        ("number", ["1", 1.0, 1e3, True, 9223372036854775808, -9223372036854775809, {}], "Field must be an integer"),
        ("object", ["{}", [], 1, True], "Field must be an object"),
        ("list", ["[]", {}, 1, False], "Field must be an array"),
    ],
)
def test_a_value_of_another_kind_is_refused(echo, field, values, said):
    for value in values:
        told = issue(echo("PATCH", "/echo/kinds", json={"text": "x", field: value}), field)
        assert told == ("Field is required" if value is None else said), value


@pytest.mark.parametrize("inside", ['"\\u0000"', '"\\ud800"', '{"\\u0000":1}', '["x",{"y":"\\udc00"}]'])
def test_what_is_kept_of_json_holds_texts_only(echo, inside):
    for name, text in ("object", '{"a":%s}' % inside), ("list", "[%s]" % inside):
        answer = echo(
            "PATCH", "/echo/kinds", data='{"text":"x","%s":%s}' % (name, text),
            headers={"Content-Type": "application/json"}
        )
        assert issue(answer) in ("Text contains a null character", "Text has half of a surrogate pair")


def test_a_body_of_optional_fields_may_be_missing(echo):
    assert data(echo("POST", "/echo/optional")) == {"token": None, "refresh_token": None}
    assert data(echo("POST", "/echo/optional", json={})) == {"token": None, "refresh_token": None}
    assert data(
        echo("POST", "/echo/optional", json={"refresh_token": "r"}, headers={"Authorization": "Bearer t"})
    ) == {"token": "t", "refresh_token": "r"}
    assert issue(echo("POST", "/echo/optional", data="[]", headers={"Content-Type": "application/json"}))
    refused = echo(
        "POST", "/echo/optional", data="refresh_token=r", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert refused.status_code == 415
    assert echo("POST", "/echo/optional", headers={"Authorization": "Bearer a b"}).status_code == 401


def test_a_document_is_passed_on_as_it_stands(echo):
    mark = b"\xef\xbb\xbf"
    for body in b"{}", b'{"a": null, "b":{"c":[1e999,-0]}}', b' \n{"a":1, "a":2} ', mark + b'{"\\u00e9":"\xc3\xa9"}':
        answer = echo("PATCH", "/echo/document", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 200, answer.text
        assert b'"data":' + body.removeprefix(mark).strip() + b"," in answer.content


@pytest.mark.parametrize(
    "body, said",
    [
        (b"", "Request body is empty"), (b"[]", "Request body must be a JSON object"),
        (b"null", "Request body must be a JSON object"), (b'"{}"', "Request body must be a JSON object"),
        (b"{", "JSON ends too early"), (b'{"a":1,}', "JSON is malformed"),
        (b"{} {}", "JSON is followed by something else"), (b'{"a":"\\u0000"}', "Text contains a null character"),
        (b'{"a":["\\ud800"]}', "Text has half of a surrogate pair"),
        (b'{"\\udc00":1}', "Text has half of a surrogate pair"), (b'{"a":"\xff"}', "Text is not valid UTF-8"),
        (b'{"a":' + b"[" * 2048 + b"]" * 2048 + b"}", "Values are nested too deeply"),
    ],
)
def test_a_document_is_one_object(echo, body, said):
    assert issue(echo("PATCH", "/echo/document", data=body, headers={"Content-Type": "application/json"})) == said


def test_a_document_is_declared_as_json(echo):
    assert echo("PATCH", "/echo/document", data=b"{}").status_code == 415
    assert issue(echo("PATCH", "/echo/document")) == "Request body is empty"
    encoded = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert echo("PATCH", "/echo/document", data=b"{}", headers=encoded).status_code == 415


# ---- DELETE with a body, replies without one


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_delete_may_have_a_body(echo, cluster, chunked):
    password = f"{random.random()}" * 300
    body = b'{"password":"%s"}' % password.encode()
    answer = echo(
        "DELETE", "/echo/optional", data=iter([body[:9], body[9:]]) if chunked else body,
        headers={"Authorization": "Bearer t", "Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.content) == (204, b""), answer.text
    assert "Content-Length" not in answer.headers and "Content-Type" not in answer.headers
    db = connect(cluster.dsn)
    assert query(db, "SELECT token FROM public.deleted WHERE password = %s", password) == [("t",)]
    db.close()
    assert echo("DELETE", "/echo/optional", headers={"Authorization": "Bearer t"}).status_code == 204
    assert echo("DELETE", "/echo/optional").headers["WWW-Authenticate"] == "Bearer"


def test_what_follows_a_body_of_delete_is_the_next_request(echo):
    body = b'{"password":"x"}'
    first = (
        b"DELETE /echo/optional HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t\r\nContent-Type: "
        b"application/json\r\nContent-Length: %d\r\n\r\n"
    ) % len(body)
    second = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with Connection(echo.sidecar.url) as connection:
        connection.send(first + body + second)
        assert connection.answer("DELETE").status_code == 204
        assert connection.answer().status_code == 200
        connection.expect_end()


# ---- queries


def test_a_query_is_read_as_the_web_does(echo):
    generator = random.Random(7)
    alphabet = "abz019 +&=%?#/;\u00e9\u20ac\U0001f600\"'\\<>"
    for _ in range(150):
        text = "".join(generator.choice(alphabet) for _ in range(generator.randrange(12)))
        number = generator.randrange(-(2**63), 2**63)
        written = urllib.parse.urlencode(
            {"number": number, "other": text, "text": text},
            quote_via=generator.choice([urllib.parse.quote, urllib.parse.quote_plus])
        )
        assert data(echo("GET", "/echo/query?" + written)) == {"text": text, "flag": None, "number": number}, written


def test_an_empty_value_is_a_value(echo):
    assert data(echo("GET", "/echo/query?text=&flag=true")) == {"text": "", "flag": True, "number": None}
    assert data(echo("GET", "/echo/query?text"))["text"] == ""
    assert issue(echo("GET", "/echo/query?flag=true"), "text") == "Field is required"
    assert issue(echo("GET", "/echo/query"), "text") == "Field is required"


@pytest.mark.parametrize(
    "written, field, said",
    [
        ("text=%", None, "A percent sign is not followed by two hexadecimal digits"),
        ("text=%4", None, "A percent sign is not followed by two hexadecimal digits"),
        ("other=%zz&text=x", None, "A percent sign is not followed by two hexadecimal digits"),
        ("text=%ff", None, "Text is not valid UTF-8"),
        ("text=%ed%a0%80", None, "Text is not valid UTF-8"),
        ("text=%00", None, "Text contains a control character"),
        ("text=a%0d%0ab", None, "Text contains a control character"),
        ("text=a&text=b", None, "A field appears more than once"),
        ("te%78t=a&text=b", None, "A field appears more than once"),
        ("text=a&number=1.0", "number", "Field must be an integer"),
        ("text=a&number=", "number", "Field must be an integer"),
        ("text=a&flag=1", "flag", "Field must be true or false"),
        ("&".join(f"a{i}=b" for i in range(65)), None, "There are too many fields"),
    ],
)
def test_a_malformed_query_is_refused(echo, written, field, said):
    with Connection(echo.sidecar.url) as connection:
        connection.send(b"GET /echo/query?%s HTTP/1.1\r\nHost: a\r\n\r\n" % written.encode())
        answer = connection.answer()
    assert (answer.status_code, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.envelope["error"]["message"] == ("Input validation failed" if field else "Query is not valid")
    assert answer.envelope["error"]["details"] == {**({"field": field} if field else {}), "issue": said}


# ---- cookies


def test_cookies_are_found_by_their_exact_name(echo):
    def given(*lines):
        lines = b"".join(b"Cookie: %s\r\n" % line.encode() for line in lines)
        with Connection(echo.sidecar.url) as connection:
            connection.send(b"GET /echo/cookies HTTP/1.1\r\nHost: a\r\n%s\r\n" % lines)
            return connection.answer()

    def found(*lines):
        return tuple(given(*lines).envelope["data"].values())

    assert found("__Host-session=YWJj==") == ("YWJj==", None)
    assert found("x=1; __Host-session=a=b=c; theme=dark") == ("a=b=c", "dark")
    assert found("__Host-session=a", "theme=") == ("a", "")
    many = "; ".join(f"c{i}={i}" for i in range(40))
    assert found(f"{many}; __Host-session=last")[0] == "last"
    assert found("x=\u00e9; __Host-session=a?") == ("a?", None)
    for lines, said in [
        (["theme=dark"], "Cookie is required"),
        (["__host-session=a"], "Cookie is required"),
        (["x__Host-session=a"], "Cookie is required"),
        (["__Host-session=a; __Host-session=a"], "Cookie is malformed or appears twice"),
        (["__Host-session=a", "__Host-session=b"], "Cookie is malformed or appears twice"),
        (['__Host-session="a"'], "Cookie is malformed or appears twice"),
        (["__Host-session=\u00e9"], "Cookie is malformed or appears twice"),
        (["__Host-session=a b"], "Cookie is malformed or appears twice"),
        (["__Host-session=a,b"], "Cookie is malformed or appears twice"),
    ]:
        answer = given(*lines)
        assert (answer.status_code, answer.envelope["error"]["details"]["issue"]) == (400, said), lines


# ---- forms, Basic, and errors in the shape of the RFCs


def basic(user, password):
    quoted = f"{urllib.parse.quote_plus(user)}:{urllib.parse.quote_plus(password)}"
    return {"Authorization": "Basic " + base64.b64encode(quoted.encode()).decode()}


def rfc_error(response, status, code):
    assert (response.status_code, response.json()["error"]) == (status, code), response.text
    assert response.headers["Content-Type"] == "application/json; charset=utf-8" and response.headers[
        "Cache-Control"
    ] == "no-store"
    return response.json().get("error_description")


def test_a_form_with_basic_credentials(echo):
    given = {"grant_type": "authorization_code", "code": "a+b c&d=\u00e9"}
    answer = echo("POST", "/echo/form", data=given, headers=basic("app:1", "s%cr+t \u00e9"))
    assert answer.status_code == 200
    assert answer.json() == {"client": "app:1", "secret": "s%cr+t \u00e9", **given}
    assert echo("POST", "/echo/form", data={"grant_type": "x"}, headers=basic("a", "")).json()["secret"] == ""


def test_the_same_refusals_in_the_shape_of_the_rfc(echo):
    told = rfc_error(
        echo("POST", "/echo/form", json={"grant_type": "x"}, headers=basic("a", "b")), 400, "invalid_request"
    )
    assert told == "Content-Type must be application/x-www-form-urlencoded"
    assert rfc_error(
        echo("POST", "/echo/form", data={"code": "x"}, headers=basic("a", "b")), 400, "invalid_request"
    ) == "grant_type: Field is required"
    for authorization in (
        None, "Basic", "Basic a", "Basic aWQ=", "Basic " + base64.b64encode(b"a:%zz").decode(), "Bearer x"
    ):
        answer = echo("POST", "/echo/form", data={"grant_type": "x"}, headers={"Authorization": authorization})
        assert rfc_error(answer, 401, "invalid_client") == "Client credentials are missing or malformed"
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="jerry"'


def rfc_codes():
    lines = (ROOT / "contract" / "rfc_codes.txt").read_text().splitlines()
    return [line.split()[:2] for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("code, status", rfc_codes())
def test_an_answer_with_a_code_of_an_rfc_has_its_status(echo, code, status):
    rfc_error(
        echo("POST", "/echo/form", data={"grant_type": f"error:{code}"}, headers=basic("a", "b")), int(status), code
    )


def test_an_unknown_code_is_a_fault_of_ours(echo):
    answer = echo(
        "POST", "/echo/form", data={"grant_type": "error:of_nobody"},
        headers={**basic("a", "b"), "X-Request-ID": "unknown-code"}
    )
    rfc_error(answer, 500, "server_error")
    assert any("unknown-code" in line["message"] for line in echo.sidecar.wait_for_event("answer"))


# ---- what an answer says to the head


def test_a_redirect(echo):
    for location in "https://app.example.com/back?code=1", "http://localhost:3000/", "/account", "/":
        answer = echo("GET", "/echo/redirect?" + urllib.parse.urlencode({"location": location}))
        assert (answer.status_code, answer.headers["Location"], answer.content) == (303, location, b"")
        assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "location",
    ["", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil.example", "ftp://a/", "/a b", "/\u00e9"]
)
def test_what_is_no_location_is_not_sent(echo, location):
    answer = echo("GET", "/echo/redirect?" + urllib.parse.urlencode({"location": location}))
    assert (answer.status_code, check_answer(answer)["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert "Location" not in answer.headers


def test_a_redirect_may_set_a_cookie(echo):
    cookie = '{"name":"__Host-session","value":"abc.DEF-_~","max_age":600}'
    answer = echo("GET", "/echo/redirect?" + urllib.parse.urlencode({"location": "/", "cookie": cookie}))
    kept = "__Host-session=abc.DEF-_~; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"
    assert answer.headers["Set-Cookie"] == kept
    deleted = echo("DELETE", "/echo/optional", json={"password": "cookie"}, headers={"Authorization": "Bearer t"})
    assert deleted.headers["Set-Cookie"] == "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


@pytest.mark.parametrize(
    "cookie",
    [
        '"a=b"',
        '{"name":"session","value":"a","max_age":1}',
        '{"name":"__HOST-session","value":"a","max_age":1}',
        '{"name":"__Host-a b","value":"a","max_age":1}',
        '{"name":"__Host-a","value":"a; Domain=x","max_age":1}',
        '{"name":"__Host-a","value":"a b","max_age":1}',
        '{"name":"__Host-a","value":"a\\r\\nx: y","max_age":1}',
        '{"name":"__Host-a","value":"a"}',
        '{"name":"__Host-a","value":"a","max_age":-1}',
        '{"name":"__Host-a","value":"a","max_age":"1"}',
        '{"name":"__Host-a","max_age":1}',
    ],
)
def test_what_is_no_cookie_is_not_sent(echo, cookie):
    answer = echo("GET", "/echo/redirect?" + urllib.parse.urlencode({"location": "/", "cookie": cookie}))
    assert answer.status_code == 500
    assert "Set-Cookie" not in answer.headers and "Location" not in answer.headers


def test_what_everybody_may_keep_has_a_tag(echo):
    first = echo("GET", "/echo/keys")
    assert (
        first.status_code, first.text, first.headers["Cache-Control"]
    ) == (200, '{"keys":[]}', "public, max-age=300")
    for tags in first.headers["ETag"], f'"x", W/{first.headers["ETag"]}', "*":
        again = echo("GET", "/echo/keys", headers={"If-None-Match": tags})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert echo("GET", "/echo/keys", headers={"If-None-Match": '"x"'}).status_code == 200
    assert echo("HEAD", "/echo/keys").headers["Content-Length"] == str(len(first.content))


def test_a_client_is_address_agent_and_request_id(echo):
    headers = {"User-Agent": 'a "quoted", (agent)\\', "X-Request-ID": "of-the-client"}
    assert data(echo("GET", "/echo/path/parts/fixed", headers=headers)) == {
        "ip": "127.0.0.1", "user_agent": 'a "quoted", (agent)\\', "request_id": "of-the-client",
        "device_token": None
    }
    with Connection(echo.sidecar.url) as connection:
        connection.send(b"GET /echo/path/parts/fixed HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.answer().envelope["data"]["user_agent"] is None


# ---- permissions


def test_a_permission_is_asked_for_before_the_function_is_called(echo, cluster):
    db = connect(cluster.dsn)
    try:
        email, password = "permitted@example.com", "SecurePassword123!"

        def access_token():
            return value(db, "SELECT jerry.login(%s, %s)", email, password)["data"]["access_token"]

        def ask(token):
            return echo("GET", "/echo/permitted?number=7", headers={"Authorization": f"Bearer {token}"})

        user_id = value(db, "SELECT jerry.register(%s, %s, %s)", email, password, password)["data"]["user_id"]
        query(db, "SELECT jerry.create_role('reader'), jerry.create_permission('echo:read')")
        query(db, "SELECT jerry.grant_permission('reader', 'echo:read')")
        before = access_token()
        refused = ask(before)
        assert refused.status_code == 403, refused.text
        assert check_answer(refused)["error"]["code"] == "FORBIDDEN"
        assert check_answer(ask("x"))["error"]["code"] == "INVALID_TOKEN" and ask("x").status_code == 401
        assert echo("GET", "/echo/permitted").status_code == 401
        query(db, "SELECT jerry.grant_role(%s, 'reader')", user_id)
        assert ask(before).status_code == 403
        assert value(db, "SELECT count(*) FROM public.deleted WHERE password = 'permitted'") == 0, "it was called"
        token = access_token()
        assert data(ask(token)) == {"number": 7}
        assert value(db, "SELECT count(*) FROM public.deleted WHERE token = %s", token) == 1
        query(db, "SELECT jerry.drop_role('reader'), jerry.configure('jerry.live_roles', 'on')")
        assert ask(token).status_code == 403
    finally:
        query(db, "SELECT jerry.configure('jerry.live_roles', NULL)")
        db.close()

"""openapi.json is put together from pieces: what does not fit stops the build, with the file and the reason."""

import json

import pytest

from contract import Contract
from pages import ROOT
from pieces import Pieces, add_every_kind

LOGIN = "contract/api/authentication/login.json"
LIVEZ = "contract/api/operation/livez.json"
REFUSALS = "contract/api/refusals.json"
COMPONENTS = "contract/api/components.json"
DOCUMENT = "contract/api/document.json"
SQL = "sql/functions/session/login.sql"


@pytest.fixture
def pieces(tmp_path):
    return Pieces(tmp_path)


@pytest.fixture
def every_kind(pieces):
    """The document with a route of every kind."""
    add_every_kind(pieces)
    return pieces.document()


def delete(*names):
    def change(value):
        for name in names[:-1]:
            value = value[name]
        del value[names[-1]]

    return change


def put(*names, value):
    def change(holder):
        for name in names[:-1]:
            holder = holder[name]
        holder[names[-1]] = value

    return change


def test_the_document_is_what_was_built(pieces):
    assert pieces.generate().stdout == (ROOT / "build" / "openapi.json").read_text()


@pytest.mark.parametrize(
    "name, old, new, problem",
    [
        # no JSON
        (LOGIN, '"position"', "position", f"{LOGIN}:3: not JSON: a name in quotes is missing"),
        (
            LIVEZ, '"Says nothing about the database."', '"Says\nnothing."',
            f"{LIVEZ}:6: not JSON: the end of a string is missing"
        ),
        (LIVEZ, '"position": 20,', '"position": 20', f"{LIVEZ}:4: not JSON: }} or , is missing"),
        (LIVEZ, '"position": 20,', '"position": 020,', f"{LIVEZ}:3: not JSON: }} or , is missing"),
        (LIVEZ, '"position": 20,', '"position": ten,', f"{LIVEZ}:3: not JSON: a value is missing"),
        (LIVEZ, '["alive"]', '["alive",]', "not JSON: a value is missing"),
        (LIVEZ, '"position": 20,', '"position": 20, "summary": "x",', 'not JSON: a name other than "summary"'),
        (LIVEZ, '{"description": "It does."', '{"description": "\\x"', "not JSON: the end of a string is missing"),
        # routes
        (
            LOGIN, "POST /api/v1/auth/login", "POST /api/v1/auth/logon",
            f"{LOGIN}: the sidecar does not serve POST /api/v1/auth/logon"
        ),
        (
            LIVEZ, "GET /livez", "GET /readyz",
            "operation/readyz.json: GET /readyz is described in contract/api/operation/livez.json already"
        ),
        ("routes.txt", "GET\t/livez", "GET\t/alive", f"{LIVEZ}: the sidecar does not serve GET /livez"),
        (
            "routes.txt", "GET\t/livez", "GET\t/alive\t-\t-\t0\tenvelope\t-\t\nGET\t/livez",
            "no piece describes GET /alive, which the sidecar serves"
        ),
        ("routes.txt", "GET\t/livez", "GET\t/readyz", "src/kore_app/api/routes.c: there are two rows for GET /readyz"),
        ("routes.txt", "GET\t/docs/", "GET\t/doc/", "no piece describes GET /doc/, which the sidecar serves"),
        (DOCUMENT, '"GET /docs/"', '"GET /old": "", "GET /docs/"', f"{DOCUMENT}: GET /old is not served"),
        (
            DOCUMENT, '"GET /docs/"', '"GET /livez": "", "GET /docs/"',
            f"{DOCUMENT}: GET /livez is described, in {LIVEZ}"
        ),
        # what the route takes
        ("routes.txt", "body:password:string body:d", "body:d", f'{LOGIN}: the route takes no "password"'),
        (
            "routes.txt", "body:password:string body:d", "body:secret:string body:d",
            f'{LOGIN}: "fields" has no "secret", which the route takes'
        ),
        (
            "routes.txt", "body:password:string body:d", "body:password:object body:d",
            f'{LOGIN}: "password" is not of the type that the route takes: object'
        ),
        (
            "routes.txt", "GET\t/livez\t-\t-\t0\tenvelope", "GET\t/livez\t-\t-\t0\tempty",
            f'{LIVEZ}: "answer" has data, and this route answers without'
        ),
        # comments and codes
        (
            SQL, "COMMENT ON FUNCTION jerry.login", "COMMENT ON FUNCTION jerry.logon",
            "sql/functions: no comment on jerry.login in a file of that name"
        ),
        (
            SQL, "Codes: VALIDATION_ERROR", "Codes: VALIDATION_EROR",
            f"{SQL}: VALIDATION_EROR is no code of the database in contract/codes.txt"
        ),
        (
            SQL, "Codes: VALIDATION_ERROR", "Codes: BAD_REQUEST",
            f"{SQL}: BAD_REQUEST is no code of the database in contract/codes.txt"
        ),
        (
            SQL, "Data: access_token", "Data: access",
            f'{LOGIN}: the data has no "access", which the comment in {SQL} names'
        ),
        (SQL, "Data: access_token, ", "Data: ", f"{LOGIN}: the data has 6 members, and the comment in {SQL} names 5"),
        (
            "contract/codes.txt", "EMAIL_NOT_VERIFIED ", "ADDRESS_NOT_VERIFIED ",
            f"{SQL}: EMAIL_NOT_VERIFIED is no code of the database"
        ),
        (
            "contract/codes.txt", "-   NOT_FOUND", "-   TOO_EARLY  400 sidecar Too early\n-   NOT_FOUND",
            f'{REFUSALS}: "when" has no TOO_EARLY'
        ),
        (
            REFUSALS, '"INVALID_EMAIL": {', '"INVALID_MAIL": {',
            f"{REFUSALS}: INVALID_MAIL is no code of contract/codes.txt"
        ),
        (
            REFUSALS, '"EXPIRED_TOKEN": {}', '"EXPIRED_TOKN": {}',
            f"{REFUSALS}: EXPIRED_TOKN is no code of contract/codes.txt"
        ),
    ],
)
def test_what_does_not_fit_stops_the_build(pieces, name, old, new, problem):
    pieces.replace(name, old, new)
    made = pieces.generate()
    assert made.returncode == 1
    assert problem in made.stderr
    assert made.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "name, change, problem",
    [
        (LOGIN, delete("summary"), f'{LOGIN}: the piece has no "summary"'),
        (LOGIN, put("sumary", value="x"), f'{LOGIN}: "sumary" is nothing that a piece has'),
        (LOGIN, put("answer", "exmaple", value={}), f'{LOGIN}: "exmaple" is nothing that an answer has'),
        (LOGIN, delete("answer", "example"), f'{LOGIN}: "answer" has no data or no example'),
        (LOGIN, put("answer", "data", value="Logon"), f"{LOGIN}: there is no schema Logon"),
        (LOGIN, delete("request"), f'{LOGIN}: "fields" has no "email", which the route takes'),
        (LOGIN, delete("refusals", "403"), f'{LOGIN}: "refusals" has no description of 403'),
        (
            LOGIN, put("refusals", "WEAK_PASSWORD", value={}),
            f"{LOGIN}: POST /api/v1/auth/login is never refused with WEAK_PASSWORD"
        ),
        (
            LOGIN, put("refusals", "404", value={"description": "x"}),
            f"{LOGIN}: POST /api/v1/auth/login is never refused with 404"
        ),
        (LOGIN, put("responses", value={"418": {}}), f"{LOGIN}: 418 is no status of contract/statuses.txt"),
        (
            LIVEZ, put("answer", "status", value=299),
            f"{LIVEZ}: GET /livez answers 299, which is no status of contract/statuses.txt"
        ),
        (REFUSALS, put("statuses", "418", value={}), f"{REFUSALS}: 418 is no status of contract/statuses.txt"),
        (REFUSALS, put("when", "alway", value=[]), f'{REFUSALS}: "alway" is nothing that a when has'),
        (
            LOGIN, put("refusals", "NO_CODE", value={"code": "NO_CODE"}),
            f"{LOGIN}: NO_CODE is no code of contract/codes.txt"
        ),
        (
            LOGIN, put("request", "examples", "WEAK_PASSWORD", value={}),
            f"{LOGIN}: a request's example has the name WEAK_PASSWORD"
        ),
        (
            LOGIN, put("objects", "User", value={}),
            "the schema User is in contract/api/authentication/login.json already"
        ),
        (LOGIN, put("schemas", "Spare", value={}), f"{LOGIN}: nothing refers to #/components/schemas/Spare"),
        (
            LOGIN, put("objects", "Login", "user_id", value={"$ref": "#/components/schemas/Id"}),
            "there is no #/components/schemas/Id"
        ),
        (COMPONENTS, delete("securitySchemes", "bearer"), "there is no #/components/securitySchemes/bearer"),
        (
            REFUSALS, put("responses", "Teapot", value={"description": "x", "examples": {"NOT_FOUND": {}}}),
            f"{REFUSALS}: nothing refers to #/components/responses/Teapot"
        ),
        ("contract/api/authentication/group.json", delete("name"), 'group.json: the group has no "name"'),
    ],
)
def test_a_part_too_many_or_too_few_stops_the_build(pieces, name, change, problem):
    pieces.change(name, change)
    made = pieces.generate()
    assert made.returncode == 1
    assert problem in made.stderr
    assert made.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["contract/api/authentication/group.json", "contract/api/authentication/me.json", SQL, COMPONENTS]
)
def test_a_file_that_is_gone_or_empty_stops_the_build(pieces, name):
    (pieces.folder / name).write_text("")
    assert pieces.generate().returncode == 1
    (pieces.folder / name).unlink()
    assert pieces.generate().returncode == 1


def test_a_code_that_a_comment_names_is_a_refusal_more(pieces):
    pieces.replace(SQL, "Codes: VALIDATION_ERROR", "Codes: USER_NOT_FOUND, WEAK_PASSWORD (why)")
    document = pieces.document()
    responses = document["paths"]["/api/v1/auth/login"]["post"]["responses"]
    assert codes(document, responses["404"]) == {"USER_NOT_FOUND"}
    assert "WEAK_PASSWORD" in codes(document, responses["400"])


def test_pieces_come_in_the_order_of_their_positions(pieces):
    def operations():
        return [operation["operationId"] for item in pieces.document()["paths"].values() for operation in item.values()]

    before = operations()
    assert before[:2] == ["registerUser", "verifyEmail"] and before[-1] == "getReadiness"
    pieces.change(LOGIN, put("position", value=1))
    pieces.change("contract/api/operation/group.json", put("position", value=1))
    after = operations()
    assert after[:3] == before[-3:] and after[3] == "loginUser"
    pieces.change(LOGIN, delete("position"))
    assert operations()[-1] == "loginUser"


# ---- kinds of routes -----------------------------------------------------------------------------------------------


def codes(document, response):
    response = Contract(document).resolve(response)
    return {
        example["value"]["error"]["code"] for example in response["content"]["application/json"]["examples"].values()
    }


def test_parameters_of_path_and_query_are_described(every_kind):
    operation = every_kind["paths"]["/api/v1/things"]["get"]
    assert operation["security"] == [{"bearer": []}, {}], "the token may be missing"
    assert codes(every_kind, operation["responses"]["401"]) == {"INVALID_TOKEN", "EXPIRED_TOKEN"}
    refused = Contract(every_kind).resolve(operation["responses"]["401"])
    assert "MISSING_TOKEN" not in refused["content"]["application/json"]["examples"]
    assert operation["parameters"][1:] == [
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "How many.",
            "schema": {"type": "integer", "maximum": 100},
            "example": 20,
        },
        {"name": "after", "in": "query", "required": True, "schema": {"$ref": "#/components/schemas/UserId"}},
    ]
    assert "requestBody" not in operation
    bad = operation["responses"]["400"]["content"]["application/json"]["examples"]
    assert bad["VALIDATION_ERROR"]["summary"] == "`after` is missing"
    assert bad["VALIDATION_ERROR"]["value"]["error"]["details"]["field"] == "after"
    assert bad["NOT_AN_INTEGER"]["value"]["error"]["details"] == {"field": "limit", "issue": "Field must be an integer"}
    assert bad["MALFORMED_QUERY"]["value"]["error"]["message"] == "Query is not valid"
    assert not {"NOT_A_STRING", "MALFORMED_JSON", "MALFORMED_FORM"} & set(bad)
    assert not {"413", "415"} & set(operation["responses"])
    [parameter] = every_kind["paths"]["/api/v1/things/{thing_id}"]["delete"]["parameters"][1:]
    assert (parameter["in"], parameter["required"]) == ("path", True)


def test_a_permission_is_described(every_kind):
    operation = every_kind["paths"]["/api/v1/things/{thing_id}"]["delete"]
    assert operation["description"] == "A description. Takes the permission `things:remove`."
    assert codes(every_kind, operation["responses"]["403"]) == {"FORBIDDEN"}
    assert "403" not in every_kind["paths"]["/api/v1/things/{thing_id}"]["patch"]["responses"]


def test_operations_of_one_path_stand_together(every_kind):
    assert set(every_kind["paths"]["/api/v1/things/{thing_id}"]) == {"delete", "patch"}


def test_an_answer_without_a_body_has_none(every_kind):
    responses = every_kind["paths"]["/api/v1/things/{thing_id}"]["delete"]["responses"]
    assert responses["204"] == {
        "description": "It is gone.", "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    }
    assert codes(every_kind, responses["404"]) == {"USER_NOT_FOUND"}
    assert "413" in responses, "a client may send one, which is not read"
    assert "415" not in responses
    details = responses["400"]["content"][
        "application/json"
    ]["examples"]["VALIDATION_ERROR"]["value"]["error"]["details"]
    assert details == {"field": "thing_id", "issue": "Field must be a UUID"}


def test_fields_of_all_types_are_described(every_kind):
    operation = every_kind["paths"]["/api/v1/things/{thing_id}"]["patch"]
    assert operation["requestBody"]["required"] is True
    request = every_kind["components"]["schemas"]["ChangeThingRequest"]
    assert request["required"] == ["data"]
    assert {name: field["type"] for name, field in request["properties"].items()} == {
        "data": "object",
        "tags": "array",
        "open": "boolean",
        "size": "integer",
    }
    examples = operation["responses"]["400"]["content"]["application/json"]["examples"]
    wrong = {
        name: example["value"]["error"]["details"] for name, example in examples.items() if name.startswith("NOT_")
    }
    assert wrong == {
        "NOT_AN_OBJECT": {"field": "data", "issue": "Field must be an object"},
        "NOT_AN_ARRAY": {"field": "tags", "issue": "Field must be an array"},
        "NOT_TRUE_OR_FALSE": {"field": "open", "issue": "Field must be true or false"},
        "NOT_AN_INTEGER": {"field": "size", "issue": "Field must be an integer"},
    }


def test_a_member_that_may_be_missing_is_not_required(every_kind):
    data = every_kind["components"]["schemas"]["ChangedThing"]
    assert data["required"] == ["name"] and set(data["properties"]) == {"name", "size"}


def test_a_form_is_one_and_asks_for_basic(every_kind):
    operation = every_kind["paths"]["/oauth2/token"]["post"]
    assert operation["security"] == [{"basic": []}]
    content = operation["requestBody"]["content"]
    assert list(content) == ["application/x-www-form-urlencoded"]
    request = Contract(every_kind).resolve(content["application/x-www-form-urlencoded"]["schema"])
    assert request["required"] == ["grant_type"] and set(request["properties"]) == {"grant_type", "scope"}
    refused = operation["responses"]["400"]["content"]["application/json"]["examples"]
    assert "MALFORMED_FORM" in refused and not {"NOT_A_STRING", "MALFORMED_JSON"} & set(refused)
    [wrong_type] = operation["responses"]["415"]["content"]["application/json"]["examples"].values()
    assert wrong_type["value"]["error"]["message"] == "Content-Type must be application/x-www-form-urlencoded"
    [no_client] = operation["responses"]["401"]["content"]["application/json"]["examples"].values()
    assert no_client["value"]["error"]["code"] == "INVALID_TOKEN"
    assert no_client["value"]["error"]["message"] == "Client credentials are missing or malformed"


def test_an_answer_without_an_envelope_is_its_data(every_kind):
    answer = every_kind["paths"]["/oauth2/token"]["post"]["responses"]["200"]
    assert answer["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/FormToken"},
        "example": {"access_token": "x"},
    }
    assert set(answer["headers"]) == {"X-Request-ID", "Allow"}
    assert "TokenByFormResponse" not in every_kind["components"]["schemas"]


def test_a_redirect_says_where_to_go_and_a_cookie_is_a_parameter(every_kind):
    operation = every_kind["paths"]["/oauth/start"]["get"]
    assert set(operation["responses"]["303"]["headers"]) == {"X-Request-ID", "Location"}
    assert "content" not in operation["responses"]["303"]
    assert [(p["name"], p["in"], p["required"]) for p in operation["parameters"][1:]] == [
        ("browser", "cookie", False),
        ("provider", "query", True),
    ]
    refused = operation["responses"]["400"]["content"]["application/json"]["examples"]
    assert refused["MALFORMED_COOKIE"]["value"]["error"]["details"]["field"] == "browser"
    assert "MISSING_COOKIE" not in refused, "it is optional"
    assert refused["VALIDATION_ERROR"]["value"]["error"]["details"]["field"] == "provider"


def test_what_may_be_kept_has_a_tag(every_kind):
    responses = every_kind["paths"]["/well-known/keys"]["get"]["responses"]
    assert set(responses["200"]["headers"]) == {"X-Request-ID", "Cache-Control", "ETag"}
    assert set(responses["304"]["headers"]) == {"ETag"} and "content" not in responses["304"]


def test_refusals_in_the_shape_of_an_rfc_are_written_by_hand(pieces):
    add_every_kind(pieces)
    assert pieces.document()["paths"]["/oauth2/introspect"]["post"]["responses"]["401"]
    piece = "contract/api/authentication/introspect.json"
    pieces.change(piece, delete("responses", "401"))
    made = pieces.generate()
    assert made.returncode == 1
    assert (
        f'{piece}: "responses" has no 401, which POST /oauth2/introspect answers in the shape of its RFC'
    ) in made.stderr


@pytest.mark.parametrize("what", ["summary", "details"])
def test_a_route_that_requires_no_field_says_what_its_refusal_is_about(pieces, what):
    add_every_kind(pieces)
    piece = "contract/api/authentication/remove_thing.json"
    pieces.change(piece, delete("refusals", "VALIDATION_ERROR", what))
    made = pieces.generate()
    assert made.returncode == 1
    assert made.stderr == (
        f'{piece}: "refusals" has no "{what}" for VALIDATION_ERROR: '
        "DELETE /api/v1/things/{thing_id} requires no field that could be missing\n"
    )


def test_all_that_is_there_has_examples(every_kind):
    """Of an example's own text nothing is left to be filled in."""
    assert "@FIELD@" not in json.dumps(every_kind) and "@A_TYPE@" not in json.dumps(every_kind)

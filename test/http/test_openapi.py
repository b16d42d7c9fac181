"""GET /openapi.json: complete, consistent with itself, and true."""

import pathlib
import re

import pytest

from answers import API_CODES, STATUS_OF_CODE, check_headers
from routes import routes
from users import new_user_data

FUNCTIONS = pathlib.Path(__file__).resolve().parents[2] / "sql" / "functions"


def codes_of_route():
    """(method, path): the codes that its function says it answers with, in its comment; the others come from HTTP or
    from faults.
    """
    result = {}
    for route in routes():
        if route.function is None or route.reply != "envelope":
            continue
        [file] = FUNCTIONS.rglob(route.function + ".sql")
        comment = re.search(r"Codes: (.*?)\.';", file.read_text(), re.S)[1]
        codes = set(re.findall(r"\b[A-Z]{2,}_[A-Z_]+\b", comment))
        if not any(parameter.name or parameter.source == "document" for parameter in route.parameters):
            codes.discard("VALIDATION_ERROR")  # it is about what a client gives, other than a token
        result[route.method.lower(), route.path] = codes
    assert len(result) > 5
    return result


CODES_OF_ROUTE = codes_of_route()


@pytest.fixture(scope="module")
def document(api):
    response = api.send("GET", "/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    check_headers(response)
    return response.json()


def resolve(document, value):
    """What a $ref stands for."""
    while isinstance(value, dict) and "$ref" in value:
        assert value["$ref"].startswith("#/"), value
        target = document
        for word in value["$ref"][2:].split("/"):
            target = target[word.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def operations(document):
    """(method, path, operation) of the whole document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete", "head", "options"):
                yield method, path, operation


def examples(document, content):
    """The examples of one media type, each with its name."""
    if "example" in content:
        yield "example", content["example"]
    for name, example in content.get("examples", {}).items():
        yield name, resolve(document, example)["value"]


def answers(document, operation):
    """(status, example) for every answer in JSON that an operation documents."""
    for status, response in operation["responses"].items():
        for media_type, content in resolve(document, response).get("content", {}).items():
            if media_type == "application/json":
                for _, example in examples(document, content):
                    yield int(status), example


def codes(document, operation):
    return {example["error"]["code"] for _, example in answers(document, operation) if "error" in example}


def conforms(document, schema, value):
    """Does a value have the types, the fields and the constants that a schema asks for?"""
    schema = resolve(document, schema)
    for part in schema.get("allOf", []):
        if not conforms(document, part, value):
            return False
    for choice in ("oneOf", "anyOf"):
        if choice in schema and not any(conforms(document, part, value) for part in schema[choice]):
            return False
    if value is None and schema.get("nullable"):
        return True
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    if "type" in schema and not isinstance(value, types[schema["type"]]):
        return False
    if isinstance(value, dict):
        if any(name not in value for name in schema.get("required", [])):
            return False
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is False and set(value) - set(properties):
            return False
        return all(conforms(document, properties[name], value[name]) for name in value if name in properties)
    return True


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_is_openapi_and_names_what_it_describes(document, api):
    assert re.match(r"3\.\d+\.\d+\Z", document["openapi"])
    assert document["info"]["title"]
    assert document["info"]["version"] == api.send("GET", "/health").json()["version"]


def test_the_document_says_where_it_is_served(document):
    """Behind a proxy that adds a prefix its paths are still right."""
    assert document["servers"] == [{"url": "."}]


def test_a_request_names_all_its_fields(document):
    """Else a generated client takes a field that is written wrong."""
    schemas = document["components"]["schemas"]
    requests = {name for name in schemas if name.endswith("Request")}
    assert len(requests) == len([path for _, path, operation in operations(document) if "requestBody" in operation])
    assert all(schemas[name]["additionalProperties"] is False for name in requests)


def test_a_client_gets_names_for_what_it_is_given(document):
    """No data without a schema of its own, and no name that a language has already."""
    schemas = document["components"]["schemas"]
    data = [schema["properties"]["data"] for schema in schemas.values() if "data" in schema.get("properties", {})]
    assert len(data) >= 8
    assert all(list(schema) == ["$ref"] for schema in data)
    assert {"Login", "User", "Registration", "Validation"} <= {schema["$ref"].rpartition("/")[2] for schema in data}
    assert "Error" not in schemas


def test_every_operation_has_an_id_of_its_own_and_a_summary(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(re.match(r"[A-Za-z]\w*\Z", name) for name in ids)
    assert all(operation["summary"] for _, _, operation in operations(document))


def test_every_reference_leads_somewhere(document):
    for reference in set(references(document)):
        assert resolve(document, {"$ref": reference})


def test_every_answer_has_an_example(document):
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            response = resolve(document, response)
            assert response["description"]
            for media_type, content in response.get("content", {}).items():
                if media_type == "application/json":
                    assert list(examples(document, content)), f"{method} {path} {status}"


def test_every_code_has_an_example(document):
    documented = set().union(*(codes(document, operation) for _, _, operation in operations(document)))
    assert set(API_CODES) - documented <= {"FORBIDDEN"}, "no row of ours asks for a permission"
    assert documented <= set(STATUS_OF_CODE)


@pytest.mark.parametrize("method, path", CODES_OF_ROUTE)
def test_every_route_documents_its_codes(document, method, path):
    documented = codes(document, document["paths"][path][method])
    assert CODES_OF_ROUTE[method, path] <= documented
    assert {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT"} <= documented
    foreign = set(API_CODES) - CODES_OF_ROUTE[method, path] - {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"}
    assert documented & foreign == set(), "codes that this route never answers with"


def test_every_example_stands_under_its_status(document):
    for _, path, operation in operations(document):
        for status, example in answers(document, operation):
            if "error" in example:
                assert STATUS_OF_CODE[example["error"]["code"]] == status, path


def test_every_example_conforms_to_its_schema(document):
    checked = 0
    for _, _, operation in operations(document):
        places = [operation.get("requestBody", {}), *operation["responses"].values()]
        for place in places:
            for content in resolve(document, place).get("content", {}).values():
                for name, example in examples(document, content):
                    if place is places[0] and name in STATUS_OF_CODE:
                        continue  # the request of a refusal need not conform
                    assert conforms(document, content["schema"], example), example
                    checked += 1
    assert checked > 20


def test_every_protected_route_says_so(document):
    schemes = document["components"]["securitySchemes"]
    [bearer] = [name for name, scheme in schemes.items() if (scheme["type"], scheme["scheme"]) == ("http", "bearer")]
    protected = {
        (method, path) for method, path, operation in operations(document)
        if {bearer: []} in operation.get("security", [])
    }
    taking = {
        (route.method.lower(), route.path) for route in routes()
        if "bearer" in [parameter.source for parameter in route.parameters]
    }
    assert protected == taking != set()


def requests_of_refusals():
    """Request examples that are named after the code of their answer and need nothing prepared."""
    return [
        "VALIDATION_ERROR", "INVALID_EMAIL", "PASSWORD_MISMATCH", "WEAK_PASSWORD", "INVALID_CREDENTIALS",
        "WRONG_PASSWORD", "INVALID_TOKEN"
    ]


def test_the_examples_of_refusals_are_refused_like_that(document, api, login):
    tried = set()
    for method, path, operation in operations(document):
        body = resolve(document, operation.get("requestBody", {}))
        for content in body.get("content", {}).values():
            for name, example in examples(document, content):
                if name in requests_of_refusals():
                    # with a good token where the refusal is of what stands in the body
                    token = {"Authorization": f"Bearer {login['access_token']}"}
                    headers = token if {"bearer": []} in operation.get("security", []) else {}
                    answer = api.request(method, path, json=example, headers=headers)
                    assert answer.code == name, f"{path} {name}"
                    tried.add((path, name))
    # what the schema of a logout lets pass is refused for its token alone, and clients send one beside it
    bodies = {path for method, path, _ in operations(document) if method in ("post", "patch")}
    assert {path for path, _ in tried} == bodies - {"/api/v1/auth/logout"}


def error_example(document, path, code):
    """The documented error objects of a code at a path."""
    return [
        example["error"] for _, at, operation in operations(document) if at == path
        for _, example in answers(document, operation) if example.get("error", {}).get("code") == code
    ]


def test_messages_and_details_are_the_documented_ones(document, api, registered_user, login):
    auth = "/api/v1/auth/"
    real = [
        (auth + "register", api.register(registered_user)),
        (auth + "register", api.register(new_user_data(email="x"))),
        (auth + "register", api.register(new_user_data(password_confirmation="x"))),
        (auth + "login", api.login({**registered_user, "password": "x"})),
        (auth + "validate-token", api.validate_token("x")),
        (auth + "refresh", api.refresh("x")),
        (auth + "verify-email", api.verify_email("x")),
        (auth + "me", api.me("x")),
        (auth + "login", api.request("GET", auth + "login")),
        (auth + "login", api.post_bytes("login", b"{}", "text/plain")),
        (auth + "login", api.post_bytes("login", b"x" * 20000)),
        (auth + "login", api.post_bytes("login", b"{x}")),
        (auth + "login", api.post("login", {"password": "SecurePassword123!"})),
        (auth + "me", api.get(auth + "me")),
    ]
    for path, answer in real:
        assert answer.error in error_example(document, path, answer.code), f"{path} {answer}"


UP_TO_A_CLIENT = ("name", "phone", "locale", "metadata", "app_metadata")


def keys(value):
    """The names and types of an answer, whatever it says; of what a client may choose or leave out the names alone."""
    if not isinstance(value, dict):
        return type(value)
    return {name: keys(inner) if name not in UP_TO_A_CLIENT else None for name, inner in value.items()}


def test_the_examples_of_successes_look_like_the_real_answers(document, api, registered_user, login):
    real = {
        "/api/v1/auth/register": api.register(new_user_data()),
        "/api/v1/auth/login": api.login(registered_user),
        "/api/v1/auth/refresh": api.refresh(login["refresh_token"]),
        "/api/v1/auth/validate-token": api.validate_token(login["access_token"]),
        "/api/v1/auth/me": api.me(login["access_token"]),
        "/livez": api.get("/livez"),
        "/readyz": api.get("/readyz"),
    }
    for method, path, operation in operations(document):
        # what deletes the account has no part in this
        if path in real and method != "delete":
            documented = [example for status, example in answers(document, operation) if status == real[path].status]
            assert documented, path
            for example in documented:
                assert keys(example) == keys(real[path].envelope), path
                content = resolve(
                    document, operation["responses"][str(real[path].status)]
                )["content"]["application/json"]
                assert conforms(document, content["schema"], real[path].envelope)


def test_the_example_of_health_looks_like_the_real_answer(document, api):
    [operation] = [operation for _, at, operation in operations(document) if at == "/health"]
    documented = list(answers(document, operation))
    healthy = keys(api.send("GET", "/health").json())
    assert [keys(example) for status, example in documented if status == 200] == [healthy]
    [unhealthy] = [example for status, example in documented if status == 503 and "error" not in example]
    assert keys(unhealthy) == healthy
    assert (unhealthy["status"], unhealthy["database"]) == ("unhealthy", "disconnected")

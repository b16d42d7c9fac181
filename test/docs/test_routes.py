"""What is served is documented and tested, and nothing else is: the table of routes, as the sidecar's own code prints it."""

import json
import re
import subprocess

import pytest

from database import query, value
from events import LISTED, emitted_by, named_in

from pages import ROOT

OPENAPI = ROOT / "src" / "kore_app" / "assets" / "openapi.json"
FALLBACK = ROOT / "src" / "kore_app" / "assets" / "docs-fallback.html"

# for people with a browser: no part of the API's description
FOR_BROWSERS = {("get", "/"), ("get", "/openapi.json"), ("get", "/docs"), ("get", "/docs/")}


def rows():
    """(method, path, function or None, lane, status, [(source, name)]) of each route."""
    subprocess.run(["make", "-s", "--no-print-directory", "build/routes.txt"], cwd=ROOT, check=True)
    result = []
    for line in (ROOT / "build" / "routes.txt").read_text().splitlines():
        method, path, function, lane, status, parameters = line.split("\t")
        parameters = [word.partition(":")[::2] for word in parameters.split()]
        result.append((method, path, None if function == "-" else function, lane, int(status), parameters))
    assert len(result) > 9
    return result


@pytest.fixture(scope="module")
def routes():
    return rows()


@pytest.fixture(scope="module")
def served(routes):
    return {(method, path) for method, path, *_ in routes}


@pytest.fixture(scope="module")
def openapi():
    return json.loads(OPENAPI.read_text())


def resolve(document, value):
    while "$ref" in value:
        target = document
        for word in value["$ref"][2:].split("/"):
            target = target[word]
        value = target
    return value


def named(text):
    """(method, path) of everything that looks like a route, such as GET /livez."""
    return {(method.lower(), path) for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (?:<[^>]*>)?(/[a-z0-9/{}_.-]*)", text)}


def test_openapi_describes_what_is_served(served, openapi):
    described = {(method, path) for path, item in openapi["paths"].items() for method in item if method != "parameters"}
    assert described == served - FOR_BROWSERS


def test_openapi_asks_for_the_fields_that_are_read(routes, openapi):
    for method, path, function, _, status, parameters in routes:
        if function is None:
            continue
        operation = openapi["paths"][path][method]
        fields = {name for source, name in parameters if source == "body"}
        if fields:
            schema = resolve(openapi, operation["requestBody"]["content"]["application/json"]["schema"])
            assert set(schema["properties"]) == fields, path
        else:
            assert "requestBody" not in operation, path
        assert str(status) in operation["responses"], path
        if ("bearer", "") in parameters:
            assert operation["security"], path


def test_openapi_names_the_events_of_the_functions_that_are_called(routes, openapi, reference):
    assert named_in(OPENAPI.read_text()) <= set(LISTED)
    for method, path, function, *_ in routes:
        if function is not None:
            comment = value(reference, "SELECT obj_description(%s::regproc, 'pg_proc')", "jerry." + function)
            assert emitted_by(comment) <= named_in(json.dumps(openapi["paths"][path][method])), path


def test_each_route_calls_a_function_that_takes_what_it_gives(routes, reference):
    functions = query(reference, "SELECT proname, pronargs FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace")
    for _, path, function, _, _, parameters in routes:
        assert function is None or (function, len(parameters)) in functions, path


def test_what_only_reads_is_in_the_read_lane(routes, reference):
    reads = {name for name, in query(reference, "SELECT proname FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND provolatile = 's'")}
    for _, path, function, lane, *_ in routes:
        assert function not in reads or lane == "read", path


def test_the_pages_name_every_route_and_no_other(served):
    readme = {row for row in (ROOT / "README.md").read_text().splitlines() if row.startswith("| `")}
    in_readme = set()
    for row in readme:
        first = row.split("|")[1]
        method = re.match(r" `(GET|POST|PUT|PATCH|DELETE) ", first)
        if method:
            in_readme |= {(method[1].lower(), path) for path in re.findall(r"(/[a-z0-9/{}_.-]*)`", first)}
    wanted = {(method, path) for method, path in served if path not in ("/", "/docs/")}
    assert in_readme == wanted
    assert named(FALLBACK.read_text()) == served - FOR_BROWSERS


def test_the_examples_show_every_route(routes):
    shown = (ROOT / "docs" / "API_EXAMPLES.md").read_text()
    for _, path, function, *_ in routes:
        assert function is None or path in shown, path


def test_each_route_and_its_function_have_a_test(routes):
    for _, path, function, *_ in routes:
        if function is not None:
            assert (ROOT / "test" / "http" / f"test_{function}.py").is_file(), path
            assert (ROOT / "test" / "pgtap" / f"{function}.sql").is_file(), path

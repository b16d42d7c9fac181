"""What is served is documented and tested, and nothing else is: the table of routes, as the sidecar's own code prints
it.
"""

import json
import re
import subprocess

import pytest

import pieces
import routes
from audit import ACTIONS
from contract import Contract
from database import query
from events import LISTED, emitted_by, named_in

from pages import PAGES, ROOT, blocks

AUTH = "/api/v1/auth"

# for people with a browser: no part of the API's description
PAGES_FOR_MAILS = ["/verify-email", "/reset-password", "/email-change", "/invite", "/login-code", "/account-deleted"]
LOADED_BY_PAGES = ["/docs/", "/pages/", "/dev/mail/list", "/dev/mail/"]
FOR_BROWSERS = {
    ("GET", path) for path in ["/", "/openapi.json", "/docs", *PAGES_FOR_MAILS, "/dev/mail", *LOADED_BY_PAGES]
}

# what the examples are written in
EXAMPLES = ["sh", "python", "js"]

ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (?:http://localhost:8000)?(/[a-z0-9/{}_.-]*)")


@pytest.fixture(scope="module")
def table():
    pieces.build()
    return routes.routes()


@pytest.fixture(scope="module")
def served(table):
    return {(route.method, route.path) for route in table}


@pytest.fixture(scope="module")
def openapi(table):
    return json.loads((ROOT / "build" / "openapi.json").read_text())


# ---- documented ----------------------------------------------------------------------------------------------------


def test_openapi_describes_what_is_served(served, openapi):
    described = {(method.upper(), path) for path, item in openapi["paths"].items() for method in item}
    assert described == served - FOR_BROWSERS


def test_openapi_asks_for_what_is_read(table, openapi):
    resolve = Contract(openapi).resolve
    media_types = {"body": "application/json", "form": "application/x-www-form-urlencoded"}
    for route in table:
        if (route.method, route.path) in FOR_BROWSERS:
            continue
        operation = openapi["paths"][route.path][route.method.lower()]
        asked = set()
        # what may be in a document the function decides
        takes_document = any(source == "document" for source, *_ in route.parameters)
        bodies = {} if takes_document else operation.get("requestBody", {"content": {}})["content"]
        assert not takes_document or list(operation["requestBody"]["content"]) == ["application/json"], route.path
        for media_type, content in bodies.items():
            schema = resolve(content["schema"])
            asked |= {(media_type, name, name in schema.get("required", [])) for name in schema["properties"]}
        for parameter in (resolve(value) for value in operation["parameters"]):
            if parameter["in"] != "header":
                asked.add((parameter["in"], parameter["name"], parameter["required"]))
        read = {
            (media_types.get(source, source), name, required) for source, name, _, required in route.parameters if name
        }
        assert asked == read, route.path
        schemes = {scheme for choice in operation.get("security", []) for scheme in choice}
        assert schemes == {source for source, *_ in route.parameters} & {"bearer", "basic"}, route.path
        if route.function is not None:
            assert str(route.status) in operation["responses"], route.path


def test_openapi_names_the_events_of_the_functions_that_are_called(table, openapi, reference):
    assert named_in(json.dumps(openapi)) <= {*LISTED, *ACTIONS}
    for route in table:
        if route.function is not None:
            comments = query(
                reference,
                "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace "
                "AND proname = %s",
                route.function,
            )
            emitted = set().union(*(emitted_by(comment) for comment, in comments))
            assert emitted <= named_in(json.dumps(openapi["paths"][route.path][route.method.lower()])), route.path


def test_the_readme_names_every_route_and_no_other(served):
    in_readme = set()
    for row in (ROOT / "README.md").read_text().splitlines():
        method = re.match(r"\| `(GET|POST|PUT|PATCH|DELETE) /", row)
        if method:
            in_readme |= {(method[1], path) for path in re.findall(r"(/[a-z0-9/{}_.-]*)`", row.split("|")[1])}
    assert in_readme == {(method, path) for method, path in served if path not in ("/", *LOADED_BY_PAGES)}


def test_the_pages_name_no_route_that_is_not_served(served):
    """Of an API's own: what an application serves has other paths."""
    named = set()
    for page in [
        *PAGES, *ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.*"), *(ROOT / "src/kore_app/assets").rglob("*")
    ]:
        if not page.is_file():
            continue
        text = page.read_text()
        named |= {(method, path) for method, path in ROUTE.findall(text) if path.startswith("/api/")}
        for path in re.findall(r"/api/v1/[a-z0-9/{}_-]*[a-z0-9}]", text):
            known = path in (AUTH, f"{AUTH}/{{route}}") or path in {path for _, path in served}
            assert known, f"{page.relative_to(ROOT)} names {path}"
    assert len(named) > 6
    assert named <= served


def sections(page):
    """(text of a section with its heading, blocks in it) of a page."""
    lines = page.read_text().splitlines()
    in_page = blocks(page)
    starts = [number for number, line in enumerate(lines, 1) if line.startswith("## ")] + [len(lines) + 1]
    for start, end in zip(starts, starts[1:]):
        yield "\n".join(lines[start - 1 : end - 1]), [block for block in in_page if start <= block.line < end]


def test_the_examples_show_every_route_in_each_language(table):
    page = ROOT / "docs" / "API_EXAMPLES.md"
    for route in table:
        if route.function is None:
            continue
        # a template's words stand for values: in the examples it is a variable, or an id
        call = re.sub(r"\\\{\w+\\\}", r"[^/\\s]+", re.escape(route.path.removeprefix(AUTH)))
        call = rf"{call}(?![\w/-])"
        found = [shown for text, shown in sections(page) if f"`{route.method} {route.path}`" in text]
        assert found, f"no section of docs/API_EXAMPLES.md shows {route.method} {route.path}"
        for language in EXAMPLES:
            examples = "\n".join(block.text for shown in found for block in shown if block.language == language)
            assert re.search(call, examples), f"no example in {language} for {route.path}"


# ---- and tested ----------------------------------------------------------------------------------------------------


def test_each_route_and_its_function_have_a_test(table):
    every_test = "".join(path.read_text() for path in (ROOT / "test" / "http").glob("test_*.py"))
    for route in table:
        if route.function is None:
            assert f'"{route.path}"' in every_test, route.path
        else:
            assert (ROOT / "test" / "http" / f"test_{route.function}.py").is_file(), route.path
            assert (ROOT / "test" / "pgtap" / f"{route.function}.sql").is_file(), route.path


def test_no_function_has_a_test_of_a_route_that_is_not_served(table):
    functions = {path.stem for path in (ROOT / "sql" / "functions").rglob("*.sql")}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "test" / "http").glob("test_*.py")}
    assert tested & functions == {route.function for route in table} - {None}


# ---- and what a row says is so -------------------------------------------------------------------------------------


def test_each_route_calls_a_function_that_takes_what_it_gives(table, reference):
    functions = query(
        reference,
        "SELECT proname, pronargs - pronargdefaults, pronargs FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace",
    )
    for route in table:
        takes = [range(least, most + 1) for name, least, most in functions if name == route.function]
        given = [parameter for parameter in route.parameters if parameter.name != "device_token"]  # is the client's
        assert route.function is None or any(len(given) in counts for counts in takes), route.path


def test_what_only_reads_is_in_the_read_lane(table, reference):
    reads = {name for name, in query(
        reference, "SELECT proname FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace AND provolatile = 's'"
    )}
    for route in table:
        assert route.function not in reads or route.lane == "read", route.path


def test_the_plain_page_has_a_row_for_each_operation(openapi, tmp_path):
    """That which is served where Swagger UI could not be fetched."""
    subprocess.run(
        [ROOT / "tools" / "embed-assets", tmp_path, tmp_path / "nothing", ROOT / "build" / "openapi.json"],
        check=True,
    )
    page = (tmp_path / "docs-fallback.html").read_text()
    rows = re.findall(r"<tr><td><code>(\w+) (\S+)</code></td><td>(.*)</td><td>(.*)</td></tr>", page)
    described = [(method, path) for path, item in openapi["paths"].items() for method in item]
    assert [(method.lower(), path) for method, path, *_ in rows] == described
    takes = {(method, path): re.findall(r"<code>([^<]*)</code>", fields) for method, path, fields, _ in rows}
    assert takes["POST", f"{AUTH}/login"] == ["email", "password", "device_token"]
    assert takes["GET", f"{AUTH}/me"] == ["Authorization: Bearer"]
    assert takes["DELETE", f"{AUTH}/me"] == ["current_password", "Authorization: Bearer"]
    assert takes["PATCH", f"{AUTH}/me"] == ["name", "phone", "locale", "metadata", "Authorization: Bearer"]
    assert all(purpose for *_, purpose in rows)
    assert "@" not in page

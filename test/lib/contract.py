"""openapi.json as a contract: is this an answer that the document promises?

An answer is held when its status is documented for the route, its body conforms to the schema of that status and media
type, its code and message are those of a documented example, and the documented headers are there.
"""

import functools
import json
import pathlib
import re
import urllib.parse
import uuid

import jsonschema

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "build" / "openapi.json"

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")

formats = jsonschema.FormatChecker(formats=())


@formats.checks("uuid", raises=ValueError)
def is_uuid(text):
    return not isinstance(text, str) or str(uuid.UUID(text)) == text


@formats.checks("idn-email")
def is_email(text):
    """As Jerry shows one: the domain in ASCII."""
    return not isinstance(text, str) or bool(re.match(r"[!-?A-~\u00a1-\U0010ffff]+@[a-z0-9.-]+\Z", text, re.I))


@formats.checks("date-time")
def is_date_time(text):
    return not isinstance(text, str) or bool(
        re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", text)
    )


def check_type(validator, types, instance, schema):
    """OpenAPI 3.0 has "nullable" where JSON Schema has another type."""
    if instance is not None or not schema.get("nullable"):
        yield from jsonschema.Draft4Validator.VALIDATORS["type"](validator, types, instance, schema)


Validator = jsonschema.validators.extend(jsonschema.Draft4Validator, {"type": check_type})


class Contract:
    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)

    def resolve(self, value):
        """What a $ref stands for."""
        while isinstance(value, dict) and "$ref" in value:
            value = self.resolver.resolve(value["$ref"])[1]
        return value

    def operations(self):
        """(method, path, operation) of the whole document."""
        return [
            (method.upper(), path, operation)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        ]

    def requests(self):
        """(method, path, name, body) of every documented request example."""
        for method, path, operation in self.operations():
            content = self.resolve(operation.get("requestBody", {})).get("content", {})
            for name, body in self.examples(content.get("application/json", {})):
                yield method, path, name, body

    def errors(self):
        """(method, path, status, name, error) of every documented refusal, under the name of its example."""
        for method, path, operation in self.operations():
            for status, response in operation["responses"].items():
                content = self.resolve(response).get("content", {}).get("application/json", {})
                for name, body in self.examples(content):
                    if "error" in body:
                        yield method, path, int(status), name, body["error"]

    def examples(self, content):
        if "example" in content:
            yield "example", content["example"]
        for name, example in content.get("examples", {}).items():
            yield name, self.resolve(example)["value"]

    def operation(self, method, path):
        """The operation that a request is for: {} for a method that the path does not take, None when there is no such
        path.
        """
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path):
                return item.get("get" if method == "HEAD" else method.lower(), {})
        return None

    def hold(self, method, path, status, headers, body):
        """Fail unless the document promises this answer.  body: what the JSON says, or None for one that is not JSON or
        not there.
        """
        operation = self.operation(method, path)
        asked = f"{method} {path}"
        assert operation is not None, f"{asked} is not documented"
        if operation == {}:
            assert status >= 400, f"{asked} is not documented and answers {status}"
            return
        assert str(status) in operation["responses"], f"{asked} answers {status}, which is not documented: {body}"
        response = self.resolve(operation["responses"][str(status)])
        missing = {name.lower() for name in response.get("headers", {})} - {name.lower() for name in headers}
        assert not missing, f"{asked} {status} without the documented headers {missing}"
        if method == "HEAD" or "content" not in response:
            assert body is None
            return
        media_type = headers["Content-Type"].split(";")[0]
        assert media_type in response["content"], f"{asked} {status} is {media_type}, which is not documented"
        if media_type == "application/json":
            self.hold_json(f"{asked} {status}", response["content"][media_type], body)

    def hold_json(self, asked, content, body):
        validator = Validator(content["schema"], resolver=self.resolver, format_checker=formats)
        problems = [f"{list(problem.path)}: {problem.message}" for problem in validator.iter_errors(body)]
        assert not problems, f"{asked} does not conform to its schema: {problems}"
        if "error" in body:
            refusals = [example["error"] for _, example in self.examples(content) if "error" in example]
            documented = {(error["code"], error["message"]) for error in refusals}
            said = (body["error"]["code"], body["error"]["message"])
            assert said in documented, f"{asked} says {said}; documented are {documented}"

    def hold_response(self, response):
        """Hold a response of requests, unless it is one that no operation describes: a path that there is not, OPTIONS.
        """
        method = response.request.method
        path = urllib.parse.urlsplit(response.request.url).path
        if method == "OPTIONS" or self.operation(method, path) is None:
            return
        is_json = response.content and response.headers["Content-Type"].startswith("application/json")
        self.hold(method, path, response.status_code, response.headers, response.json() if is_json else None)


@functools.lru_cache(maxsize=None)
def contract():
    """As this checkout was built; what a sidecar serves differs from it in the version alone."""
    return Contract(json.loads(SOURCE.read_text()))

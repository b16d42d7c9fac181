"""A copy of what openapi.json is put together from, to be changed by a test, and routes of every kind that a row may
come to have.
"""

import functools
import json
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


@functools.lru_cache(maxsize=None)
def build():
    """Brings build/routes.txt and build/openapi.json up to date."""
    subprocess.run(["make", "-s", "--no-print-directory", "build/openapi.json"], cwd=ROOT, check=True)


class Pieces:
    """contract/, the comments on the functions, and the table of routes, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        build()
        shutil.copytree(ROOT / "contract", folder / "contract")
        shutil.copytree(ROOT / "sql" / "functions", folder / "sql" / "functions")
        shutil.copy(ROOT / "build" / "routes.txt", folder)

    def read(self, name):
        return (self.folder / name).read_text()

    def write(self, name, text):
        (self.folder / name).write_text(text if isinstance(text, str) else json.dumps(text))

    def replace(self, name, old, new):
        text = self.read(name)
        assert old in text, f"{name} has no {old}"
        self.write(name, text.replace(old, new, 1))

    def change(self, name, change):
        """change(value) of what the JSON in a file says."""
        value = json.loads(self.read(name))
        change(value)
        self.write(name, value)

    def add_route(self, line, piece, comment=None, permission=""):
        """A line of the table, its fields separated by white space as far as the last one, and the piece that describes
        it.
        """
        fields = line.split(None, 7)
        fields += [""] * (8 - len(fields)) + [permission]
        self.write("routes.txt", self.read("routes.txt") + "\t".join(fields) + "\n")
        name = fields[2] if fields[2] != "-" else fields[1].strip("/")
        self.write(f"contract/api/authentication/{name}.json", {"route": f"{fields[0]} {fields[1]}", **piece})
        if comment is not None:
            self.write(
                f"sql/functions/account/{name}.sql", f"COMMENT ON FUNCTION jerry.{name}(text) IS\n\t'{comment}';\n"
            )

    def generate(self):
        return subprocess.run(
            [ROOT / "tools" / "generate-openapi", self.folder / "routes.txt", self.folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def document(self):
        made = self.generate()
        assert made.returncode == 0, made.stderr
        return json.loads(made.stdout)


def described(operation_id, **more):
    return {"operationId": operation_id, "summary": "A summary", "description": "A description.", **more}


def add_every_kind(pieces):
    """Routes of the kinds that no row has yet."""
    pieces.change("contract/api/components.json", add_components)
    pieces.add_route(
        "GET /api/v1/things things read 200 envelope - bearer? query:limit:integer? query:after:string",
        described(
            "listThings",
            request={
                "fields": {
                    "limit": {"type": "integer", "maximum": 100, "description": "How many.", "example": 20},
                    "after": {"$ref": "#/components/schemas/UserId"},
                }
            },
            answer={"description": "The things.", "data": "Things", "example": {"things": [{"name": "one"}]}},
            refusals={"VALIDATION_ERROR": {"summary": "`after` is missing"}},
            objects={"Things": {"things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}},
            schemas={"Thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        ),
        "Lists them. Data: things (each with its name). Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.",
    )
    pieces.add_route(
        "DELETE /api/v1/things/{thing_id} remove_thing write 204 empty - bearer path:thing_id:string",
        described(
            "removeThing",
            request={"fields": {
                "thing_id": {"type": "string", "format": "uuid", "example": "550e8400-e29b-41d4-a716-446655440000"}
            }},
            answer={"description": "It is gone."},
            refusals={
                "403": {"description": "The user may not."},
                "VALIDATION_ERROR": {
                    "summary": "`thing_id` is not a UUID",
                    "details": {"field": "thing_id", "issue": "Field must be a UUID"},
                }
            },
        ),
        "Removes one. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.",
        "things:remove",
    )
    pieces.add_route(
        "PATCH /api/v1/things/{thing_id} change_thing write 200 envelope - "
        "bearer path:thing_id:string body:data:object body:tags:array? body:open:boolean? body:size:integer?",
        described(
            "changeThing",
            request={
                "fields": {
                    "thing_id": {"type": "string", "format": "uuid", "example": "550e8400-e29b-41d4-a716-446655440000"},
                    "data": {"type": "object", "example": {"colour": "red"}},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "open": {"type": "boolean"},
                    "size": {"type": "integer"},
                }
            },
            answer={"description": "As it is now.", "data": "ChangedThing", "example": {"name": "one"}},
            objects={"ChangedThing": {"name": {"type": "string"}, "size?": {"type": "integer"}}},
        ),
        "Changes one. Data: name, size (when it has one). Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.",
    )
    pieces.add_route(
        "PATCH /api/v1/things change_all write 200 envelope - bearer document client",
        described(
            "changeAll",
            request={"fields": {"colour": {"type": "string", "nullable": True, "example": "red"}}},
            answer={"description": "As they are now.", "data": "ChangedThings", "example": {"count": 2}},
            refusals={"VALIDATION_ERROR": {"summary": "There is no such colour", "details": {"field": "colour"}}},
            objects={"ChangedThings": {"count": {"type": "integer"}}},
        ),
        "Changes all. Data: count. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.",
    )
    pieces.add_route(
        "POST /oauth2/token token_by_form login 200 bare - basic basic form:grant_type:string form:scope:string?",
        described(
            "getTokenByForm",
            request={"fields": {
                "grant_type": {"type": "string", "example": "client_credentials"}, "scope": {"type": "string"}
            }},
            answer={
                "description": "A token.", "data": "FormToken", "headers": ["Allow"], "example": {"access_token": "x"}
            },
            refusals={"401": {"description": "No such client."}},
            objects={"FormToken": {"access_token": {"type": "string"}}},
        ),
        "Gives a token.",
    )
    pieces.add_route(
        "GET /oauth/start start_oauth write 303 redirect - cookie:browser:string? query:provider:string",
        described(
            "startOauth",
            request={"fields": {"browser": {"type": "string"}, "provider": {"type": "string", "example": "github"}}},
            answer={"description": "Go there."},
        ),
        "Begins. Codes: VALIDATION_ERROR.",
    )
    pieces.add_route(
        "GET /well-known/keys list_keys read 200 cacheable -",
        described(
            "listKeys",
            answer={"description": "The keys.", "data": "Keys", "example": {"keys": []}},
            objects={"Keys": {"keys": {"type": "array", "items": {"type": "object"}}}},
        ),
        "The public keys.",
    )
    pieces.add_route(
        "POST /oauth2/introspect introspect read 200 rfc - basic basic form:token:string",
        described(
            "introspectToken",
            request={"fields": {"token": {"type": "string", "example": "x"}}},
            answer={"description": "What it is.", "data": "Introspection", "example": {"active": False}},
            responses={status: {"$ref": f"#/components/responses/{RFC_RESPONSES[status]}"} for status in RFC_RESPONSES},
            objects={"Introspection": {"active": {"type": "boolean"}}},
        ),
        "Codes: invalid_request, invalid_client.",
    )


# of a route that has the shape of an RFC: enough for a test
RFC_RESPONSES = {"400": "BadRequest", "401": "TokenRefused", "500": "InternalError", "503": "ServiceUnavailable"}


def add_components(components):
    components["securitySchemes"]["basic"] = {
        "type": "http", "scheme": "basic", "description": "A client's id and secret."
    }
    components["headers"]["Cache-Control"] = {
        "description": "For how long.", "schema": {"type": "string"}, "example": "max-age=300"
    }
    components["headers"]["ETag"] = {"description": "Which ones.", "schema": {"type": "string"}, "example": '"1"'}
    components["headers"]["Location"] = {
        "description": "Where to go.", "schema": {"type": "string"}, "example": "https://example.com/"
    }

"""The routes that the sidecar serves, as its own table prints them: src/print_routes."""

import collections
import functools
import pathlib

ROUTES = pathlib.Path(__file__).resolve().parents[2] / "build" / "routes.txt"

# function and lane: None where a handler answers without the database
Route = collections.namedtuple("Route", "method path function lane status reply unavailable parameters permission")
Parameter = collections.namedtuple("Parameter", "source name type required")


def parameter(word):
    source, name, kind = (word.split(":") + ["", ""])[:3]
    return Parameter(source.rstrip("?"), name or None, kind.rstrip("?") or None, not word.endswith("?"))


@functools.lru_cache(maxsize=None)
def routes():
    """Every row, as this checkout was built."""
    result = []
    for line in ROUTES.read_text().splitlines():
        method, path, function, lane, status, reply, unavailable, parameters, permission = line.split("\t")
        function, lane = (None if word == "-" else word for word in (function, lane))
        result.append(Route(
            method, path, function, lane, int(status), reply, unavailable,
            [parameter(word) for word in parameters.split()], permission or None
        ))
    assert len(result) > 9
    return result

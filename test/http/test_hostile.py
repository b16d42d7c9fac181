"""Requests that no ordinary client sends, with and without TLS: each has one answer or a closed connection, and harms
nobody else.

The table holds whole requests as bytes.  Each is sent on a connection of its own and has to be answered as the table
says, once.  When the answer leaves the connection open, a second request on it must get its own answer, and nothing
else may arrive: so a request that was taken for two, or half of one, is found.
"""

import concurrent.futures
import os
import ssl
import statistics
import time

import pytest

from machine import patience
from raw import PATIENCE, Connection
from waiting import eventually

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

# What a request is answered with.  NOT_AN_OBJECT: it reached the application, body and all.
ALIVE = (200, None)
TOO_MANY = (503, "SERVICE_UNAVAILABLE")
NO_CONTENT = (204, None)
NOT_AN_OBJECT = (400, "VALIDATION_ERROR")
BAD = (400, "BAD_REQUEST")
NOT_FOUND = (404, "NOT_FOUND")
NOT_ALLOWED = (405, "METHOD_NOT_ALLOWED")
TOO_LARGE = (413, "PAYLOAD_TOO_LARGE")
LONG_URI = (414, "URI_TOO_LONG")
WRONG_TYPE = (415, "UNSUPPORTED_MEDIA_TYPE")
EXPECTATION = (417, "EXPECTATION_FAILED")
TOO_MANY_FIELDS = (431, "HEADERS_TOO_LARGE")
NOT_IMPLEMENTED = (501, "NOT_IMPLEMENTED")
VERSION = (505, "HTTP_VERSION_NOT_SUPPORTED")


# Version 2 of the PROXY protocol, for a connection from 127.0.0.1.
PROXY_2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x7f\0\0\1\x7f\0\0\1\x12\x34\x1f\x40"


def get(*fields, target=b"/livez", method=b"GET", version=b"HTTP/1.1", host=HOST):
    """A request without a body."""
    lines = b"".join(field + b"\r\n" for field in fields)
    return method + b" " + target + b" " + version + b"\r\n" + host + lines + b"\r\n"


def post(*fields, body=b"[]", length=True):
    """A login whose body is no JSON object, which the application refuses without asking the database."""
    lines = b"".join(field + b"\r\n" for field in fields)
    if length:
        lines += b"Content-Length: %d\r\n" % len(body)
    return LOGIN + HOST + JSON + lines + b"\r\n" + body


# The one request here that asks the database.
VALIDATE = post(body=b'{"token":"x"}').replace(b"/login", b"/validate-token")
INVALID_TOKEN = (401, "INVALID_TOKEN")


def head_of(length):
    """A request whose head has this many bytes."""
    filler = length - len(get(b"X: "))
    return get(b"X: " + b"a" * filler)


def target_of(length):
    """A request whose target has this many bytes."""
    return get(target=b"/livez?" + b"a" * (length - 7))


def table():
    """(name, request, expected answer), with the name a test id."""
    yield from ordinary()
    yield from request_lines()
    yield from targets()
    yield from hosts()
    yield from field_syntax()
    yield from field_values()
    yield from repeated_fields()
    yield from sizes()
    yield from lengths()
    yield from codings()
    yield from chunks()
    yield from expectations()
    yield from connections()
    yield from other_protocols()


def ordinary():
    yield "get", LIVEZ, ALIVE
    yield "get-with-query", get(target=b"/livez?a=b&c"), ALIVE
    yield "head", get(method=b"HEAD"), ALIVE
    yield "post", post(), NOT_AN_OBJECT
    yield "post-on-livez", b"POST /livez HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n", NOT_ALLOWED
    yield "post-of-no-bytes", post(body=b""), NOT_AN_OBJECT
    yield "post-of-16-kB", post(body=b"[" + b" " * 16382 + b"]"), NOT_AN_OBJECT
    yield "post-without-type", LOGIN + HOST + b"Content-Length: 2\r\n\r\n[]", WRONG_TYPE
    yield "unknown-path", get(target=b"/no/such/path"), NOT_FOUND
    yield "empty-lines-first", b"\r\n\r\n" + LIVEZ, ALIVE
    yield "many-empty-lines-first", b"\r\n" * 4096 + LIVEZ, ALIVE
    yield "nothing-but-empty-lines", b"\r\n" * 4097, BAD
    yield "http-1.0", get(version=b"HTTP/1.0"), ALIVE
    yield "http-1.0-without-host", b"GET /livez HTTP/1.0\r\n\r\n", ALIVE
    yield "http-1.0-post", post().replace(b"HTTP/1.1", b"HTTP/1.0"), NOT_AN_OBJECT
    yield "http-1.0-keep-alive", get(b"Connection: keep-alive", version=b"HTTP/1.0"), ALIVE


def request_lines():
    for version in [b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.0", b"HTTP/9.9"]:
        yield f"version-{version.decode()}", get(version=version), VERSION
    for version in [
        b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/11", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/+1.1", b"HTTP 1.1",
    ]:
        yield f"version-{version.decode()}", get(version=version), BAD
    for version in [b"http/1.1", b"Http/1.1", b"HTTPS/1.1", b"ICY/1.1", b"HTTP\\1.1", b"HTTP/a.b", b"HTTP/1.1x", b"x"]:
        yield f"version-{version.decode()}", get(version=version), BAD

    for method in [
        b"get", b"Get", b"gET", b"post", b"options", b"GETS", b"GE", b"BREW", b"PROPFIND", b"PRI",
        b"M-SEARCH",
    ]:
        yield f"method-{method.decode()}", get(method=method), NOT_IMPLEMENTED
    for method in [b"TRACK", b"LINK", b"A" * 2000, b"!#$%&'*+-.^_`|~"]:
        yield f"method-{method.decode()[:20]}", get(method=method), NOT_IMPLEMENTED
    for method in [b"TRACE", b"CONNECT"]:
        yield f"method-{method.decode()}", get(method=method), NOT_ALLOWED
    for method in [b"G(T", b"GET,", b"G\tT", b"G\x00T", b"G\xc3\xa9T", b"\"GET\"", b"GET:", b"/GET", b"G\x7fT", b"{}"]:
        yield f"method-{method!r}", get(method=method), BAD

    yield "method-delete", get(method=b"DELETE"), NOT_ALLOWED
    yield "method-put-without-length", get(method=b"PUT"), NOT_ALLOWED
    yield "method-put", get(b"Content-Length: 0", method=b"PUT"), NOT_ALLOWED
    yield "method-patch", get(b"Content-Length: 0", method=b"PATCH"), NOT_ALLOWED

    yield "two-spaces-before-target", get(method=b"GET "), BAD
    yield "two-spaces-before-version", get(target=b"/livez "), BAD
    yield "tab-for-space", b"GET\t/livez\tHTTP/1.1\r\n" + HOST + b"\r\n", BAD
    yield "space-first", b" " + LIVEZ, BAD
    yield "space-last", get(version=b"HTTP/1.1 "), BAD
    yield "space-in-target", get(target=b"/li vez"), BAD
    yield "no-target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n", BAD
    yield "empty-target", b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", BAD
    yield "no-method", b"/livez HTTP/1.1\r\n" + HOST + b"\r\n", BAD
    yield "only-a-method", b"GET\r\n" + HOST + b"\r\n", BAD
    yield "no-request-line", b": \r\n\r\n", BAD
    yield "http-0.9", b"GET /livez\r\n", BAD
    yield "line-ends-with-lf", LIVEZ.replace(b"\r\n", b"\n"), BAD
    yield "line-ends-with-cr", LIVEZ.replace(b"\r\n", b"\r"), BAD
    yield "line-ends-with-cr-cr-lf", LIVEZ.replace(b"\r\n", b"\r\r\n"), BAD
    yield "lf-first", b"\n" + LIVEZ, BAD
    yield "cr-first", b"\r" + LIVEZ, BAD


def targets():
    for byte in [*range(0x00, 0x09), *range(0x0b, 0x0d), *range(0x0e, 0x20), 0x7f, 0x80, 0xa0, 0xc3, 0xff]:
        yield f"target-byte-{byte:02x}", get(target=b"/livez" + bytes([byte])), BAD
    yield "target-with-cr-lf", get(target=b"/livez\r\nX:"), BAD
    yield "target-with-percent-00", get(target=b"/livez%00"), NOT_FOUND
    yield "target-with-percent-0d0a", get(target=b"/livez%0d%0aX:y"), NOT_FOUND
    yield "target-with-half-a-percent", get(target=b"/livez%"), NOT_FOUND
    yield "target-with-dots", get(target=b"/docs/../livez"), NOT_FOUND
    yield "target-out-of-the-root", get(target=b"/../../etc/passwd"), NOT_FOUND
    yield "target-with-backslashes", get(target=b"/..\\..\\windows"), NOT_FOUND
    yield "target-with-fragment", get(target=b"/livez#x"), BAD
    yield "target-relative", get(target=b"livez"), BAD
    yield "target-asterisk", get(target=b"*"), BAD
    yield "target-asterisk-options", get(target=b"*", method=b"OPTIONS"), NO_CONTENT
    yield "target-authority", get(target=b"localhost:80"), BAD
    yield "target-connect", get(target=b"localhost:80", method=b"CONNECT"), NOT_ALLOWED
    yield "target-absolute", get(target=b"http://localhost/livez"), ALIVE
    yield "target-absolute-other-host", get(target=b"http://other.example:99/livez"), ALIVE
    yield "target-absolute-https", get(target=b"HTTPS://localhost/livez?x"), ALIVE
    yield "target-absolute-without-path", get(target=b"http://localhost"), ALIVE
    yield "target-absolute-with-only-a-query", get(target=b"http://localhost?x"), ALIVE
    yield "target-absolute-without-host", get(target=b"http:///livez"), BAD
    yield "target-absolute-with-user", get(target=b"http://user:pw@localhost/livez"), BAD
    yield "target-absolute-ftp", get(target=b"ftp://localhost/livez"), BAD
    yield "target-absolute-without-host-field", get(target=b"http://localhost/livez", host=b""), BAD


def hosts():
    for host in [b"localhost", b"a.example:8000", b"127.0.0.1", b"[::1]", b"[::1]:8000", b"under_score", b"a" * 253]:
        yield f"host-{host.decode()[:20]}", get(host=b"Host: " + host + b"\r\n"), ALIVE
    for host in [
        b"", b" ", b"a b", b"a,b", b"user@host", b"a/b", b"http://a", b"a?b", b"a#b", b"a\\b", b":80",
        b"\xc3\xa9",
    ]:
        yield f"host-{host!r}", get(host=b"Host: " + host + b"\r\n"), BAD
    yield "host-too-long", get(host=b"Host: " + b"a" * 254 + b"\r\n"), BAD
    yield "host-missing", get(host=b""), BAD
    yield "host-twice", get(host=HOST + HOST), BAD
    yield "host-twice-differing", get(host=HOST + b"HOST: other\r\n"), BAD
    yield "host-and-empty-host", get(host=HOST + b"Host:\r\n"), BAD
    yield "hostile-only", get(host=b"Hostile: evil\r\n"), BAD
    yield "hostile-first", get(host=b"Hostile: evil\r\n" + HOST), ALIVE
    yield "http-1.0-empty-host", b"GET /livez HTTP/1.0\r\nHost:\r\n\r\n", BAD


def field_syntax():
    for byte in b"()<>@,;\\\"/[]?={} \t\x00\x01\x0b\x7f\x80\xff":
        yield f"name-byte-{byte:02x}", get(b"X-" + bytes([byte]) + b"Y: z"), BAD
    yield "name-missing", get(b": value"), BAD
    yield "name-of-all-tokens", get(b"!#$%&'*+-.^_`|~09azAZ: value"), ALIVE
    yield "colon-missing", get(b"Header value"), BAD
    yield "space-before-colon", get(b"X : y"), BAD
    yield "space-before-colon-of-length", post(b"Content-Length : 2", length=False), BAD
    yield "folded", get(b"X: a", b" b"), BAD
    yield "folded-with-tab", get(b"X: a", b"\tb"), BAD
    yield "folded-length", post(b"Content-Length:", b" 2", length=False), BAD
    yield "space-before-the-first-field", get(host=b" " + HOST), BAD
    yield "lf-ends-a-field", get(b"X: a\nY: b"), BAD
    yield "cr-in-a-field", get(b"X: a\rY: b"), BAD
    yield "lf-lf-ends-the-head", b"GET /livez HTTP/1.1\r\nHost: localhost\n\n", BAD
    yield "cr-lf-lf-ends-the-head", b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\n", BAD


def field_values():
    for byte in [*range(0x00, 0x09), *range(0x0b, 0x0d), *range(0x0e, 0x20), 0x7f]:
        yield f"value-byte-{byte:02x}", get(b"X: a" + bytes([byte]) + b"b"), BAD
    yield "value-with-nul-before-authorization", get(b"X: a\x00", b"Authorization: Bearer x"), BAD
    yield "value-empty", get(b"X:"), ALIVE
    yield "value-of-spaces", get(b"X: \t  "), ALIVE
    yield "value-empty-known", get(b"Authorization:", b"Origin: ", b"User-Agent:", b"Connection:"), ALIVE
    yield "value-with-tab", get(b"X: a\tb", b"User-Agent: a\tb"), ALIVE
    yield "value-with-utf-8", get(b"X: gr\xc3\xbcn", b"User-Agent: gr\xc3\xbcn"), ALIVE
    yield "value-with-latin-1", get(b"X: gr\xfcn", b"X-Request-ID: gr\xfcn"), ALIVE
    yield "value-without-space", get(b"X:a"), ALIVE
    yield "value-with-colons", get(b"X: a:b: c"), ALIVE
    yield "type-with-utf-8", post().replace(b"/json", b"/js\xc3\xb6n"), WRONG_TYPE
    yield "type-with-tabs", post().replace(b" application/json", b"\tapplication/json\t"), NOT_AN_OBJECT


def repeated_fields():
    for name in [b"Authorization", b"Content-Type", b"Origin", b"X-Request-ID", b"User-Agent"]:
        yield f"twice-{name.decode()}", get(name + b": a", b"X: y", name.upper() + b": a"), BAD
    yield "twice-authorization-once-empty", get(b"Authorization:", b"Authorization: Bearer x"), BAD
    yield "twice-preflight-method", get(*[b"Access-Control-Request-Method: GET"] * 2, method=b"OPTIONS"), BAD
    for name in "X-Forwarded-For Accept-Encoding Accept-Language If-None-Match Accept Cookie X-Other".split():
        yield f"twice-{name}", get(f"{name}: 192.0.2.1".encode(), f"{name}: 192.0.2.2".encode()), ALIVE


def sizes():
    yield "64-fields", get(*[b"X: y"] * 63), ALIVE
    yield "65-fields", get(*[b"X: y"] * 64), TOO_MANY_FIELDS
    yield "1000-fields", get(*[b"X: y"] * 1000), TOO_MANY_FIELDS
    last = LOGIN + HOST + b"X: y\r\n" * 61 + b"Content-Length: 2\r\n" + JSON + b"\r\n[]"
    yield "64-fields-type-last", last, NOT_AN_OBJECT
    yield "head-of-8-kB", head_of(8192), ALIVE
    yield "head-of-8-kB-and-1", head_of(8193), TOO_MANY_FIELDS
    yield "head-of-16-kB", head_of(16384), TOO_MANY_FIELDS
    yield "head-of-1-MB", head_of(1 << 20), TOO_MANY_FIELDS
    yield "head-of-8-kB-without-end", head_of(9000)[:8192], TOO_MANY_FIELDS
    yield "name-of-8-kB", get(b"X" * 8200 + b": y"), TOO_MANY_FIELDS
    yield "target-of-1998", target_of(1998), ALIVE
    yield "target-of-1999", target_of(1999), LONG_URI
    yield "target-of-4-kB", target_of(4096), LONG_URI
    yield "target-of-8-kB", target_of(8192), LONG_URI
    yield "target-of-100-kB", target_of(100_000), LONG_URI
    yield "method-of-100-kB", get(method=b"A" * 100_000), LONG_URI
    yield "body-of-16-kB-and-1", post(body=b" " * 16385), TOO_LARGE
    yield "body-of-1-MB", post(body=b" " * (1 << 20)), TOO_LARGE
    yield "body-announced-1-TB", post(b"Content-Length: 1099511627776", length=False), TOO_LARGE


def lengths():
    for length in [
        b"+2", b"-2", b"-0", b"2,2", b"2, 2", b"2 2", b"0x2", b"2.0", b"2e0", b"two", b"2;", b"", b" ",
        b"\"2\"", b"\xc2\xb2",
    ]:
        yield f"length-{length!r}", post(b"Content-Length: " + length, length=False), BAD
    for length in [2**31, 2**32, 2**32 + 2, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**64 + 2, 10**30]:
        yield f"length-{length}", post(b"Content-Length: %d" % length, length=False), TOO_LARGE
    yield "length-with-zeros", post(b"Content-Length: 0000000002", length=False), NOT_AN_OBJECT
    yield "length-with-spaces", post(b"Content-Length:  \t2 \t", length=False), NOT_AN_OBJECT
    yield "length-twice", post(b"Content-Length: 2"), BAD
    yield "length-twice-differing", post(b"Content-Length: 3"), BAD
    yield "length-twice-other-case", post(b"content-LENGTH: 2"), BAD
    yield "length-missing", post(length=False, body=b""), NOT_AN_OBJECT
    for method in [b"GET", b"HEAD"]:
        yield f"body-on-{method.decode()}", get(b"Content-Length: 2", method=method) + b"[]", BAD
    for method, expected in (b"DELETE", NOT_ALLOWED), (b"OPTIONS", NO_CONTENT):
        yield f"body-on-{method.decode()}", get(b"Content-Length: 2", method=method) + b"[]", expected
        yield f"long-body-on-{method.decode()}", get(b"Content-Length: 16385", method=method), TOO_LARGE
    yield "smuggled-in-a-body-of-get", get(b"Content-Length: %d" % len(LIVEZ)) + LIVEZ, BAD
    yield "length-0-on-get", get(b"Content-Length: 0"), ALIVE


def codings():
    chunks = b"2\r\n[]\r\n0\r\n\r\n"
    for coding in [b"chunked", b"Chunked", b"\tchunked\t"]:
        yield f"coding-{coding!r}", post(b"Transfer-Encoding: " + coding, body=chunks, length=False), NOT_AN_OBJECT
    for coding in [b"gzip, chunked", b"identity,chunked", b"chunked;q=1, chunked"]:
        yield f"coding-{coding!r}", post(b"Transfer-Encoding: " + coding, body=chunks, length=False), NOT_IMPLEMENTED
    for coding in [
        b"identity", b"gzip", b"xchunked", b"chunked, identity", b"\"chunked\"", b"", b"chunked;q=1", b"chunked,",
        b",chunked",
        b"chunked, chunked", b"chun ked", b"chunked gzip",
    ]:
        yield f"coding-{coding!r}", post(b"Transfer-Encoding: " + coding, body=chunks, length=False), BAD
    yield "coding-twice", post(*[b"Transfer-Encoding: chunked"] * 2, body=chunks, length=False), BAD
    yield "coding-and-length", post(b"Transfer-Encoding: chunked", body=chunks), BAD
    yield "length-and-coding", post(
        b"Content-Length: 15", b"Transfer-Encoding: chunked", body=chunks, length=False
    ), BAD
    yield "coding-identity-and-length", post(b"Transfer-Encoding: identity"), BAD
    yield "coding-empty-and-length", post(b"Transfer-Encoding:"), BAD
    yield "coding-on-get", get(b"Transfer-Encoding: chunked") + b"0\r\n\r\n", BAD
    yield "coding-on-head", get(b"Transfer-Encoding: chunked", method=b"HEAD") + b"0\r\n\r\n", BAD
    yield "coding-on-delete", get(b"Transfer-Encoding: chunked", method=b"DELETE") + chunks, NOT_ALLOWED
    yield "coding-on-options", get(b"Transfer-Encoding: chunked", method=b"OPTIONS") + chunks, NO_CONTENT
    yield "coding-space-before-colon", post(b"Transfer-Encoding : chunked"), BAD
    yield "coding-folded", post(b"Transfer-Encoding:", b" chunked"), BAD
    yield "coding-in-http-1.0", post(b"Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0"), BAD
    yield "coding-by-another-name", post(b"Transfer_Encoding: chunked"), NOT_AN_OBJECT


def chunked(body, *fields):
    """A login whose body is chunked as it is given here."""
    return post(b"Transfer-Encoding: chunked", *fields, body=body, length=False)


def chunks():
    for name, body in {
        "one-by-one": b"1\r\n[\r\n1\r\n]\r\n0\r\n\r\n",
        "none": b"0\r\n\r\n",
        "none-in-many-digits": b"0000000000000000\r\n\r\n",
        "zeros-first": b"0000000000000002\r\n[]\r\n0\r\n\r\n",
        "capital-digits": b"A\r\n[        ]\r\n00\r\n\r\n",
        "small-digits": b"a\r\n[        ]\r\n0\r\n\r\n",
        "extension": b"2;name=value\r\n[]\r\n0;last\r\n\r\n",
        "quoted-extension": b'2;name="a;\tb"\r\n[]\r\n0\r\n\r\n',
        "empty-extension": b"2;\r\n[]\r\n0\r\n\r\n",
        "extension-of-4-kB": b"2;" + b"x" * 4096 + b"\r\n[]\r\n0\r\n\r\n",
        "trailer": b"2\r\n[]\r\n0\r\nX-Sum: 1\r\nAuthorization: Bearer x\r\n\r\n",
        "trailer-with-length": b"2\r\n[]\r\n0\r\nContent-Length: 99\r\nTransfer-Encoding: x\r\n\r\n",
        "trailer-without-value": b"2\r\n[]\r\n0\r\nX:\r\n\r\n",
        "16-kB": b"4000\r\n[" + b" " * 16382 + b"]\r\n0\r\n\r\n",
        "16-kB-in-many": b"1\r\n[\r\n" + b"1\r\n \r\n" * 16382 + b"1\r\n]\r\n0\r\n\r\n",
        "lines-in-a-chunk": b"9\r\n[\r\n0\r\n\r\n]\r\n0\r\n\r\n",
    }.items():
        yield f"chunks-{name}", chunked(body), NOT_AN_OBJECT
    for name, body in {
        "no-size": b"\r\n[]\r\n0\r\n\r\n",
        "sign": b"+2\r\n[]\r\n0\r\n\r\n",
        "minus": b"-2\r\n[]\r\n0\r\n\r\n",
        "0x": b"0x2\r\n[]\r\n0\r\n\r\n",
        "17-digits": b"00000000000000002\r\n[]\r\n0\r\n\r\n",
        "space-before-size": b" 2\r\n[]\r\n0\r\n\r\n",
        "space-behind-size": b"2 \r\n[]\r\n0\r\n\r\n",
        "space-before-extension": b"2 ;x\r\n[]\r\n0\r\n\r\n",
        "other-letter": b"2g\r\n[]\r\n0\r\n\r\n",
        "size-ends-with-lf": b"2\n[]\r\n0\r\n\r\n",
        "size-ends-with-cr": b"2\r[]\r\n0\r\n\r\n",
        "size-ends-with-cr-cr-lf": b"2\r\r\n[]\r\n0\r\n\r\n",
        "extension-ends-with-lf": b"2;x\n[]\r\n0\r\n\r\n",
        "lf-in-extension": b"2;a\nb\r\n[]\r\n0\r\n\r\n",
        "cr-in-extension": b"2;a\rb\r\n[]\r\n0\r\n\r\n",
        "nul-in-extension": b"2;a\0b\r\n[]\r\n0\r\n\r\n",
        "extension-of-more": b"2;" + b"x" * 4097 + b"\r\n[]\r\n0\r\n\r\n",
        "extensions-of-more": b"1;xxxxxxxx\r\n \r\n" * 513 + b"0\r\n\r\n",
        "too-short": b"3\r\n[]\r\n0\r\n\r\n",
        "too-long": b"1\r\n[]\r\n0\r\n\r\n",
        "chunk-ends-with-lf": b"2\r\n[]\n0\r\n\r\n",
        "chunk-ends-with-nothing": b"2\r\n[]0\r\n\r\n",
        "end-with-lf": b"2\r\n[]\r\n0\r\n\n",
        "trailer-without-name": b"2\r\n[]\r\n0\r\n: x\r\n\r\n",
        "trailer-without-colon": b"2\r\n[]\r\n0\r\nX\r\n\r\n",
        "trailer-with-space": b"2\r\n[]\r\n0\r\nX : y\r\n\r\n",
        "trailer-folded": b"2\r\n[]\r\n0\r\nX: y\r\n z\r\n\r\n",
        "trailer-with-lf": b"2\r\n[]\r\n0\r\nX: y\nZ: a\r\n\r\n",
        "a-request-for-a-trailer": b"2\r\n[]\r\n0\r\n" + LIVEZ,
    }.items():
        yield f"chunks-{name}", chunked(body), BAD
    for name, body in {
        "16-kB-and-1": b"4001\r\n",
        "16-kB-and-1-in-two": b"4000\r\n" + b" " * 16384 + b"\r\n1\r\n",
        "2-to-the-63": b"7fffffffffffffff\r\n",
        "2-to-the-64": b"ffffffffffffffff\r\n",
    }.items():
        yield f"chunks-{name}", chunked(body), TOO_LARGE
    trailer = b"0\r\n" + b"X: yyyy\r\n" * 1171 + b"\r\n"
    yield "chunks-long-trailer", chunked(trailer), TOO_MANY_FIELDS
    yield "chunks-and-the-next-request-in-a-body", chunked(
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(LIVEZ), LIVEZ)
    ), NOT_AN_OBJECT


def expectations():
    for expectation in [b"200-ok", b"100-continued", b"continue", b"100-continue, other", b"x=y"]:
        yield f"expect-{expectation.decode()}", post(b"Expect: " + expectation), EXPECTATION
    yield "expect-empty", post(b"Expect:"), NOT_AN_OBJECT
    yield "expect-with-the-body-at-once", post(b"Expect: 100-Continue"), NOT_AN_OBJECT
    yield "expect-without-a-body", get(b"Expect: 100-continue"), ALIVE
    yield "expect-in-http-1.0", post(b"Expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0"), NOT_AN_OBJECT
    too_large = post(b"Expect: 100-continue", b"Content-Length: 20000", length=False, body=b"")
    yield "expect-of-a-body-too-large", too_large, TOO_LARGE


def connections():
    for option in [
        b"close", b"Close", b"keep-alive, close", b"close, keep-alive", b",,close,,", b"keep-alive",
        b"upgrade", b"\tclose\t", b"host",
    ]:
        yield f"connection-{option!r}", get(b"Connection: " + option), ALIVE
    yield "connection-twice", get(b"Connection: keep-alive", b"Connection: close"), ALIVE
    yield "connection-names-authorization", get(b"Connection: authorization", b"Authorization: Bearer x"), ALIVE
    h2c = get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    yield "upgrade-to-h2c", h2c, ALIVE
    yield "upgrade-to-websocket", get(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: eA=="), ALIVE


def other_protocols():
    yield "http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", VERSION
    yield "tls-hello", bytes.fromhex("16030100fa010000f60303") + bytes(range(240)), BAD
    yield "ssl-2-hello", bytes.fromhex("802e0100020015000000100100800200"), BAD
    yield "ssh", b"SSH-2.0-OpenSSH_9.2p1\r\n", BAD
    yield "smtp", b"EHLO example.com\r\n", BAD
    yield "postgresql", b"\0\0\0\x08\x04\xd2\x16\x2f", BAD
    yield "redis", b"*1\r\n$4\r\nPING\r\n", BAD
    yield "socks", b"\x05\x01\x00", BAD
    yield "proxy-protocol", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + LIVEZ, BAD
    yield "proxy-protocol-2", PROXY_2 + LIVEZ, BAD
    yield "response", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", BAD
    yield "nothing-but-nul", b"\0" * 4096, BAD
    yield "nothing-but-ff", b"\xff" * 4096, BAD


TABLE = list(table())


@pytest.fixture(scope="module")
def secure_url(start_sidecar, database_url, certificate):
    return start_sidecar(DATABASE_URL=database_url, **certificate.environment).url


@pytest.fixture(scope="module", params=["url", "secure_url"], ids=["http", "https"])
def url(request, url):
    """Everything is tried on the sidecar under test, and on one that speaks TLS."""
    return url if request.param == "url" else request.getfixturevalue(request.param)


def outcome(answer):
    return (answer.status_code, answer.code)


def finish(connection, answer):
    """After an answer the connection ends, or has one more answer for one more request."""
    if answer.headers["connection"] != "close":
        connection.send(LAST)
        assert outcome(connection.answer()) == ALIVE
    connection.expect_end()


def test_the_table_has_at_least_200_requests():
    assert len(TABLE) >= 200
    assert len({name for name, _, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize("raw, expected", [case[1:] for case in TABLE], ids=[case[0] for case in TABLE])
def test_a_request_has_exactly_one_answer(url, raw, expected):
    with Connection(url) as connection:
        connection.send(raw)
        answer = connection.answer(method="HEAD" if raw.startswith(b"HEAD") else "GET")
        if raw.startswith(b"HEAD"):
            assert answer.status_code == expected[0]
        else:
            assert outcome(answer) == expected
        finish(connection, answer)


CHUNKED = chunked(b"1;a=b\r\n[\r\n01\r\n]\r\n0;c\r\nX: y\r\n\r\n")


@pytest.mark.parametrize(
    "raw, expected", [(LIVEZ, ALIVE), (post(), NOT_AN_OBJECT), (CHUNKED, NOT_AN_OBJECT)], ids=["get", "post", "chunked"]
)
def test_a_request_may_come_in_two_pieces_cut_anywhere(url, raw, expected):
    with Connection(url) as connection:
        for cut in range(1, len(raw)):
            connection.send(raw[:cut], raw[cut:], pause=0.001)
            assert outcome(connection.answer()) == expected, raw[:cut]


@pytest.mark.parametrize("raw", [post(), CHUNKED], ids=["post", "chunked"])
def test_a_request_may_come_byte_by_byte(url, raw):
    with Connection(url) as connection:
        connection.send(*[raw[i : i + 1] for i in range(len(raw))], pause=0.001)
        finish(connection, connection.answer())


def test_a_refusal_does_not_wait_for_the_rest(url):
    for start in [
        b"get /livez HTTP/1.1\r\n", b"GET /livez HTTP/1.1\nHost", b"\x16\x03",
        b"GET /livez HTTP/1.1\r\nX Y: z\r\n",
    ]:
        with Connection(url) as connection:
            connection.send(start)
            began = time.monotonic()
            assert connection.answer().status_code in (400, 501)
            assert time.monotonic() - began < patience(PATIENCE / 2)
            connection.expect_end()


def test_pipelined_requests_are_all_answered_in_order(url):
    with Connection(url) as connection:
        connection.send((LIVEZ + VALIDATE + CHUNKED + post() + get(method=b"HEAD")) * 10 + LAST)
        for _ in range(10):
            assert outcome(connection.answer()) == ALIVE
            assert outcome(connection.answer()) == INVALID_TOKEN
            assert outcome(connection.answer()) == NOT_AN_OBJECT
            assert outcome(connection.answer()) == NOT_AN_OBJECT
            assert outcome(connection.answer("HEAD")) == ALIVE
        finish(connection, connection.answer())


def test_a_thousand_pipelined_requests_are_answered(url):
    with Connection(url) as connection:
        connection.send(LIVEZ * 1000 + LAST)
        for _ in range(1001):
            answer = connection.answer()
            assert outcome(answer) == ALIVE
        finish(connection, answer)


def test_pipelined_requests_cut_anywhere_are_answered(url):
    raw = LIVEZ + post() + LIVEZ
    with Connection(url) as connection:
        for cut in range(1, len(raw), 7):
            connection.send(raw[:cut], raw[cut:], pause=0.002)
            assert outcome(connection.answer()) == ALIVE
            assert outcome(connection.answer()) == NOT_AN_OBJECT
            assert outcome(connection.answer()) == ALIVE


def test_a_refused_request_ends_a_pipeline(url):
    with Connection(url) as connection:
        connection.send(LIVEZ + get(host=b"") + LIVEZ)
        assert outcome(connection.answer()) == ALIVE
        assert outcome(connection.answer()) == BAD
        connection.expect_end()


def test_requests_after_the_one_that_closes_are_not_answered(url):
    with Connection(url) as connection:
        connection.send(LAST + LIVEZ + post())
        assert outcome(connection.answer()) == ALIVE
        connection.expect_end()


def test_bytes_beyond_the_content_length_are_the_next_request(url):
    with Connection(url) as connection:
        connection.send(post() + LIVEZ)
        assert outcome(connection.answer()) == NOT_AN_OBJECT
        assert outcome(connection.answer()) == ALIVE
        connection.send(post() + b"\0")
        assert outcome(connection.answer()) == NOT_AN_OBJECT
        assert outcome(connection.answer()) == BAD
        connection.expect_end()


def test_megabytes_beyond_the_content_length_are_not_read(url):
    """One answer arrives; after it the server may close while the client is still sending."""
    with Connection(url) as connection:
        connection.send(post())
        assert outcome(connection.answer()) == NOT_AN_OBJECT
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                connection.send(b"x" * 65536)
        assert time.monotonic() - began < patience(PATIENCE)


def test_the_continue_comes_before_the_body(url):
    body = b"[1]"
    with Connection(url) as connection:
        for expectation in [b"100-continue", b"100-Continue", b"100-continue,"]:
            connection.send(post(b"Expect: " + expectation, b"Content-Length: 3", length=False, body=b""))
            assert outcome(connection.answer()) == (100, None)
            connection.send(body[:1], body[1:])
            assert outcome(connection.answer()) == NOT_AN_OBJECT
        connection.send(LAST)
        finish(connection, connection.answer())


def test_every_method_without_a_body_is_refused_with_one(url):
    """The body comes in a segment of its own, where it must not be taken for a request."""
    for method in [b"GET", b"HEAD"]:
        with Connection(url) as connection:
            connection.send(get(b"Content-Length: %d" % len(LIVEZ), method=method), LIVEZ)
            answer = connection.answer(method.decode())
            assert answer.status_code == 400
            if method == b"GET":
                assert answer.envelope["error"]["details"] == {"issue": "A GET request has no body"}
            connection.expect_end()


@pytest.mark.parametrize("method, expected", [(b"DELETE", NOT_ALLOWED), (b"OPTIONS", NO_CONTENT)])
def test_a_body_that_nobody_needs_is_read_and_forgotten(url, method, expected):
    size = b"%x\r\n" % len(LIVEZ)
    with Connection(url) as connection:
        for _ in range(3):
            connection.send(get(b"Content-Length: %d" % len(LIVEZ), method=method), LIVEZ)
            assert outcome(connection.answer()) == expected
            connection.send(get(b"Transfer-Encoding: chunked", method=method), size + LIVEZ, b"\r\n0\r\n\r\n")
            assert outcome(connection.answer()) == expected
        connection.send(LAST)
        finish(connection, connection.answer())


def test_a_chunked_body_is_the_body(url):
    """What a client without a Content-Length sends arrives as it is, cut wherever."""
    body = b'{"token":"x"}'
    for size in range(1, len(body) + 1):
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        wire = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        with Connection(url) as connection:
            connection.send(chunked(wire).replace(b"/login", b"/validate-token") + LAST)
            assert outcome(connection.answer()) == INVALID_TOKEN
            finish(connection, connection.answer())


def test_the_continue_comes_before_a_chunked_body(url):
    with Connection(url) as connection:
        connection.send(chunked(b"", b"Expect: 100-continue"))
        assert outcome(connection.answer()) == (100, None)
        connection.send(b"2\r\n[]\r\n", b"0\r\n\r\n")
        finish(connection, connection.answer())


@pytest.mark.parametrize("start", [b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_2], ids=["version-1", "version-2"])
def test_the_proxy_protocol_is_called_by_its_name(start_sidecar, database_url, certificate, start):
    for tls in {}, certificate.environment:
        sidecar = start_sidecar(DATABASE_URL=database_url, **tls)
        plain = sidecar.url.replace("https:", "http:")
        with Connection(plain) as connection:
            connection.send(start + LIVEZ)
            answer = connection.answer()
            assert outcome(answer) == BAD
            assert "PROXY protocol" in answer.envelope["error"]["details"]["issue"]
            connection.expect_end()
        [line] = sidecar.wait_for_event("proxy_protocol")
        assert line["level"] == "WARNING" and "127.0.0.1" in line["message"]


def test_many_requests_on_one_connection(url):
    with Connection(url) as connection:
        for number in range(300):
            connection.send(post() if number % 2 else LIVEZ)
            assert outcome(connection.answer()) == (NOT_AN_OBJECT if number % 2 else ALIVE)


HALF_CLOSED = {
    "get": (LIVEZ, [ALIVE]),
    "post": (post(), [NOT_AN_OBJECT]),
    "pipeline": (LIVEZ + post() + LIVEZ, [ALIVE, NOT_AN_OBJECT, ALIVE]),
    "pipeline-with-database": (VALIDATE + LIVEZ, [INVALID_TOKEN, ALIVE]),
    "refused": (get(host=b""), [BAD]),
    "nothing": (b"", []),
    "half-a-head": (LIVEZ[:-1], []),
    "half-a-body": (post()[:-1], []),
    "chunked": (CHUNKED, [NOT_AN_OBJECT]),
    "half-a-chunked-body": (CHUNKED[:-1], []),
}


@pytest.mark.parametrize("raw, expected", HALF_CLOSED.values(), ids=HALF_CLOSED)
def test_a_client_that_shuts_down_its_side_gets_its_answers(url, raw, expected):
    with Connection(url) as connection:
        connection.send(raw)
        connection.end()
        for each in expected:
            assert outcome(connection.answer()) == each
        connection.expect_end()


def test_a_client_that_shuts_down_later_gets_its_answer(url):
    with Connection(url) as connection:
        connection.send(LIVEZ)
        assert outcome(connection.answer()) == ALIVE
        connection.send(LIVEZ)
        time.sleep(0.05)
        connection.end()
        assert outcome(connection.answer()) == ALIVE
        connection.expect_end()


def test_clients_that_vanish_harm_nobody(url):
    for raw in [LIVEZ, LIVEZ[:20], post()[:-1], post(), LIVEZ * 50, b""] * 10:
        with Connection(url) as connection:
            connection.send(raw)
    with Connection(url) as connection:
        connection.send(LIVEZ)
        assert outcome(connection.answer()) == ALIVE


# Clients that are too slow.  All scenarios run side by side, since each takes as long as the deadline.
SLOW = {
    "half-a-request-line": [b"GET /liv"],
    "half-a-head": [b"GET /livez HTTP/1.1\r\nHost: local"],
    "a-head-without-its-last-byte": [LIVEZ[:-1]],
    "no-body": [post(body=b"[]")[:-2]],
    "half-a-body": [post(body=b"[]")[:-1]],
    "half-a-chunked-body": [chunked(b"2\r\n[")],
    "a-dripping-chunked-body": [chunked(b""), *[b"1\r\n \r\n"] * 40],
    "a-dripping-head": [LIVEZ[i : i + 1] for i in range(len(LIVEZ) - 1)],
    "a-dripping-body": [post(body=b" " * 40)[:-40], *[b" "] * 39],
    "half-a-head-after-an-answer": [LIVEZ, LIVEZ[:30]],
    "half-a-head-in-a-pipeline": [LIVEZ + LIVEZ[:30]],
}

# Beyond every deadline of a request (Kore's own is 10), within the time that a connection may be idle.
IDLE_SECONDS = 11
IDLE = {"no-request": b"", "answered": LIVEZ, "empty-lines": b"\r\n\r\n", "answered-and-empty-lines": LIVEZ + b"\r\n"}


# A part of the time that half a request may take.
STUCK_SECONDS = 3


def too_slow(url, segments):
    """The answer to what stays half a request, with the seconds between its first byte and the answer."""
    with Connection(url) as connection:
        if segments[0].startswith(LIVEZ):
            connection.send(LIVEZ)
            assert outcome(connection.answer()) == ALIVE
            segments = [segments[0][len(LIVEZ) :], *segments[1:]]
        began = time.monotonic()
        connection.send(*segments, pause=0.1)
        connection.deadline = began + patience(2 * PATIENCE)
        answer = connection.answer()
        seconds = time.monotonic() - began
        connection.expect_end()
        return outcome(answer), seconds


def idle(url, raw):
    """What comes on a connection on which nothing is asked for."""
    with Connection(url) as connection:
        connection.send(raw)
        if raw.startswith(LIVEZ):
            assert outcome(connection.answer()) == ALIVE
        time.sleep(IDLE_SECONDS)
        connection.send(LAST)
        answer = outcome(connection.answer())
        connection.expect_end()
        return answer


@pytest.fixture(scope="module")
def slow_clients(url):
    with concurrent.futures.ThreadPoolExecutor(len(SLOW) + len(IDLE)) as pool:
        running = {name: pool.submit(too_slow, url, segments) for name, segments in SLOW.items()}
        running.update({name: pool.submit(idle, url, raw) for name, raw in IDLE.items()})
        concurrent.futures.wait(running.values())
        yield running


@pytest.mark.parametrize("name", SLOW)
def test_half_a_request_is_answered_with_a_timeout(slow_clients, name):
    answer, seconds = slow_clients[name].result()
    assert answer == (408, "REQUEST_TIMEOUT")
    assert 4 < seconds <= patience(2 * PATIENCE if "body" in name else PATIENCE)


@pytest.mark.parametrize("name", IDLE)
def test_an_idle_connection_gets_no_answer_that_it_did_not_ask_for(slow_clients, name):
    assert slow_clients[name].result() == ALIVE


def test_a_thousand_half_sent_requests_leave_others_answered(url, capsys):
    """Twenty clients of fifty connections each, all of them stuck in the middle of a head or a body."""
    stuck = [Connection(url, source=f"127.0.1.{number % 20 + 1}") for number in range(1000)]
    seconds = []
    try:
        for number, connection in enumerate(stuck):
            connection.send(post()[: -1 if number % 2 else 40])
        began = time.monotonic()
        while time.monotonic() - began < STUCK_SECONDS:
            for raw, expected in (LIVEZ, ALIVE), (VALIDATE, INVALID_TOKEN):
                with Connection(url) as connection:
                    asked = time.monotonic()
                    connection.send(raw)
                    assert outcome(connection.answer()) == expected
                    seconds.append(time.monotonic() - asked)
    finally:
        for connection in stuck:
            connection.socket.close()
    with capsys.disabled():
        print(
            f"\nbeside 1,000 half-sent requests: {len(seconds)} answers to others, "
            f"{1000 * statistics.median(seconds):.1f} ms (median), {1000 * max(seconds):.0f} ms at most"
        )
    assert max(seconds) < patience(1)


def is_served(url, source):
    """Does a new connection from this address get its answer?"""
    try:
        with Connection(url, source=source) as connection:
            connection.send(LIVEZ)
            answer = connection.answer()
    except (ConnectionError, ssl.SSLError):
        return False
    assert answer is None or outcome(answer) in (ALIVE, TOO_MANY)
    return answer is not None and outcome(answer) == ALIVE


def test_an_address_has_a_limited_number_of_connections(url):
    limit = int(os.environ.get("MAX_CONNECTIONS_PER_ADDRESS") or 64)
    if limit == 0:
        pytest.skip("the sidecar under test has no limit")
    held = []
    answered = 0
    try:
        for _ in range(limit + 10):
            try:
                connection = Connection(url, source="127.0.2.1")
                held.append(connection)
                connection.send(LIVEZ)
                answer = connection.answer()
            except (ConnectionError, ssl.SSLError):
                continue
            if answer is None or outcome(answer) == TOO_MANY:
                continue
            assert outcome(answer) == ALIVE
            answered += 1
        assert answered == limit
        with Connection(url, source="127.0.2.2") as other:
            other.send(LIVEZ)
            assert outcome(other.answer()) == ALIVE
    finally:
        for connection in held:
            connection.socket.close()

    # as soon as the sidecar has seen that they are gone
    eventually(lambda: is_served(url, "127.0.2.1"))

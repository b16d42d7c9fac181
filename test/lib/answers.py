"""What every answer of the API has in common: the envelope, the headers, the status of each code.

The client passes every answer through check_answer(), so no test has to say these things again.
"""

import datetime
import json
import pathlib
import re

CODES = pathlib.Path(__file__).resolve().parents[2] / "contract" / "codes.txt"


def error_codes():
    """contract/codes.txt: (number or -, code, status, from, message) of each."""
    lines = [line for line in CODES.read_text().splitlines() if line and not line.startswith("#")]
    return [
        (number, code, int(status), origin, message)
        for number, code, status, origin, message in (line.split(None, 4) for line in lines)
    ]


# Each code with its only status.
STATUS_OF_CODE = {code: status for _, code, status, _, _ in error_codes()}

API_CODES = [code for number, code, _, _, _ in error_codes() if number != "-"]

TIMESTAMP = re.compile(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")

# Words that would tell an outsider what is behind the API.
INTERNALS = re.compile(r"kore|postgres|libpq|sqlstate|jerry\.\w+\(|/usr/|/home/|/tmp/", re.I)


def parse_time(text):
    """The moment that a timestamp of the API names."""
    assert TIMESTAMP.match(text), f"{text!r} is not ISO 8601 in UTC with seconds"
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return moment.replace(tzinfo=datetime.timezone.utc)


def check_timestamp(text):
    """The timestamp is well-formed and means now."""
    age = datetime.datetime.now(datetime.timezone.utc) - parse_time(text)
    assert abs(age.total_seconds()) < 60, f"{text} is not now"


def check_headers(response):
    """The security headers, on errors as well as on successes."""
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Request-ID"]
    assert "X-Powered-By" not in headers
    assert not re.search(r"kore|\d", headers.get("Server", ""), re.I)


def check_envelope(status, body):
    """The body is the envelope, key by key and in order, and its code belongs to the status."""
    answer = json.loads(body)
    assert isinstance(answer, dict), answer
    if answer.get("success") is True:
        assert list(answer) == ["success", "data", "timestamp"]
        assert isinstance(answer["data"], dict)
        assert 200 <= status < 300
    else:
        assert answer.get("success") is False
        assert list(answer) == ["success", "error", "timestamp"]
        assert list(answer["error"]) == ["code", "message", "details"]
        # a hook may have its own
        hooked = answer["error"]["code"] == "HOOK_REFUSED" and answer["error"]["details"]["status"] == status
        assert hooked or STATUS_OF_CODE[answer["error"]["code"]] == status
        assert answer["error"]["message"]
        assert isinstance(answer["error"]["details"], dict)
        assert not INTERNALS.search(body.decode()), body
    check_timestamp(answer["timestamp"])
    return answer


def check_answer(response):
    """Check one answer of the API and return its envelope (None when the answer rightly has no body)."""
    check_headers(response)
    status = response.status_code
    if status == 204 or response.request.method == "HEAD":
        assert response.content == b""
        return None
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    envelope = check_envelope(status, response.content)
    if status == 503:  # of the sidecar, unless the database has said how long
        wait = envelope["error"]["details"].get("retry_after", 1)
        assert response.headers["Retry-After"] == str(wait)
    return envelope

"""Load by wrk: the requests of each endpoint, and one measurement."""

import json
import pathlib
import statistics
import subprocess
import sys
from dataclasses import dataclass

SCRIPT = pathlib.Path(__file__).with_name("wrk.lua")
AUTH = "/api/v1/auth/"
PASSWORD = "Correct-Horse-9"

ENDPOINTS = ["livez", "validate-token", "me", "refresh", "login", "register"]


@dataclass
class Figures:
    """One measurement, or the medians of several."""

    rate: float  # requests/s with a positive answer
    refused: float  # requests/s with a status of 400 or more
    p50_ms: float
    p99_ms: float

    @classmethod
    def median(cls, several):
        return cls(*(statistics.median(values) for values in zip(*(vars(one).values() for one in several))))


class Requests:
    """Files of requests for wrk. The accounts are the same for all endpoints; a request is one of each account in turn."""

    def __init__(self, folder, accounts):
        self._folder = folder
        self._accounts = accounts
        self._files = 0

    def _lines(self, endpoint, addresses):
        if endpoint == "livez":
            return [("GET", "/livez", "", "", "")]
        if endpoint == "register":
            # the number of the file keeps one measurement's addresses apart from another's
            body = {"email": f"new-{self._files}-#@example.com", "password": PASSWORD, "password_confirmation": PASSWORD}
            return [("POST", AUTH + "register", "", "", json.dumps(body))]
        if endpoint == "me":
            return [("GET", AUTH + "me", "Bearer " + account["access_token"], "", "") for account in self._accounts]
        bodies = {
            "validate-token": lambda account: {"token": account["access_token"]},
            "refresh": lambda account: {"refresh_token": account["refresh_token"]},
            "login": lambda account: {"email": account["email"], "password": PASSWORD},
        }
        return [
            ("POST", AUTH + endpoint, "", addresses[i % len(addresses)], json.dumps(bodies[endpoint](account)))
            for i, account in enumerate(self._accounts)
        ]

    def file(self, endpoint, addresses=("",)):
        """addresses: from which a trusted proxy would forward the requests, in turn."""
        self._files += 1
        path = self._folder / f"requests-{self._files}"
        path.write_text("".join("\t".join(line) + "\n" for line in self._lines(endpoint, addresses)))
        return path


def start(url, file, connections, seconds, headers=()):
    """Starts wrk; finish() has its figures."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    for header in headers:
        command += ["-H", header]
    command += [url, "--", str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(wrk):
    output = wrk.communicate()[0]
    if wrk.returncode != 0:
        sys.exit(f"jerry: wrk failed: {output}")
    found = json.loads(output.splitlines()[-1])
    if found["broken"] > 0:
        sys.exit(f"jerry: {found['broken']} requests were not answered")
    answered = found["requests"] - found["refused"]
    return Figures(answered / found["seconds"], found["refused"] / found["seconds"], found["p50_ms"], found["p99_ms"])


def measure(url, file, connections, seconds, headers=()):
    return finish(start(url, file, connections, seconds, headers))


def make_accounts(bed, count=64):
    """
    Accounts with tokens of a session each. They log in with cheap hashes; afterwards their hash is one of the
    configured cost.
    """
    bed.sql(
        f"""
        SET jerry.bcrypt_cost = 4;
        INSERT INTO jerry.user (email, password_hash)
        SELECT format('user-%s@example.com', n), jerry.hash_password('{PASSWORD}') FROM generate_series(1, {count}) AS n;
        """
    )
    accounts = json.loads(
        bed.sql(
            f"""
            SELECT json_agg((jerry.login(email, '{PASSWORD}')->'data')::jsonb || jsonb_build_object('email', email))
            FROM jerry.user;
            """
        )
    )
    bed.sql(f"UPDATE jerry.user SET password_hash = hash FROM (SELECT jerry.hash_password('{PASSWORD}') AS hash) AS h")
    return accounts

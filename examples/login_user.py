#!/usr/bin/python3
"""Logs a user in and prints the tokens as JSON.

    JERRY_URL=http://localhost:8000 ./login_user.py user@example.com >tokens.json

Asks for the password, or reads it from standard input when that is no terminal.  The access token goes with every request to a service
(Authorization: Bearer ...) and is good for a day; the refresh token goes to Jerry alone, for the next access token: validate_token.py.

Needs python3-requests.
"""
import getpass
import json
import os
import sys

import requests

JERRY_URL = os.environ.get("JERRY_URL", "http://localhost:8000")


def login(email, password):
    """Both tokens; a refusal ends the program with its code."""
    body = {"email": email, "password": password}
    answer = requests.post(f"{JERRY_URL}/api/v1/auth/login", json=body, timeout=10).json()
    if not answer["success"]:
        error = answer["error"]
        sys.exit(f"{error['code']}: {error['message']}")
    return answer["data"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # never an argument: every user of the machine sees those
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        tokens = login(sys.argv[1], password)
    except requests.RequestException as error:
        sys.exit(f"Jerry cannot be reached: {error}")
    json.dump(tokens, sys.stdout, indent=2)
    print()

#!/usr/bin/python3
"""Registers a user.

    JERRY_URL=http://localhost:8000 ./register_user.py user@example.com

Asks for the password, or reads it from standard input when that is no terminal.  Shows what to do with an answer: a success has data, a refusal has a
code for programs and a message for people, and often says which field is meant.

Needs python3-requests.
"""
import getpass
import os
import sys

import requests

JERRY_URL = os.environ.get("JERRY_URL", "http://localhost:8000")


def register(email, password):
    """The new user's data; a refusal ends the program with its code."""
    body = {"email": email, "password": password, "password_confirmation": password}
    answer = requests.post(f"{JERRY_URL}/api/v1/auth/register", json=body, timeout=10).json()
    if not answer["success"]:
        error = answer["error"]
        sys.exit(f"{error['code']}: {error['details'].get('issue', error['message'])}")
    return answer["data"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # never an argument: every user of the machine sees those
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        user = register(sys.argv[1], password)
    except requests.RequestException as error:
        sys.exit(f"Jerry cannot be reached: {error}")
    print(user["user_id"], user["email"])
    print(user["message"])

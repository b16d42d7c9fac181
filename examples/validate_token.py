#!/usr/bin/python3
"""Says whose access token it is and until when; one that has expired is replaced with the help of the refresh token.

    JERRY_URL=http://localhost:8000 ./validate_token.py <tokens.json

Reads what login_user.py printed, and prints it anew when it has changed.  Every token that is not valid is answered with 401: the code EXPIRED_TOKEN means that a new one is worth
asking for, INVALID_TOKEN that the user has to log in again.

Needs python3-requests.
"""
import json
import os
import sys

import requests

JERRY_URL = os.environ.get("JERRY_URL", "http://localhost:8000")


def ask(route, body):
    """The answer's data and no code, or no data and the code."""
    answer = requests.post(f"{JERRY_URL}/api/v1/auth/{route}", json=body, timeout=10).json()
    return (answer["data"], None) if answer["success"] else (None, answer["error"]["code"])


def validate(tokens):
    """Whose token it is; a refusal ends the program with its code."""
    valid, code = ask("validate-token", {"token": tokens["access_token"]})
    if code == "EXPIRED_TOKEN":
        print("the access token has expired; asking for a new one")
        new, code = ask("refresh", {"refresh_token": tokens["refresh_token"]})
        if new:
            # a new refresh token, too, if the server rotates them: the newest is the one to keep
            tokens.update(new)
            print(json.dumps(tokens))
            valid, code = ask("validate-token", {"token": new["access_token"]})
    if code:
        sys.exit(code)
    return valid


if __name__ == "__main__":
    try:
        valid = validate(json.load(sys.stdin))
    except requests.RequestException as error:
        sys.exit(f"Jerry cannot be reached: {error}")
    print(valid["user_id"], valid["email"], "until", valid["expires_at"])

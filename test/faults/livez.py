"""Asks /livez again and again until its standard input ends, then prints [[status, seconds], ...].

A program of its own, because other threads of the tests would hold it up and the sidecar would look slow.
"""

import http.client
import json
import select
import sys
import time
import urllib.parse

PAUSE = 0.01
TIMEOUT = 10


def ask(connection):
    """The status, None for no answer, and the seconds until it came."""
    begun = time.monotonic()
    try:
        connection.request("GET", "/livez")
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, http.client.HTTPException):
        connection.close()
        status = None
    return status, time.monotonic() - begun


def main():
    place = urllib.parse.urlsplit(sys.argv[1])
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT)
    seen = [ask(connection)]
    print(flush=True)
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        seen.append(ask(connection))
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()

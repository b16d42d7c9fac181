"""Guesses of passwords at two sidecars of one database: how many reach bcrypt?

test_limits.py makes a few hundred, ten_thousand_guesses.py ten thousand: make check-limits.
"""

import collections
import contextlib
import threading
import time

import requests

import database
from processes import Cluster, ready_sidecar
from users import PASSWORD

LOGIN = "/api/v1/auth/login"
THREADS = 8


@contextlib.contextmanager
def limiting(tmp_path_factory, cost=4):
    """(urls of two sidecars, connection of the owner): an installation with limits; clients say where they are."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), f"jerry.bcrypt_cost={cost}", "jerry.rate_limits=on")
    names = {"DATABASE_URL": cluster.database_url, "TRUSTED_PROXIES": "127.0.0.1"}
    try:
        with contextlib.ExitStack() as stack:
            db = stack.enter_context(contextlib.closing(database.connect(cluster.dsn)))
            sidecars = [
                stack.enter_context(ready_sidecar(tmp_path_factory.mktemp(f"sidecar{n}"), **names)) for n in range(2)
            ]
            yield [sidecar.url for sidecar in sidecars], db
    finally:
        cluster.remove()


def make_accounts(db, emails):
    database.query(
        db, 'INSERT INTO jerry."user" (email, password_hash) SELECT e, jerry.hash_password(%s) FROM unnest(%s) AS e',
        PASSWORD, emails
    )


def log_in(session, url, email, password, ip):
    return session.post(
        url + LOGIN, json={"email": email, "password": password}, headers={"X-Forwarded-For": ip}, timeout=20
    )


def guess(urls, guesses):
    """How often each code came for (email, ip, password), asked by several at once of each sidecar in turn, and in how
    many seconds. A sidecar that is too busy is asked again.
    """
    waiting = collections.deque(enumerate(guesses))
    codes = collections.Counter()
    lock = threading.Lock()

    def work():
        with requests.Session() as session:
            while True:
                try:
                    number, (email, ip, password) = waiting.popleft()
                except IndexError:
                    return
                answer = log_in(session, urls[number % len(urls)], email, password, ip)
                if answer.status_code == 503:
                    waiting.append((number, (email, ip, password)))
                    continue
                with lock:
                    codes[answer.json().get("error", {}).get("code")] += 1

    began = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes, time.monotonic() - began

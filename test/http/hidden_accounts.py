"""With jerry.hide_accounts: do answers tell who has an account, by their bytes or by their time?

test_hidden_accounts.py asks a few times, thousand_hidden_accounts.py a thousand times: make check-hidden.
"""

import collections
import contextlib
import random
import re
import statistics

import database
from client import Api
from processes import Cluster, ready_sidecar
from users import PASSWORD, new_email, new_user_data

NOTHING = 1.0  # milliseconds between two medians that nobody can use


@contextlib.contextmanager
def hiding(tmp_path_factory, cost):
    """(api, connection of the owner): an installation that hides accounts, with hashes of this cost."""
    cluster = Cluster(
        tmp_path_factory.mktemp("cluster"),
        f"jerry.bcrypt_cost={cost}",
        "jerry.hide_accounts=on",
        "jerry.require_verified_email=on",
        "jerry.rate_limits=on",
    )
    try:
        with contextlib.closing(database.connect(cluster.dsn)) as db:
            # all come from one network; what counts for an address has to count here, too
            database.query(db, "SELECT jerry.set_limit(name, 0) FROM jerry.list_limits() WHERE per = 'network'")
            with ready_sidecar(tmp_path_factory.mktemp("sidecar"), DATABASE_URL=cluster.database_url) as sidecar:
                yield Api(sidecar.url), db
    finally:
        cluster.remove()


def make_owners(db, count, verified):
    """Addresses of so many accounts, with a password that nobody has; they were made long ago."""
    emails = [new_email() for _ in range(count)]
    database.query(
        db,
        'INSERT INTO jerry."user" (email, password_hash, is_email_verified, created_at)'
        " SELECT e, 'x', %s, now() - interval '1 day' FROM unnest(%s) AS e",
        verified,
        emails,
    )
    return emails


def register(api, email):
    return api.register(new_user_data(email=email))


def resend(api, email):
    return api.resend_verification(email)


def login(api, email):
    return api.login({"email": email, "password": PASSWORD})


def cases(api, db, rounds):
    """{what is asked: {of whom: addresses, one for each round}}; the first is who has no account."""

    def new():
        return [new_email() for _ in range(rounds)]

    def registered():
        emails = new()
        for email in emails:
            assert register(api, email).status == 201
        return emails

    asked_before = make_owners(db, 1, True) * rounds
    return {
        register: {
            "nobody": new(),
            "an owner": make_owners(db, rounds, True),
            "an owner who is not verified": make_owners(db, rounds, False),
            "an owner who was told a moment ago": asked_before,
        },
        resend: {
            "nobody": new(),
            "an owner": make_owners(db, rounds, True),
            "an owner who is not verified": make_owners(db, rounds, False),
            "an owner who was told a moment ago": make_owners(db, 1, False) * rounds,
        },
        login: {
            "nobody": new(),
            "an owner": make_owners(db, rounds, True),
            "one who has just registered with this password": registered(),
        },
    }


def shape(response, email):
    """Status, headers and body, less what is always new and the address that was typed."""
    headers = {name: text for name, text in response.headers.items() if name.lower() not in ("date", "x-request-id")}
    body = re.sub(r'"timestamp":"[^"]*"', "", response.text)
    body = re.sub(r'"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"', '"ID"', body)
    return response.status_code, headers, body.replace(email, "EMAIL")


def doubt(times):
    """How far a median of these may be from another one by chance: twice the notch of a box plot."""
    low, _, high = statistics.quantiles(times, n=4)
    return 2 * 1.58 * (high - low) / len(times) ** 0.5


def ask(api, question, of_whom):
    """{of whom: (shapes, milliseconds)}: everybody is asked for in each round, in an order that is always new."""
    shapes = collections.defaultdict(set)
    times = collections.defaultdict(list)
    for emails in zip(*of_whom.values()):
        turn = list(zip(of_whom, emails))
        random.shuffle(turn)
        for who, email in turn:
            response = question(api, email).response
            shapes[who].add(repr(shape(response, email)))
            times[who].append(response.elapsed.total_seconds() * 1000)
    return {who: (shapes[who], times[who]) for who in of_whom}


def check(api, db, rounds, say):
    """Nothing differs between who has no account and anybody else."""
    for question, of_whom in cases(api, db, rounds).items():
        question(api, new_email())
        answers = ask(api, question, of_whom)
        shapes, unknown = answers.pop("nobody")
        for who, (others, times) in answers.items():
            assert others == shapes and len(shapes) == 1, (question.__name__, who, others ^ shapes)
            difference = statistics.median(times) - statistics.median(unknown)
            allowed = max(NOTHING, doubt(times) + doubt(unknown))
            say(
                f"{question.__name__}: nobody {statistics.median(unknown):.2f} ms, {who} {difference:+.2f} ms"
                f" ({allowed:.2f} is nothing), {rounds} times each"
            )
            assert abs(difference) <= allowed, (question.__name__, who)

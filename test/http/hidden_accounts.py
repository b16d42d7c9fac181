"""Do answers tell who has an account, by their bytes or by their time?  With jerry.hide_accounts also those to a
registration do not.

test_hidden_accounts.py asks a few times, and compares the bytes; thousand_hidden_accounts.py asks a thousand times:
make check-hidden.
"""

import collections
import contextlib
import random
import re
import secrets
import statistics

import database
from client import Api
from processes import Cluster, ready_sidecar
from users import PASSWORD, new_email, new_user_data

NOTHING = 1.0  # milliseconds between two medians that nobody can use


@contextlib.contextmanager
def hiding(tmp_path_factory):
    """(api, connection of the owner): an installation that hides accounts.

    A hash is still longer than all the rest of a request, and its noise does not hide that.
    """
    cluster = Cluster(
        tmp_path_factory.mktemp("cluster"),
        "jerry.bcrypt_cost=6",
        "jerry.hide_accounts=on",
        "jerry.require_verified_email=on",
        "jerry.rate_limits=on",
        "jerry.code_login=on",
        "jerry.code_registration=on",
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
    """Addresses of so many accounts, which were made long ago and have a password: PASSWORD in capitals."""
    emails = [new_email() for _ in range(count)]
    database.query(
        db,
        'INSERT INTO jerry."user" (email, password_hash, is_email_verified, created_at)'
        " SELECT e, jerry.hash_password(%s), %s, now() - interval '1 day' FROM unnest(%s) AS e",
        PASSWORD.upper(),
        verified,
        emails,
    )
    return emails


def for_each(db, call, emails):
    """Call a function of jerry_admin for each of these accounts, which come back."""
    answers = database.value(
        db, f"SELECT array_agg({call}) FROM unnest(%s) AS asked (email) LEFT JOIN jerry.user AS u USING (email)",
        emails
    )
    assert all(answer["success"] for answer in answers), answers
    return emails


def mailed(db, event_type, member, emails):
    """What the last mail of this kind to each address has."""
    rows = database.query(
        db, "SELECT payload->'data'->>'email', payload->'data'->>%s FROM jerry.event"
        " WHERE event_type = %s AND payload->'data'->>'email' = ANY (%s) ORDER BY id", member, event_type, emails
    )
    found = dict(rows)
    return [found[email] for email in emails]


def register(api, email):
    return api.register(new_user_data(email=email))


def login(api, email):
    return api.login({"email": email, "password": PASSWORD})


def confirm_login_code(api, flow, code):
    return api.confirm_login_code(flow=flow, code=code)


def request_email_change(api, token, email):
    return api.request_email_change(token, email, PASSWORD.upper())


def accept_invite(api, token):
    return api.accept_invite(token, PASSWORD)


def reset_password(api, token):
    return api.reset_password(token, PASSWORD)


def cases(api, db, rounds):
    """{what is asked: {of whom: what is sent, for each round}}; the first is who has no account."""

    def new():
        return [new_email() for _ in range(rounds)]

    def owners(verified=True):
        return make_owners(db, rounds, verified)

    def one(verified):
        return make_owners(db, 1, verified) * rounds

    def banned():
        return for_each(db, "jerry.ban_user(u.id)", owners())

    def invited():
        return for_each(db, "jerry.invite_user(email)", new())

    def registered():
        emails = new()
        for email in emails:
            assert register(api, email).status == 201
        return emails

    def wrong_codes(emails):
        flows = [api.request_login_code(email).data["flow"] for email in emails]
        return [(flow, "000000") for flow in flows]

    def wrong_codes_of_owners(emails):
        wrong = wrong_codes(emails)
        codes = mailed(db, "user.login_code_requested", "login_code", emails)
        return [(flow, "000001" if code == "000000" else "000000") for (flow, _), code in zip(wrong, codes)]

    def no_tokens():
        return [secrets.token_urlsafe(32) for _ in range(rounds)]

    def tokens_for_a_password():
        emails = owners()
        for_each(db, "jerry.request_password_reset(email)", emails)
        return mailed(db, "user.password_reset_requested", "password_reset_token", emails)

    def replaced_invites():
        emails = invited()
        tokens = mailed(db, "user.invited", "invite_token", emails)
        for_each(db, "jerry.invite_user(email)", emails)
        return tokens

    movers = [api.login({"email": email, "password": PASSWORD.upper()}).data["access_token"] for email in owners()]

    def moves(emails):
        return list(zip(movers, emails))

    return {
        register: {
            "nobody": new(),
            "an owner": owners(),
            "an owner who is not verified": owners(False),
            "an owner who was told a moment ago": one(True),
            "who was invited": invited(),
        },
        login: {
            "nobody": new(),
            "an owner": owners(),
            "who was banned": banned(),
            "who was invited": invited(),
            "one who has just registered with this password": registered(),
        },
        Api.resend_verification: {
            "nobody": new(),
            "an owner": owners(),
            "an owner who is not verified": owners(False),
            "an owner who was told a moment ago": one(False),
        },
        Api.request_password_reset: {
            "nobody": new(),
            "an owner": owners(),
            "an owner who is not verified": owners(False),
            "an owner who was told a moment ago": one(True),
            "who was banned": banned(),
        },
        Api.request_login_code: {
            "nobody": new(),
            "an owner": owners(),
            "an owner who is not verified": owners(False),
            "an owner who was told a moment ago": one(True),
            "who was banned": banned(),
        },
        confirm_login_code: {
            "nobody": wrong_codes(new()),
            "an owner": wrong_codes_of_owners(owners()),
            "an owner who is not verified": wrong_codes_of_owners(owners(False)),
        },
        request_email_change: {
            "nobody": moves(new()),
            "an owner": moves(owners()),
            "an owner who is not verified": moves(owners(False)),
        },
        accept_invite: {
            "nobody": no_tokens(),
            "an owner with a token for a password": tokens_for_a_password(),
            "who was invited once more": replaced_invites(),
        },
        reset_password: {
            "nobody": no_tokens(),
            "who was invited": replaced_invites(),
        },
    }


def shape(response, sent):
    """Status, headers and body, less what is always new and what was typed."""
    headers = {name: text for name, text in response.headers.items() if name.lower() not in ("date", "x-request-id")}
    body = re.sub(r'"(timestamp|flow)":"[^"]*"', r'"\1"', response.text)
    body = re.sub(r'"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"', '"ID"', body)
    return response.status_code, headers, body.replace(sent[-1], "TYPED")


def doubt(times):
    """How far a median of these may be from another one by chance: twice the notch of a box plot."""
    low, _, high = statistics.quantiles(times, n=4)
    return 2 * 1.58 * (high - low) / len(times) ** 0.5


def ask(api, question, of_whom):
    """{of whom: (shapes, milliseconds)}: everybody is asked for in each round, in an order that is always new."""
    shapes = collections.defaultdict(set)
    times = collections.defaultdict(list)
    for round_ in zip(*of_whom.values()):
        turn = list(zip(of_whom, round_))
        random.shuffle(turn)
        for who, sent in turn:
            sent = sent if isinstance(sent, tuple) else (sent,)
            response = question(api, *sent).response
            shapes[who].add(repr(shape(response, sent)))
            times[who].append(response.elapsed.total_seconds() * 1000)
    return {who: (shapes[who], times[who]) for who in of_whom}


def check(api, db, rounds, with_times):
    """Nothing differs between who has no account and anybody else; print a table of the medians."""
    different = []
    print(f"\nmedians of {rounds} requests each, in milliseconds\n")
    print(f"{'asked':24}{'of whom':48}{'median':>8}{'differs':>9}{'noise':>8}  bytes")
    for question, of_whom in cases(api, db, rounds + 1).items():
        ask(api, question, {who: sent[:1] for who, sent in of_whom.items()})
        answers = ask(api, question, {who: sent[1:] for who, sent in of_whom.items()})
        expected, unknown = answers["nobody"]
        for who, (shapes, times) in answers.items():
            difference = statistics.median(times) - statistics.median(unknown)
            noise = max(NOTHING, doubt(times) + doubt(unknown))
            same = shapes == expected and len(shapes) == 1
            print(
                f"{question.__name__:24}{who:48}{statistics.median(times):8.2f}{difference:+9.2f}{noise:8.2f}"
                f"  {'same' if same else 'DIFFERENT'}"
            )
            if not same:
                different.append((question.__name__, who, shapes ^ expected or shapes))
            if with_times and abs(difference) > noise:
                different.append((question.__name__, who, f"{difference:+.2f} ms"))
    assert different == []

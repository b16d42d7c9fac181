"""Ten thousand guesses at a hundred accounts, of which half exist, with the right password among the last ones."""

import pytest

import database
import guesses
from users import PASSWORD

ACCOUNTS = [f"account{n}@example.com" for n in range(100)]
GUESSES = 10_000


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with guesses.limiting(tmp_path_factory) as made:
        guesses.make_accounts(made[1], ACCOUNTS[:50])
        yield made


def attack(installation, addresses):
    """The codes of all answers, and the time that they took."""
    urls, db = installation
    database.query(db, "DELETE FROM jerry.rate_bucket")
    given = [
        (
            ACCOUNTS[n % 100],
            addresses[(n // 100 * 101 + n % 100 * 10) % len(addresses)],
            PASSWORD if n > GUESSES - 200 else f"guess {n}",
        ) for n in range(GUESSES)
    ]
    codes, seconds = guesses.guess(urls, given)
    judged = GUESSES - codes["RATE_LIMITED"]
    print(
        f"\n{GUESSES} guesses at {len(ACCOUNTS)} accounts from {len(addresses)} address(es) in {seconds:.0f} s:"
        f" {judged} reached bcrypt, {codes[None]} were right"
    )
    return codes, judged, seconds


def test_from_one_address(installation):
    codes, judged, seconds = attack(installation, ["192.0.2.1"])
    # thirty at once, one each two seconds, and what was begun together
    assert judged <= 30 + seconds / 2 + guesses.THREADS
    assert codes[None] == 0


def test_from_a_thousand_addresses(installation):
    codes, judged, seconds = attack(installation, [f"10.1.{n // 250}.{n % 250 + 1}" for n in range(1000)])
    # fifty for each account, and then one after each pause
    assert judged <= 100 * (50 + 5 + seconds / 30) + guesses.THREADS
    assert set(codes) <= {None, "INVALID_CREDENTIALS", "RATE_LIMITED"}

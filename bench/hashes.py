"""Password hashes in one backend: one by pgcrypto, one by Jerry's own bcrypt, and four by this together, in turn."""

import statistics
from dataclasses import dataclass

import load
from bed import say

ROUNDS = 7

# (provider, passwords in one call)
HASHED = [("pgcrypto", 1), ("own", 1), ("own", 4)]


@dataclass
class HashFigures:
    seconds: float  # until all of a call are there
    ratio: float  # hashes per second, to those of one of pgcrypto


def seconds_of(bed, provider, count):
    passwords = ", ".join([f"'{load.PASSWORD}'"] * count)
    return float(
        bed.sql(
            f"SET jerry.bcrypt_provider = {provider};"
            " SELECT extract(epoch FROM b - a)"
            f" FROM (SELECT clock_timestamp() AS a, jerry.hash_passwords(ARRAY[{passwords}]), clock_timestamp() AS b) AS h"
        )
    )


def measure_hashes(bed):
    """Medians of rounds in which they take turns: {(provider, count): HashFigures}."""
    rounds = {what: [] for what in HASHED}
    for turn in range(ROUNDS):
        say(f"hashes: round {turn + 1} of {ROUNDS}")
        for provider, count in HASHED:
            rounds[provider, count].append(seconds_of(bed, provider, count))
    base = rounds["pgcrypto", 1]
    return {
        (provider, count): HashFigures(
            statistics.median(seconds),
            statistics.median(count * one / all_of_them for one, all_of_them in zip(base, seconds)),
        )
        for (provider, count), seconds in rounds.items()
    }

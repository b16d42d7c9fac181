"""What a validation and a refresh cost in the database alone: pgbench of them against SELECT 1."""

import statistics
from dataclasses import dataclass

import load
from bed import say

ROUNDS = 5

STATEMENTS = {
    "SELECT 1": "SELECT 1;",
    "SELECT jerry.validate_token($1)": "SELECT jerry.validate_token(:access_token);",
    "SELECT jerry.refresh($1)": "SELECT jerry.refresh(:refresh_token);",
    # each with the token that the one before has answered
    "SELECT jerry.refresh($1), rotating": (
        "SELECT jerry.refresh(:refresh_token)->'data'->>'refresh_token' AS refresh_token \\gset"
    ),
    "a commit of nothing else": "SELECT pg_logical_emit_message(true, '', '');",
}


@dataclass
class StatementFigures:
    us: float  # per call, as the client sees it
    ratio: float  # of its rate to that of SELECT 1


def new_session(bed, account):
    """The refresh token of a new login, as a session that has rotated does not take those before it again."""
    login = f"SELECT jerry.login('{account['email']}', '{load.PASSWORD}')->'data'->>'refresh_token'"
    return bed.sql(login).strip()


def measure_statements(bed, account, seconds):
    """Medians of rounds in which the statements take turns: {name: StatementFigures}."""
    rounds = {name: [] for name in STATEMENTS}
    for turn in range(ROUNDS):
        say(f"statements: round {turn + 1} of {ROUNDS}")
        for name, statement in STATEMENTS.items():
            tokens = {"access_token": account["access_token"], "refresh_token": new_session(bed, account)}
            bed.sql(f"SELECT jerry.configure('jerry.rotate_refresh_tokens', '{'rotating' in name}')")
            rounds[name].append(bed.pgbench(statement + "\n", seconds=seconds, **tokens))
    bed.sql("SELECT jerry.configure('jerry.rotate_refresh_tokens', NULL)")
    base = rounds["SELECT 1"]
    return {
        name: StatementFigures(statistics.median(us), statistics.median(one / other for one, other in zip(base, us)))
        for name, us in rounds.items()
    }

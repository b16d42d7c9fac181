"""What a validation costs in the database alone: pgbench of jerry.validate_token against SELECT 1."""

import statistics
from dataclasses import dataclass

from bed import say

ROUNDS = 5

STATEMENTS = {
    "SELECT 1": "SELECT 1",
    "SELECT jerry.validate_token($1)": "SELECT jerry.validate_token(:token)",
}


@dataclass
class StatementFigures:
    us: float  # per call, as the client sees it
    ratio: float  # of its rate to that of SELECT 1


def measure_statements(bed, token, seconds):
    """Medians of rounds in which the statements take turns: {name: StatementFigures}."""
    rounds = {name: [] for name in STATEMENTS}
    for turn in range(ROUNDS):
        say(f"statements: round {turn + 1} of {ROUNDS}")
        for name, statement in STATEMENTS.items():
            rounds[name].append(bed.pgbench(statement + ";\n", seconds=seconds, token=token))
    base = rounds["SELECT 1"]
    return {
        name: StatementFigures(statistics.median(us), statistics.median(one / other for one, other in zip(base, us)))
        for name, us in rounds.items()
    }

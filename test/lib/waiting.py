"""Waiting for what happens soon: the one loop of all suites."""

import time

# Nothing that a test waits for takes this long, however busy the machine is; where a limit is what is tested, the test
# gives it.
PATIENCE = 60


def eventually(condition, what="it never happened", seconds=PATIENCE, pause=0.02):
    """Poll until condition() is something, and return that.

    what says what did not happen: a text, or a function that makes one then.
    """
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(pause)
    return found

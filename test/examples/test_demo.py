"""examples/demo.sh: what a person sees of make demo."""

import re
import subprocess

from conftest import EXAMPLES


def test_a_killed_server_has_both_or_neither(tmp_path):
    demo = subprocess.run(
        [str(EXAMPLES / "demo.sh")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=240,
    )
    assert demo.returncode == 0, demo.stderr
    assert demo.stderr == ""
    lines = demo.stdout.splitlines()
    told = [
        line for line in lines if line.startswith(("-- ", "COMMIT", "SELECT pg_sleep", "connection to server was lost"))
    ]
    assert told == [
        "SELECT pg_sleep(600); -- in the middle",
        "-- kill -9 of PostgreSQL, of every process",
        "connection to server was lost",
        "-- after recovery: users 0, events 0, shops 0",
        "COMMIT;",
        "-- kill -9 of PostgreSQL, of every process",
        "-- after recovery: users 1, events 1, shops 1",
    ]
    assert not re.search(r"postgresql://|PGPASSWORD", demo.stdout)

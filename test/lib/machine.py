"""How busy this machine is, for time limits that a busy one may break although nothing is wrong."""

import os
import pathlib


def busy():
    """How many times as long as on an idle machine things may take: what is at work for each processor, 1 at least."""
    average, _, _, now = pathlib.Path("/proc/loadavg").read_text().split()[:4]
    return max(1.0, float(average) / os.cpu_count(), int(now.partition("/")[0]) / os.cpu_count())


def patience(seconds):
    """A time limit, as long as the machine asks for."""
    return seconds * busy()

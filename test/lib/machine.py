"""How busy this machine is, for time limits that it may break although nothing is wrong; and how to make it busy."""

import contextlib
import multiprocessing
import os
import pathlib


def busy():
    """How many times as long as on an idle machine things may take: what is at work for each processor, 1 at least."""
    average, _, _, now = pathlib.Path("/proc/loadavg").read_text().split()[:4]
    return max(1.0, float(average) / os.cpu_count(), int(now.partition("/")[0]) / os.cpu_count())


def patience(seconds):
    """A time limit, as long as the machine asks for."""
    return seconds * busy()


def _work(until):
    while not until.is_set():
        sum(range(10_000))


@contextlib.contextmanager
def crowded():
    """Meanwhile two programs for each processor do what programs do."""
    until = multiprocessing.Event()
    workers = [multiprocessing.Process(target=_work, args=[until]) for _ in range(2 * os.cpu_count())]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        until.set()
        for worker in workers:
            worker.join()

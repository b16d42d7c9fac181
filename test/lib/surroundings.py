"""What tools/test tells the tests of the servers that it started."""

import os


def setting(name):
    assert os.environ.get(name), f"{name} is not set: run the suite by tools/test"
    return os.environ[name]

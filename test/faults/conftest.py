"""Fixtures of the fault tests: a cluster and a sidecar that a test may stop, kill and freeze.

They stand on the helpers of the HTTP tests.  Each file has a cluster of its own, with cheap hashes; each test gets it
running and leaves it in whatever state it likes.
"""


import pytest

import database
from processes import Cluster, Sidecar

import server
from watch import Watch, new_account

figures = []


@pytest.fixture
def figure(request):
    """figure(text): a line of measurements, shown when all tests have run."""
    return lambda text: figures.append(f"{request.node.name}: {text}")


def pytest_terminal_summary(terminalreporter):
    if figures:
        terminalreporter.section("measured")
    for line in figures:
        terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory):
    """The file's cluster; it says in its log, in UTC, when it has become ready."""
    server.adopt_orphans()
    cluster = Cluster(
        tmp_path_factory.mktemp("cluster"), "jerry.bcrypt_cost=4", "max_connections=40", "log_timezone=UTC"
    )
    yield cluster
    server.thaw(cluster)
    cluster.remove()


@pytest.fixture
def cluster(own_cluster):
    """The file's cluster, running."""
    server.thaw(own_cluster)
    own_cluster.start()
    return own_cluster


@pytest.fixture
def db(cluster):
    connection = database.connect(cluster.dsn)
    yield connection
    connection.close()


@pytest.fixture
def make_sidecar(tmp_path):
    """Starts sidecars that are stopped at the end of the test."""
    started = []

    def make(database_url, **names):
        sidecar = Sidecar(tmp_path / f"sidecar{len(started)}", DATABASE_URL=database_url, **names)
        started.append(sidecar)
        sidecar.wait_until("/livez", 200)
        return sidecar

    yield make
    for sidecar in started:
        sidecar.stop()


@pytest.fixture
def sidecar(cluster, make_sidecar):
    """A sidecar in front of the cluster, with all of its connections."""
    sidecar = make_sidecar(cluster.database_url)
    sidecar.wait_until_settled()
    return sidecar


@pytest.fixture
def account(sidecar):
    return new_account(sidecar)


@pytest.fixture
def watched(figure):
    """watched(sidecar, account): clients that ask for everything all the time; see watch.py."""
    return lambda sidecar, account, **options: Watch(sidecar, account, figure, **options)

"""The connections to the database: too few of them, and a pooler where there should be none.

A server that only pretends (pooler.py) stands for poolers everywhere; where PgBouncer is installed (tools/deps pooler),
it is tried too.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import time
import urllib.parse

import pytest

import database
from client import Api
from pooler import Pretender
from processes import Cluster, Sidecar, free_port, listens
from users import new_user_data
from waiting import eventually

ROLE = "jerry_sidecar"
SEEN_OFTEN = 20


def events(sidecar, name):
    return [line["message"] for line in sidecar.log_lines() if line["event"] == name]


def work(api):
    """Use every lane; the statuses of read, write and login."""
    return (
        api.validate_token("a.b.c").status,
        api.verify_email("x").status,
        api.login(new_user_data()).status,
    )


ALL_SERVED = (401, 401, 401)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "jerry.bcrypt_cost=4", "fsync=off")
    yield cluster
    cluster.remove()


@pytest.fixture
def owner(cluster):
    with contextlib.closing(database.connect(cluster.dsn)) as owner:
        yield owner


@pytest.fixture
def limit(owner):
    """limit(n): how many connections the sidecar's role may have from now on."""
    yield lambda number: database.query(owner, f"ALTER ROLE {ROLE} CONNECTION LIMIT {number}")
    database.query(owner, f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


@pytest.fixture
def start(tmp_path):
    """Starts a sidecar that is stopped at the end of the test, whether it has become ready or not."""
    with contextlib.ExitStack() as stack:

        def start(url, **names):
            sidecar = Sidecar(tmp_path / "sidecar", DATABASE_URL=url, **names)
            stack.callback(sidecar.stop)
            sidecar.wait_until("/livez", 200)
            return sidecar

        yield start


def lanes(owner):
    """How many connections each lane has."""
    rows = database.query(
        owner,
        "SELECT split_part(application_name, '/', 2), count(*) FROM pg_stat_activity WHERE usename = %s GROUP BY 1",
        ROLE,
    )
    return dict(rows)


def end(owner, lane="%"):
    database.query(
        owner,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND application_name LIKE %s",
        ROLE,
        f"%/{lane}",
    )


def test_three_connections_are_enough_to_start(cluster, limit, start, owner):
    limit(3)
    sidecar = start(cluster.database_url)
    sidecar.wait_until_ready()
    assert work(Api(sidecar.url)) == ALL_SERVED
    assert lanes(owner) == {"read": 1, "write": 1, "login": 1}


def test_every_lane_gets_a_connection_before_any_gets_two(cluster, limit, start, owner):
    """The finding: after a restart of the database the login lane had none."""
    sidecar = start(cluster.database_url)
    sidecar.wait_until_ready()
    eventually(lambda: sum(lanes(owner).values()) > 5)
    limit(5)
    for _ in range(3):
        end(owner)
        eventually(lambda: sum(lanes(owner).values()) == 5 and set(lanes(owner)) == {"read", "write", "login"})
        sidecar.wait_until_ready()
        assert work(Api(sidecar.url)) == ALL_SERVED


def test_a_lane_with_many_connections_gives_one_to_a_lane_without(cluster, limit, start, owner):
    """Only the logins' connections are lost, and their places are taken."""
    sidecar = start(cluster.database_url)
    sidecar.wait_until_ready()
    eventually(lambda: sum(lanes(owner).values()) > 5)
    limit(sum(lanes(owner).values()) - lanes(owner)["login"])
    end(owner, "login")
    eventually(lambda: "login" not in lanes(owner) or events(sidecar, "database_lost"))
    eventually(lambda: lanes(owner).get("login", 0) >= 1)
    sidecar.wait_until_ready()
    assert work(Api(sidecar.url)) == ALL_SERVED
    assert min(lanes(owner)[lane] for lane in ("read", "write")) >= 1


def test_a_lane_without_a_connection_is_missed(cluster, limit, start, owner):
    """Two connections are not enough: whoever asks is told which lane has none, until there are more."""
    limit(2)
    sidecar = start(cluster.database_url)
    api = Api(sidecar.url)
    eventually(lambda: sum(lanes(owner).values()) == 2)
    missing = eventually(lambda: {"read", "write", "login"} - set(lanes(owner))).pop()
    said = eventually(lambda: [line for line in events(sidecar, "lane_down") if line.startswith(f"{missing} lane: ")])
    assert len(said) == 1, "it is said once, not all the time"
    answer = eventually(
        lambda: (answer := api.get("/readyz")).details["issue"] == f"No database connection for: {missing}" and answer
    )
    assert answer.status == 503
    assert 503 in work(api)
    assert any("53300" in line for line in events(sidecar, "database_unreachable"))

    limit(-1)
    sidecar.wait_until_ready()
    assert work(api) == ALL_SERVED
    eventually(lambda: any(line.startswith(f"{missing} lane: ") for line in events(sidecar, "lane_up")))


def test_connections_that_open_together_are_one_line(cluster, start, owner):
    sidecar = start(cluster.database_url)
    sidecar.wait_until_ready()
    eventually(lambda: events(sidecar, "database_connected"))
    total = sum(lanes(owner).values())
    time.sleep(1.5)
    said = events(sidecar, "database_connected")
    assert 1 <= len(said) <= 2, said  # on a busy machine not all of them open within a second
    end(owner)
    eventually(lambda: len(events(sidecar, "database_connected")) > len(said))
    assert len(events(sidecar, "database_lost")) < total


@pytest.fixture
def pretender():
    with Pretender() as pretender:
        yield pretender


def test_a_session_that_is_shared_is_no_database(pretender, start):
    """What a pooler makes of it that hands out transactions: names clash."""
    pretender.shared = {}
    sidecar = start(pretender.url, MAINTENANCE_INTERVAL="0")
    api = Api(sidecar.url)
    (said,) = eventually(lambda: events(sidecar, "database_pooler"))
    assert "pooler in transaction mode" in said and "42P05" in said and "pool_mode=session" in said
    for _ in range(SEEN_OFTEN):
        assert api.get("/readyz").status == 503
        assert api.validate_token("a.b.c").status in (200, 503), "a moment in which nothing clashes, or none"
        time.sleep(0.1)

    pretender.shared = None
    sidecar.wait_until("/readyz", 200)
    eventually(lambda: api.validate_token("a.b.c").status == 200)
    assert len(events(sidecar, "database_pooler")) == 1


def test_a_session_that_was_exchanged_is_left(pretender, start):
    """Once is an accident: what was prepared is prepared again."""
    sidecar = start(pretender.url, MAINTENANCE_INTERVAL="0", DATABASE_POOL_SIZE="3")
    sidecar.wait_until("/readyz", 200)
    api = Api(sidecar.url)
    before = list(pretender.sessions)
    for session in before:
        if "validate_token" in session.prepared:
            session.prepared.clear()
    assert api.validate_token("a.b.c").status == 503
    eventually(lambda: api.validate_token("a.b.c").status == 200)
    eventually(lambda: len(pretender.sessions) == len(before))
    assert len(set(before) & set(pretender.sessions)) == len(before) - 1, "one connection is a new one"
    assert any(
        "does not know the prepared statements" in line for line in eventually(lambda: events(sidecar, "database_lost"))
    )
    assert events(sidecar, "database_pooler") == []


def test_sessions_that_are_exchanged_all_the_time_are_no_database(pretender, start):
    sidecar = start(pretender.url, MAINTENANCE_INTERVAL="0")
    sidecar.wait_until("/readyz", 200)
    api = Api(sidecar.url)

    def forget():
        for session in list(pretender.sessions):
            session.prepared.clear()
        assert api.validate_token("a.b.c").status in (200, 503)
        return events(sidecar, "database_pooler")

    (said,) = eventually(forget)
    assert "26000" in said
    eventually(lambda: api.get("/readyz").status == 503)
    sidecar.wait_until("/readyz", 200)
    eventually(lambda: api.validate_token("a.b.c").status == 200)


PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture
def pgbouncer(cluster, tmp_path):
    """pgbouncer(mode): the URL of one in front of the cluster."""
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed: tools/deps pooler")
    place, server = (urllib.parse.urlsplit(url) for url in (cluster.database_url, cluster.dsn))
    port = free_port()
    folder = tmp_path / "pgbouncer"
    folder.mkdir()
    running = []

    def begin(mode):
        config = folder / "pgbouncer.ini"
        target = f"host={server.hostname} port={server.port} dbname={place.path[1:]}"
        config.write_text(
            f"""[databases]
jerry = {target} user={place.username} password={place.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
ignore_startup_parameters = options,extra_float_digits
"""
        )
        command = [PGBOUNCER, str(config)]
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            for path in folder, config:
                os.chown(path, user.pw_uid, user.pw_gid)
            for path in pathlib.Path(folder).parents:
                if path.stat().st_uid == 0 and path != pathlib.Path("/"):
                    path.chmod(path.stat().st_mode | 0o011)
            command += ["-u", "nobody"]
        with (folder / "log").open("wb") as log:
            running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        eventually(lambda: listens(port) or running[-1].poll() is not None)
        assert running[-1].poll() is None, (folder / "log").read_text()
        return f"postgresql://{place.username}:x@127.0.0.1:{port}/jerry?sslmode=disable"

    yield begin
    for process in running:
        process.terminate()
        process.wait(20)


def test_pgbouncer_that_hands_out_transactions_is_recognised(pgbouncer, start):
    sidecar = start(pgbouncer("transaction"), MAINTENANCE_INTERVAL="0")
    api = Api(sidecar.url)
    eventually(lambda: events(sidecar, "database_pooler"))
    for _ in range(SEEN_OFTEN):
        assert api.get("/readyz").status == 503
        assert set(work(api)) <= {401, 503}
        time.sleep(0.1)


def test_pgbouncer_that_hands_out_sessions_serves_and_its_lost_limits_are_told(pgbouncer, start):
    sidecar = start(pgbouncer("session"), MAINTENANCE_INTERVAL="0")
    sidecar.wait_until_ready()
    assert work(Api(sidecar.url)) == ALL_SERVED
    assert any("statement_timeout" in line for line in events(sidecar, "database_limits"))
    assert events(sidecar, "database_pooler") == []

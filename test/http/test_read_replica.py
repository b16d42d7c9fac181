"""DATABASE_READ_URL: a streaming replica answers what only reads, and the primary does when the replica does not.

The replica is a real one, made with pg_basebackup.  Whether a standby has seen something yet is decided by the tests:
they pause its replay.
"""

import concurrent.futures
import contextlib
import os
import shutil
import signal
import threading
import time

import jwt
import psycopg2
import pytest

import database
from client import Api
from machine import patience
from processes import Cluster, Replica, Sidecar, free_port, ready_sidecar, url_of
from users import new_user, new_user_data
from waiting import eventually

# The read lane's deadline, and something for a busy machine.
PATIENCE = 1 + 1.5

CHEAP = "jerry.bcrypt_cost=4", "fsync=off", "max_connections=60"


def run(cluster, sql, *values):
    """The rows of one statement of the owner's."""
    with contextlib.closing(database.connect(cluster.dsn)) as connection:
        return database.query(connection, sql, *values)


def connections(cluster, lane="%"):
    """The sidecar's connections to a cluster: when each was used last, by its pid."""
    return dict(
        run(cluster, "SELECT pid, state_change FROM pg_stat_activity WHERE application_name LIKE %s", f"jerry/{lane}")
    )


def replayed(primary, replica):
    """Wait until the replica has seen all that is committed on the primary."""
    [(position,)] = run(primary, "SELECT pg_current_wal_lsn()")
    eventually(lambda: run(replica, "SELECT pg_last_wal_replay_lsn() >= %s", position) == [(True,)])


@contextlib.contextmanager
def pair(folders):
    """A primary and its replica."""
    primary = Cluster(folders.mktemp("primary"), *CHEAP)
    try:
        replica = Replica(folders.mktemp("replica"), primary, *CHEAP)
        try:
            yield primary, replica
        finally:
            replica.remove()
    finally:
        primary.remove()


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """The pair that most tests share; both run, and the replica replays, before and after each."""
    with pair(tmp_path_factory) as both:
        yield both


@pytest.fixture(scope="module")
def primary(servers):
    return servers[0]


@pytest.fixture(scope="module")
def replica(servers):
    return servers[1]


@pytest.fixture(scope="module")
def sidecar(primary, replica, tmp_path_factory):
    """It believes the replica for ever, so that a test sees who has been asked by when a connection was used last."""
    urls = {"DATABASE_URL": primary.database_url, "DATABASE_READ_URL": replica.database_url}
    with ready_sidecar(tmp_path_factory.mktemp("sidecar"), **urls, DATABASE_READ_MAX_LAG="0") as sidecar:
        yield sidecar


@pytest.fixture
def api(sidecar, replica):
    """The sidecar, with connections to the replica, and to the primary, which a test before may have stopped."""
    sidecar.wait_until_ready()
    eventually(lambda: len(connections(replica)) == 2)
    return Api(sidecar.url)


@pytest.fixture
def user(api):
    return new_user(api)


@pytest.fixture
def tokens(api, user, primary, replica):
    """Tokens of a login that the replica has seen."""
    tokens = api.login(user).data
    replayed(primary, replica)
    return tokens


@contextlib.contextmanager
def replay_paused(replica):
    run(replica, "SELECT pg_wal_replay_pause()")
    eventually(lambda: run(replica, "SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
    try:
        yield
    finally:
        run(replica, "SELECT pg_wal_replay_resume()")


@contextlib.contextmanager
def frozen(cluster):
    cluster.freeze()
    try:
        yield
    finally:
        cluster.thaw()


def served_by(cluster, send):
    """Did this cluster answer the request?"""
    before = connections(cluster)
    assert send().status == 200
    return connections(cluster) != before


class Clients:
    """Four that ask all the time, as long as the context lasts."""

    def __init__(self):
        self.over = threading.Event()
        self.clients = [threading.Thread(target=self.repeat) for _ in range(4)]

    def repeat(self):
        while not self.over.is_set():
            self.ask()

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for client in self.clients:
            client.join()


class Readers(Clients):
    """Clients that validate a token: each answer's status and duration."""

    def __init__(self, api, token):
        super().__init__()
        self.api, self.token = api, token
        self.seen = []

    def ask(self):
        begun = time.monotonic()
        status = self.api.validate_token(self.token).status
        self.seen.append((status, time.monotonic() - begun))

    def some_more(self):
        """Wait until everybody has been answered a few times more."""
        enough = len(self.seen) + 10 * len(self.clients)
        eventually(lambda: len(self.seen) >= enough)

    def check(self):
        """All were served, in time."""
        assert {status for status, _ in self.seen} == {200}
        assert max(duration for _, duration in self.seen) < patience(PATIENCE)


def test_the_replica_answers_what_only_reads(api, primary, replica, tokens):
    before = connections(primary, "read")
    assert set(connections(replica)) == set(connections(replica, "replica"))
    assert served_by(replica, lambda: api.validate_token(tokens["access_token"]))
    assert served_by(replica, lambda: api.me(tokens["access_token"]))
    before_health = connections(replica)
    assert api.send("GET", "/health").json()["database"] == "connected"
    assert connections(replica) != before_health
    assert connections(primary, "read") == before, "the primary was asked too"


def test_tokens_that_are_none_are_counted_on_the_primary(primary, replica, tmp_path, tokens):
    """Though the replica is asked first, and cannot count; a good token is the replica's alone."""
    role = "ALTER ROLE jerry_sidecar"
    urls = {"DATABASE_URL": primary.database_url, "DATABASE_READ_URL": replica.database_url}
    run(primary, f"{role} SET jerry.rate_limits = on")
    run(primary, "SELECT jerry.set_limit('token_network', 3, 3600, 3)")
    replayed(primary, replica)
    try:
        with ready_sidecar(tmp_path, **urls, DATABASE_READ_MAX_LAG="0") as sidecar:
            sidecar.wait_until_settled()
            api = Api(sidecar.url)
            run(primary, "DELETE FROM jerry.rate_bucket")
            codes = [send("x").code for send in (api.validate_token, api.me) * 3]
            assert codes == ["INVALID_TOKEN"] * 3 + ["RATE_LIMITED"] * 3
            before = connections(primary, "read")
            assert api.validate_token(tokens["access_token"]).status == 200
            assert api.me(tokens["access_token"]).status == 200
            assert connections(primary, "read") == before, "the primary was asked too"
            primary.stop()
            try:
                eventually(lambda: api.validate_token("x").code == "INVALID_TOKEN")
                assert api.validate_token(tokens["access_token"]).status == 200
            finally:
                primary.start()
    finally:
        run(primary, f"{role} RESET jerry.rate_limits")
        run(primary, "SELECT jerry.set_limit('token_network', NULL)")


def test_what_writes_goes_to_the_primary(api, primary, user):
    assert api.login(user).status == 200
    with contextlib.closing(database.connect(primary.dsn)) as owner:
        [(user_id,)] = database.query(owner, 'SELECT id::text FROM jerry."user" WHERE email = %s', user["email"])
        token = database.verification_token(owner, user_id)
    assert api.verify_email(token).status == 200


def test_a_revocation_counts_as_soon_as_it_is_replayed(api, primary, replica, user, tokens):
    with replay_paused(replica):
        run(
            primary,
            "UPDATE jerry.session SET revoked_at = now()"
            ' WHERE user_id = (SELECT id FROM jerry."user" WHERE email = %s)',
            user["email"],
        )
        assert api.validate_token(tokens["access_token"]).status == 200, "the replica was not asked"
    replayed(primary, replica)
    assert api.validate_token(tokens["access_token"]).code == "INVALID_TOKEN"
    assert api.refresh(tokens["refresh_token"]).code == "INVALID_TOKEN"
    assert api.me(tokens["access_token"]).code == "INVALID_TOKEN"


def test_a_refresh_is_recorded_by_the_primary(api, primary, replica, tokens):
    age = "UPDATE jerry.session SET created_at = created_at - interval '1 hour' WHERE id = %s"
    sid = jwt.decode(tokens["refresh_token"], options={"verify_signature": False})["sid"]
    run(primary, age, sid)
    before = connections(replica)
    assert api.refresh(tokens["refresh_token"]).status == 200
    assert connections(replica) == before, "the replica was asked"
    used = "SELECT host(last_used_ip), now() - last_used_at < interval '1 minute' FROM jerry.session WHERE id = %s"
    assert run(primary, used, sid) == [("127.0.0.1", True)]


def test_the_list_of_sessions_shows_what_was_just_ended(api, replica, user, tokens):
    other = jwt.decode(api.login(user).data["access_token"], options={"verify_signature": False})["sid"]
    with replay_paused(replica):
        assert other in [session["id"] for session in api.sessions(tokens["access_token"]).data["sessions"]]
        assert api.end_session(tokens["access_token"], other).status == 200
        assert other not in [session["id"] for session in api.sessions(tokens["access_token"]).data["sessions"]]


def test_a_refresh_that_rotates_is_the_primarys(api, sidecar, primary, replica, tokens):
    """While that is gone it is a 503, whoever knows that tokens rotate: a client forgets a token that is refused."""
    run(primary, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
    try:
        replayed(primary, replica)
        before = connections(replica, "replica")
        token = tokens["refresh_token"]
        for generation in range(1, 4):
            token = api.refresh(token).data["refresh_token"]
            assert jwt.decode(token, options={"verify_signature": False})["gen"] == generation
        assert connections(replica, "replica") == before, "the replica was asked"
        primary.stop()
        for given in token, tokens["refresh_token"], "a.b.c":
            answer = api.refresh(given)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert api.validate_token(tokens["access_token"]).status == 200
    finally:
        primary.start()
        run(primary, "SELECT jerry.configure('jerry.rotate_refresh_tokens', NULL)")
        replayed(primary, replica)
    sidecar.wait_until_ready()
    assert list(api.refresh(token).data) == ["access_token", "token_type", "expires_in"]


def test_a_replica_that_is_asked_to_rotate_goes_on_validating(primary, replica, tmp_path_factory):
    """By a sidecar that has not seen a refresh rotate yet."""
    urls = {"DATABASE_URL": primary.database_url, "DATABASE_READ_URL": replica.database_url}
    with ready_sidecar(tmp_path_factory.mktemp("sidecar"), **urls, DATABASE_READ_MAX_LAG="0") as sidecar:
        api = Api(sidecar.url)
        tokens = api.login(new_user(api)).data
        run(primary, "SELECT jerry.configure('jerry.rotate_refresh_tokens', 'on')")
        try:
            replayed(primary, replica)
            eventually(lambda: len(connections(replica)) >= 2)
            primary.stop()
            for _ in range(5):
                answer = api.refresh(tokens["refresh_token"])
                assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
                assert api.validate_token(tokens["access_token"]).status == 200
        finally:
            primary.start()
            run(primary, "SELECT jerry.configure('jerry.rotate_refresh_tokens', NULL)")
            replayed(primary, replica)


def test_a_session_that_the_replica_has_not_seen_is_valid(api, replica):
    with replay_paused(replica):
        user = new_user(api)
        tokens = api.login(user).data
        assert api.validate_token(tokens["access_token"]).status == 200
        assert api.refresh(tokens["refresh_token"]).status == 200
        assert api.me(tokens["access_token"]).status == 200


def test_a_key_that_the_replica_has_not_seen_signs_valid_tokens(api, primary, replica, user, tokens):
    with replay_paused(replica):
        run(primary, "SELECT jerry.import_key(%s)", os.urandom(32).hex())
        fresh = api.login(user).data
        assert api.validate_token(fresh["access_token"]).status == 200
    replayed(primary, replica)
    assert served_by(replica, lambda: api.validate_token(fresh["access_token"]))
    assert served_by(replica, lambda: api.validate_token(tokens["access_token"]))


def use_key_file(cluster, path, setting="jerry.key_file"):
    with contextlib.closing(database.connect(cluster.dsn)) as owner:
        database.query(owner, "LOAD 'jerry'")
        database.query(owner, f"ALTER SYSTEM SET {setting} = '{path}'")
        database.query(owner, "SELECT pg_reload_conf()")
        eventually(lambda: database.value(owner, f"SHOW {setting}") == str(path))


def test_a_replica_without_the_key_file_is_missed_by_nobody(api, sidecar, primary, replica, user, tokens, tmp_path):
    def seal():
        assert run(primary, "SELECT jerry.seal_secrets() > 0") == [(True,)]
        replayed(primary, replica)

    path = tmp_path / "jerry.key"
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    if os.getuid() == 0:
        shutil.chown(path, "postgres")
    use_key_file(primary, path)
    try:
        seal()
        for _ in range(3):
            assert api.validate_token(tokens["access_token"]).status == 200
            assert api.me(tokens["access_token"]).status == 200
            assert api.refresh(tokens["refresh_token"]).status == 200
        assert any("SQLSTATE F0000" in line["message"] for line in sidecar.log_lines() if "message" in line)
        # without the file nobody knows, which is no reason to give up a session
        path.chmod(0)
        run(primary, "UPDATE jerry.signing_key SET status = status")
        answers = api.validate_token(tokens["access_token"]), api.refresh(tokens["refresh_token"]), api.login(user)
        for answer in answers:
            assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
        path.chmod(0o600)
        assert api.login(user).status == 200
        use_key_file(replica, path)
        assert served_by(replica, lambda: api.validate_token(tokens["access_token"]))
    finally:
        path.chmod(0o600)
        use_key_file(primary, "")
        use_key_file(replica, "")
        use_key_file(primary, path, "jerry.old_key_file")
        seal()
        use_key_file(primary, "", "jerry.old_key_file")


def test_a_replica_that_stops_is_missed_by_nobody(api, replica, tokens):
    with Readers(api, tokens["access_token"]) as readers:
        readers.some_more()
        replica.stop()
        readers.some_more()
        assert api.get("/readyz").status == 200
        replica.start()
        eventually(lambda: len(connections(replica)) == 2)
        readers.some_more()
    readers.check()
    assert served_by(replica, lambda: api.validate_token(tokens["access_token"]))


def test_a_replica_that_crashes_is_missed_by_nobody(api, replica, tokens):
    with Readers(api, tokens["access_token"]) as readers:
        readers.some_more()
        os.kill(replica.pids()[0], signal.SIGQUIT)
        readers.some_more()
        eventually(lambda: not os.path.exists(f"{replica.folder}/data/postmaster.pid"))
        replica.start()
        eventually(lambda: len(connections(replica)) == 2)
    readers.check()
    assert served_by(replica, lambda: api.validate_token(tokens["access_token"]))


def test_a_replica_that_hangs_is_missed_by_nobody(api, replica, tokens):
    with Readers(api, tokens["access_token"]) as readers:
        readers.some_more()
        with frozen(replica):
            for _ in range(10):
                readers.some_more()
            assert api.get("/readyz").status == 200
            assert api.send("GET", "/health").status_code == 200
        eventually(lambda: served_by(replica, lambda: api.validate_token(tokens["access_token"])))
    readers.check()


def test_a_replica_that_ends_its_connections_is_missed_by_nobody(api, replica, tokens):
    with Readers(api, tokens["access_token"]) as readers:
        for _ in range(5):
            eventually(lambda: len(connections(replica)) == 2)
            for pid in connections(replica):
                run(replica, "SELECT pg_terminate_backend(%s)", pid)
            readers.some_more()
    readers.check()


def test_the_replica_answers_while_the_primary_is_gone(api, sidecar, primary, replica, user, tokens):
    primary.stop()
    try:
        assert api.get("/readyz").status == 200
        assert api.validate_token(tokens["access_token"]).status == 200
        assert api.me(tokens["access_token"]).status == 200
        assert api.refresh(tokens["refresh_token"]).status == 200
        assert api.validate_token("a.b.c").code == "INVALID_TOKEN"
        assert len(api.sessions(tokens["access_token"]).data["sessions"]) == 1
        sid = jwt.decode(tokens["access_token"], options={"verify_signature": False})["sid"]
        for answer in (
            api.login(user),
            api.logout(tokens["access_token"]),
            api.logout(refresh_token=tokens["refresh_token"], scope="all"),
            api.end_session(tokens["access_token"], sid),
        ):
            assert (answer.status, answer.code) == (503, "SERVICE_UNAVAILABLE")
        assert api.validate_token(tokens["access_token"]).status == 200
    finally:
        primary.start()
    sidecar.wait_until_ready()
    assert api.login(user).status == 200
    assert api.logout(tokens["access_token"]).status == 200
    replayed(primary, replica)
    assert api.validate_token(tokens["access_token"]).code == "INVALID_TOKEN"


def test_a_hung_primary_does_not_hold_up_what_the_replica_knows(api, sidecar, primary, tokens):
    with Readers(api, tokens["access_token"]) as readers:
        with frozen(primary), concurrent.futures.ThreadPoolExecutor(8) as pool:
            unknown = list(pool.map(lambda _: api.validate_token("a.b.c"), range(24)))
            readers.some_more()
    readers.check()
    assert {answer.status for answer in unknown} <= {401, 503, 504}
    sidecar.wait_until_ready()


def test_without_both_the_sidecar_is_not_ready(api, sidecar, primary, replica, tokens):
    replica.stop()
    primary.stop()
    try:
        eventually(lambda: api.get("/readyz").status == 503)
        assert api.validate_token(tokens["access_token"]).code == "SERVICE_UNAVAILABLE"
        replica.start()
        eventually(lambda: api.get("/readyz").status == 200)
        assert api.validate_token(tokens["access_token"]).status == 200
    finally:
        primary.start()
        replica.start()
    sidecar.wait_until_ready()


def test_nobody_where_the_replica_should_be(primary, tmp_path):
    url = f"postgresql://jerry_sidecar:secret@127.0.0.1:{free_port()}/jerry"
    sidecar = Sidecar(tmp_path, DATABASE_URL=primary.database_url, DATABASE_READ_URL=url)
    try:
        sidecar.wait_until_ready()
        assert Api(sidecar.url).validate_token("a.b.c").code == "INVALID_TOKEN"
    finally:
        sidecar.stop()


def test_a_replica_with_another_version_of_jerry_is_not_asked(primary, tmp_path):
    run(primary, "CREATE DATABASE older TEMPLATE template0")
    try:
        with contextlib.closing(database.connect(psycopg2.extensions.make_dsn(primary.dsn, dbname="older"))) as older:
            database.query(older, "CREATE SCHEMA jerry; GRANT USAGE ON SCHEMA jerry TO jerry_api")
            database.query(older, "CREATE FUNCTION jerry.version() RETURNS text LANGUAGE sql AS $$SELECT '0.9.0'$$")
        url = url_of(primary, primary, dbname="older")
        sidecar = Sidecar(tmp_path, DATABASE_URL=primary.database_url, DATABASE_READ_URL=url)
        try:
            sidecar.wait_until_ready()
            eventually(lambda: any("0.9.0" in line.get("message", "") for line in sidecar.log_lines()))
            assert Api(sidecar.url).validate_token("a.b.c").code == "INVALID_TOKEN"
        finally:
            sidecar.stop()
    finally:
        run(primary, "DROP DATABASE older WITH (FORCE)")


@pytest.mark.parametrize("size, there", [("4", 1), ("5", 2), ("10", 2)])
def test_the_pool_size_counts_the_connections_to_both(primary, replica, tmp_path, size, there):
    name = f"pool{size}"
    urls = [f"{url_of(primary, cluster)}?application_name={name}" for cluster in (primary, replica)]

    def count(cluster):
        return len(run(cluster, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE %s", f"{name}/%"))

    sidecar = Sidecar(tmp_path, DATABASE_URL=urls[0], DATABASE_READ_URL=urls[1], DATABASE_POOL_SIZE=size)
    try:
        sidecar.wait_until_ready()
        eventually(lambda: count(replica) == there and count(primary) >= 3)
        time.sleep(0.5)
        assert count(primary) + count(replica) <= int(size)
    finally:
        sidecar.stop()


def test_a_list_of_hosts_leads_to_whichever_is_a_standby(primary, replica, tmp_path):
    urls = {
        "DATABASE_URL": url_of(primary, replica, primary, target_session_attrs="read-write", application_name="lists"),
        "DATABASE_READ_URL": url_of(
            primary, primary, replica, target_session_attrs="standby", application_name="lists"
        ),
    }
    sidecar = Sidecar(tmp_path, **urls)

    def lanes(cluster):
        rows = run(cluster, "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'lists/%%'")
        return {name for name, in rows}

    try:
        sidecar.wait_until_ready()
        eventually(lambda: lanes(replica) == {"lists/replica"})
        eventually(lambda: lanes(primary) == {"lists/read", "lists/write", "lists/login"})
    finally:
        sidecar.stop()


class Writers(Clients):
    """Clients that register users; acknowledged has the addresses that were answered with 201."""

    def __init__(self, api):
        super().__init__()
        self.api = api
        self.acknowledged = []
        self.statuses = set()

    def ask(self):
        user = new_user_data()
        status = self.api.register(user).status
        self.statuses.add(status)
        if status == 201:
            self.acknowledged.append(user["email"])

    def some_more(self):
        enough = len(self.acknowledged) + 20
        eventually(lambda: len(self.acknowledged) >= enough)


def promote(replica):
    assert run(replica, "SELECT pg_promote()") == [(True,)]


def test_a_promotion_loses_no_acknowledged_write(tmp_path_factory):
    with pair(tmp_path_factory) as (primary, replica):
        run(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        run(primary, "SELECT pg_reload_conf()")
        eventually(lambda: run(primary, "SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        sidecar = Sidecar(
            tmp_path_factory.mktemp("sidecar"),
            DATABASE_URL=url_of(primary, primary, replica, target_session_attrs="read-write"),
            DATABASE_READ_URL=url_of(primary, primary, replica, target_session_attrs="prefer-standby"),
        )
        try:
            sidecar.wait_until_ready()
            api = Api(sidecar.url)
            user = new_user(api)
            tokens = api.login(user).data
            with Writers(api) as writers:
                writers.some_more()
                os.kill(primary.pids()[0], signal.SIGQUIT)
                time.sleep(0.5)
                promote(replica)
                writers.some_more()
            assert writers.statuses <= {201, 503, 504}
            found = {
                email
                for email, in run(
                    replica,
                    'SELECT u.email FROM jerry."user" AS u JOIN jerry.event AS e'
                    " ON e.payload->'data'->>'user_id' = u.id::text AND e.event_type = 'user.registered'",
                )
            }
            assert set(writers.acknowledged) <= found
            eventually(lambda: api.validate_token(tokens["access_token"]).status == 200)
            assert api.login(user).status == 200
        finally:
            sidecar.stop()


def test_a_primary_that_was_replaced_is_left_though_it_still_runs(tmp_path_factory):
    """Its connections live on, and only a refused write tells that they lead to the wrong server."""
    with pair(tmp_path_factory) as (primary, replica):
        sidecar = Sidecar(
            tmp_path_factory.mktemp("sidecar"),
            DATABASE_URL=url_of(primary, primary, replica, target_session_attrs="read-write"),
            MAINTENANCE_INTERVAL="0",
        )
        try:
            sidecar.wait_until_ready()
            api = Api(sidecar.url)
            assert set(connections(replica)) == set()
            run(primary, "ALTER SYSTEM SET default_transaction_read_only = on")
            run(primary, "SELECT pg_reload_conf()")
            promote(replica)
            eventually(lambda: api.register(new_user_data()).status == 201, seconds=5)
            eventually(lambda: set(connections(primary)) == set(), seconds=patience(5))
            sidecar.wait_until_ready()
            user = new_user(api)
            assert api.me(api.login(user).data["access_token"]).status == 200
            assert run(replica, 'SELECT id FROM jerry."user" WHERE email = %s', user["email"])
        finally:
            sidecar.stop()


BOUND = 3  # seconds


@pytest.fixture(scope="module")
def bounded(primary, replica, tmp_path_factory):
    """A sidecar that believes the replica only while that is known to be fresh; nothing else writes meanwhile."""
    sidecar = Sidecar(
        tmp_path_factory.mktemp("bounded"),
        DATABASE_URL=url_of(primary, primary, application_name="bounded"),
        DATABASE_READ_URL=url_of(primary, replica, application_name="bounded"),
        DATABASE_READ_MAX_LAG=str(BOUND),
        MAINTENANCE_INTERVAL="0",
    )
    try:
        sidecar.wait_until_ready()
        yield sidecar
    finally:
        sidecar.stop()


def asks(cluster, api, token):
    """Does this server answer a validation?  Between two there may be a question of the sidecar's own."""
    for _ in range(3):
        assert api.validate_token(token).status == 200
        rows = run(cluster, "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'bounded/%%'")
        if any("jerry.validate_token" in query for query, in rows):
            return True
    return False


def session_of(api, primary, replica):
    """An account and the tokens of a login that the replica has seen."""
    user = new_user(api)
    tokens = api.login(user).data
    replayed(primary, replica)
    return user, tokens


def revoke(primary, user):
    run(
        primary,
        'UPDATE jerry.session SET revoked_at = now() WHERE user_id = (SELECT id FROM jerry."user" WHERE email = %s)',
        user["email"],
    )


def test_a_replica_that_stops_replaying_is_not_believed_beyond_the_bound(bounded, primary, replica):
    api = Api(bounded.url)
    user, tokens = session_of(api, primary, replica)
    eventually(lambda: asks(replica, api, tokens["access_token"]))
    with replay_paused(replica):
        revoke(primary, user)
        revoked = time.monotonic()
        assert api.validate_token(tokens["access_token"]).status == 200, "the replica was not asked"
        eventually(lambda: api.validate_token(tokens["access_token"]).status == 401, seconds=BOUND + PATIENCE)
        # for good, and at every endpoint
        time.sleep(max(0, revoked + BOUND + PATIENCE - time.monotonic()))
        for _ in range(10):
            assert api.validate_token(tokens["access_token"]).code == "INVALID_TOKEN"
        assert api.me(tokens["access_token"]).code == "INVALID_TOKEN"
        assert api.refresh(tokens["refresh_token"]).code == "INVALID_TOKEN"
        assert api.get("/readyz").status == 200
        eventually(lambda: any(line["event"] == "replica_stale" for line in bounded.log_lines()))
        # others are served by the primary
        user, tokens = new_user_data(), None
        assert api.register(user).status == 201
        tokens = api.login(user).data
        assert api.validate_token(tokens["access_token"]).status == 200
    eventually(lambda: asks(replica, api, tokens["access_token"]))
    eventually(lambda: any(line["event"] == "replica_fresh" for line in bounded.log_lines()))


def test_a_replica_of_an_idle_primary_is_fresh(bounded, primary, replica):
    """Nobody writes for longer than the bound."""
    api = Api(bounded.url)
    _, tokens = session_of(api, primary, replica)
    eventually(lambda: asks(replica, api, tokens["access_token"]))
    stale = sum(line["event"] == "replica_stale" for line in bounded.log_lines())
    for _ in range(2 * BOUND):
        time.sleep(1)
        assert asks(replica, api, tokens["access_token"])
    assert sum(line["event"] == "replica_stale" for line in bounded.log_lines()) == stale


def test_a_replica_that_lags_behind_is_fresh_within_the_bound(bounded, primary, replica):
    """There is always something that it has not replayed yet."""
    api = Api(bounded.url)
    _, tokens = session_of(api, primary, replica)
    over = threading.Event()

    def write():
        while not over.is_set():
            run(primary, "SELECT pg_logical_emit_message(true, 'test', 'x')")
            over.wait(0.05)

    run(replica, "ALTER SYSTEM SET recovery_min_apply_delay = '700ms'")
    run(replica, "SELECT pg_reload_conf()")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(BOUND)
        for _ in range(2 * BOUND):
            time.sleep(0.5)
            assert asks(replica, api, tokens["access_token"])
    finally:
        over.set()
        writer.join()
        run(replica, "ALTER SYSTEM RESET recovery_min_apply_delay")
        run(replica, "SELECT pg_reload_conf()")


def test_a_replica_without_its_primary_is_not_believed_beyond_the_bound(bounded, primary, replica):
    """Somebody may be deciding something on a primary that neither can reach."""
    api = Api(bounded.url)
    _, tokens = session_of(api, primary, replica)
    eventually(lambda: asks(replica, api, tokens["access_token"]))
    primary.stop()
    try:
        assert api.validate_token(tokens["access_token"]).status == 200
        eventually(
            lambda: api.validate_token(tokens["access_token"]).code == "SERVICE_UNAVAILABLE", seconds=BOUND + PATIENCE
        )
        assert api.me(tokens["access_token"]).code == "SERVICE_UNAVAILABLE"
        assert api.get("/readyz").status == 503
        assert api.send("GET", "/health").status_code == 503
    finally:
        primary.start()
    bounded.wait_until_ready()
    eventually(lambda: asks(replica, api, tokens["access_token"]))


def test_a_standby_is_no_primary(replica, tmp_path):
    """Its answers would have no bound, so DATABASE_URL must not lead to one."""
    sidecar = Sidecar(tmp_path, DATABASE_URL=replica.database_url)
    try:
        eventually(lambda: any("the server is a standby" in line.get("message", "") for line in sidecar.log_lines()))
        assert Api(sidecar.url).validate_token("a.b.c").code == "SERVICE_UNAVAILABLE"
        assert Api(sidecar.url).get("/readyz").status == 503
    finally:
        sidecar.stop()

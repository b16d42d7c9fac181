"""Logins, and who changes a password or ends sessions meanwhile: the change wins, and logins hold up nobody."""

import threading

import psycopg2
import pytest

from database import connect, query, value, wait_until_blocked
from installation import PASSWORD, answer, code
from waiting import eventually

NEW_PASSWORD = "AnotherPassword123!"


@pytest.fixture(scope="module")
def installation(new_installation):
    dsn = new_installation()
    db = connect(dsn)
    query(db, f"ALTER DATABASE {db.info.dbname} SET jerry.bcrypt_cost = 4")
    db.close()
    return dsn


@pytest.fixture
def sessions(installation):
    """sessions(): a new connection of the owner's."""
    made = []

    def session():
        made.append(connect(installation))
        return made[-1]

    yield session
    for connection in made:
        connection.close()


@pytest.fixture
def owner(sessions):
    return sessions()


@pytest.fixture
def user(owner, request):
    """The address of a new user, and the id."""
    email = f"{abs(hash(request.node.name))}@example.com"
    return email, answer(owner, "register", email, PASSWORD, PASSWORD)["user_id"]


class Login(threading.Thread):
    """A login in a thread of its own; result() is its code, None for a positive answer."""

    def __init__(self, db, email, password=PASSWORD):
        super().__init__()
        self.db, self.email, self.password = db, email, password
        self.outcome = "no answer"
        self.start()

    def run(self):
        try:
            self.outcome = code(self.db, "login", self.email, self.password)
        except psycopg2.Error as error:
            self.outcome = error.pgcode

    def result(self):
        self.join(30)
        return self.outcome


def change_password(db, user_id, password=NEW_PASSWORD):
    """As the documentation says: first the hash, then the sessions."""
    query(db, 'UPDATE jerry."user" SET password_hash = jerry.hash_password(%s) WHERE id::text = %s', password, user_id)
    query(db, "DELETE FROM jerry.session WHERE user_id::text = %s", user_id)


def sessions_of(db, user_id):
    return value(db, "SELECT count(*) FROM jerry.session WHERE user_id::text = %s", user_id)


def hash_of(db, user_id):
    return value(db, 'SELECT password_hash FROM jerry."user" WHERE id::text = %s', user_id)


def cost_of(db, user_id):
    return int(hash_of(db, user_id)[4:6])


def test_a_login_with_the_old_password_loses_against_a_change_that_commits_meanwhile(owner, sessions, user):
    """The lock holds the login between the check of the password and its session, where bcrypt's time is in real life.
    """
    email, user_id = user
    admin, thief = sessions(), sessions()
    query(admin, "BEGIN")
    query(admin, "LOCK TABLE jerry.session IN SHARE MODE")
    login = Login(thief, email)
    wait_until_blocked(owner, thief)
    change_password(admin, user_id)
    query(admin, "COMMIT")
    assert login.result() == "INVALID_CREDENTIALS"
    assert sessions_of(owner, user_id) == 0


def test_a_login_with_the_old_password_waits_for_a_change_under_way_and_loses(owner, sessions, user):
    email, user_id = user
    admin, thief = sessions(), sessions()
    query(admin, "BEGIN")
    change_password(admin, user_id)
    login = Login(thief, email)
    wait_until_blocked(owner, thief)
    query(admin, "COMMIT")
    assert login.result() == "INVALID_CREDENTIALS"
    assert sessions_of(owner, user_id) == 0


def test_a_change_that_is_rolled_back_lets_the_waiting_login_in(owner, sessions, user):
    email, user_id = user
    admin, other = sessions(), sessions()
    query(admin, "BEGIN")
    change_password(admin, user_id)
    login = Login(other, email)
    wait_until_blocked(owner, other)
    query(admin, "ROLLBACK")
    assert login.result() is None
    assert sessions_of(owner, user_id) == 1


def test_a_change_waits_for_a_login_under_way_and_ends_its_session(owner, sessions, user):
    email, user_id = user
    admin, thief = sessions(), sessions()
    query(thief, "BEGIN")
    token = answer(thief, "login", email, PASSWORD)["access_token"]
    change = threading.Thread(target=change_password, args=(admin, user_id))
    change.start()
    wait_until_blocked(owner, admin)
    query(thief, "COMMIT")
    change.join(30)
    assert sessions_of(owner, user_id) == 0
    assert code(thief, "validate_token", token) == "INVALID_TOKEN"


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("change", ["hash", "delete"])
def test_a_transaction_with_an_old_snapshot_cannot_log_in(owner, sessions, user, level, change):
    """It still reads the old hash, for as long as it is open."""
    email, user_id = user
    thief = sessions()
    query(thief, f"BEGIN ISOLATION LEVEL {level}")
    query(thief, 'SELECT count(*) FROM jerry."user"')
    if change == "hash":
        change_password(owner, user_id)
    else:
        query(owner, 'DELETE FROM jerry."user" WHERE id::text = %s', user_id)
    with pytest.raises(psycopg2.errors.SerializationFailure):
        answer(thief, "login", email, PASSWORD)
    query(thief, "ROLLBACK")
    assert code(thief, "login", email, PASSWORD) == "INVALID_CREDENTIALS"


def test_two_logins_of_one_user_do_not_wait_for_each_other(sessions, user):
    email, _ = user
    first, second = sessions(), sessions()
    query(second, "SET lock_timeout = '10s'")
    for _ in range(2):
        query(first, "BEGIN")
        answer(first, "login", email, PASSWORD)
        answer(second, "login", email, PASSWORD)
        query(first, "COMMIT")


def test_a_login_does_not_wait_to_put_a_better_hash_in_the_place_of_an_old_one(owner, sessions, user):
    """Another login, in a transaction that stays open, holds the row; the next one brings the hash up to date."""
    email, user_id = user
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    answer(first, "login", email, PASSWORD)
    query(second, "SET lock_timeout = '10s'; SET jerry.bcrypt_cost = 5")
    answer(second, "login", email, PASSWORD)
    assert cost_of(owner, user_id) == 4
    query(first, "COMMIT")
    answer(second, "login", email, PASSWORD)
    assert cost_of(owner, user_id) == 5


def test_whoever_asks_for_a_verification_mail_does_not_wait_for_who_holds_the_user(owner, sessions, user):
    """An unknown address has nobody to wait for, so waiting would tell that there is an account."""
    email, user_id = user
    first, second = sessions(), sessions()
    query(owner, "UPDATE jerry.one_time_token SET created_at = created_at - interval '61 seconds'")
    query(second, "SET lock_timeout = '10s'")
    for holds in ("login", "resend_verification"):
        query(first, "BEGIN")
        answer(first, holds, email, *([PASSWORD] if holds == "login" else []))
        answer(second, "resend_verification", email)
        query(first, "ROLLBACK")
    requested = (
        "SELECT count(*) FROM jerry.event WHERE event_type = 'user.verification_requested' "
        "AND payload->'data'->>'user_id' = %s"
    )
    assert value(owner, requested, user_id) == 0
    answer(second, "resend_verification", email)
    assert value(owner, requested, user_id) == 1


def test_logins_that_rehash_at_once_all_succeed(owner, sessions, user):
    """The second waits for the first, finds another hash than the one it has checked, and checks again."""
    email, user_id = user
    first, second = sessions(), sessions()
    for db in (first, second):
        query(db, "SET jerry.bcrypt_cost = 5")
    query(first, "BEGIN")
    answer(first, "login", email, PASSWORD)
    login = Login(second, email)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert login.result() is None
    assert cost_of(owner, user_id) == 5
    assert sessions_of(owner, user_id) == 2


def test_many_logins_with_two_costs_neither_deadlock_nor_fail(owner, sessions, user):
    """Two configurations that disagree, as during a roll-out, change the hash to and fro."""
    email, user_id = user
    made = [sessions() for _ in range(6)]
    for number, db in enumerate(made):
        query(db, f"SET jerry.bcrypt_cost = {4 + number % 2}")
    failures = []

    def many(db):
        for _ in range(25):
            outcome = code(db, "login", email, PASSWORD)
            if outcome is not None:
                failures.append(outcome)

    threads = [threading.Thread(target=many, args=(db,)) for db in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert sessions_of(owner, user_id) == 150


def test_a_thief_who_logs_in_without_pause_is_out_after_one_change(owner, sessions, user):
    email, user_id = user
    stop = threading.Event()
    thieves = [sessions() for _ in range(3)]

    def steal(db):
        while not stop.is_set():
            code(db, "login", email, PASSWORD)

    threads = [threading.Thread(target=steal, args=(db,)) for db in thieves]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            before = sessions_of(owner, user_id)
            eventually(lambda: sessions_of(owner, user_id) != before, "they are not at work")
            query(owner, "BEGIN")
            change_password(owner, user_id, f"{NEW_PASSWORD}{number}")
            query(owner, "COMMIT")
            for thread_round in range(5):
                assert sessions_of(owner, user_id) == 0, (number, thread_round)
            change_password(owner, user_id, PASSWORD)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def test_a_refresh_makes_no_token_of_a_session_that_is_gone(owner, sessions, user):
    """Also in a transaction whose snapshot still has it."""
    email, user_id = user
    thief = sessions()
    given = answer(owner, "login", email, PASSWORD)
    query(thief, "BEGIN ISOLATION LEVEL REPEATABLE READ")
    query(thief, "SELECT count(*) FROM jerry.session")
    change_password(owner, user_id)
    assert code(thief, "refresh", given["refresh_token"]) == "INVALID_TOKEN"
    query(thief, "ROLLBACK")

"""Logins, and who changes a password or ends sessions meanwhile: the change wins, and logins hold up nobody."""

import threading

import psycopg2
import pytest

import totp
from database import connect, email_change_tokens, email_undo_token, events, query, value, wait_until_blocked
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


class Call(threading.Thread):
    """A call in a thread of its own; result() is its code, None for a positive answer, or the SQLSTATE of its error."""

    def __init__(self, db, function, *arguments):
        super().__init__()
        self.db, self.call, self.outcome = db, (function, *arguments), "no answer"
        self.start()

    def run(self):
        try:
            self.outcome = code(self.db, *self.call)
        except psycopg2.Error as error:
            self.outcome = error.pgcode

    def result(self):
        self.join(30)
        return self.outcome


def change_own_password(db, user_id, token, new=NEW_PASSWORD):
    """As users do it."""
    return code(db, "change_password", token, PASSWORD, new, new)


def start_login(db, email, password=PASSWORD):
    return Call(db, "login", email, password)


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
    login = start_login(thief, email)
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
    login = start_login(thief, email)
    wait_until_blocked(owner, thief)
    query(admin, "COMMIT")
    assert login.result() == "INVALID_CREDENTIALS"
    assert sessions_of(owner, user_id) == 0


def test_a_change_that_is_rolled_back_lets_the_waiting_login_in(owner, sessions, user):
    email, user_id = user
    admin, other = sessions(), sessions()
    query(admin, "BEGIN")
    change_password(admin, user_id)
    login = start_login(other, email)
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


def test_a_login_with_the_old_password_loses_against_the_users_own_change(owner, sessions, user):
    """Under way when the password is changed, or after it."""
    email, user_id = user
    client, thief = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    query(client, "BEGIN")
    assert change_own_password(client, user_id, token) is None
    login = start_login(thief, email)
    wait_until_blocked(owner, thief)
    query(client, "COMMIT")
    assert login.result() == "INVALID_CREDENTIALS"
    assert live_sessions(owner, user_id) == 1
    assert code(owner, "validate_token", token) is None


def test_the_users_own_change_waits_for_a_login_under_way_and_ends_its_session(owner, sessions, user):
    email, user_id = user
    client, thief = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    query(thief, "BEGIN")
    stolen = answer(thief, "login", email, PASSWORD)["access_token"]
    change = Call(client, "change_password", token, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    wait_until_blocked(owner, client)
    query(thief, "COMMIT")
    assert change.result() is None
    assert code(thief, "validate_token", stolen) == "INVALID_TOKEN"
    assert code(thief, "validate_token", token) is None


def test_of_two_changes_at_once_one_wins(owner, sessions, user):
    """The second finds another password than the one that it has checked, and its session ended."""
    email, user_id = user
    first, second = sessions(), sessions()
    tokens = [answer(owner, "login", email, PASSWORD)["access_token"] for _ in range(2)]
    query(first, "BEGIN")
    assert change_own_password(first, user_id, tokens[0], "FirstPassword123!") is None
    change = Call(second, "change_password", tokens[1], PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert change.result() == "INVALID_TOKEN"
    assert code(owner, "login", email, "FirstPassword123!") is None


def test_a_change_that_waits_for_another_one_of_its_session_finds_another_password(owner, sessions, user):
    email, user_id = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    query(first, "BEGIN")
    assert change_own_password(first, user_id, token, "FirstPassword123!") is None
    change = Call(second, "change_password", token, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert change.result() == "WRONG_PASSWORD"
    assert code(owner, "login", email, "FirstPassword123!") is None


def test_a_change_that_waits_for_a_better_hash_is_made_on_top_of_it(owner, sessions, user):
    email, user_id = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    query(first, "SET jerry.bcrypt_cost = 5; BEGIN")
    answer(first, "login", email, PASSWORD)
    change = Call(second, "change_password", token, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert change.result() is None
    assert code(owner, "login", email, NEW_PASSWORD) is None
    assert code(owner, "login", email, PASSWORD) == "INVALID_CREDENTIALS"


def test_who_is_logged_out_while_a_password_is_hashed_changes_nothing(owner, sessions, user):
    email, user_id = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    query(first, "BEGIN")
    value(first, "SELECT jerry.revoke_sessions(%s)", user_id)
    change = Call(second, "change_password", token, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert change.result() == "INVALID_TOKEN"
    assert code(owner, "login", email, PASSWORD) is None


@pytest.mark.parametrize("ends_with, asked", [("COMMIT", 1), ("ROLLBACK", 0)])
def test_a_login_that_waits_for_a_second_factor_is_asked_for_it(owner, sessions, user, ends_with, asked):
    """Its password was right, and no session was to be seen that the activation could have ended."""
    email, user_id = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    secret = answer(owner, "setup_totp", token)["secret"]
    query(first, "BEGIN")
    answer(first, "activate_totp", token, totp.code(secret))
    login = start_login(second, email)
    wait_until_blocked(owner, second)
    query(first, ends_with)
    assert login.result() is None
    assert sessions_of(owner, user_id) == 2 - asked
    mfa = "SELECT count(*) FROM jerry.one_time_token WHERE user_id::text = %s AND purpose = 'mfa'"
    assert value(owner, mfa, user_id) == asked


def test_a_password_that_changes_between_two_steps_ends_the_login(owner, sessions, user):
    email, user_id = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    secret = answer(owner, "setup_totp", token)["secret"]
    answer(owner, "activate_totp", token, totp.code(secret))
    mfa = answer(second, "login", email, PASSWORD)["mfa_token"]
    query(first, "BEGIN")
    assert change_own_password(first, user_id, token) is None
    step = Call(second, "verify_second_factor", mfa, totp.code(secret, 1))
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert step.result() == "INVALID_TOKEN"
    assert sessions_of(owner, user_id) == 1


NEW_EMAIL = "{}@example.net"


def start_change(owner, user, new_email):
    """A change of the address that both sides have still to confirm; the tokens of the old and the new one."""
    email, user_id = user
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    assert code(owner, "request_email_change", token, new_email, PASSWORD) is None
    return email_change_tokens(owner, user_id)


def email_of(db, user_id):
    return value(db, 'SELECT email FROM jerry."user" WHERE id::text = %s', user_id)


def test_both_sides_of_a_change_of_the_address_that_confirm_at_once_complete_it(owner, sessions, user, request):
    _, user_id = user
    new_email = NEW_EMAIL.format(abs(hash(request.node.name)))
    tokens = start_change(owner, user, new_email)
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert answer(first, "confirm_email_change", tokens[0])["is_changed"] is False
    confirmation = Call(second, "confirm_email_change", tokens[1])
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert confirmation.result() is None
    assert email_of(owner, user_id) == new_email


@pytest.mark.parametrize("ends_with, outcome", [("COMMIT", "DUPLICATE_EMAIL"), ("ROLLBACK", None)])
def test_a_change_waits_for_who_is_registering_the_new_address(owner, sessions, user, request, ends_with, outcome):
    email, user_id = user
    new_email = NEW_EMAIL.format(abs(hash(request.node.name)))
    tokens = start_change(owner, user, new_email)
    assert code(owner, "confirm_email_change", tokens[0]) is None
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert code(first, "register", new_email.upper(), PASSWORD, PASSWORD) is None
    confirmation = Call(second, "confirm_email_change", tokens[1])
    wait_until_blocked(owner, second)
    query(first, ends_with)
    assert confirmation.result() == outcome
    assert email_of(owner, user_id) == (email if outcome else new_email)
    assert code(second, "login", email if outcome else new_email, PASSWORD) is None


def test_of_two_who_change_to_one_address_at_once_one_gets_it(owner, sessions, user, request):
    _, user_id = user
    other = f"other{abs(hash(request.node.name))}@example.com"
    other_id = answer(owner, "register", other, PASSWORD, PASSWORD)["user_id"]
    new_email = NEW_EMAIL.format(abs(hash(request.node.name)))
    mine, yours = start_change(owner, user, new_email), start_change(owner, (other, other_id), new_email)
    for tokens in mine, yours:
        assert code(owner, "confirm_email_change", tokens[0]) is None
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert code(first, "confirm_email_change", mine[1]) is None
    confirmation = Call(second, "confirm_email_change", yours[1])
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert confirmation.result() == "DUPLICATE_EMAIL"
    assert (email_of(owner, user_id), email_of(owner, other_id)) == (new_email, other)


@pytest.mark.parametrize("how", ["register", "change"])
def test_who_wants_an_address_while_it_is_left_does_not_get_it(owner, sessions, user, request, how):
    """It can be taken back: a thief must not have it kept by another account."""
    email, user_id = user
    tokens = start_change(owner, user, NEW_EMAIL.format(abs(hash(request.node.name))))
    assert code(owner, "confirm_email_change", tokens[0]) is None
    call = ("register", email, PASSWORD, PASSWORD)
    if how == "change":
        thief = f"thief{abs(hash(request.node.name))}@example.com"
        thief_id = answer(owner, "register", thief, PASSWORD, PASSWORD)["user_id"]
        token = answer(owner, "login", thief, PASSWORD)["access_token"]
        assert code(owner, "request_email_change", token, email, PASSWORD) is None
        [requested] = events(owner, "user.email_change_requested", thief_id)
        # nobody has the other token
        confirmed = '{"confirmed": true}'
        query(owner, "UPDATE jerry.one_time_token SET data = data || %s WHERE user_id = %s", confirmed, thief_id)
        call = ("confirm_email_change", requested["data"]["email_change_token"])
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert code(first, "confirm_email_change", tokens[1]) is None
    attempt = Call(second, *call)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert attempt.result() == "DUPLICATE_EMAIL"
    assert value(owner, 'SELECT count(*) FROM jerry."user" WHERE lower(email) = lower(%s)', email) == 0
    assert code(owner, "undo_email_change", email_undo_token(owner, user_id)) is None
    assert email_of(owner, user_id) == email


def test_a_change_finds_no_user_who_is_deleted_meanwhile(owner, sessions, user, request):
    _, user_id = user
    tokens = start_change(owner, user, NEW_EMAIL.format(abs(hash(request.node.name))))
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    query(first, 'DELETE FROM jerry."user" WHERE id::text = %s', user_id)
    confirmation = Call(second, "confirm_email_change", tokens[1])
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert confirmation.result() == "INVALID_TOKEN"


def test_a_change_by_hand_wins_against_one_that_waits_for_it(owner, sessions, user, request):
    _, user_id = user
    tokens = start_change(owner, user, NEW_EMAIL.format(abs(hash(request.node.name))))
    assert code(owner, "confirm_email_change", tokens[0]) is None
    by_hand = f"hand{abs(hash(request.node.name))}@example.com"
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    query(first, 'UPDATE jerry."user" SET email = %s WHERE id::text = %s', by_hand, user_id)
    confirmation = Call(second, "confirm_email_change", tokens[1])
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert confirmation.result() == "INVALID_TOKEN"
    assert email_of(owner, user_id) == by_hand


def test_of_two_requests_at_once_the_second_replaces_the_first(owner, sessions, user, request):
    email, user_id = user
    first, second = sessions(), sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    new_email = NEW_EMAIL.format(abs(hash(request.node.name)))
    query(first, "BEGIN")
    assert code(first, "request_email_change", token, new_email, PASSWORD) is None
    asked = Call(second, "request_email_change", token, "other" + new_email, PASSWORD)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert asked.result() is None
    for confirmation in email_change_tokens(owner, user_id):
        assert code(owner, "confirm_email_change", confirmation) is None
    assert email_of(owner, user_id) == "other" + new_email


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_old_snapshot_hides_no_session_from_who_changes_the_password(owner, sessions, user, level):
    email, user_id = user
    client = sessions()
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    query(client, f"BEGIN ISOLATION LEVEL {level}")
    query(client, "SELECT count(*) FROM jerry.session")
    stolen = answer(owner, "login", email, PASSWORD)["access_token"]
    assert change_own_password(client, user_id, token) is None
    query(client, "COMMIT")
    assert code(owner, "validate_token", stolen) == "INVALID_TOKEN"
    assert live_sessions(owner, user_id) == 1


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
    login = start_login(second, email)
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


def revoke_all(db, email, user_id):
    """As an operator."""
    return lambda: value(db, "SELECT jerry.revoke_sessions(%s)", user_id)


def log_out_all(db, email, user_id):
    """As the user, who is logged in already."""
    token = answer(db, "login", email, PASSWORD)["access_token"]
    return lambda: code(db, "logout", token, "all")


def live_sessions(db, user_id):
    return value(db, "SELECT count(*) FROM jerry.session WHERE user_id::text = %s AND revoked_at IS NULL", user_id)


def ban(db, email, user_id):
    return lambda: value(db, "SELECT jerry.ban_user(%s)", user_id)


def leave(db, email, user_id):
    """As the user, who is to be deleted."""
    token = answer(db, "login", email, PASSWORD)["access_token"]
    return lambda: code(db, "request_deletion", token, PASSWORD)


def deletion(db, user_id):
    return value(db, "SELECT deletes_at FROM jerry.user WHERE id::text = %s", user_id)


@pytest.mark.parametrize("end", [revoke_all, log_out_all, ban, leave])
def test_the_end_of_all_sessions_waits_for_a_login_under_way_and_ends_it(owner, sessions, user, end):
    email, user_id = user
    admin, thief = sessions(), sessions()
    end_all = end(admin, email, user_id)
    query(thief, "BEGIN")
    given = answer(thief, "login", email, PASSWORD)
    ending = threading.Thread(target=end_all)
    ending.start()
    wait_until_blocked(owner, admin)
    query(thief, "COMMIT")
    ending.join(30)
    assert live_sessions(owner, user_id) == 0
    assert code(thief, "validate_token", given["access_token"]) == "INVALID_TOKEN"
    assert code(thief, "refresh", given["refresh_token"]) == "INVALID_TOKEN"


@pytest.mark.parametrize("end", [revoke_all, log_out_all, leave])
def test_a_login_waits_for_the_end_of_all_sessions_and_comes_after_it(owner, sessions, user, end):
    email, user_id = user
    admin, client = sessions(), sessions()
    end_all = end(admin, email, user_id)
    query(admin, "BEGIN")
    end_all()
    login = start_login(client, email)
    wait_until_blocked(owner, client)
    query(admin, "COMMIT")
    assert login.result() is None
    assert live_sessions(owner, user_id) == 1
    assert deletion(owner, user_id) is None, "who logs in stays"


def test_who_is_being_deleted_does_not_log_in(owner, sessions, user):
    email, user_id = user
    admin, client = sessions(), sessions()
    leave(owner, email, user_id)()
    query(owner, "UPDATE jerry.user SET deletes_at = now() WHERE id::text = %s", user_id)
    query(admin, "BEGIN")
    assert value(admin, "SELECT jerry.maintain()")["data"]["deleted_users"] == 1
    login = start_login(client, email)
    wait_until_blocked(owner, client)
    query(admin, "COMMIT")
    assert login.result() == "INVALID_CREDENTIALS"


def test_who_is_logging_in_is_not_deleted(owner, sessions, user):
    email, user_id = user
    client = sessions()
    leave(owner, email, user_id)()
    query(owner, "UPDATE jerry.user SET deletes_at = now() WHERE id::text = %s", user_id)
    query(client, "BEGIN")
    assert code(client, "login", email, PASSWORD) is None
    assert value(owner, "SELECT jerry.maintain()")["data"]["deleted_users"] == 0
    query(client, "COMMIT")
    assert value(owner, "SELECT jerry.maintain()")["data"]["deleted_users"] == 0
    assert deletion(owner, user_id) is None


def test_a_login_that_has_checked_the_password_is_banned_all_the_same(owner, sessions, user):
    """It waits for the ban with its session, and looks at the user again."""
    email, user_id = user
    admin, client = sessions(), sessions()
    query(admin, "BEGIN")
    ban(admin, email, user_id)()
    login = start_login(client, email)
    wait_until_blocked(owner, client)
    query(admin, "COMMIT")
    assert login.result() == "USER_BANNED"
    assert live_sessions(owner, user_id) == 0
    query(admin, "BEGIN")
    query(admin, "SELECT jerry.unban_user(%s)", user_id)
    assert code(client, "login", email, PASSWORD) == "USER_BANNED"
    query(admin, "COMMIT")
    assert code(client, "login", email, PASSWORD) is None


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("end", [revoke_all, log_out_all, ban, leave])
def test_an_old_snapshot_hides_no_session_from_who_ends_them(owner, sessions, user, end, level):
    email, user_id = user
    admin = sessions()
    end_all = end(admin, email, user_id)
    query(admin, f"BEGIN ISOLATION LEVEL {level}")
    query(admin, "SELECT count(*) FROM jerry.session")
    given = answer(owner, "login", email, PASSWORD)
    end_all()
    query(admin, "COMMIT")
    assert live_sessions(owner, user_id) == 0
    assert code(owner, "validate_token", given["access_token"]) == "INVALID_TOKEN"


@pytest.mark.parametrize("scope", ["local", "others", "all"])
def test_a_log_out_wins_against_every_open_transaction(owner, sessions, user, scope):
    """Whoever validated, refreshed or looked at the session before: the next call knows, whatever its snapshot."""
    email, _ = user
    given = answer(owner, "login", email, PASSWORD)
    by = given if scope != "others" else answer(owner, "login", email, PASSWORD)
    open_ones = [sessions() for _ in range(3)]
    for db, level in zip(open_ones, ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")):
        query(db, f"BEGIN ISOLATION LEVEL {level}")
        assert code(db, "authenticate", given["access_token"]) is None
        assert code(db, "refresh", given["refresh_token"]) is None
    assert code(owner, "logout", by["access_token"], scope) is None
    for db in open_ones:
        assert code(db, "authenticate", given["access_token"]) == "INVALID_TOKEN"
        assert code(db, "refresh", given["refresh_token"]) == "INVALID_TOKEN"
        query(db, "ROLLBACK")
        assert code(db, "validate_token", given["access_token"]) == "INVALID_TOKEN"


@pytest.mark.parametrize(
    "scopes", [("local", "local"), ("all", "all"), ("all", "local"), ("local", "all"), ("others", "others")]
)
def test_two_log_outs_at_once_answer_alike_and_tell_once(owner, sessions, user, scopes):
    email, user_id = user
    given = [answer(owner, "login", email, PASSWORD) for _ in range(3)]
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    assert code(first, "logout", given[0]["access_token"], scopes[0]) is None
    other = Call(second, "logout", given[0]["access_token"], scopes[1])
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert other.result() is None
    told = query(
        owner,
        "SELECT event_type, payload->'data'->>'session_id', count(*) FROM jerry.event"
        " WHERE event_type IN ('session.revoked', 'user.logged_out')"
        " AND payload->'data'->>'user_id' = %s GROUP BY 1, 2",
        user_id,
    )
    assert [count for _, _, count in told if count != 1] == []
    ended = 3 - live_sessions(owner, user_id)
    assert len([1 for event_type, _, _ in told if event_type == "session.revoked"]) == ended
    assert ended == {("local", "local"): 1, ("others", "others"): 2}.get(scopes, 3)


def test_who_is_logged_out_while_it_waits_to_log_out_others_ends_nobody(owner, sessions, user):
    """The thief's session ends; what he asked for at that moment must not end the login that comes next."""
    email, user_id = user
    thief_token = answer(owner, "login", email, PASSWORD)["access_token"]
    mine = answer(owner, "login", email, PASSWORD)["access_token"]
    me, thief = sessions(), sessions()
    query(me, "BEGIN")
    assert code(me, "logout", mine, "others") is None
    call = Call(thief, "logout", thief_token, "all")
    wait_until_blocked(owner, thief)
    query(me, "COMMIT")
    assert call.result() is None
    assert code(owner, "validate_token", mine) is None
    assert code(owner, "validate_token", thief_token) == "INVALID_TOKEN"


def test_log_outs_and_logins_of_one_user_at_once_neither_deadlock_nor_fail(owner, sessions, user):
    email, user_id = user
    failures = []

    def many(db, scope):
        for _ in range(15):
            given = answer(db, "login", email, PASSWORD)
            try:
                outcome = code(db, "logout", given["access_token"], scope)
            except psycopg2.Error as error:
                outcome = error.pgcode
            if outcome is not None:
                failures.append(outcome)

    scopes = ("local", "others", "all", "all", "others", "local")
    threads = [threading.Thread(target=many, args=(sessions(), scope)) for scope in scopes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    revoke_all(owner, email, user_id)()
    assert live_sessions(owner, user_id) == 0


def age(db, user_id):
    """The sessions of the user are an hour old: the next refresh is recorded."""
    query(db, "UPDATE jerry.session SET created_at = created_at - interval '1 hour' WHERE user_id::text = %s", user_id)


def used(db, user_id):
    return value(db, "SELECT last_used_at IS NOT NULL FROM jerry.session WHERE user_id::text = %s", user_id)


def test_a_refresh_waits_for_nobody_and_nobody_fails_for_it(owner, sessions, user):
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    age(owner, user_id)
    first, second = sessions(), sessions()
    query(second, "SET lock_timeout = '10s'")
    query(first, "BEGIN")
    assert code(first, "refresh", given["refresh_token"]) is None
    assert code(second, "refresh", given["refresh_token"]) is None
    query(first, "ROLLBACK")
    assert not used(owner, user_id)
    assert code(second, "refresh", given["refresh_token"]) is None
    assert used(owner, user_id)


def forget_use(db, user_id):
    """Nobody has used the account for an hour, nor verified it."""
    query(
        db, 'UPDATE jerry."user" SET updated_at = now() - interval \'1 hour\','
        " is_email_verified = false, email_verified_at = NULL WHERE id::text = %s", user_id
    )


def is_in_use(db, user_id):
    return value(
        db, 'SELECT updated_at > now() - interval \'1 minute\' FROM jerry."user" WHERE id::text = %s', user_id
    )


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("use", ["login", "refresh"])
def test_a_use_of_an_account_is_noted_whatever_the_transaction(owner, sessions, user, use, level):
    """Or jerry.unverified_ttl would take it from who works with it."""
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    forget_use(owner, user_id)
    client = sessions()
    query(client, f"BEGIN ISOLATION LEVEL {level}")
    assert code(client, use, *((email, PASSWORD) if use == "login" else (given["refresh_token"],))) is None
    query(client, "COMMIT")
    assert is_in_use(owner, user_id)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_refresh_with_an_old_snapshot_is_answered_when_another_use_was_noted(owner, sessions, user, level):
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    forget_use(owner, user_id)
    client = sessions()
    query(client, f"BEGIN ISOLATION LEVEL {level}")
    query(client, 'SELECT count(*) FROM jerry."user"')
    assert code(owner, "login", email, PASSWORD) is None
    assert code(client, "refresh", given["refresh_token"]) is None
    query(client, "COMMIT")
    assert is_in_use(owner, user_id)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_refresh_with_an_old_snapshot_is_answered_and_not_recorded(owner, sessions, user, level):
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    age(owner, user_id)
    other = sessions()
    query(other, f"BEGIN ISOLATION LEVEL {level}")
    query(other, "SELECT count(*) FROM jerry.session")
    query(owner, "UPDATE jerry.session SET user_agent = 'x' WHERE user_id::text = %s", user_id)
    assert code(other, "refresh", given["refresh_token"]) is None
    query(other, "COMMIT")
    assert not used(owner, user_id)


def test_a_log_out_waits_for_a_refresh_under_way_and_ends_the_session(owner, sessions, user):
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    age(owner, user_id)
    refreshing, leaving = sessions(), sessions()
    query(refreshing, "BEGIN")
    fresh = answer(refreshing, "refresh", given["refresh_token"])["access_token"]
    call = Call(leaving, "logout", given["access_token"])
    wait_until_blocked(owner, leaving)
    query(refreshing, "COMMIT")
    assert call.result() is None
    assert code(refreshing, "validate_token", fresh) == "INVALID_TOKEN"


def test_a_refresh_does_not_wake_a_session_that_is_ending(owner, sessions, user):
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    age(owner, user_id)
    leaving, refreshing = sessions(), sessions()
    query(refreshing, "SET lock_timeout = '10s'")
    query(leaving, "BEGIN")
    assert code(leaving, "logout", given["access_token"]) is None
    fresh = answer(refreshing, "refresh", given["refresh_token"])["access_token"]
    query(leaving, "COMMIT")
    assert code(refreshing, "validate_token", fresh) == "INVALID_TOKEN"
    assert code(refreshing, "refresh", given["refresh_token"]) == "INVALID_TOKEN"
    assert not used(owner, user_id)


@pytest.fixture
def limit(owner):
    """limit(n): that many sessions of one user."""

    def set_limit(n):
        query(owner, "SELECT jerry.configure('jerry.max_sessions', %s)", n)

    yield set_limit
    set_limit(None)


def reasons(db, user_id):
    """Why the sessions of the user ended, as the rows and as the events say."""
    rows = query(
        db,
        "SELECT id::text, revoked_for FROM jerry.session WHERE user_id::text = %s AND revoked_at IS NOT NULL",
        user_id,
    )
    events = query(
        db,
        "SELECT payload->'data'->>'session_id', payload->'data'->>'reason' FROM jerry.event"
        " WHERE event_type = 'session.revoked' AND payload->'data'->>'user_id' = %s",
        user_id,
    )
    assert sorted(rows) == sorted(events)
    return [reason for _, reason in rows]


@pytest.mark.parametrize("hashed_elsewhere", [False, True], ids=["", "and the hash becomes better"])
@pytest.mark.parametrize("n", [1, 3])
def test_logins_at_once_leave_as_many_sessions_as_allowed(owner, sessions, user, limit, n, hashed_elsewhere):
    email, user_id = user
    limit(str(n))
    if hashed_elsewhere:
        query(
            owner,
            """UPDATE jerry."user" SET password_hash = '$2b$' || substr(password_hash, 5) WHERE id::text = %s""",
            user_id,
        )
    calls = [start_login(sessions(), email) for _ in range(20)]
    assert [call.result() for call in calls] == [None] * 20
    assert live_sessions(owner, user_id) == n
    assert reasons(owner, user_id) == ["limit"] * (20 - n)


def test_with_a_limit_a_login_waits_for_another_one_and_ends_its_session(owner, sessions, user, limit):
    email, user_id = user
    limit("1")
    first, second = sessions(), sessions()
    query(first, "BEGIN")
    token = answer(first, "login", email, PASSWORD)["access_token"]
    login = start_login(second, email)
    wait_until_blocked(owner, second)
    query(first, "COMMIT")
    assert login.result() is None
    assert code(owner, "validate_token", token) == "INVALID_TOKEN"
    assert live_sessions(owner, user_id) == 1


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_the_limit_holds_with_an_old_snapshot(owner, sessions, user, limit, level):
    email, user_id = user
    limit("1")
    other = sessions()
    query(other, f"BEGIN ISOLATION LEVEL {level}")
    query(other, "SELECT count(*) FROM jerry.session")
    token = answer(owner, "login", email, PASSWORD)["access_token"]
    assert code(other, "login", email, PASSWORD) is None
    query(other, "COMMIT")
    assert code(owner, "validate_token", token) == "INVALID_TOKEN"
    assert live_sessions(owner, user_id) == 1


def test_with_a_limit_logins_log_outs_and_refreshes_at_once_neither_deadlock_nor_fail(owner, sessions, user, limit):
    email, user_id = user
    limit("2")
    outcomes = []

    def many(db, last):
        for _ in range(15):
            given = answer(db, "login", email, PASSWORD)
            try:
                outcomes.append(last(db, given))
            except psycopg2.Error as error:
                outcomes.append(error.pgcode)

    lasts = (
        lambda db, given: code(db, "logout", given["access_token"]),
        lambda db, given: code(db, "logout", given["access_token"], "others"),
        lambda db, given: age(db, user_id) or code(db, "refresh", given["refresh_token"]),
        lambda db, given: value(db, "SELECT jerry.revoke_sessions(%s)", user_id) and None,
        lambda db, given: code(db, "end_session", given["access_token"], "x"),
        lambda db, given: None,
    )
    threads = [threading.Thread(target=many, args=(sessions(), last)) for last in lasts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(outcomes) == 90
    assert set(outcomes) <= {None, "INVALID_TOKEN", "SESSION_NOT_FOUND"}
    assert live_sessions(owner, user_id) <= 2


def test_a_session_that_is_refreshed_meanwhile_is_not_idle(owner, sessions, user):
    """Maintenance neither waits for the refresh nor ends the session that it finds afterwards."""
    email, user_id = user
    given = answer(owner, "login", email, PASSWORD)
    age(owner, user_id)
    refreshing, maintaining = sessions(), sessions()
    query(maintaining, "SET lock_timeout = '10s'")
    query(refreshing, "BEGIN")
    assert code(refreshing, "refresh", given["refresh_token"]) is None
    query(owner, "SELECT jerry.configure('jerry.session_idle_timeout', '30min')")
    try:
        for _ in range(2):
            query(maintaining, "SELECT jerry.maintain()")
            query(refreshing, "COMMIT")
            assert live_sessions(owner, user_id) == 1
        assert code(owner, "refresh", given["refresh_token"]) is None
    finally:
        query(owner, "SELECT jerry.configure('jerry.session_idle_timeout', NULL)")

"""Many clients at the same time: exactly one wins, and the server's log shows nothing.

These tests use a cluster of their own, whose log is theirs alone.
"""

import collections
import concurrent.futures
import re

import pytest

import database
from client import Api
from users import PASSWORD, new_email, new_user, new_user_data
from waiting import eventually


def at_once(times, send):
    """The codes of that many answers given at the same time; None is success."""
    with concurrent.futures.ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(lambda _: send(), range(times)))
    return collections.Counter(answer.code for answer in answers)


@pytest.fixture
def clean_log(private_cluster, private_sidecar):
    """The server logs no error while the test runs."""
    before = len(private_cluster.log())
    yield
    written = private_cluster.log()[before:]
    assert re.findall(r"^.*(?:ERROR|FATAL|PANIC): .*$", written, re.M) == []


def test_one_of_twenty_registrations_of_one_address_wins(clean_log, private_api, private_db):
    email = new_email()
    names = [email, email.upper()]

    def register():
        names.append(names.pop(0))
        return private_api.register(new_user_data(email=names[0]))

    assert at_once(20, register) == {None: 1, "DUPLICATE_EMAIL": 19}
    assert database.value(private_db, "SELECT count(*) FROM jerry.user WHERE lower(email) = %s", email) == 1
    announced = database.value(
        private_db, "SELECT count(*) FROM jerry.event WHERE lower(payload->'data'->>'email') = %s", email
    )
    assert announced == 1


def test_one_of_twenty_registrations_over_sql_wins(clean_log, private_cluster):
    email = new_email()
    connections = [database.connect(private_cluster.dsn) for _ in range(20)]

    def register(connection):
        answer = database.value(connection, "SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)
        return "data" if answer["success"] else answer["error"]["code"]

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        outcomes = collections.Counter(pool.map(register, connections))
    for connection in connections:
        connection.close()
    assert outcomes == {"data": 1, "DUPLICATE_EMAIL": 19}


def test_one_of_fifty_redeems_of_one_token_wins(clean_log, private_api, private_db):
    user_id = private_api.register(new_user_data()).data["user_id"]
    token = database.verification_token(private_db, user_id)
    assert at_once(50, lambda: private_api.verify_email(token)) == {None: 1, "INVALID_TOKEN": 49}
    assert len(database.events(private_db, "user.email_verified", user_id)) == 1


def test_parallel_logins_all_get_sessions_of_their_own(clean_log, private_api, private_db):
    user = new_user_data()
    user_id = private_api.register(user).data["user_id"]
    assert at_once(10, lambda: private_api.login(user)) == {None: 10}
    assert database.value(private_db, "SELECT count(*) FROM jerry.session WHERE user_id = %s", user_id) == 10
    assert len(database.events(private_db, "user.logged_in", user_id)) == 10


def test_parallel_validations_answer_each_client_its_own(clean_log, private_api):
    users = [new_user_data() for _ in range(8)]
    for user in users:
        private_api.register(user)
    tokens = [private_api.login(user).data["access_token"] for user in users]

    def validate(number):
        return private_api.validate_token(tokens[number % len(users)]).data["email"]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        emails = list(pool.map(validate, range(200)))
    assert emails == [users[number % len(users)]["email"] for number in range(200)]


def test_two_workers_serve_the_same_users(clean_log, private_cluster, start_sidecar):
    api = Api(start_sidecar(DATABASE_URL=private_cluster.database_url, KORE_WORKERS="2").url)
    user = new_user(api)
    # readiness is each worker's own: the second may still be connecting when the first says ready
    def all_are_served():
        codes = at_once(4, lambda: api.login(user))
        assert set(codes) <= {None, "SERVICE_UNAVAILABLE"}
        return codes == {None: 4}

    eventually(all_are_served)

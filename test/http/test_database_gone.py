"""The database goes away and comes back, and the sidecar is told by nobody.

These tests stop a cluster of their own.
"""

import time

import pytest

from answers import check_headers, check_timestamp
from client import Api
from machine import patience
from users import new_user, new_user_data
from waiting import eventually

# How long a client may wait for the 503: the deadline of the slowest lane, and something for a busy machine.
PATIENCE = 5 + 2


@pytest.fixture
def user(private_api):
    return new_user(private_api)


@pytest.fixture
def tokens(private_api, user):
    return private_api.login(user).data


@pytest.fixture
def stopped(private_cluster, private_sidecar, tokens):
    """The private cluster stopped, after it has served; serving again afterwards."""
    private_cluster.stop()
    yield private_cluster
    private_cluster.start()
    private_sidecar.wait_until_ready()


def test_every_route_says_503_in_time(stopped, private_api, user, tokens):
    for send in (
        lambda: private_api.register(new_user_data()),
        lambda: private_api.login(user),
        lambda: private_api.verify_email("x"),
        lambda: private_api.refresh(tokens["refresh_token"]),
        lambda: private_api.validate_token(tokens["access_token"]),
        lambda: private_api.me(tokens["access_token"]),
        lambda: private_api.get("/readyz"),
    ):
        for _ in range(3):
            start = time.monotonic()
            answer = send()
            assert time.monotonic() - start < patience(PATIENCE)
            assert answer.status == 503
            assert answer.code == "SERVICE_UNAVAILABLE"
            assert answer.headers["Retry-After"] == "1"


def test_health_says_disconnected(stopped, private_api):
    response = private_api.send("GET", "/health")
    check_headers(response)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    body = response.json()
    assert list(body) == ["status", "service", "version", "database", "timestamp"]
    assert body["status"] == "unhealthy"
    assert body["database"] == "disconnected"
    assert body["service"] == "auth-service"
    check_timestamp(body["timestamp"])


def test_what_needs_no_database_goes_on(stopped, private_api):
    assert private_api.get("/livez").data == {"status": "alive"}
    assert private_api.send("GET", "/openapi.json").status_code == 200
    assert private_api.post("login", {"email": "x"}).code == "VALIDATION_ERROR"
    assert private_api.get("/nowhere").code == "NOT_FOUND"


def test_it_recovers_by_itself(private_cluster, private_api, user, tokens):
    for _ in range(2):
        private_cluster.stop()
        assert private_api.validate_token(tokens["access_token"]).code == "SERVICE_UNAVAILABLE"
        private_cluster.start()
        eventually(lambda: private_api.get("/readyz").status == 200)
        eventually(lambda: private_api.login(user).status == 200)
        eventually(lambda: private_api.verify_email("x").code == "INVALID_TOKEN")
        assert private_api.validate_token(tokens["access_token"]).status == 200
        assert private_api.refresh(tokens["refresh_token"]).status == 200
        assert private_api.send("GET", "/health").json()["database"] == "connected"
        assert private_api.register(new_user_data()).status == 201


def test_it_starts_before_its_database(stopped, start_sidecar):
    api = Api(start_sidecar(ready=False, DATABASE_URL=stopped.database_url).url)
    assert api.get("/readyz").code == "SERVICE_UNAVAILABLE"
    stopped.start()
    eventually(lambda: api.get("/readyz").status == 200)
    eventually(lambda: api.register(new_user_data()).status == 201)

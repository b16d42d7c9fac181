"""Hooks over HTTP: what they refuse, what they raise, and how long they take."""

import concurrent.futures

import pytest
import requests

from answers import check_answer
from database import connect, query, value
from processes import Cluster, Sidecar
from users import PASSWORD
from waiting import eventually

HOOK = """
CREATE FUNCTION public.only_ours(event jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    CASE split_part(event->>'email', '@', 1)
        WHEN 'closed' THEN RETURN '{"refuse":{"code":"TENANT_CLOSED","message":"This tenant is closed","status":409}}';
        WHEN 'teapot' THEN RETURN '{"refuse":{"code":"TEAPOT","status":418}}';
        WHEN 'broken' THEN RAISE division_by_zero;
        WHEN 'late' THEN
            IF event->>'event' = 'refresh' THEN
                PERFORM pg_catalog.pg_sleep(1.5);
            END IF;
        WHEN 'slow' THEN PERFORM pg_catalog.pg_sleep(60);
        ELSE NULL;
    END CASE;
    IF event->>'event' <> 'register' AND EXISTS (SELECT FROM public.closed) THEN
        RETURN '{"refuse":{"code":"HOLIDAYS","status":423}}';
    END IF;
    RETURN NULL;
END
$$
"""


@pytest.fixture(scope="module")
def hooked(tmp_path_factory):
    """hooked(address): the response to its registration; with .post, .url, .cluster and .db."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), "fsync=off")
    db = connect(cluster.dsn)
    query(db, HOOK)
    query(db, "CREATE TABLE public.closed ()")
    for event in "register", "login", "refresh", "update_profile", "request_deletion":
        query(db, "SELECT jerry.add_hook(%s, 'public.only_ours(jsonb)')", event)
    sidecar = Sidecar(tmp_path_factory.mktemp("sidecar"), DATABASE_URL=cluster.database_url)

    def post(name, **fields):
        return requests.post(f"{sidecar.url}/api/v1/auth/{name}", json=fields, timeout=60)

    def register(email):
        return post("register", email=email, password=PASSWORD, password_confirmation=PASSWORD)

    register.post, register.url, register.cluster, register.db = post, sidecar.url, cluster, db
    try:
        sidecar.wait_until("/readyz", 200)
        yield register
    finally:
        sidecar.stop()
        db.close()
        cluster.remove()


def error(response, status):
    assert response.status_code == status, response.text
    return check_answer(response)["error"]


def users(db, email):
    return value(db, "SELECT count(*) FROM jerry.\"user\" WHERE email = %s", email)


def test_a_hook_refuses_in_its_own_words_and_status(hooked):
    refused = error(hooked("closed@example.com"), 409)
    assert refused["code"] == "HOOK_REFUSED" and refused["message"] == "This tenant is closed"
    assert refused["details"] == {"code": "TENANT_CLOSED", "status": 409}
    assert users(hooked.db, "closed@example.com") == 0


def test_a_status_that_is_not_a_hooks_is_403(hooked):
    assert error(hooked("teapot@example.com"), 403)["details"]["status"] == 418


def test_who_is_not_refused_is_registered(hooked):
    assert hooked("open@example.com").status_code == 201
    assert users(hooked.db, "open@example.com") == 1


def test_a_login_a_refresh_and_a_change_are_refused_as_well(hooked):
    hooked("weekdays@example.com")
    login = {"email": "weekdays@example.com", "password": PASSWORD}
    tokens = hooked.post("login", **login).json()["data"]
    token = tokens["refresh_token"]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    query(hooked.db, "SELECT jerry.configure('jerry.code_login', 'on')")
    hooked.post("login/code", email="weekdays@example.com")
    code = value(
        hooked.db,
        "SELECT payload->'data'->>'login_token' FROM jerry.event WHERE event_type = 'user.login_code_requested'",
    )
    query(hooked.db, "INSERT INTO public.closed DEFAULT VALUES")
    refused = (
        hooked.post("login", **login),
        hooked.post("refresh", refresh_token=token),
        hooked.post("login/code-confirm", token=code),
        requests.patch(f"{hooked.url}/api/v1/auth/me", json={"name": "Eve"}, headers=bearer, timeout=60),
        requests.delete(f"{hooked.url}/api/v1/auth/me", headers=bearer, timeout=60),
    )
    query(hooked.db, "DELETE FROM public.closed")
    for response in refused:
        assert error(response, 423)["details"] == {"code": "HOLIDAYS", "status": 423}
    assert hooked.post("refresh", refresh_token=token).status_code == 200


def test_nobody_who_validates_waits_for_a_hook(hooked):
    """Nor for as many as there are connections for reading, however long nobody has refreshed before."""
    hooked("late@example.com")
    tokens = hooked.post("login", email="late@example.com", password=PASSWORD).json()["data"]
    for _ in range(2):
        with concurrent.futures.ThreadPoolExecutor(2) as clients:
            token = tokens["refresh_token"]
            refreshes = [clients.submit(hooked.post, "refresh", refresh_token=token) for _ in range(2)]
            asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            eventually(lambda: value(hooked.db, asleep) == 2, "no hook runs")
            for _ in range(50):
                assert hooked.post("validate-token", token=tokens["access_token"]).status_code == 200
            assert not any(refresh.done() for refresh in refreshes)
        assert [refresh.result().status_code for refresh in refreshes] == [200, 200]


def test_a_broken_hook_is_named_in_the_log(hooked):
    assert error(hooked("broken@example.com"), 500)["code"] == "INTERNAL_ERROR"
    assert "hook public.only_ours(pg_catalog.jsonb) of event register" in hooked.cluster.log()
    assert users(hooked.db, "broken@example.com") == 0
    assert PASSWORD not in hooked.cluster.log()


def test_a_slow_hook_is_cancelled_and_named(hooked):
    assert error(hooked("slow@example.com"), 504)["code"] == "GATEWAY_TIMEOUT"
    said = hooked.cluster.log().rpartition("canceling statement due to statement timeout")[2]
    assert "hook public.only_ours(pg_catalog.jsonb) of event register" in said
    assert users(hooked.db, "slow@example.com") == 0

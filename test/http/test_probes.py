"""GET /livez and GET /readyz: what an orchestrator asks."""

import pytest

from client import Api
from processes import free_port


def test_livez_tells_that_the_process_lives(api):
    answer = api.get("/livez")
    assert answer.status == 200
    assert answer.data == {"status": "alive"}


def test_readyz_tells_that_the_database_can_be_reached(api):
    answer = api.get("/readyz")
    assert answer.status == 200
    assert answer.data == {"status": "ready"}


def test_a_sidecar_without_a_database_lives_but_is_not_ready(start_sidecar):
    nobody = f"postgresql://jerry_sidecar:secret@127.0.0.1:{free_port()}/jerry"
    api = Api(start_sidecar(ready=False, DATABASE_URL=nobody).url)
    assert api.get("/livez").data == {"status": "alive"}
    answer = api.get("/readyz")
    assert answer.status == 503
    assert answer.code == "SERVICE_UNAVAILABLE"
    assert api.validate_token("a.b.c").code == "SERVICE_UNAVAILABLE"


def test_ready_means_that_every_route_is_served(start_sidecar, database_url):
    """Traffic comes with the first 200: a login then must not be told that there is no database."""
    for _ in range(3):
        sidecar = start_sidecar(ready=False, DATABASE_URL=database_url)
        sidecar.wait_until("/readyz", 200)
        api = Api(sidecar.url)
        assert api.login({"email": "nobody@example.com", "password": "x"}).code == "INVALID_CREDENTIALS"
        assert api.verify_email("x").code == "INVALID_TOKEN"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health"])
def test_a_probe_takes_a_query_string(api, path):
    assert api.send("GET", path + "?verbose=1").status_code == 200

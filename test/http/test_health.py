"""GET /health: its own flat answer, without the envelope."""

import database
from answers import check_headers, check_timestamp
from client import Api


def health(api):
    response = api.send("GET", "/health")
    check_headers(response)
    return response


def test_health_success(api):
    response = health(api)
    assert response.status_code == 200
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert list(body) == ["status", "service", "version", "database", "timestamp"]
    assert body["status"] == "healthy"
    assert body["database"] == "connected"
    check_timestamp(body["timestamp"])


def test_health_names_service_and_version_by_default(start_sidecar, database_url, db):
    body = health(Api(start_sidecar(DATABASE_URL=database_url).url)).json()
    assert body["service"] == "auth-service"
    assert body["version"] == database.value(db, "SELECT jerry.version()")


def test_health_shows_the_configured_service_and_version(start_sidecar, database_url):
    service, version = "billing-auth", "7.3.1-rc.2"
    sidecar = start_sidecar(DATABASE_URL=database_url, SERVICE_NAME=service, SERVICE_VERSION=version)
    body = health(Api(sidecar.url)).json()
    assert (body["service"], body["version"]) == (service, version)

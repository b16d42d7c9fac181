"""protected_route.py (FastAPI) and its twin express/server.js: the same questions to both."""

import sys

import pytest
import requests

import database
from applications import install_with_npm, served
from conftest import EXAMPLES
from processes import free_port


@pytest.fixture(scope="module", params=["fastapi", "express"])
def program(request):
    """What starts the application, and where."""
    if request.param == "express":
        return ["node", "server.js"], install_with_npm(EXAMPLES / "express", "server.js")
    return [
        sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "--port", "{port}", "protected_route:app"
    ], None


@pytest.fixture(scope="module")
def application(program, api, tmp_path_factory):
    with served(*program, tmp_path_factory.mktemp("application") / "output.log", JERRY_URL=api.url) as url:
        yield url


def protected(url, authorization=None):
    headers = {} if authorization is None else {"Authorization": authorization}
    return requests.get(url + "/protected", headers=headers, timeout=10)


def test_a_user_is_greeted(application, user, tokens):
    response = protected(application, f"Bearer {tokens['access_token']}")
    assert response.status_code == 200
    assert response.json() == {"message": f"Hello {user['email']}"}


@pytest.mark.parametrize("authorization", [None, "Basic dXNlcjpwYXNz", "Bearer", "Bearer "])
def test_nobody_gets_in_without_a_token(application, authorization):
    response = protected(application, authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "message" not in response.json()


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00e9", '"}', "x" * 5000])
def test_nobody_gets_in_with_something_else_than_a_token(application, token):
    response = protected(application, f"Bearer {token}".encode("latin-1"))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_refresh_token_does_not_open_the_door(application, tokens):
    assert protected(application, f"Bearer {tokens['refresh_token']}").status_code == 401


def test_a_revoked_session_is_out_at_once(application, db, tokens):
    assert protected(application, f"Bearer {tokens['access_token']}").status_code == 200
    database.query(db, "UPDATE jerry.session SET revoked_at = now() WHERE user_id = %s", tokens["user_id"])
    assert protected(application, f"Bearer {tokens['access_token']}").status_code == 401


def test_without_jerry_nobody_gets_in(program, tokens, tmp_path):
    with served(*program, tmp_path / "output.log", JERRY_URL=f"http://127.0.0.1:{free_port()}") as url:
        assert protected(url).status_code == 401
        assert protected(url, f"Bearer {tokens['access_token']}").status_code == 503

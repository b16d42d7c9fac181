"""GET /.well-known/jwks.json"""

import contextlib
import urllib.parse

import jwt
import psycopg2.extensions
import pytest

import database
from client import Api
from contract import contract
from users import new_user
from waiting import eventually

JWKS = "/.well-known/jwks.json"


@pytest.fixture(scope="module")
def installation(private_cluster):
    """A database whose keys are this file's own: a connection of its owner, and the sidecar's URL."""

    def run(statement):
        # not one connection: the cluster is stopped in between
        with contextlib.closing(database.connect(private_cluster.dsn)) as cluster:
            database.query(cluster, statement)

    run("CREATE DATABASE keys TEMPLATE template0")
    owner = database.connect(psycopg2.extensions.make_dsn(private_cluster.dsn, dbname="keys"))
    database.query(owner, "CREATE EXTENSION jerry CASCADE")
    url = urllib.parse.urlsplit(private_cluster.database_url)._replace(path="/keys").geturl()
    yield owner, url
    owner.close()
    run("DROP DATABASE keys WITH (FORCE)")


@pytest.fixture(scope="module")
def keys(installation, start_sidecar):
    """The sidecar's API with an owner who can rotate."""

    class Keys(Api):
        def rotate(self, algorithm, at_once=True):
            database.query(installation[0], "SELECT jerry.configure('jerry.signing_algorithm', %s)", algorithm)
            return database.value(installation[0], "SELECT jerry.rotate_key(%s)", at_once)

        def fetch(self, tag=None):
            response = self.send("GET", JWKS, headers={"If-None-Match": tag} if tag else {})
            contract().hold_response(response)
            return response

    api = Keys(start_sidecar(DATABASE_URL=installation[1], MAINTENANCE_INTERVAL="0").url)
    api.user = new_user(api)
    return api


def test_a_key_of_hs256_is_not_published(keys):
    keys.rotate("HS256")
    response = keys.fetch()
    assert (response.status_code, response.text) == (200, '{"keys":[]}')


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_token_verifies_with_the_key_that_is_published(keys, algorithm):
    kid = keys.rotate(algorithm)
    token = keys.login(keys.user).data["access_token"]
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "typ": "JWT", "kid": kid}
    [key] = keys.fetch().json()["keys"]
    assert key["kid"] == kid and key["alg"] == algorithm and not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=[algorithm])
    assert claims["email"] == keys.user["email"]
    assert keys.validate_token(token).status == 200


def test_the_next_key_is_published_before_it_signs(keys):
    active = keys.rotate("ES256")
    waiting = keys.rotate("EdDSA", at_once=False)
    assert {key["kid"] for key in keys.fetch().json()["keys"]} == {active, waiting}
    assert jwt.get_unverified_header(keys.login(keys.user).data["access_token"])["kid"] == active


def test_everybody_may_keep_it_for_ten_minutes_and_ask_whether_it_has_changed(keys):
    keys.rotate("ES256")
    first = keys.fetch()
    assert first.headers["Cache-Control"] == "public, max-age=600"
    assert first.headers["Content-Type"].startswith("application/json")
    again = keys.fetch(first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    keys.rotate("ES256")
    other = keys.fetch(first.headers["ETag"])
    assert other.status_code == 200 and other.headers["ETag"] != first.headers["ETag"]
    head = keys.send("HEAD", JWKS)
    assert head.headers["ETag"] == other.headers["ETag"] and head.content == b""


def test_it_asks_for_no_token_and_reads_none(keys):
    assert keys.send("GET", JWKS, headers={"Authorization": "Bearer x"}).status_code == 200
    assert keys.request("POST", JWKS).code == "METHOD_NOT_ALLOWED"


def test_the_last_set_is_there_while_the_database_is_away(keys, private_cluster, start_sidecar, installation):
    keys.rotate("ES256")
    known = keys.fetch()
    newcomer = Api(start_sidecar(DATABASE_URL=installation[1]).url)
    private_cluster.stop()
    try:
        eventually(lambda: keys.get("/readyz").status == 503)
        response = keys.fetch()
        assert (response.status_code, response.content) == (200, known.content)
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert keys.fetch(known.headers["ETag"]).status_code == 304
        assert keys.validate_token("x").code == "SERVICE_UNAVAILABLE"
        # a worker that nobody has asked before knows none
        eventually(lambda: newcomer.get(JWKS).code == "SERVICE_UNAVAILABLE")
    finally:
        private_cluster.start()
    eventually(lambda: keys.get("/readyz").status == 200)
    assert keys.fetch().headers["Cache-Control"] == "public, max-age=600"

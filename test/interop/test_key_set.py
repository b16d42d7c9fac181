"""Tokens of each algorithm verify elsewhere with the keys that a sidecar publishes, in the programs of
docs/verify-tokens.md among others.
"""

import json
import os
import shutil
import subprocess
import urllib.parse

import jwcrypto.jwk
import jwcrypto.jws
import jwcrypto.jwt
import jwt
import psycopg2.extensions
import pytest
import requests
from cryptography.hazmat.primitives import serialization

from accounts import Accounts
from database import connect
from pages import ROOT, blocks
from processes import ready_sidecar
from surroundings import setting
from test_foreign_tokens import claims_of

PAGE = ROOT / "docs" / "verify-tokens.md"
ALGORITHMS = ["ES256", "EdDSA", "RS256"]
INSTALL_DEADLINE = 120


class Published(Accounts):
    """A database, and the sidecar that publishes its keys."""

    def __init__(self, connection, url):
        super().__init__(connection)
        self.url = url
        self.keys_url = f"{url}/.well-known/jwks.json"

    def key_set(self):
        response = requests.get(self.keys_url, timeout=10)
        response.raise_for_status()
        return response.json()

    def rotate(self, algorithm, at_once=True):
        self.value("SELECT jerry.configure('jerry.signing_algorithm', %s)", algorithm)
        return self.value("SELECT jerry.rotate_key(%s)", at_once)


@pytest.fixture(scope="module")
def published(dsn, make_database, tmp_path_factory):
    connection = make_database()
    owner = connect(dsn)
    owner.cursor().execute("CREATE EXTENSION IF NOT EXISTS jerry CASCADE")
    owner.cursor().execute("DROP ROLE IF EXISTS jerry_interop_sidecar")
    owner.cursor().execute("CREATE ROLE jerry_interop_sidecar LOGIN PASSWORD 'interop' IN ROLE jerry_api")
    parts = psycopg2.extensions.parse_dsn(connection.dsn)
    url = f"postgresql://jerry_interop_sidecar:interop@{parts['host']}:{parts['port']}/{parts['dbname']}"
    with ready_sidecar(tmp_path_factory.mktemp("sidecar"), DATABASE_URL=url, MAINTENANCE_INTERVAL="0") as sidecar:
        yield Published(connection, sidecar.url)
    owner.cursor().execute("DROP ROLE jerry_interop_sidecar")
    owner.close()


@pytest.fixture(params=ALGORITHMS)
def algorithm(request, published):
    """One that signs; the key of another waits beside it."""
    published.rotate(request.param)
    published.rotate("ES256" if request.param == "RS256" else "RS256", at_once=False)
    return request.param


def program(language, published, algorithm):
    """The program of the page, for this sidecar and algorithm."""
    [text] = [block.text for block in blocks(PAGE) if block.language == language]
    assert "http://localhost:8000" in text and "ES256" in text
    return text.replace("http://localhost:8000", published.url).replace("ES256", algorithm)


def run(command, folder, token, **environment):
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment, "ACCESS_TOKEN": token}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=INSTALL_DEADLINE
    )


def install(command, folder, what, **environment):
    """Installs packages, or skips the test."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    try:
        done = run(command, folder, "", **environment)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{command[0]} did not install {what} within {INSTALL_DEADLINE} s")
    if done.returncode != 0:
        pytest.skip(f"{command[0]} could not install {what}: {' '.join(done.stdout.split())[:200]}")


def folder_with_jose():
    folder = ROOT / "build" / "interop" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    options = [
        "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--fetch-retries=0", "--loglevel=error"
    ]
    install(["npm", "install", *options, "jose@5.10.0"], folder, "jose")
    return folder


def tampered(token):
    """The same token with other claims."""
    head, _, signature = token.split(".")
    return ".".join([head, jwt.encode({"type": "access"}, "k").split(".")[1], signature])


def check(command, folder, published, **environment):
    """The program says whose token it is, and takes neither another's nor a refresh token."""
    tokens = published.login()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    done = run(command, folder, tokens["access_token"], **environment)
    assert done.returncode == 0 and claims["email"] in done.stdout.splitlines(), done.stdout
    for token in tampered(tokens["access_token"]), tokens["refresh_token"], "":
        done = run(command, folder, token, **environment)
        assert done.returncode != 0 and claims["email"] not in done.stdout, done.stdout


def test_pyjwt_fetches_the_key(published, algorithm):
    client = jwt.PyJWKClient(published.keys_url)
    token = published.login()["access_token"]
    claims = jwt.decode(token, client.get_signing_key_from_jwt(token).key, algorithms=[algorithm])
    assert published.value("SELECT jerry.decode_token(%s)", token)["data"] == claims
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(tampered(token), client.get_signing_key_from_jwt(token).key, algorithms=[algorithm])


def test_pyjwt_finds_the_next_key_in_the_set_that_it_has(published, algorithm):
    """No token is refused by a service that fetched the set before the rotation and not again."""
    keys = jwt.PyJWKSet.from_dict(published.key_set())
    with published.connection.cursor() as cursor:
        cursor.execute("UPDATE jerry.signing_key SET status_at = status_at - interval '1 day'")
        cursor.execute("SELECT jerry.maintain()")
    token = published.login()["access_token"]
    header = jwt.get_unverified_header(token)
    assert header["alg"] != algorithm
    assert jwt.decode(token, keys[header["kid"]].key, algorithms=[header["alg"]])["type"] == "access"


def test_the_python_of_the_page(published, algorithm, tmp_path):
    (tmp_path / "check.py").write_text(program("python", published, algorithm))
    check(["/usr/bin/python3", "check.py"], tmp_path, published)


def test_jose_of_npm(published, algorithm):
    folder = folder_with_jose()
    (folder / "check.mjs").write_text(program("js", published, algorithm))
    check(["node", "check.mjs"], folder, published)


SIGN_WITH_JOSE = """
import { calculateJwkThumbprint, exportJWK, exportPKCS8, exportSPKI, generateKeyPair, SignJWT } from "jose";
const [alg, claims] = process.argv.slice(2);
const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
const jwk = await exportJWK(publicKey);
const kid = await calculateJwkThumbprint(jwk);
const keys = [JSON.stringify(jwk), await exportSPKI(publicKey), await exportPKCS8(privateKey),
	JSON.stringify(await exportJWK(privateKey))];
const headers = [{ alg }, { alg, kid }, { alg, typ: "JWT", kid }];
const tokens = await Promise.all(headers.map((header) =>
	new SignJWT(JSON.parse(claims)).setProtectedHeader(header).sign(privateKey)));
console.log(JSON.stringify({ kid, keys, tokens }));
"""


def test_a_token_of_jose_is_valid_under_its_imported_key(make_database, algorithm):
    folder = folder_with_jose()
    (folder / "sign.mjs").write_text(SIGN_WITH_JOSE)
    accounts = Accounts(make_database())
    claims = json.dumps(claims_of(accounts))
    done = subprocess.run(
        ["node", "sign.mjs", algorithm, claims], cwd=folder, stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    made = json.loads(done.stdout)
    for key in made["keys"]:
        assert accounts.import_key(key) == made["kid"]
        assert [accounts.validate(token) for token in made["tokens"]] == [None] * 3


def test_the_go_of_the_page(published, algorithm):
    folder = ROOT / "build" / "interop" / "go"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("module check\n\ngo 1.21\n")
    (folder / "main.go").write_text(program("go", published, algorithm))
    go = {"GOFLAGS": "-mod=mod"}
    install(["go", "get", "github.com/MicahParks/keyfunc/v3@v3.3.5"], folder, "keyfunc", **go)
    install(["go", "build", "-o", "check"], folder, "the program", **go)
    check(["./check"], folder, published)


def test_libjwt_verifies_with_the_key_as_pem(published, algorithm, libjwt):
    """Version 1 knows neither JWK nor EdDSA."""
    if algorithm == "EdDSA":
        pytest.skip("libjwt 1 has no EdDSA")
    token = published.login()["access_token"]
    kid = jwt.get_unverified_header(token)["kid"]
    [key] = [jwt.PyJWK(key).key for key in published.key_set()["keys"] if key["kid"] == kid]
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    claims = json.loads(libjwt("verify", algorithm, pem.hex(), given=token))
    assert claims["type"] == "access"
    assert libjwt("verify", algorithm, pem.hex(), given=tampered(token)) is None


def test_postgrest_takes_the_set_by_value(published, algorithm):
    """JWT_SECRET is the text of a JWK Set, public keys alone, of which the token's kid names one."""
    secret = requests.get(published.keys_url, timeout=10).text
    assert list(json.loads(secret)) == ["keys"]
    keys = jwcrypto.jwk.JWKSet.from_json(secret)
    assert not any(key.has_private or key.is_symmetric for key in keys)
    token = published.login()["access_token"]
    assert jwt.get_unverified_header(token)["alg"] == algorithm

    def claims(token):
        return json.loads(jwcrypto.jwt.JWT(jwt=token, key=keys, algs=ALGORITHMS).claims)

    assert claims(token)["type"] == "access"
    with pytest.raises((jwcrypto.jws.InvalidJWSSignature, jwcrypto.jwt.JWTMissingKey)):
        claims(tampered(token))

"""Secrets that are sealed at rest: what a dump is worth without the key file, and that nobody notices with it."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import threading
import time
import uuid
import weakref

import psycopg2
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import database
import totp
from database import query, value
from installation import PASSWORD, answer, code, fill
from programs import Server, pg, psql, with_role
from test_standby import build_standby, replay
from waiting import eventually

KEYS = "SELECT kid, secret, sealed_secret FROM jerry.signing_key ORDER BY kid"
SEALED = "SELECT bool_and(secret IS NULL AND sealed_secret IS NOT NULL) FROM jerry.signing_key"
OPEN = "SELECT bool_and(secret IS NOT NULL AND sealed_secret IS NULL) FROM jerry.signing_key"


# for what the server has to tell them
sessions = weakref.WeakSet()


def connect(dsn):
    session = database.connect(dsn)
    sessions.add(session)
    return session


class KeyFile:
    """A file as jerry.key_file wants it, and what another implementation does with it."""

    def __init__(self, path, content=None, mode=0o600):
        self.path, self.key = path, os.urandom(32) if content is None else content
        path.write_bytes(self.key)
        self.allow(mode)

    def allow(self, mode):
        if os.getuid() == 0:
            shutil.chown(self.path, "postgres")
        self.path.chmod(mode)

    @property
    def name(self):
        return hashlib.sha256(b"jerry key file" + self.key).digest()[:8]

    def seal(self, kid, secret, version=1):
        head, nonce = bytes([version]) + self.name, os.urandom(12)
        return head + nonce + AESGCM(self.key).encrypt(nonce, secret, head + self.place(kid))

    def open(self, kid, sealed):
        assert sealed[:9] == b"\1" + self.name
        return AESGCM(self.key).decrypt(sealed[9:21], sealed[21:], sealed[:9] + self.place(kid))

    @staticmethod
    def place(kid):
        return b"signing_key\0" + kid.encode() + b"\0secret"


@pytest.fixture(scope="module")
def new_key_file(tmp_path_factory):
    """new_key_file(): one that the server can read."""
    folder = tmp_path_factory.mktemp("keys")
    for path in (folder, folder.parent):
        path.chmod(0o755)
    return lambda *arguments: KeyFile(folder / uuid.uuid4().hex, *arguments)


@pytest.fixture(scope="module")
def server(new_server):
    return new_server("jerry.bcrypt_cost=4")


@pytest.fixture
def installation(server):
    """The owner's way into a new database with Jerry, on a server without a key file."""
    name = f"sealing_{uuid.uuid4().hex}"
    use(server)
    psql(server.dsn, f"CREATE DATABASE {name} TEMPLATE template0")
    dsn = f"{server.dsn.rpartition('/')[0]}/{name}"
    psql(dsn, "CREATE EXTENSION jerry CASCADE")
    yield dsn
    use(server)
    psql(server.dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def db(installation):
    connection = connect(installation)
    yield connection
    connection.close()


def use(server, key_file=None, old=None):
    """Give the server its files, and wait until every session has read that."""
    paths = [str(file.path) if file else "" for file in (key_file, old)]
    with contextlib.closing(connect(server.dsn)) as owner:
        query(owner, "LOAD 'jerry'")
        for setting, path in zip(("jerry.key_file", "jerry.old_key_file"), paths):
            query(owner, f"ALTER SYSTEM SET {setting} = '{path}'")
        query(owner, "SELECT pg_reload_conf()")
        shown = "SELECT current_setting('jerry.key_file', true), current_setting('jerry.old_key_file', true)"
        for session in list(sessions):
            if not session.closed and session.info.port == owner.info.port:
                eventually(lambda: query(session, shown) == [tuple(paths)], "a session does not read its configuration")


def seal_all(db, batch=1000):
    """Convert until there is nothing left; how many there were."""
    total = 0
    for _ in range(100):
        done = value(db, "SELECT jerry.seal_secrets(%s)", batch)
        if done == 0:
            return total
        total += done
    raise AssertionError("it never ends")


def new_user(db, name):
    answer(db, "register", f"{name}@example.com", PASSWORD, PASSWORD)
    return log_in(db, name)


def log_in(db, name):
    return answer(db, "login", f"{name}@example.com", PASSWORD)


def check_tokens(db, tokens):
    assert code(db, "validate_token", tokens["access_token"]) is None
    assert code(db, "refresh", tokens["refresh_token"]) is None


def findings(db):
    return dict(query(db, "SELECT finding, hint FROM jerry.doctor() WHERE problem IN ('sealing', 'key file')"))


def refusal(db, sql, *values):
    """The SQLSTATE and the text of an error."""
    with pytest.raises(psycopg2.Error) as raised:
        query(db, sql, *values)
    return raised.value.pgcode, str(raised.value)


def spellings(secret):
    """The ways in which a dump, a plan or a page has these bytes."""
    return (secret, secret.hex().encode(), base64.b64encode(secret), base64.urlsafe_b64encode(secret).rstrip(b"="))


def halves(content):
    return content[: len(content) // 2], content[len(content) // 2 :]


def sign(secret, claims, kid=None):
    """A token as another program makes it."""

    def segment(content):
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    def text(content):
        return segment(json.dumps(content, separators=(",", ":")).encode())

    body = text({"alg": "HS256", "typ": "JWT", **({"kid": kid} if kid else {})}) + b"." + text(claims)
    return (body + b"." + segment(hmac.new(secret, body, "sha256").digest())).decode()


# ---------- the form ----------


def test_a_sealed_secret_is_what_another_implementation_makes_of_it(server, db, new_key_file):
    new_user(db, "ada")
    secrets = {kid: bytes(secret) for kid, secret, _ in query(db, KEYS)}
    file = new_key_file()
    use(server, file)
    assert seal_all(db) == len(secrets) == 1
    for kid, secret, sealed in query(db, KEYS):
        assert secret is None
        assert file.open(kid, bytes(sealed)) == secrets[kid]
        with pytest.raises(InvalidTag):
            file.open(kid + "x", bytes(sealed))
    # and the other way round: a key that somebody else has sealed
    theirs = os.urandom(48)
    query(
        db, "INSERT INTO jerry.signing_key (kid, algorithm, sealed_secret, status, imported, created_at) "
        "VALUES ('theirs', 'HS256', %s, 'verifying', true, now())", file.seal("theirs", theirs)
    )
    user_id = str(value(db, "SELECT id FROM jerry.user"))
    claims = {"type": "access", "sub": user_id, "exp": int(time.time()) + 60}
    assert answer(db, "verify_token", sign(theirs, claims, "theirs"))["sub"] == user_id
    assert code(db, "verify_token", sign(os.urandom(48), claims, "theirs")) == "INVALID_TOKEN"


def test_a_session_that_does_not_know_the_file_yet_does_not_say_that_all_is_done(server, db, new_key_file):
    new_user(db, "ada")
    with contextlib.closing(connect(server.dsn)) as owner:
        query(owner, "LOAD 'jerry'")
        query(owner, f"ALTER SYSTEM SET jerry.key_file = '{new_key_file().path}'")
        state, text = refusal(db, "SELECT jerry.seal_secrets()")
        assert state == "55000" and "pg_reload_conf" in text
        query(owner, "SELECT pg_reload_conf()")

    def attempt():
        with contextlib.suppress(psycopg2.errors.ObjectNotInPrerequisiteState):
            return value(db, "SELECT jerry.seal_secrets()")

    assert eventually(attempt) == 1 and value(db, SEALED)


APPS = "SELECT user_id::text, id::text, secret, sealed_secret FROM jerry.totp ORDER BY 1"


def place_of_app(user_id, factor_id):
    return f"totp\0{user_id} {factor_id}\0secret".encode()


def new_app(db, name):
    token = new_user(db, name)["access_token"]
    secret = answer(db, "setup_totp", token)["secret"]
    answer(db, "activate_totp", token, totp.code(secret))
    query(db, "UPDATE jerry.totp SET last_step = -1")
    return token, secret


def test_the_secret_of_an_app_is_sealed_for_its_user_alone(server, db, new_key_file):
    file = new_key_file()
    _, early = new_app(db, "ada")
    assert not value(db, "SELECT bool_or(sealed_secret IS NOT NULL) FROM jerry.totp")
    use(server, file)
    assert any("1 authenticator apps are not sealed" in finding for finding in findings(db))
    assert seal_all(db) == 2 and findings(db) == {}
    token, secret = new_app(db, "bob")
    secrets = {base64.b32decode(secret) for secret in (early, secret)}
    opened = set()
    for user_id, factor_id, plain, sealed in query(db, APPS):
        assert plain is None
        sealed = bytes(sealed)
        assert sealed[:9] == b"\1" + file.name
        about = sealed[:9] + place_of_app(user_id, factor_id)
        opened.add(AESGCM(file.key).decrypt(sealed[9:21], sealed[21:], about))
    assert opened == secrets
    assert code(db, "renew_recovery_codes", token, totp.code(secret)) is None
    # somebody who can write to the table gives a user the app of another one
    query(
        db, "UPDATE jerry.totp SET (id, sealed_secret) = (SELECT o.id, o.sealed_secret FROM jerry.totp AS o"
        " WHERE o.user_id = jerry.user_of('ada@example.com')) WHERE user_id = jerry.user_of('bob@example.com')"
    )
    state, text = refusal(db, "SELECT jerry.renew_recovery_codes(%s, %s)", token, totp.code(early))
    assert state == "XX001" and "secret of an authenticator app cannot be opened" in text


def test_apps_get_another_key_file_and_none_while_they_are_used(server, db, new_key_file):
    old, new = new_key_file(), new_key_file()
    use(server, old)
    token, secret = new_app(db, "ada")

    def check(finding):
        assert any(finding in found for found in findings(db)) if finding else findings(db) == {}
        query(db, "UPDATE jerry.totp SET last_step = -1")
        assert code(db, "renew_recovery_codes", token, totp.code(secret), None, PASSWORD) is None

    check(None)
    use(server, new, old=old)
    check("1 authenticator apps are not sealed as jerry.key_file says")
    assert seal_all(db) == 2
    check("nothing is sealed with its file any more")
    use(server, new)
    check(None)
    use(server, None, old=new)
    check("1 authenticator apps are not sealed as jerry.key_file says")
    # one at a time: nothing is left out
    assert seal_all(db, 1) == 2
    assert not value(db, "SELECT bool_or(sealed_secret IS NOT NULL) FROM jerry.totp")
    use(server)
    query(db, "UPDATE jerry.totp SET last_step = -1")
    assert code(db, "renew_recovery_codes", token, totp.code(secret), None, PASSWORD) is None


def test_without_the_file_an_app_is_no_help_and_a_recovery_code_is(server, db, new_key_file):
    lost, other = new_key_file(), new_key_file()
    token = new_user(db, "ada")["access_token"]
    use(server, lost)
    secret = answer(db, "setup_totp", token)["secret"]
    codes = answer(db, "activate_totp", token, totp.code(secret))["recovery_codes"]
    use(server)
    assert value(db, OPEN)
    state, text = refusal(db, "SELECT jerry.renew_recovery_codes(%s, %s)", token, totp.code(secret, 1))
    assert state == "F0000" and "secret of an authenticator app cannot be opened" in text and secret not in text
    assert any(f"1 authenticator apps are sealed with a file {lost.name.hex()}" in found for found in findings(db))
    use(server, other)
    assert value(db, "SELECT jerry.seal_secrets()") == 1
    state, text = refusal(db, "SELECT jerry.seal_secrets()")
    assert state == "F0000" and "secret of an authenticator app cannot be opened" in text
    assert code(db, "disable_second_factor", token, None, codes[0], PASSWORD) is None
    assert code(db, "setup_totp", token) is None and findings(db) == {}


def test_a_nonce_is_never_used_twice(server, db, new_key_file):
    new_user(db, "ada")
    use(server, new_key_file())
    nonces = set()
    for n in range(20):
        query(db, "SELECT jerry.import_key(%s)", uuid.uuid4().hex)
    nonces = [bytes(sealed)[9:21] for _, _, sealed in query(db, KEYS) if sealed]
    assert len(nonces) == 20 == len(set(nonces))


# ---------- dumps ----------


def test_a_dump_of_sealed_keys_signs_nothing_and_nobody_notices(server, db, installation, new_server, new_key_file):
    given = fill(db)
    other_session = connect(installation)
    check_tokens(other_session, given["ada"])
    of_webhooks = query(db, "SELECT secret FROM jerry.webhook_secret")
    of_apps = query(db, "SELECT secret FROM jerry.totp")
    secrets = [bytes(secret) for _, secret, _ in query(db, KEYS)]
    secrets += [bytes(secret) for secret, in of_webhooks + of_apps]
    assert len(secrets) == 4
    before = pg("pg_dump", "-d", installation).encode()
    for secret in secrets:
        assert any(spelling in before for spelling in spellings(secret)), "the search finds nothing"
    file = new_key_file()
    use(server, file)
    assert seal_all(db) == 4 and value(db, SEALED)
    for session in (db, other_session):
        for name in ("ada", "bob", "cleo"):
            check_tokens(session, given[name])
        check_tokens(session, log_in(session, "ada"))
    other_session.close()
    dump = pg("pg_dump", "-d", installation)
    for secret in secrets:
        assert not any(spelling in dump.encode() for spelling in spellings(secret))
    assert file.key.hex() not in dump and str(file.path) not in dump

    # somewhere else: without the file, with another one, with the right one
    elsewhere = new_server("jerry.bcrypt_cost=4")
    psql(elsewhere.dsn, dump)
    there = connect(elsewhere.dsn)
    kid = value(there, "SELECT kid FROM jerry.signing_key WHERE status = 'active'")
    kids = {row[0] for row in query(there, KEYS)}
    wanted = f'signing key "{kid}" cannot be opened'
    named = f"It is sealed with the key file named {file.name.hex()}; jerry.key_file is not set."
    for statement in (
        f"SELECT jerry.login('ada@example.com', '{PASSWORD}')",
        "SELECT jerry.create_access_token('{}')",
    ):
        state, text = refusal(there, statement)
        assert state == "F0000" and wanted in text and named in text and "jerry.key_file" in text
    for function in ("validate_token", "verify_token", "me", "decode_token", "authenticate", "refresh"):
        token = given["ada"]["refresh_token" if function == "refresh" else "access_token"]
        state, text = refusal(there, f"SELECT jerry.{function}(%s)", token)
        assert state == "F0000" and "cannot be opened" in text and named in text
    # what is no token of such a key is still just wrong
    assert code(there, "validate_token", "x.y.z") == "INVALID_TOKEN"
    assert sum("cannot be opened" in finding for finding in findings(there)) == 3
    assert sum(f"sealed with a file {file.name.hex()} that is not" in finding for finding in findings(there)) == 1
    # nothing was made instead, nor can it be by mistake
    state, text = refusal(there, "SELECT jerry.import_key(%s)", uuid.uuid4().hex)
    assert state == "F0000" and "jerry.key_file is not set" in text
    assert {row[0] for row in query(there, KEYS)} == kids

    wrong = new_key_file()
    use(elsewhere, wrong)
    state, text = refusal(there, "SELECT jerry.validate_token(%s)", given["ada"]["access_token"])
    assert state == "F0000"
    assert f"named {file.name.hex()}; the file of jerry.key_file is named {wrong.name.hex()}" in text
    assert refusal(there, "SELECT jerry.seal_secrets()")[0] == "F0000"
    use(elsewhere, file)
    for name in ("ada", "bob", "cleo"):
        check_tokens(there, given[name])
    assert findings(there) == {}
    # ends that life for good: a new server with a file of its own
    use(elsewhere, wrong, old=file)
    assert seal_all(there) == 4
    use(elsewhere, wrong)
    check_tokens(there, given["ada"])
    there.close()


def test_keys_that_are_made_sealed_are_nowhere_on_the_disk(new_server, new_key_file):
    file = new_key_file()
    server = new_server("jerry.bcrypt_cost=4", f"jerry.key_file={file.path}")
    with contextlib.closing(connect(server.dsn)) as db:
        query(db, "CREATE EXTENSION jerry CASCADE")
        new_user(db, "ada")
        query(db, "CHECKPOINT")
        [(kid, secret, sealed)] = query(db, KEYS)
        assert secret is None
        secret = file.open(kid, bytes(sealed))
    # a page of the log may end within one of them
    hidden = [half for spelling in (*spellings(secret), *spellings(file.key)) for half in halves(spelling)]
    found = dict.fromkeys((*hidden, *halves(bytes(sealed))), 0)
    for path in (server.folder / "data").resolve().rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for spelling in found:
                found[spelling] += spelling in content
    assert sum(found.pop(half) for half in halves(bytes(sealed))) > 2, "not in table and log: the search finds nothing"
    assert set(found.values()) == {0}


def new_pem():
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_a_public_key_verifies_without_the_file(server, db, installation, new_key_file):
    file = new_key_file()
    use(server, file)
    pem = new_pem()
    kid = value(db, "SELECT jerry.import_key(%s)", pem)
    tokens = new_user(db, "ada")
    assert value(db, SEALED)
    sealed = bytes(value(db, "SELECT sealed_secret FROM jerry.signing_key WHERE kid = %s", kid))
    number = serialization.load_pem_private_key(pem.encode(), None).private_numbers().private_value
    assert file.open(kid, sealed) == number.to_bytes(32, "big")
    use(server)
    with contextlib.closing(connect(installation)) as fresh:
        assert code(fresh, "validate_token", tokens["access_token"]) is None
        state, text = refusal(fresh, "SELECT jerry.create_access_token('{}')")
        assert state == "F0000" and f'"{kid}" cannot be opened' in text
        # what has only a secret neither signs nor verifies
        state, text = refusal(fresh, "SELECT jerry.refresh(%s)", tokens["refresh_token"])
        assert state == "F0000" and f'"{kid}"' not in text
        assert [key["kid"] for key in value(fresh, "SELECT jerry.jwks()")["keys"]] == [kid]
        # who has the key itself may bring it again, but not open while the other one is sealed
        assert refusal(fresh, "SELECT jerry.import_key(%s)", pem)[0] == "F0000"
        query(fresh, "UPDATE jerry.signing_key SET status = 'retired', sealed_secret = NULL WHERE algorithm = 'HS256'")
        assert value(fresh, "SELECT jerry.import_key(%s)", pem) == kid
        check_tokens(fresh, log_in(fresh, "ada"))
    assert value(db, "SELECT secret IS NOT NULL AND sealed_secret IS NULL FROM jerry.signing_key WHERE kid = %s", kid)


def test_a_key_is_sealed_all_its_life_and_then_gone(server, db, new_key_file):
    file = new_key_file()
    use(server, file)
    query(db, "SELECT jerry.configure('jerry.signing_algorithm', 'ES256')")
    query(db, "SELECT jerry.configure('jerry.key_publish_time', '0')")
    tokens = new_user(db, "ada")
    query(db, "SELECT jerry.rotate_key()")
    assert {sealed for sealed, in query(db, "SELECT sealed FROM jerry.list_keys()")} == {True}
    states = "SELECT kid, algorithm, status, secret, sealed_secret FROM jerry.signing_key ORDER BY created_at, status"
    assert {status for _, _, status, _, _ in query(db, states)} == {"active", "next", "verifying"}
    query(db, "SELECT jerry.maintain()")
    assert value(db, SEALED)
    for kid, _, _, _, sealed in query(db, states):
        assert len(file.open(kid, bytes(sealed))) == 32
    check_tokens(db, tokens)
    check_tokens(db, log_in(db, "ada"))
    query(db, "SELECT jerry.rotate_key(at_once => true)")
    for _, _, status, secret, sealed in query(db, states):
        assert secret is None and (sealed is None) == (status == "retired")
    assert code(db, "validate_token", tokens["access_token"]) == "INVALID_TOKEN"
    check_tokens(db, log_in(db, "ada"))


def test_when_the_file_is_lost_there_are_new_keys(server, db, new_key_file):
    query(db, "SELECT jerry.configure('jerry.signing_algorithm', 'ES256')")
    tokens = new_user(db, "ada")
    query(db, "SELECT jerry.rotate_key()")
    for file in None, new_key_file():
        use(server, new_key_file())
        assert seal_all(db) > 0
        use(server, file)
        assert refusal(db, "SELECT jerry.refresh(%s)", tokens["refresh_token"])[0] == "F0000"
        if file is None:
            assert refusal(db, "SELECT jerry.rotate_key()")[0] == "F0000"
        query(db, "SELECT jerry.rotate_key(at_once => true)")
        for function, token in (("validate_token", "access_token"), ("refresh", "refresh_token")):
            assert code(db, function, tokens[token]) == "INVALID_TOKEN"
        tokens = log_in(db, "ada")
        check_tokens(db, tokens)
        assert not [finding for finding in findings(db) if "cannot be opened" in finding]


# ---------- damage ----------


def test_what_is_damaged_or_moved_is_told_apart(server, db, new_key_file):
    file = new_key_file()
    use(server, file)
    query(db, "SELECT jerry.import_key(%s)", uuid.uuid4().hex + "more")
    tokens = new_user(db, "ada")
    [(kid, _, sealed)] = query(db, KEYS)
    sealed = bytes(sealed)
    update = "UPDATE jerry.signing_key SET sealed_secret = %s"
    damages = {
        "a byte of the text": sealed[:30] + bytes([sealed[30] ^ 1]) + sealed[31:],
        "the tag": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "the nonce": sealed[:9] + bytes([sealed[9] ^ 1]) + sealed[10:],
        "cut": sealed[:-1],
        "longer": sealed + b"\0",
        "version 0": b"\0" + sealed[1:],
        "of another row": file.seal("another", os.urandom(32)),
    }
    for damaged in damages.values():
        query(db, update, damaged)
        for statement in ("SELECT jerry.create_access_token('{}')", "SELECT jerry.seal_secrets()"):
            state, text = refusal(db, statement)
            assert state == "XX001" and f'"{kid}" cannot be opened' in text and "damaged, or was moved" in text
        state, _ = refusal(db, "SELECT jerry.validate_token(%s)", tokens["access_token"])
        assert state == "XX001"
        assert [finding for finding in findings(db) if "it is damaged" in finding]
    query(db, update, b"\2" + sealed[1:])
    state, text = refusal(db, "SELECT jerry.create_access_token('{}')")
    assert state == "0A000" and "newer version" in text
    query(db, update, sealed)
    check_tokens(db, tokens)
    assert findings(db) == {}


def test_a_key_that_cannot_be_opened_does_not_stop_the_others(server, db, new_key_file):
    """Tokens without a kid are tried with each imported key: first with those that there are."""
    file = new_key_file()
    use(server, file)
    new_user(db, "ada")
    theirs = uuid.uuid4().hex
    kid, closed = (value(db, "SELECT jerry.import_key(%s)", secret) for secret in (theirs, uuid.uuid4().hex))
    damage = "sealed_secret = set_byte(sealed_secret, 40, get_byte(sealed_secret, 40) # 1)"
    query(db, f"UPDATE jerry.signing_key SET {damage} WHERE kid = %s", closed)
    query(db, "UPDATE jerry.signing_key SET imported = true WHERE kid = %s", kid)
    stored = [kid for (kid,) in query(db, "SELECT kid FROM jerry.signing_key ORDER BY ctid")]
    assert stored.index(closed) < stored.index(kid), "read in this order it would be the first: the test proves nothing"
    user_id = str(value(db, "SELECT id FROM jerry.user"))
    token = sign(theirs.encode(), {"type": "access", "sub": user_id, "exp": int(time.time()) + 60})
    assert code(db, "verify_token", token) is None
    assert refusal(db, "SELECT jerry.verify_token(%s)", token[:-5] + "AAAAA")[0] == "XX001"


# ---------- the file ----------


@pytest.mark.parametrize(
    "spoil, problem", [
        (lambda file: file.path.unlink(), "cannot be opened: No such file or directory"),
        (lambda file: file.path.write_bytes(b""), "has 0 bytes, not 32"),
        (lambda file: file.path.write_bytes(b"x" * 31), "has 31 bytes, not 32"),
        (lambda file: file.path.write_bytes(b"x" * 33), "has 33 bytes, not 32"),
        (lambda file: file.allow(0o640), "can be read or changed by others than its owner"),
        (lambda file: file.allow(0o604), "can be read or changed by others than its owner"),
        (lambda file: file.allow(0o000), "cannot be opened: Permission denied"),
        (lambda file: (file.path.unlink(), file.path.mkdir()), "is not a regular file"),
        (lambda file: (file.path.unlink(), os.mkfifo(file.path)), "is not a regular file"),
    ]
)
def test_a_file_that_cannot_be_used_is_told_of_and_nothing_is_stored_open(
    server, db, new_key_file, spoil, problem
):
    file = new_key_file()
    tokens = new_user(db, "ada")
    use(server, file)
    assert value(db, "SELECT name FROM jerry.key_files()") == file.name.hex()
    spoil(file)
    assert query(db, "SELECT * FROM jerry.key_files()") == [("jerry.key_file", None, problem)]
    for statement in (f"SELECT jerry.import_key('{uuid.uuid4().hex}')", "SELECT jerry.seal_secrets()"):
        state, text = refusal(db, statement)
        assert state == "F0000" and problem in text and str(file.path) not in text
    assert f"the file of jerry.key_file {problem}" in findings(db)
    # what is open needs no file
    check_tokens(db, tokens)
    query(db, "DELETE FROM jerry.signing_key")
    assert refusal(db, "SELECT jerry.create_access_token('{}')")[0] == "F0000"
    assert query(db, KEYS) == []


def test_a_rotation_without_the_file_leaves_nothing_else_undone(server, db, new_key_file):
    query(db, "SELECT jerry.configure('jerry.key_rotation_interval', '90d')")
    file = new_key_file()
    use(server, file)
    tokens = new_user(db, "ada")
    query(db, "UPDATE jerry.signing_key SET status_at = status_at - interval '91 days'")
    query(db, "UPDATE jerry.one_time_token SET expires_at = now() - interval '8 days'")
    file.path.unlink()
    assert value(db, "SELECT jerry.maintain()")["data"]["one_time_tokens"] == 1
    assert "could not do what is due about the signing keys: secret cannot be sealed" in db.notices[-1]
    assert "The file of jerry.key_file cannot be opened" in db.notices[-1]
    on_record = "SELECT outcome, details->>'kid' FROM jerry.audit WHERE action = 'key.advance' ORDER BY id"
    assert query(db, on_record) == [("INTERNAL_ERROR", None)]
    problems = [problem for problem, in query(db, "SELECT problem FROM jerry.doctor()")]
    assert {"key file", "key rotation"} <= set(problems)
    use(server, new_key_file(file.key))
    query(db, "SELECT jerry.maintain()")
    assert [outcome for outcome, _ in query(db, on_record)] == ["INTERNAL_ERROR", "OK", "OK"]
    check_tokens(db, tokens)


def test_a_file_of_root_may_be_read_by_a_group(server, db, new_key_file):
    if os.getuid() != 0:
        pytest.skip("only root can give a file to root")
    file = new_key_file()
    shutil.chown(file.path, "root", "postgres")
    use(server, file)
    for mode, problem in ((0o640, None), (0o660, "others"), (0o644, "others"), (0o600, "Permission denied")):
        file.path.chmod(mode)
        said = value(db, "SELECT problem FROM jerry.key_files()")
        assert said is None if problem is None else problem in said
    shutil.chown(file.path, "nobody", "nogroup")
    file.path.chmod(0o604)
    assert "belongs neither" in value(db, "SELECT problem FROM jerry.key_files()")


def test_doctor_tells_of_a_file_that_is_no_use(server, db, new_key_file):
    inside = KeyFile((server.folder / "data").resolve() / "jerry.key")
    use(server, inside)
    [(name, problem)] = query(db, "SELECT name, problem FROM jerry.key_files()")
    assert name == inside.name.hex() and "data directory" in problem
    # a link into it is no better, and one out of it is no worse
    link = new_key_file()
    link.path.unlink()
    link.path.symlink_to(inside.path)
    use(server, link)
    assert "data directory" in value(db, "SELECT problem FROM jerry.key_files()")
    inside.path.unlink()
    outside = new_key_file()
    inside.path.symlink_to(outside.path)
    use(server, inside)
    assert query(db, "SELECT name, problem FROM jerry.key_files()") == [(outside.name.hex(), None)]
    inside.path.unlink()
    use(server, new_key_file(b"x" * 32))
    assert value(db, "SELECT problem FROM jerry.key_files()") == "can be guessed"
    assert "the file of jerry.key_file can be guessed" in findings(db)
    with contextlib.closing(connect(server.dsn)) as owner:
        query(owner, "LOAD 'jerry'")
        query(owner, "ALTER SYSTEM SET jerry.key_file = 'jerry.key'")
        query(owner, "SELECT pg_reload_conf()")
        relative = "is not named by an absolute path"
        eventually(lambda: value(db, "SELECT problem FROM jerry.key_files()") == relative, "it is not reloaded")


def test_doctor_knows_how_far_a_conversion_is(server, db, new_key_file):
    first, second = new_key_file(), new_key_file()
    assert findings(db) == {}, "without a key there is nothing to seal"
    new_user(db, "ada")
    query(db, "SELECT jerry.import_key(%s)", uuid.uuid4().hex)
    [(finding, hint)] = findings(db).items()
    assert finding.startswith("signing keys whose secret is not sealed: 2; ") and "OPERATIONS" in hint
    use(server, first)
    [(finding, hint)] = findings(db).items()
    assert finding == "signing keys whose secret is not sealed although jerry.key_file is set: 2"
    query(db, hint.partition(";")[0])
    assert findings(db) == {}
    use(server, second)
    assert {re.sub("^signing key [0-9a-f]+", "", finding) for finding in findings(db)} == {
        f" cannot be opened: it is sealed with the key file named {first.name.hex()}; "
        f"the file of jerry.key_file is named {second.name.hex()}"
    }
    use(server, second, old=first)
    [finding] = findings(db)
    assert finding == "signing keys whose secret is still sealed with the file of jerry.old_key_file: 2"
    assert value(db, "SELECT jerry.seal_secrets(1)") == 1
    [finding] = findings(db)
    assert finding == "signing keys whose secret is still sealed with the file of jerry.old_key_file: 1"
    assert seal_all(db) == 1
    [finding] = findings(db)
    assert finding == "jerry.old_key_file is set, and nothing is sealed with its file any more"
    use(server, second)
    assert findings(db) == {}
    # a weak secret is found although it is sealed
    query(db, "SELECT jerry.import_key(repeat('x', 32), true)")
    assert value(db, "SELECT sealed_secret IS NOT NULL FROM jerry.signing_key WHERE status = 'active'")
    assert value(db, "SELECT finding FROM jerry.doctor() WHERE problem = 'weak key'").endswith("distinct bytes")


# ---------- who may ----------


def test_only_the_server_says_which_file_it_is(server, db, installation, new_key_file):
    file = new_key_file()
    use(server, file)
    name = f"jerry_sealing_{uuid.uuid4().hex}"
    query(db, f"CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE jerry_admin, jerry_api")
    try:
        dsn = with_role(installation, name, "x")
        with contextlib.closing(connect(dsn)) as session:
            for setting in ("jerry.key_file", "jerry.old_key_file"):
                query(session, f"SET {setting} = '/tmp/x'")  # nobody knows it yet
            # is told that the values are not taken
            query(session, "SELECT jerry.version()")
            for setting in ("jerry.key_file", "jerry.old_key_file"):
                assert refusal(session, f"SHOW {setting}")[0] == "42501"
                assert refusal(session, f"SET {setting} = '/tmp/x'")[0] == "55P02"
                assert refusal(session, "SELECT jerry.configure(%s, '/tmp/x')", setting)[0] == "42704"
                assert query(session, "SELECT 1 FROM pg_settings WHERE name = %s", setting) == []
            for function in ("key_files()", "sealed_secret('a', 'b', 'c')"):
                assert refusal(session, f"SELECT jerry.{function}")[0] == "42501"
            # what it makes is sealed all the same
            query(session, "SELECT jerry.import_key(%s)", uuid.uuid4().hex)
            assert value(session, "SELECT jerry.seal_secrets()") == 0
        assert value(db, SEALED)
        # an option of the connection would hide the server's value
        for path in ("", "/tmp/x"):
            with contextlib.closing(psycopg2.connect(dsn, options=f"-c jerry.key_file={path}")) as session:
                session.autocommit = True
                state, text = refusal(session, "SELECT jerry.import_key(%s)", uuid.uuid4().hex)
                assert state == "55P02" and "jerry.key_file" in text
                assert refusal(session, "SELECT jerry.version()")[0] == "55P02"
        assert value(db, SEALED)
        query(db, "LOAD 'jerry'")
        assert refusal(db, "SET jerry.key_file = ''")[0] == "55P02"
        assert refusal(db, f"ALTER ROLE {name} SET jerry.key_file = ''")[0] == "55P02"
    finally:
        query(db, f"DROP ROLE {name}")


# ---------- standbys ----------


def test_a_standby_needs_the_file_too(new_server, run_folder, new_key_file):
    file, new_file = new_key_file(), new_key_file()
    primary = new_server("jerry.bcrypt_cost=4")
    use(primary, file)
    with contextlib.closing(connect(primary.dsn)) as here:
        query(here, "CREATE EXTENSION jerry CASCADE")
        tokens = new_user(here, "ada")
        standby = Server(build_standby(primary, run_folder / f"standby-{uuid.uuid4().hex[:8]}"))
        try:
            with contextlib.closing(connect(standby.dsn)) as there:
                # its base backup has the setting of the primary
                use(standby)
                state, text = refusal(there, "SELECT jerry.validate_token(%s)", tokens["access_token"])
                assert state == "F0000" and "jerry.key_file is not set" in text
                assert any("cannot be opened" in finding for finding in findings(there))
                assert refusal(there, "SELECT jerry.seal_secrets()")[0] == "25006"
                use(standby, file)
                assert code(there, "validate_token", tokens["access_token"]) is None
                assert findings(there) == {}
                # another file: the standby first, so that it knows both when the first secret arrives
                use(standby, new_file, old=file)
                assert code(there, "validate_token", tokens["access_token"]) is None
                use(primary, new_file, old=file)
                assert seal_all(here) == 1
                replay(here, there)
                assert code(there, "validate_token", tokens["access_token"]) is None
                use(primary, new_file)
                use(standby, new_file)
                fresh = log_in(here, "ada")
                replay(here, there)
                assert code(there, "validate_token", fresh["access_token"]) is None
                assert findings(there) == {}
        finally:
            standby.remove()


# ---------- conversion ----------


class Users(threading.Thread):
    """Somebody who logs in, validates and refreshes without pause, whatever happens to the server."""

    def __init__(self, dsn, name):
        super().__init__()
        self.dsn, self.name_of_user = dsn, name
        self.done = threading.Event()
        self.tokens, self.wrong, self.outages = [], [], 0

    def run(self):
        while not self.done.is_set():
            try:
                with contextlib.closing(database.connect(self.dsn)) as db:
                    while not self.done.is_set():
                        self.once(db)
            except psycopg2.OperationalError:
                self.outages += 1
            except psycopg2.Error as error:
                self.wrong.append(f"{error.pgcode}: {error}")

    def once(self, db):
        tokens = log_in(db, self.name_of_user)
        self.tokens.append(tokens)
        for function, token in (("validate_token", tokens["access_token"]), ("refresh", tokens["refresh_token"])):
            verdict = code(db, function, token)
            if verdict is not None:
                self.wrong.append(f"{function}: {verdict}")


def convert_and_crash(dsn, batches):
    """Some batches, then the backend dies in the middle of one by signal 9: every session loses its connection."""
    with contextlib.closing(connect(dsn)) as db, contextlib.closing(connect(dsn)) as bystander:
        for _ in range(batches):
            assert value(db, "SELECT jerry.seal_secrets(7)") == 7
        query(db, "BEGIN")
        assert value(db, "SELECT jerry.seal_secrets(7)") == 7
        os.kill(db.info.backend_pid, 9)
        with pytest.raises(psycopg2.Error):
            query(db, "COMMIT")

        def noticed():
            try:
                return not query(bystander, "SELECT 1")
            except psycopg2.Error:
                return True

        # until then the server takes connections, which it ends at once
        eventually(noticed, "the server does not notice")


def comes_back(dsn):
    def attempt():
        with contextlib.suppress(psycopg2.OperationalError):
            return connect(dsn)

    return eventually(attempt, "the server does not come back")


def test_a_conversion_that_is_killed_goes_on_and_nobody_loses_a_token(new_server, new_key_file):
    server = new_server("jerry.bcrypt_cost=4", "log_min_messages=warning")
    psql(server.dsn, "CREATE EXTENSION jerry CASCADE")
    with contextlib.closing(connect(server.dsn)) as db:
        for name in ("ada", "bob"):
            new_user(db, name)
        query(
            db, "INSERT INTO jerry.signing_key (kid, algorithm, secret, status, imported, created_at) "
            "SELECT 'key' || n, 'HS256', sha256(n::text::bytea), 'verifying', false, now() "
            "FROM generate_series(1, 60) AS n"
        )
    first, second = new_key_file(), new_key_file()

    def converted(db, key_file):
        """How many secrets are as they should be."""
        name = key_file.name if key_file else None
        return sum((bytes(sealed)[1:9] if sealed else None) == name for _, _, sealed in query(db, KEYS))

    users = [Users(server.dsn, name) for name in ("ada", "bob")]
    for user in users:
        user.start()
    try:
        # sealed, with another file, open again
        for key_file, old in ((first, None), (second, first), (None, second)):
            use(server, key_file, old)
            convert_and_crash(server.dsn, 3)
            with contextlib.closing(comes_back(server.dsn)) as db:
                assert converted(db, key_file) == 21
                assert seal_all(db, 20) == 61 - 21
                assert converted(db, key_file) == 61
                for kid, _, sealed in query(db, KEYS) if key_file else []:
                    key_file.open(kid, bytes(sealed))
            handed_out = [len(user.tokens) for user in users]
            eventually(
                lambda: all(len(user.tokens) > n + 5 for user, n in zip(users, handed_out)), "nobody can log in"
            )
            use(server, key_file)
    finally:
        for user in users:
            user.done.set()
        for user in users:
            user.join(60)
    assert [user.wrong for user in users] == [[], []]
    assert all(user.outages for user in users), "nothing was killed: the test proves nothing"
    with contextlib.closing(connect(server.dsn)) as db:
        assert value(db, OPEN) and findings(db).keys() == {
            "signing keys whose secret is not sealed: 61; whoever gets a dump or a backup can be any user"
        }
        for user in users:
            for tokens in user.tokens[:: max(len(user.tokens) // 50, 1)]:
                check_tokens(db, tokens)

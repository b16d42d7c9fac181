"""Password hashes in both directions: bcrypt of Python's bcrypt and passlib, and Jerry's."""

import base64
import hashlib

import bcrypt
import passlib.hash
import pytest

from accounts import Accounts

PASSWORD = "pässwörd 日本 123!"

# What Python's bcrypt makes of "SecurePassword123!" at cost 16, in seconds that nobody should spend on a login.
COST_16 = "$2b$16$PeMkOX7wftuLqz90AFJVV.OUB8iZi9VCDUsWaL/5ivAxgaK7JMZrO"


@pytest.fixture(scope="module", params=["own", "pgcrypto"])
def jerry(make_database, request):
    """Accounts in a database of either bcrypt."""
    connection = make_database()
    connection.cursor().execute(f"SET jerry.bcrypt_provider = {request.param}")
    return Accounts(connection)


def verify(jerry, password, stored):
    return jerry.value("SELECT jerry.verify_password(%s, %s)", password, stored)


def cut(password):
    """What makers of hashes look at, 72 bytes; those of today want to be given no more."""
    return password.encode()[:72]


def hash_of(password, prefix=b"2b", rounds=4):
    return bcrypt.hashpw(cut(password), bcrypt.gensalt(rounds, prefix=prefix)).decode()


@pytest.mark.parametrize("rounds", [4, 5, 10])
def test_a_hash_of_python_bcrypt_is_accepted(jerry, rounds):
    for prefix in b"2b", b"2a":
        stored = hash_of(PASSWORD, prefix, rounds)
        assert stored.startswith(f"${prefix.decode()}${rounds:02}$")
        assert verify(jerry, PASSWORD, stored) is True
        assert verify(jerry, PASSWORD + "x", stored) is False


@pytest.mark.parametrize("ident", ["2a", "2b", "2y"])
def test_a_hash_of_passlib_is_accepted(jerry, ident):
    stored = passlib.hash.bcrypt.using(ident=ident, rounds=4).hash(PASSWORD)
    assert stored.startswith(f"${ident}$04$")
    assert verify(jerry, PASSWORD, stored) is True
    assert verify(jerry, PASSWORD.upper(), stored) is False


def test_a_user_imported_with_a_hash_of_passlib_logs_in(jerry):
    for ident in "2a", "2b", "2y":
        stored = passlib.hash.bcrypt.using(ident=ident, rounds=4).hash(PASSWORD)
        email = f"imported.{ident}@example.com"
        jerry.value('INSERT INTO jerry."user" (email, password_hash) VALUES (%s, %s) RETURNING id', email, stored)
        assert jerry.code("login", email, PASSWORD) is None
        assert jerry.code("login", email, PASSWORD + "x") == "INVALID_CREDENTIALS"


@pytest.mark.parametrize("cost", [4, 12])
def test_a_hash_of_jerry_is_accepted_by_python(jerry, cost):
    jerry.value("SELECT set_config('jerry.bcrypt_cost', %s, false)", str(cost))
    stored = jerry.value("SELECT jerry.hash_password(%s)", PASSWORD)
    jerry.value("SELECT set_config('jerry.bcrypt_cost', '4', false)")
    assert stored[4:7] == f"{cost:02}$"
    assert bcrypt.checkpw(PASSWORD.encode(), stored.encode())
    assert not bcrypt.checkpw(b"wrong", stored.encode())
    assert passlib.hash.bcrypt.verify(PASSWORD, stored)


@pytest.mark.parametrize("password", ["", "x", " ", "a" * 71, "a" * 72, "é" * 36, "日" * 24, "\x01\x7f\t\n"])
def test_both_hash_the_same_bytes(jerry, password):
    stored = jerry.value("SELECT jerry.hash_password(%s)", password)
    assert bcrypt.checkpw(cut(password), stored.encode())
    assert verify(jerry, password, hash_of(password)) is True


LONG = ["a" * 73, "a" * 72 + "b", "é" * 36 + "x", "é" * 37, "a" * 1000, "a" * 71 + "é"]


@pytest.mark.parametrize("password", LONG)
def test_a_hash_that_was_cut_elsewhere_is_accepted_as_its_maker_made_it(jerry, password):
    """Python's bcrypt, PHP and others look at 72 bytes only; $2a$ is Jerry's, which does not."""
    stored = hash_of(password)
    assert bcrypt.checkpw(cut(password), stored.encode())
    for prefix in "2b", "2y":
        assert verify(jerry, password, f"${prefix}${stored[4:]}") is True
        assert verify(jerry, "b" + password[1:], f"${prefix}${stored[4:]}") is False
    assert verify(jerry, password, f"$2a${stored[4:]}") is False


@pytest.mark.parametrize("password", LONG)
def test_a_user_whose_hash_was_cut_elsewhere_logs_in_again_and_again(jerry, password):
    """Also when the hash has been brought to Jerry's cost: it stays one of the first 72 bytes."""
    email = f"{hashlib.sha256(password.encode()).hexdigest()[:20]}@example.com"
    stored = passlib.hash.bcrypt.using(ident="2y", rounds=5).hash(cut(password))
    jerry.value('INSERT INTO jerry."user" (email, password_hash) VALUES (%s, %s) RETURNING id', email, stored)
    for _ in range(3):
        assert jerry.code("login", email, password) is None
        assert jerry.code("login", email, "b" + password[1:]) == "INVALID_CREDENTIALS"
        kept = jerry.value('SELECT password_hash FROM jerry."user" WHERE email = %s', email)
        assert kept.startswith("$2y$04$")
        assert bcrypt.checkpw(cut(password), kept.replace("$2y$", "$2b$", 1).encode())


@pytest.mark.parametrize("ident", ["2a", "2b", "2y"])
def test_an_imported_hash_becomes_one_of_jerrys_with_the_first_login(jerry, ident):
    email = f"rehashed.{ident}@example.com"
    stored = passlib.hash.bcrypt.using(ident=ident, rounds=5).hash(PASSWORD)
    jerry.value('INSERT INTO jerry."user" (email, password_hash) VALUES (%s, %s) RETURNING id', email, stored)
    assert jerry.code("login", email, PASSWORD + "x") == "INVALID_CREDENTIALS"
    assert jerry.value('SELECT password_hash FROM jerry."user" WHERE email = %s', email) == stored
    assert jerry.code("login", email, PASSWORD) is None
    kept = jerry.value('SELECT password_hash FROM jerry."user" WHERE email = %s', email)
    assert kept.startswith("$2a$04$")
    assert bcrypt.checkpw(PASSWORD.encode(), kept.encode())
    assert jerry.code("login", email, PASSWORD) is None
    assert jerry.value('SELECT password_hash FROM jerry."user" WHERE email = %s', email) == kept


def malformed_hashes():
    """Things that may stand in a column of hashes and that no password belongs to."""
    good = hash_of(PASSWORD)
    return {
        "empty": "",
        "the password": PASSWORD,
        "cut": good[:-1],
        "longer": good + "x",
        "newline": good + "\n",
        "space before": " " + good,
        "prefix 2x": "$2x" + good[3:],
        "prefix 2": "$2$" + good[4:],
        "prefix 2c": "$2c" + good[3:],
        "prefix in upper case": "$2B" + good[3:],
        "cost 03": good[:4] + "03" + good[6:],
        "cost 16": good[:4] + "16" + good[6:],
        "cost 31": good[:4] + "31" + good[6:],
        "cost 4": "$2b$4$" + good[7:],
        "cost no number": good[:4] + "xx" + good[6:],
        "no third dollar": good[:6] + "." + good[7:],
        "outside the alphabet": good[:20] + "+" + good[21:],
        "outside ascii": good[:20] + "é" + good[22:],
        "only the salt": good[:29],
        "dollars": "$$$$",
        "$2b$": "$2b$",
        "des": "$2T16myLRHmMk",
        "des of passlib": passlib.hash.des_crypt.hash("password"),
        "md5": passlib.hash.md5_crypt.hash(PASSWORD),
        "sha512": passlib.hash.sha512_crypt.using(rounds=1000).hash(PASSWORD),
        "pbkdf2": passlib.hash.pbkdf2_sha256.using(rounds=1).hash(PASSWORD),
        "bcrypt of sha256": passlib.hash.bcrypt_sha256.using(rounds=4).hash(PASSWORD),
        "argon2": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
        "hex of sha256": hashlib.sha256(PASSWORD.encode()).hexdigest(),
        "base64": base64.b64encode(PASSWORD.encode()).decode(),
        "long": "$2b$04$" + "x" * 100_000,
    }


@pytest.mark.parametrize("name", malformed_hashes())
def test_what_is_no_bcrypt_hash_belongs_to_no_password(jerry, name):
    stored = malformed_hashes()[name]
    for password in PASSWORD, "password", "", stored[:72]:
        assert verify(jerry, password, stored) is False


def test_a_hash_that_would_cost_too_much_is_not_even_tried(jerry):
    """Above cost 15 one login is seconds of work, and above 30 days: such a hash belongs to no password."""
    assert verify(jerry, "SecurePassword123!", COST_16) is False


def test_a_hash_with_another_salt_or_cost_is_not_the_same(jerry):
    stored = hash_of(PASSWORD)
    for position in (7, 15, 28, 29, 40, 59):
        other = "A" if stored[position] != "A" else "B"
        assert verify(jerry, PASSWORD, stored[:position] + other + stored[position + 1 :]) is False
    assert verify(jerry, PASSWORD, stored[:4] + "05" + stored[6:]) is False


def test_a_user_with_a_foreign_hash_cannot_log_in_and_breaks_nothing(jerry):
    for number, stored in enumerate(["", "plain", "$2x$04$" + "x" * 53, passlib.hash.des_crypt.hash("password")]):
        email = f"foreign.{number}@example.com"
        jerry.value('INSERT INTO jerry."user" (email, password_hash) VALUES (%s, %s) RETURNING id', email, stored)
        for password in "password", "plain", "":
            assert jerry.code("login", email, password) == "INVALID_CREDENTIALS"

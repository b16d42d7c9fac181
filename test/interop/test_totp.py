"""Codes of authenticator apps: those of RFC 6238, and random ones beside oathtool's, whose codes Jerry takes."""

import base64
import pathlib
import random
import subprocess

import pytest

import totp
from database import query, value
from users import PASSWORD, new_email

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RANDOM = 200
DIGITS = 6

# RFC 6238, appendix B: of the eight digits with SHA-1 the last six
VECTORS = [
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
    (20000000000, "353130")
]
SECRET = b"12345678901234567890"


@pytest.fixture(scope="module")
def jerry_shows(tmp_path_factory):
    """A function from a list of (secret, Unix time) to the list of codes."""
    program = tmp_path_factory.mktemp("totp") / "totp_lines"
    sanitize = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    sources = (HERE / "totp_lines.c", *(ROOT / "src/ext/factor").glob("*.c"))
    command = ["gcc", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", *sanitize, f"-I{ROOT}/src/ext", "-o", program]
    subprocess.run([*command, *sources, "-lcrypto"], check=True)

    def ask(cases):
        lines = "".join(f"{secret.hex()} {time}\n" for secret, time in cases)
        return subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout.split()

    return ask


def oathtool(secret, time=None):
    at = () if time is None else ("--now", f"@{time}")
    command = ["oathtool", "--totp", "--digits", str(DIGITS), *at, secret.hex()]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_codes_are_those_of_the_rfc(jerry_shows):
    assert jerry_shows([(SECRET, time) for time, _ in VECTORS]) == [code for _, code in VECTORS]


def test_the_app_of_the_tests_shows_those_of_the_rfc():
    secret = base64.b32encode(SECRET)
    assert [totp.code(secret, now=time) for time, _ in VECTORS] == [code for _, code in VECTORS]


def test_random_codes_are_those_of_oathtool(jerry_shows):
    choice = random.Random(6238)
    cases = [(choice.randbytes(choice.choice((10, 20, 32, 64))), choice.randrange(2**33)) for _ in range(RANDOM)]
    assert jerry_shows(cases) == [oathtool(*case) for case in cases]


def test_what_oathtool_shows_for_the_secret_of_a_setup_is_right(make_database):
    db = make_database()
    email = new_email()
    query(db, "SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)
    token = value(db, "SELECT jerry.login(%s, %s)", email, PASSWORD)["data"]["access_token"]
    secret = value(db, "SELECT jerry.setup_totp(%s)", token)["data"]["secret"]
    shown = oathtool(base64.b32decode(secret))
    assert value(db, "SELECT jerry.activate_totp(%s, %s)", token, shown)["success"]

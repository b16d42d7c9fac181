"""Key pairs that others make, and tokens of each algorithm both ways: right ones are good, forged ones are not."""

import base64
import hashlib
import hmac
import itertools
import json

import jwt
import psycopg2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils, x25519

from accounts import Accounts
from test_foreign_tokens import HEADERS, b64, claims_of, spellings

ALGORITHMS = ["ES256", "EdDSA", "RS256"]
OF_LIBJWT = ["ES256", "RS256"]
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the points of P-256
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def make_key(algorithm):
    """A private key."""
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def pem(key, form=serialization.PrivateFormat.PKCS8, encryption=serialization.NoEncryption()):
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def public_pem(key, form=SPKI):
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def number(value, length=None):
    """A number as a JWK has it."""
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def public_jwk(key):
    public = key.public_key()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = public.public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    numbers = public.public_numbers()
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}


def private_jwk(key):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        private = {"d": number(key.private_numbers().private_value, 32)}
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        raw = serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        private = {"d": b64(key.private_bytes(*raw))}
    else:
        n = key.private_numbers()
        members = {"d": n.d, "p": n.p, "q": n.q, "dp": n.dmp1, "dq": n.dmq1, "qi": n.iqmp}
        private = {name: number(value) for name, value in members.items()}
    return public_jwk(key) | private


def thumbprint(key):
    """RFC 7638."""
    text = json.dumps(public_jwk(key), separators=(",", ":"), sort_keys=True)
    return b64(hashlib.sha256(text.encode()).digest())


def forms(key):
    """Every form in which a key may come: private ones, public ones."""
    private = [pem(key), json.dumps(private_jwk(key)), json.dumps(private_jwk(key) | {"use": "sig"})]
    public = [public_pem(key), json.dumps(public_jwk(key)), json.dumps(public_jwk(key) | {"key_ops": ["verify"]})]
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        private.append(pem(key, serialization.PrivateFormat.TraditionalOpenSSL))
    if isinstance(key, rsa.RSAPrivateKey):
        public.append(public_pem(key, serialization.PublicFormat.PKCS1))
    return private, public


def raw_signature(r, s):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signature(key, data):
    """That of the key's own algorithm, as a token has it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return raw_signature(*utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256()))))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def signed(key, header, claims):
    """A token with a right signature over any header, an object or text."""
    text = header if isinstance(header, (str, bytes)) else json.dumps(header, separators=(",", ":"))
    head = f"{b64(text if isinstance(text, bytes) else text.encode())}.{b64(json.dumps(claims).encode())}"
    return f"{head}.{b64(signature(key, head.encode()))}"


class Pair:
    """A database, and the key pair that signs its access tokens."""

    def __init__(self, algorithm, connection):
        self.algorithm = algorithm
        self.key = make_key(algorithm)
        self.accounts = Accounts(connection)
        self.kid = self.accounts.import_key(pem(self.key))
        self.header = {"alg": algorithm, "typ": "JWT", "kid": self.kid}


@pytest.fixture(scope="module", params=ALGORITHMS)
def pair(request, make_database):
    return Pair(request.param, make_database())


@pytest.fixture(scope="module", params=OF_LIBJWT)
def pair_of_libjwt(request, make_database):
    return Pair(request.param, make_database())


# ---- imported ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_the_same_in_every_form(make_database, algorithm):
    accounts = Accounts(make_database())
    key = make_key(algorithm)
    for text in itertools.chain(*forms(key)):
        assert accounts.import_key(text) == thumbprint(key)
    assert accounts.value("SELECT count(*) FROM jerry.signing_key WHERE algorithm = %s", algorithm) == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_stored_is_the_key(make_database, algorithm):
    """Whichever form it came in."""
    key = make_key(algorithm)
    stored = set()
    for text in forms(key)[0]:
        accounts = Accounts(make_database())
        accounts.import_key(text)
        stored.add(accounts.value("SELECT (secret, public_key)::text FROM jerry.signing_key"))
        assert jwt.decode(accounts.login()["access_token"], public_pem(key), algorithms=[algorithm])
    assert len(stored) == 1


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_of_each_length_signs(make_database, bits):
    accounts = Accounts(make_database())
    key = rsa.generate_private_key(65537, bits)
    accounts.import_key(json.dumps(private_jwk(key)))
    token = accounts.login()["access_token"]
    assert jwt.decode(token, public_pem(key), algorithms=["RS256"])
    assert accounts.validate(token) is None


def with_zero(coordinate):
    """A key of P-256 with a zero byte in front of one of its numbers, d, x or y."""
    while True:
        key = make_key("ES256")
        if base64.urlsafe_b64decode(private_jwk(key)[coordinate] + "=")[0] == 0:
            return key


@pytest.mark.parametrize("coordinate", ["d", "x", "y"])
def test_a_number_keeps_its_leading_zero(make_database, coordinate):
    accounts = Accounts(make_database())
    key = with_zero(coordinate)
    for text in itertools.chain(*forms(key)):
        assert accounts.import_key(text) == thumbprint(key)
    token = accounts.login()["access_token"]
    assert jwt.decode(token, public_pem(key), algorithms=["ES256"])
    short = private_jwk(key)
    short[coordinate] = b64(base64.urlsafe_b64decode(short[coordinate] + "=")[1:])
    with pytest.raises(psycopg2.Error) as raised:
        accounts.import_key(json.dumps(short))
    assert raised.value.diag.message_detail == f"Its {coordinate} has to have 32 bytes."


def test_a_signature_keeps_its_leading_zeros(make_database):
    """One of 128 has a zero in front of one of its numbers: about five of these, both ways."""
    accounts = Accounts(make_database())
    key = make_key("ES256")
    kid = accounts.import_key(pem(key))
    claims = claims_of(accounts)
    zeros = 0
    for n in range(600):
        token = accounts.value("SELECT jerry.create_access_token(%s)", json.dumps({"n": n}))
        assert jwt.decode(token, public_pem(key), algorithms=["ES256"])["n"] == n
        mine = signed(key, {"alg": "ES256", "typ": "JWT", "kid": kid}, claims | {"n": n})
        assert accounts.validate(mine) is None
        for one in token, mine:
            numbers = base64.urlsafe_b64decode(one.rpartition(".")[2] + "==")
            zeros += numbers[0] == 0 or numbers[32] == 0
    assert zeros > 0


REFUSED = {
    "RSA of 1024 bits": lambda: pem(rsa.generate_private_key(65537, 1024)),
    "RSA of 1024 bits, public": lambda: public_pem(rsa.generate_private_key(65537, 1024)),
    "RSA of 5120 bits": lambda: json.dumps({"kty": "RSA", "n": number(2**5119 + 1), "e": "AQAB"}),
    "RSA with the exponent 3": lambda: pem(rsa.generate_private_key(3, 2048)),
    "P-384": lambda: pem(ec.generate_private_key(ec.SECP384R1())),
    "P-521, public": lambda: public_pem(ec.generate_private_key(ec.SECP521R1())),
    "secp256k1": lambda: pem(ec.generate_private_key(ec.SECP256K1())),
    "brainpool": lambda: pem(ec.generate_private_key(ec.BrainpoolP256R1())),
    "Ed448": lambda: pem(ed448.Ed448PrivateKey.generate()),
    "X25519": lambda: pem(x25519.X25519PrivateKey.generate()),
    "encrypted PKCS #8": lambda: pem(make_key("ES256"), encryption=serialization.BestAvailableEncryption(b"x")),
    "encrypted SEC 1": lambda: pem(
        make_key("ES256"), serialization.PrivateFormat.TraditionalOpenSSL, serialization.BestAvailableEncryption(b"x")
    ),
    "half of two keys": lambda: json.dumps(private_jwk(make_key("ES256")) | public_jwk(make_key("ES256"))),
    "half of two keys of Ed25519": lambda: json.dumps(private_jwk(make_key("EdDSA")) | public_jwk(make_key("EdDSA"))),
    "half of two keys of RSA": lambda: json.dumps(private_jwk(make_key("RS256")) | public_jwk(make_key("RS256"))),
    "RSA without its primes": lambda: json.dumps(
        {name: text for name, text in private_jwk(make_key("RS256")).items() if name in ("kty", "n", "e", "d")}
    ),
    "RSA with another private exponent": lambda: json.dumps(
        private_jwk(make_key("RS256")) | {"d": number(2**2047 + 5)}
    ),
    "a PEM of zeros": lambda: "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n-----END PRIVATE KEY-----\n",
    "a request": lambda: "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_key_that_is_not_right_is_refused_without_its_text(jerry, name):
    text = REFUSED[name]()
    with pytest.raises(psycopg2.Error) as raised:
        jerry.import_key(text)
    assert raised.value.pgcode == "22023"
    said = str(raised.value)
    assert "cannot be imported" in said
    assert not any(said.count(text[at : at + 16]) for at in range(30, len(text) - 40, 16))
    assert jerry.value("SELECT count(*) FROM jerry.signing_key WHERE algorithm <> 'HS256'") == 0


def test_a_pem_that_is_cut_or_changed_is_refused_or_another_key(jerry):
    """And the server lives."""
    started = jerry.started_at()
    for key in map(make_key, ALGORITHMS):
        text = pem(key)
        for at in range(0, len(text), 7):
            for changed in text[:at], text[:at] + "A" + text[at + 1 :]:
                with jerry.connection.cursor() as cursor:
                    cursor.execute("BEGIN")
                    try:
                        cursor.execute("SELECT jerry.import_key(%s)", (changed,))
                        assert cursor.fetchone()[0]
                    except psycopg2.Error as error:
                        assert error.pgcode == "22023", error
                    finally:
                        cursor.execute("ROLLBACK")
    assert jerry.started_at() == started


# ---- tokens --------------------------------------------------------------------------------------------------------


def test_pyjwt_verifies_a_token_of_jerry(pair):
    login = pair.accounts.login()
    token = login["access_token"]
    assert jwt.get_unverified_header(token) == pair.header
    claims = jwt.decode(token, public_pem(pair.key), algorithms=[pair.algorithm])
    assert pair.accounts.value("SELECT jerry.decode_token(%s)", token)["data"] == claims
    assert jwt.decode(token, jwt.PyJWK(public_jwk(pair.key) | {"alg": pair.algorithm}).key, algorithms=[pair.algorithm])
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, public_pem(make_key(pair.algorithm)), algorithms=[pair.algorithm])
    assert jwt.get_unverified_header(login["refresh_token"])["alg"] == "HS256"


def test_libjwt_verifies_a_token_of_jerry(pair_of_libjwt, libjwt):
    pair = pair_of_libjwt
    token = pair.accounts.login()["access_token"]
    claims = json.loads(libjwt("verify", pair.algorithm, public_pem(pair.key).encode().hex(), given=token))
    assert claims == jwt.decode(token, options={"verify_signature": False})
    other = public_pem(make_key(pair.algorithm)).encode().hex()
    assert libjwt("verify", pair.algorithm, other, given=token) is None


@pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_pyjwt_is_valid_under_an_imported_key(make_database, algorithm, private):
    accounts = Accounts(make_database())
    key = make_key(algorithm)
    claims = claims_of(accounts)
    assert accounts.validate(jwt.encode(claims, key, algorithm=algorithm)) == "INVALID_TOKEN"
    kid = accounts.import_key(pem(key) if private else public_pem(key))
    for headers in {}, {"kid": kid}:
        assert accounts.validate(jwt.encode(claims, key, algorithm=algorithm, headers=headers)) is None
    other = jwt.encode(claims, make_key(algorithm), algorithm=algorithm, headers={"kid": kid})
    assert accounts.validate(other) == "INVALID_TOKEN"
    signing = jwt.get_unverified_header(accounts.login()["access_token"])["alg"]
    assert signing == (algorithm if private else "HS256")


def test_a_token_of_libjwt_is_valid_under_an_imported_key(pair_of_libjwt, libjwt):
    pair = pair_of_libjwt
    claims = json.dumps(claims_of(pair.accounts))
    for kid in [], [pair.kid]:
        token = libjwt("sign", pair.algorithm, pem(pair.key).encode().hex(), *kid, given=claims)
        assert pair.accounts.validate(token) is None


def test_a_token_may_have_the_kid_of_the_jwk(make_database):
    accounts = Accounts(make_database())
    key = make_key("ES256")
    assert accounts.import_key(json.dumps(public_jwk(key) | {"kid": "the-service_1"})) == "the-service_1"
    claims = claims_of(accounts)
    assert accounts.validate(jwt.encode(claims, key, algorithm="ES256", headers={"kid": "the-service_1"})) is None
    assert accounts.validate(jwt.encode(claims, key, algorithm="ES256", headers={"kid": thumbprint(key)})) is not None


# ---- forged --------------------------------------------------------------------------------------------------------


def with_signature(token, new):
    return f"{token.rpartition('.')[0]}.{b64(new)}"


def as_secrets(key):
    """What everybody has, and a verifier that is led by the header would take for a secret."""
    for text in forms(key)[1]:
        yield from (text.encode(), text.strip().encode(), text.encode() + b"\0")
    public = key.public_key()
    yield public.public_bytes(serialization.Encoding.DER, SPKI)
    for name, text in public_jwk(key).items():
        yield text.encode()
        if name in ("x", "y", "n"):
            yield base64.urlsafe_b64decode(text + "==")
    yield b""


def forged(pair, token, claims):
    """(what is wrong, token) of tokens that a thief can write who has a right one and every public key."""
    key, algorithm, header = pair.key, pair.algorithm, pair.header
    head, payload, _ = token.split(".")
    right = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
    for spelling in spellings(token):
        yield "spelling", spelling
    for secret in as_secrets(key):
        for alg in "HS256", algorithm:
            for kid in {"kid": pair.kid}, {}:
                start = f"{b64(json.dumps({'alg': alg, 'typ': 'JWT'} | kid, separators=(',', ':')).encode())}.{payload}"
                yield "public key as a secret", f"{start}.{b64(hmac.digest(secret, start.encode(), hashlib.sha256))}"
    for alg in "none", "None", "NONE", "nOnE", "":
        start = b64(json.dumps(header | {"alg": alg}, separators=(",", ":")).encode())
        for end in "", b64(right), b64(b"\0" * len(right)):
            yield "none", f"{start}.{payload}.{end}"
    for name, bad in HEADERS.items():
        if name != f"alg {algorithm}":
            text = bad if isinstance(bad, (str, bytes)) else json.dumps(bad, separators=(",", ":"))
            old, new = ("HS256", algorithm) if isinstance(text, str) else (b"HS256", algorithm.encode())
            kid = ("KID", pair.kid) if isinstance(text, str) else (b"KID", pair.kid.encode())
            yield f"header: {name}", signed(key, text.replace(old, new).replace(*kid), claims)
    attacker = make_key(algorithm)
    for extra in (
        {"jwk": public_jwk(attacker)}, {"jku": "https://evil.example/jwks.json"}, {"x5u": "https://evil.example/c.pem"},
        {"x5c": ["MIIB"]}, {"crit": ["exp"]}, {},
    ):
        yield f"another key {extra}", signed(attacker, header | extra, claims)
        yield f"the right key {extra}", signed(key, header | extra | {"cty": "JWT"}, claims)
    for other in ALGORITHMS:
        yield "another algorithm", signed(make_key(other), header | {"alg": other}, claims)
        if other != algorithm:
            yield "its own key under another algorithm", signed(key, header | {"alg": other}, claims)
    for wrong in (
        b"", b"\0" * len(right), b"\xff" * len(right), right[:-1], right[1:], right + b"\0", b"\0" + right, right * 2,
        right[: len(right) // 2], right[::-1], right[len(right) // 2 :] + right[: len(right) // 2],
        signature(key, b""), signature(key, head.encode()), signature(key, payload.encode()),
        signature(key, f"{payload}.{head}".encode()), hashlib.sha256(f"{head}.{payload}".encode()).digest(),
        right[: len(right) // 2] + b"\0" * (len(right) // 2), b"\0" * (len(right) // 2) + right[len(right) // 2 :],
    ):
        yield "signature", with_signature(token, wrong)
    for at in range(0, len(right), max(1, len(right) // 32)):
        yield "a bit", with_signature(token, right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :])
    if algorithm == "ES256":
        r, s = int.from_bytes(right[:32], "big"), int.from_bytes(right[32:], "big")
        yield "DER", with_signature(token, utils.encode_dss_signature(r, s))
        numbers = (0, 1, s, ORDER, ORDER - 1, ORDER + 1, 2**256 - 1)
        for a, b in itertools.product((0, 1, r, ORDER, ORDER - r, 2**256 - 1), numbers):
            if (a, b) != (r, s):
                yield f"numbers {a} {b}", with_signature(token, raw_signature(a, b))
        if s + ORDER < 2**256:
            yield "s + n", with_signature(token, raw_signature(r, s + ORDER))
    if algorithm == "EdDSA":
        group = 2**252 + 27742317777372353535851937790883648493
        s = int.from_bytes(right[32:], "little")
        for multiple in 1, 2, 7:
            yield "s + l", with_signature(token, right[:32] + (s + multiple * group).to_bytes(32, "little"))
        small = bytes([1]) + bytes(31)
        yield "points of small order", with_signature(token, small + bytes(32))
    if algorithm == "RS256":
        n = key.public_key().public_numbers().n
        value = int.from_bytes(right, "big")
        if value + n < 2**2048:
            yield "signature + n", with_signature(token, (value + n).to_bytes(256, "big"))
        start = f"{head}.{payload}".encode()
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        yield "PSS", with_signature(token, key.sign(start, pss, hashes.SHA256()))
        for hash_name in hashes.SHA1(), hashes.SHA384(), hashes.SHA512():
            yield hash_name.name, with_signature(token, key.sign(start, padding.PKCS1v15(), hash_name))
        info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(start).digest()
        for block in (
            b"\0\1" + b"\xff" * 8 + b"\0" + info + b"\xaa" * (256 - 11 - len(info)),  # Bleichenbacher, 2006
            b"\0\1" + b"\xff" * (253 - len(info)) + b"\0" + info,  # right, but not encrypted
            b"\0\2" + b"\xff" * (253 - len(info)) + b"\0" + info,
        ):
            yield "padding", with_signature(token, block)


def test_forged_tokens_are_refused(pair):
    """More than 200 of each algorithm, before and after the session has seen the right one."""
    accounts = pair.accounts
    token = accounts.login()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    started = accounts.started_at()
    for _ in range(2):
        counted = 0
        for what, forgery in forged(pair, token, claims):
            assert forgery != token, what
            assert accounts.validate(forgery) == "INVALID_TOKEN", what
            counted += 1
        assert counted > 200
        assert accounts.validate(token) is None
        assert accounts.validate(signed(pair.key, pair.header, claims)) is None
    assert accounts.started_at() == started


def test_a_signature_of_es256_has_a_twin(make_database):
    """(r, n - s) is valid too: the text of a token is not its identity, its jti is."""
    accounts = Accounts(make_database())
    accounts.import_key(pem(make_key("ES256")))
    token = accounts.login()["access_token"]
    numbers = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
    r, s = int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big")
    assert accounts.validate(with_signature(token, raw_signature(r, ORDER - s))) is None

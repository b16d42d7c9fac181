"""The extension's checks of passkeys, outside of a server: against the vectors that WebAuthn Level 3 publishes, against
what Chromium's authenticators said, and against an authenticator in software that breaks one rule at a time.
"""

import hashlib
import json
import pathlib
import random
import subprocess
import threading

import pytest

from authenticator import (
    AT, BE, BS, ED, EDDSA, ES256, RS256, UP, UV, Authenticator, cbor, cose, new_key, sign, to_bytes, to_text,
)

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VECTORS = json.loads((HERE / "webauthn/vectors.json").read_text())
CAPTURES = json.loads((HERE / "webauthn/captures.json").read_text())

RP_ID, ORIGIN = "example.org", "https://example.org"
CHALLENGE = to_text(bytes(range(32)))
ALGORITHMS = [ES256, EDDSA, RS256]

CLIENT_DATA = "The client data are not those of a browser."
OBJECT = "The attestation object is not CBOR with its three members."
DATA = "The authenticator data are malformed."
KEY = "The key is of no algorithm that was asked for."
UNSOUND = "The key is not sound."
SIGNATURE = "The signature is wrong."
ATTESTATION = "The signature of the attestation is wrong."


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Runs webauthn_lines under AddressSanitizer: from a list of lines to that of the answers."""

    def pg(what):
        return subprocess.run(["pg_config", what], capture_output=True, text=True, check=True).stdout.strip()

    program = tmp_path_factory.mktemp("webauthn") / "webauthn_lines"
    ext = ROOT / "src/ext"
    sources = sorted((ext / "webauthn").glob("*.c"))
    sources += [ext / f"jose/{name}.c" for name in ("algorithm", "evp_key", "hs256", "es256", "eddsa", "rs256", "der")]
    sources += [ext / "base/bytes.c", ext / "base/json_object.c", ROOT / "test/fuzz/backend_shim.c"]
    flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-sign-compare",
             "-Wno-missing-field-initializers", "-D_GNU_SOURCE", "-fwrapv", "-fno-strict-aliasing",
             "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    folders = [f"-I{ext}", f"-I{ROOT}/test/fuzz", f"-I{ROOT}/build/contract", "-isystem", pg("--includedir-server")]
    libraries = [f"-L{pg('--pkglibdir')}", f"-L{pg('--libdir')}", "-lpgcommon", "-lpgport", "-lcrypto"]
    subprocess.run(["gcc", *flags, *folders, "-o", program, HERE / "webauthn_lines.c", *sources, *libraries],
                   check=True)

    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def write(text):
        process.stdin.write(text)
        process.stdin.flush()

    def run(given):
        writer = threading.Thread(target=write, args=["".join(line + "\n" for line in given)])
        writer.start()
        answers = [process.stdout.readline().rstrip("\n") for _ in given]
        writer.join()
        assert "" not in answers, "webauthn_lines has stopped, and says why above"
        return answers

    yield run
    process.stdin.close()
    assert process.wait() == 0


def hexadecimal(octets):
    return octets.hex() or "-"


def register(client_data, attestation_object, *, rp_id=RP_ID, origins=ORIGIN, verifies=False, challenge=CHALLENGE):
    return (f"register {rp_id} {origins} {int(verifies)} {challenge} {hexadecimal(client_data)} "
            f"{hexadecimal(attestation_object)}")


def check(client_data, data, signature, key, *, count=0, eligible=False, rp_id=RP_ID, origins=ORIGIN, verifies=False,
          challenge=CHALLENGE):
    return (f"assert {rp_id} {origins} {int(verifies)} {challenge} {hexadecimal(client_data)} {hexadecimal(data)} "
            f"{hexadecimal(signature)} {hexadecimal(key)} {count} {int(eligible)}")


# ---- what others made


@pytest.mark.parametrize("name", VECTORS)
def test_the_published_vectors(lines, name):
    """Those with algorithms that we do not ask for, or embedded in another page, are refused for that alone."""
    vector = VECTORS[name]
    made, used = vector["registration"], vector["assertion"]
    client_data, attestation_object = (bytes.fromhex(made[part]) for part in ("clientDataJSON", "attestationObject"))
    [answer] = lines([register(client_data, attestation_object, challenge=to_text(bytes.fromhex(made["challenge"])))])
    refusals = {
        "none-es256-crossOrigin": "The page is embedded in one of another origin.",
        "none-es256-topOrigin": "The page is embedded in one of another origin.",
        "packed-es384": KEY,
        "packed-es512": KEY,
        "packed-ed448": KEY,
    }
    if name in refusals:
        assert answer == refusals[name]
        return
    good, credential_id, key, aaguid, flags, count = answer.split(" ")
    assert (good, credential_id, aaguid, count) == ("good", made["credential_id"], made["aaguid"], "0")
    eligible = bool(int(flags, 16) & BE)
    data = bytes.fromhex(used["authenticatorData"])
    [answer] = lines([
        check(bytes.fromhex(used["clientDataJSON"]), data, bytes.fromhex(used["signature"]), bytes.fromhex(key),
              eligible=eligible, challenge=to_text(bytes.fromhex(used["challenge"])))
    ])
    assert answer == f"good 0 {int(bool(data[32] & UV))} {int(bool(data[32] & BS))} 0"


def test_the_vectors_are_all_of_them():
    assert len(VECTORS) == 15


@pytest.mark.parametrize("name", ["none-es256-crossOrigin", "none-es256-topOrigin"])
def test_an_assertion_of_an_embedded_page_is_refused(lines, name):
    used, key = VECTORS[name]["assertion"], cbor(cose(new_key(ES256)))
    [answer] = lines([
        check(bytes.fromhex(used["clientDataJSON"]), bytes.fromhex(used["authenticatorData"]),
              bytes.fromhex(used["signature"]), key, challenge=to_text(bytes.fromhex(used["challenge"])))
    ])
    assert answer == "The page is embedded in one of another origin."


@pytest.mark.parametrize("name", CAPTURES)
def test_what_chromium_says(lines, name):
    """Its authenticators of ten kinds: a registration and three logins of each, with the counts of another server."""
    capture = CAPTURES[name]
    expected = {"rp_id": capture["rpId"], "origins": capture["origin"], "verifies": capture["userVerification"]}
    made = capture["registration"]
    response = made["credential"]["response"]
    [answer] = lines([
        register(to_bytes(response["clientDataJSON"]), to_bytes(response["attestationObject"]),
                 challenge=made["challenge"], **expected)
    ])
    good, credential_id, key, aaguid, flags, count = answer.split(" ")
    assert (good, to_text(bytes.fromhex(credential_id))) == ("good", made["credential"]["id"])
    assert aaguid == capture["aaguid"].replace("-", "")
    assert int(count) == capture["counters"][0]
    eligible = bool(int(flags, 16) & BE)
    for use, count in zip(capture["assertions"], capture["counters"][1:]):
        response = use["credential"]["response"]
        data = to_bytes(response["authenticatorData"])
        [answer, other] = lines([
            check(to_bytes(response["clientDataJSON"]), data, to_bytes(response["signature"]), bytes.fromhex(key),
                  count=before, eligible=eligible, challenge=use["challenge"], **expected)
            for before in (count - 1, count)
        ])
        verified, backed_up = int(bool(data[32] & UV)), int(capture["backedUp"])
        assert answer == f"good {count} {verified} {backed_up} 0"
        assert other == f"good {count} {verified} {backed_up} 1"


# ---- one rule at a time


def registration(authenticator, *, kind="webauthn.create", challenge=CHALLENGE, origin=ORIGIN, client_data=None,
                 members=None, rp_id=RP_ID, flags=None, attested=None, extensions=None, data=None, fmt="none",
                 statement=None, attestation_object=None):
    """Client data and attestation object, with one thing or another as a test wants it."""
    client_data = client_data or authenticator.client_data(kind, challenge, origin, **(members or {}))
    if data is None:
        data = authenticator.data(rp_id, authenticator.flags if flags is None else flags,
                                  attested=authenticator.attested() if attested is None else attested,
                                  extensions=extensions)
    if statement is None and fmt == "packed":
        statement = {"alg": cose(authenticator.key)[3],
                     "sig": sign(authenticator.key, data + hashlib.sha256(client_data).digest())}
    if attestation_object is None:
        attestation_object = cbor({"fmt": fmt, "attStmt": statement or {}, "authData": data})
    return client_data, attestation_object


def assertion(authenticator, *, kind="webauthn.get", challenge=CHALLENGE, origin=ORIGIN, client_data=None,
              members=None, rp_id=RP_ID, flags=None, attested=b"", extensions=None, data=None, signature=None):
    """Client data, authenticator data and signature."""
    client_data = client_data or authenticator.client_data(kind, challenge, origin, **(members or {}))
    if data is None:
        data = authenticator.data(rp_id, authenticator.flags if flags is None else flags, attested=attested,
                                  extensions=extensions)
    if signature is None:
        signature = sign(authenticator.key, data + hashlib.sha256(client_data).digest())
    return client_data, data, signature


@pytest.fixture(scope="module", params=ALGORITHMS)
def authenticator(request):
    return Authenticator(request.param)


# what both ceremonies say and ask of client data: in words of registration() and assertion()
CLIENT_FAULTS = {
    "The client data are of another type.": [{"kind": "webauthn.other"}, {"kind": "payment.get"}, {"kind": ""}],
    "The challenge is another one.": [
        {"challenge": to_text(bytes(32))}, {"challenge": CHALLENGE[:-1]}, {"challenge": CHALLENGE + "A"},
        {"challenge": CHALLENGE + "="}, {"challenge": ""}, {"challenge": CHALLENGE.lower()},
    ],
    "The origin is none of those that are configured.": [
        {"origin": origin} for origin in [
            "http://example.org", "https://www.example.org", "https://example.org:8443", "https://example.org/",
            "https://EXAMPLE.org", "https://example.org.evil.io", "https://evil-example.org", "null", "",
            "android:apk-key-hash:x",
        ]
    ],
    "The page is embedded in one of another origin.": [{"members": {"crossOrigin": True}}],
    "The page is embedded in another one.": [
        {"members": {"topOrigin": "https://example.com"}}, {"members": {"topOrigin": ORIGIN}}
    ],
    CLIENT_DATA: [
        {"members": {"type": None}}, {"members": {"challenge": None}}, {"members": {"origin": None}},
        {"members": {"origin": [ORIGIN]}}, {"members": {"challenge": 1}}, {"members": {"crossOrigin": "false"}},
        {"members": {"crossOrigin": 0}}, {"client_data": b"[]"}, {"client_data": b"null"}, {"client_data": b"{"},
        {"client_data": b'{"type":"webauthn.get","type":"webauthn.create","challenge":"","origin":""}'},
        {"client_data": b'{"type":"webauthn.get","challenge":"","origin":"","challenge":""}'},
        {"client_data": b'{"type":"\xff","challenge":"","origin":""}'},
        {"client_data": b'{"type":"webauthn.get","challenge":"","origin":""} x'},
        {"client_data": b'{"type":"webauthn.get","challenge":"","origin":"","x":"' + b"x" * 8192 + b'"}'},
    ],
}
# and of authenticator data
DATA_FAULTS = {
    "The RP ID is another one.": [{"rp_id": "www.example.org"}, {"rp_id": "example.com"}, {"rp_id": "Example.org"}],
    "The user was not present.": [{"flags": 0}, {"flags": UV}],
    "The key is backed up, and cannot be.": [{"flags": UP | BS}],
}


def cases(*groups):
    return [(fault, change) for group in groups for fault, changes in group.items() for change in changes]


@pytest.mark.parametrize("fault, change", cases(CLIENT_FAULTS, DATA_FAULTS))
def test_each_rule_of_both_ceremonies(lines, authenticator, fault, change):
    key = cbor(cose(authenticator.key))
    for fmt in ("none", "packed"):
        assert lines([register(*registration(authenticator, fmt=fmt, **change))]) == [fault]
    assert lines([check(*assertion(authenticator, **change), key)]) == [fault]


def test_what_is_good(lines, authenticator):
    key = cbor(cose(authenticator.key))
    members = {"other_keys_can_be_added_here": "do not compare clientDataJSON against a template", "crossOrigin": None}
    marked = b"\xef\xbb\xbf" + authenticator.client_data("webauthn.create", CHALLENGE, ORIGIN)
    for change in ({}, {"members": members}, {"client_data": marked}, {"extensions": {"credProtect": 2}},
                   {"flags": UP}, {"flags": UP | UV | BE | BS}, {"flags": UP | BE}, {"flags": UP | 0x22},
                   {"fmt": "fido-u2f", "statement": {"sig": b"", "x5c": [b"x"]}},
                   {"fmt": "packed", "statement": {"alg": -7, "sig": b"", "x5c": [b"x"]}}):
        for fmt in ("none", "packed"):
            [answer] = lines([register(*registration(authenticator, **{"fmt": fmt, **change}),
                                       origins="https://example.com," + ORIGIN)])
            flags = change.get("flags", UP | UV) | AT | (ED if "extensions" in change else 0)
            aaguid = authenticator.attested()[:16].hex()
            assert answer == f"good {authenticator.id.hex()} {key.hex()} {aaguid} {flags:02x} 1", change
    for change in ({}, {"members": members}, {"extensions": {"credProtect": 2}}):
        assert lines([check(*assertion(authenticator, **change), key)]) == ["good 1 1 0 0"]


def test_a_user_who_has_to_be_verified(lines, authenticator):
    key = cbor(cose(authenticator.key))
    fault = ["The user was not verified."]
    assert lines([register(*registration(authenticator, flags=UP), verifies=True)]) == fault
    assert lines([check(*assertion(authenticator, flags=UP), key, verifies=True)]) == fault
    assert lines([check(*assertion(authenticator, flags=UP | UV), key, verifies=True)]) == ["good 1 1 0 0"]
    assert lines([check(*assertion(authenticator, flags=UP), key)]) == ["good 1 0 0 0"]


def test_types_of_the_other_ceremony(lines, authenticator):
    fault = ["The client data are of another type."]
    assert lines([register(*registration(authenticator, kind="webauthn.get"))]) == fault
    assert lines([check(*assertion(authenticator, kind="webauthn.create"), cbor(cose(authenticator.key)))]) == fault


def other_objects(authenticator):
    """Attestation objects that are none."""
    data = authenticator.data(RP_ID, UP, attested=authenticator.attested())
    good = {"fmt": "none", "attStmt": {}, "authData": data}
    yield from (cbor({**good, **change}) for change in ({"fmt": b"none"}, {"fmt": 1}, {"attStmt": []},
                                                       {"attStmt": b""}, {"authData": "text"}, {"authDatb": data}))
    yield from (cbor({name: good[name] for name in good if name != left}) for left in good)
    yield cbor({"attStmt": {}, "authData": data, "fmt": "none"})
    yield cbor(good) + b"\0"
    yield b""
    yield cbor([good])
    yield b"\xa4" + cbor(good)[1:] + cbor("fmt") + cbor("none")
    yield cbor({"fmt": "none", "attStmt": {"x": bytes(17000)}, "authData": data})


def test_an_attestation_object_has_its_three_members(lines, authenticator):
    given = [register(*registration(authenticator, attestation_object=other)) for other in other_objects(authenticator)]
    assert lines(given) == [OBJECT] * len(given)


def test_lengths_of_authenticator_data(lines, authenticator):
    """Cut off at every byte, and with one more; with a part that no flag promises, without one that a flag does."""
    key = cbor(cose(authenticator.key))
    whole = authenticator.data(RP_ID, UP, attested=authenticator.attested())
    extended = authenticator.data(RP_ID, UP, attested=authenticator.attested(), extensions={"credProtect": 2})
    wrong = [whole[:n] for n in range(1, len(whole))] + [whole + b"\0", whole + b"\xa0", extended + b"\xa0"]
    wrong += [extended[:n] for n in range(len(whole), len(extended))]
    wrong.append(whole[:32] + bytes([UP]) + whole[33:])
    wrong.append(whole[:32] + bytes([UP | AT | ED]) + whole[33:])
    wrong += [authenticator.data(RP_ID, UP, attested=authenticator.attested()) + cbor(tail) for tail in (1, "x", [])]
    given = [register(*registration(authenticator, data=data)) for data in wrong]
    assert lines(given) == [DATA] * len(given)

    short = authenticator.data(RP_ID, UP)
    wrong = [short[:n] for n in range(1, len(short))] + [short + b"\0", short + b"\xa0"]
    wrong.append(short[:32] + bytes([UP | ED]) + short[33:])
    wrong.append(authenticator.data(RP_ID, UP, extensions={}) + bytes(5000))
    given = [check(*assertion(authenticator, data=data), key) for data in wrong]
    assert lines(given) == [DATA] * len(given)


@pytest.mark.parametrize("length, answer", [(0, DATA), (15, DATA), (16, "good"), (1023, "good"), (1024, DATA)])
def test_lengths_of_a_credential_id(lines, authenticator, length, answer):
    attested = authenticator.attested(credential_id=bytes(length))
    assert lines([register(*registration(authenticator, attested=attested))])[0].partition(" 0")[0] == answer


def test_a_registration_has_a_key_and_an_assertion_has_none(lines, authenticator):
    assert lines([register(*registration(authenticator, attested=b""))]) == ["There is no key."]
    attested = assertion(authenticator, attested=authenticator.attested())
    assert lines([check(*attested, cbor(cose(authenticator.key)))]) == ["There is a new key."]


def other_keys():
    """(fault, COSE_Key) of keys that are none of those that were asked for."""
    ec, okp, rsa = (cose(new_key(algorithm)) for algorithm in ALGORITHMS)
    for key in (ec, okp, rsa):
        yield from ((KEY, {label: key[label] for label in key if label != left}) for left in key)
        yield from ((KEY, {**key, 3: other}) for other in (-7, -8, -257, -35, -37, -47, 7, 0) if other != key[3])
        yield from ((KEY, {**key, 1: other}) for other in (0, 1, 2, 3, 4) if other != key[1])
        yield KEY, {1: key[1], 2: b"kid", **{label: key[label] for label in list(key)[1:]}}
        yield KEY, {**key, -4: bytes(32)}
    yield from ((KEY, {**ec, -1: crv}) for crv in (0, 2, 3, 6, 8))
    yield from ((KEY, {**okp, -1: crv}) for crv in (1, 4, 5, 7))
    yield KEY, {**ec, -3: True}
    yield KEY, {**ec, -3: False}
    for key, label in ((ec, -2), (ec, -3), (okp, -2)):
        yield KEY, {**key, label: key[label][:-1]}
        yield KEY, {**key, label: key[label] + b"\0"}
        yield KEY, {**key, label: "x" * 32}
    yield UNSOUND, {**ec, -3: bytes(31) + b"\1"}
    yield UNSOUND, {**ec, -2: bytes(32), -3: bytes(32)}
    yield UNSOUND, {**ec, -2: b"\xff" * 32}
    yield from ((UNSOUND, {**okp, -2: small + bytes(31)}) for small in (b"\0", b"\1"))
    yield KEY, {**rsa, -1: b"\0" + rsa[-1]}
    yield KEY, {**rsa, -2: b"\0\1\0\1"}
    yield KEY, {**rsa, -1: b"\xff" * 513}
    yield UNSOUND, {**rsa, -1: rsa[-1][:128]}
    yield UNSOUND, {**rsa, -2: b"\3"}
    yield UNSOUND, {**rsa, -2: b"\1\0\0"}


def test_keys_that_were_not_asked_for(lines):
    authenticator = Authenticator()
    expected, given = [], []
    for fault, key in other_keys():
        expected.append(fault)
        given.append(register(*registration(authenticator, attested=authenticator.attested(key=key))))
    answers = lines(given)
    wrong = [(answer, fault, line[-600:]) for answer, fault, line in zip(answers, expected, given) if answer != fault]
    assert wrong == []
    order = {label: cose(authenticator.key)[label] for label in (3, 1, -1, -2, -3)}
    assert lines([register(*registration(authenticator, attested=authenticator.attested(key=order)))]) == [DATA]


def test_an_attestation_that_is_none_is_empty(lines, authenticator):
    for statement in ({"alg": -7}, {"x5c": [b"x"]}, {"sig": b""}):
        assert lines([register(*registration(authenticator, statement=statement))]) == [
            "An attestation that is none says something."
        ]


@pytest.mark.parametrize("fmt", ["", "None", "NONE", "Packed", "none ", "fido-u2g"])
def test_formats_of_attestations(lines, authenticator, fmt):
    given = registration(authenticator, fmt=fmt, statement={"x5c": [b"x"]})
    assert lines([register(*given)]) == ["The format of the attestation is unknown."]


def test_a_key_attests_itself(lines, authenticator):
    algorithm = cose(authenticator.key)[3]
    client_data, good = registration(authenticator, fmt="packed")
    assert lines([register(client_data, good)])[0].startswith("good ")
    other = next(number for number in ALGORITHMS if number != algorithm)
    data = authenticator.data(RP_ID, UP | UV, attested=authenticator.attested())
    signature = sign(authenticator.key, data + hashlib.sha256(client_data).digest())
    for statement in ({}, {"alg": algorithm}, {"sig": signature}, {"alg": other, "sig": signature},
                      {"alg": algorithm, "sig": "text"}):
        _, wrong = registration(authenticator, data=data, fmt="packed", statement=statement or {"x": 1})
        assert lines([register(client_data, wrong)]) == [
            "The attestation has no signature by the algorithm of the key."
        ]
    for wrong in (b"", signature[:-1], signature + b"\0", bytes(len(signature)), sign(authenticator.key, data)):
        _, wrong = registration(authenticator, data=data, fmt="packed", statement={"alg": algorithm, "sig": wrong})
        assert lines([register(client_data, wrong)]) == [ATTESTATION]


def test_signatures(lines, authenticator):
    key = cbor(cose(authenticator.key))
    client_data, data, good = assertion(authenticator)
    text = data + hashlib.sha256(client_data).digest()
    wrong = [b"", good[:-1], good + b"\0", bytes(len(good)), b"\0" + good, sign(authenticator.key, data),
             sign(new_key(cose(authenticator.key)[3]), text)]
    given = [check(client_data, data, signature, key) for signature in wrong]
    assert lines(given) == [SIGNATURE] * len(wrong)
    stranger = cbor(cose(new_key(cose(authenticator.key)[3])))
    assert lines([check(client_data, data, good, stranger)]) == [SIGNATURE]
    assert lines([check(client_data, data, good, b"")]) == [SIGNATURE]
    assert lines([check(client_data, data, good, key)]) == ["good 1 1 0 0"]


def test_signatures_of_ecdsa_are_der(lines):
    """One spelling of each number: nothing in front, nothing behind, no sign, no long forms; and none is zero."""
    authenticator = Authenticator(ES256)
    key = cbor(cose(authenticator.key))
    while True:
        client_data, data, good = assertion(authenticator)
        if good[3] == 33:
            break
    r, rest = good[4:4 + good[3]], good[4 + good[3]:]
    s = rest[2:]

    def der(*numbers):
        body = b"".join(b"\2" + bytes([len(number)]) + number for number in numbers)
        return b"\x30" + bytes([len(body)]) + body

    assert der(r, s) == good
    wrong = [der(r[1:], s), der(b"\0" + r, s), der(r, b"\0\0" + s), der(b"", s), der(b"\0", s), der(r, b"\0"),
             der(r, s, b"\1"), der(r), b"\x30\x81" + good[1:], b"\x31" + good[1:], good[:1] + bytes([good[1] - 1]) +
             good[2:], r[1:] + s, der(b"\1" + bytes(32), s), der(r, b"\1" + bytes(32))]
    given = [check(client_data, data, signature, key) for signature in wrong]
    assert lines(given) == [SIGNATURE] * len(wrong)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("label", ALGORITHMS)
def test_a_key_is_of_its_own_algorithm(lines, algorithm, label):
    if algorithm == label:
        return
    authenticator = Authenticator(algorithm)
    key = cbor({**cose(authenticator.key), 3: label})
    assert lines([check(*assertion(authenticator), key)]) == [SIGNATURE]


def test_whether_a_key_can_be_backed_up_does_not_change(lines, authenticator):
    key = cbor(cose(authenticator.key))
    fault = "Whether the key can be backed up has changed."
    for flags, eligible, answer in ((UP, False, "good 1 0 0 0"), (UP | BE, False, fault), (UP, True, fault),
                                    (UP | BE, True, "good 1 0 0 0"), (UP | BE | BS, True, "good 1 0 1 0")):
        assert lines([check(*assertion(authenticator, flags=flags), key, eligible=eligible)]) == [answer]


@pytest.mark.parametrize("before, now, regressed", [
    (0, 0, 0), (0, 1, 0), (1, 2, 0), (1, 2**32 - 1, 0), (2**31, 2**31 + 1, 0),
    (1, 1, 1), (1, 0, 1), (2, 1, 1), (2**32 - 1, 0, 1), (2**32 - 1, 2**31, 1),
])
def test_a_counter_that_does_not_count_on_is_told(lines, before, now, regressed):
    authenticator = Authenticator(ES256, count=now)
    key = cbor(cose(authenticator.key))
    assert lines([check(*assertion(authenticator), key, count=before)]) == [f"good {now} 1 0 {regressed}"]


# ---- CBOR

# RFC 8949, appendix A: what is in the subset, and what is not
CBOR = """00 01 0a 17 1818 1819 1864 1903e8 20 29 3863 3903e7 f4 f5 f6 40 4401020304 60 6161 6449455446 62225c 62c3bc
63e6b0b4 64f0908591 80 83010203 8301820203820405 98190102030405060708090a0b0c0d0e0f101112131415161718181819 a0
a201020304 a26161016162820203 826161a161626163 a56161614161626142616361436164614461656145""".split()
OTHER_CBOR = """1a000f4240 1b000000e8d4a51000 1bffffffffffffffff c249010000000000000000 3bffffffffffffffff f90000 f98000
fb3ff199999999999a fa47c35000 f7 f0 f8ff c074323031332d30332d32315432303a30343a30305a c11a514b67b0 d74401020304
5f42010243030405ff 7f657374726561646d696e67ff 9fff 9f018202039f0405ffff bf61610161629f0203ffff""".split()
# nested four deep, and keys in the order of CTAP2
CBOR += "81818180 a101a101a101a0 a301022003616104 a210002000 a2613a0062626100 a2100019010000".split()
# nested five deep; keys in another order, twice, of other types; not the shortest form; cut off; no UTF-8; two items
OTHER_CBOR += """8181818180 a101a101a101a101a0 a220000100 a210000100 a2616200616100 a262616100616200 a2190100001000
a201000100 a2616100616100 a14000 a1f500 a18000 a1a000 1800 1817 190000 1900ff 5801ff 780161 f814 a1 a101 82 8200 98ff
58ff 5818 19 1901 18 61 6261 a161 61ff 62c0af 63eda080 64f4908080 6100 0000 a000""".split()


def test_cbor_is_read_strictly(lines):
    for answer, examples in (("yes", CBOR), ("no", OTHER_CBOR), ("no", ["-"])):
        answers = lines([f"cbor {text}" for text in examples])
        assert [text for text, said in zip(examples, answers) if said != answer] == []


# ---- a thousand changes of each


def changed(rng, parts):
    """The parts, all bytes, with a small change in one of them."""
    while True:
        number = rng.randrange(len(parts))
        part = bytearray(parts[number])
        place = rng.randrange(len(part))
        kind = rng.randrange(7)
        if kind == 0:
            part[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            part[place] = rng.randrange(256)
        elif kind == 2:
            del part[place]
        elif kind == 3:
            part.insert(place, rng.randrange(256))
        elif kind == 4:
            del part[place:]
        elif kind == 5:
            part.append(rng.randrange(256))
        else:
            part[place], part[place - 1] = part[place - 1], part[place]
        if bytes(part) != parts[number]:
            return [*parts[:number], bytes(part), *parts[number + 1:]]


def test_no_changed_registration_is_accepted(lines):
    """Of those that something signs: what is changed in one without an attestation is another registration."""
    vector = VECTORS["packed-self-es256"]["registration"]
    parts = [bytes.fromhex(vector[part]) for part in ("clientDataJSON", "attestationObject")]
    originals = [(parts, {"challenge": to_text(bytes.fromhex(vector["challenge"]))})]
    originals += [(list(registration(Authenticator(algorithm), fmt="packed")), {}) for algorithm in ALGORITHMS]
    rng = random.Random(16)
    assert all(answer.startswith("good ") for answer in lines([register(*p, **words) for p, words in originals]))
    given = [register(*changed(rng, parts), **words) for parts, words in originals for _ in range(300)]
    assert len(given) > 1000
    assert [line for line, answer in zip(given, lines(given)) if answer.startswith("good")] == []


def test_no_changed_assertion_is_accepted(lines):
    originals = []
    for capture in CAPTURES.values():
        made = capture["registration"]["credential"]["response"]
        credential_id = to_bytes(capture["registration"]["credential"]["id"])
        words = {"rp_id": capture["rpId"], "origins": capture["origin"], "eligible": capture["backedUp"]}
        [answer] = lines([register(to_bytes(made["clientDataJSON"]), to_bytes(made["attestationObject"]),
                                   rp_id=capture["rpId"], origins=capture["origin"],
                                   challenge=capture["registration"]["challenge"])])
        assert answer.split(" ")[1] == credential_id.hex()
        key = bytes.fromhex(answer.split(" ")[2])
        for use in capture["assertions"]:
            response = use["credential"]["response"]
            parts = [to_bytes(response[part]) for part in ("clientDataJSON", "authenticatorData", "signature")]
            originals.append((parts, {"key": key, "challenge": use["challenge"], **words}))
    for algorithm in ALGORITHMS:
        authenticator = Authenticator(algorithm)
        originals.append((list(assertion(authenticator)), {"key": cbor(cose(authenticator.key))}))
    rng = random.Random(17)
    assert all(answer.startswith("good ") for answer in lines([check(*p, **words) for p, words in originals]))
    given = [check(*changed(rng, parts), **words) for parts, words in originals for _ in range(40)]
    assert len(given) > 1000
    assert [line for line, answer in zip(given, lines(given)) if answer.startswith("good")] == []

"""An authenticator and the browser in front of it, in software: passkeys for the tests (WebAuthn Level 3, 6).

It answers the options that a server gives with the standard's JSON. What it says can be changed, one thing at a time,
to see what a server looks at; everything is signed as it is then.
"""

import base64
import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
ES256, EDDSA, RS256 = -7, -8, -257
AAGUID = bytes.fromhex("0102030405060708090a0b0c0d0e0f10")


def to_text(octets):
    """base64url without padding."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def to_bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cbor(value):
    """CBOR in its shortest form, with the members of a dict in their order."""

    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 0x100:
            return bytes([major << 5 | 24, number])
        return bytes([major << 5 | 25]) + struct.pack(">H", number)

    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(member) for key, member in value.items())


def new_key(algorithm):
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def cose(key):
    """The members of the COSE_Key of a private key."""
    public = key.public_key()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = public.public_numbers()
        return {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: EDDSA, -1: 6, -2: public.public_bytes(Encoding.Raw, PublicFormat.Raw)}
    numbers = public.public_numbers()
    return {1: 3, 3: RS256, -1: numbers.n.to_bytes(public.key_size // 8, "big"), -2: b"\1\0\1"}


def sign(key, text):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(text, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(text)
    return key.sign(text, padding.PKCS1v15(), hashes.SHA256())


class Authenticator:
    """One passkey after create(); count, flags and user_handle are what it says from then on, and may be changed."""

    def __init__(self, algorithm=ES256, *, flags=UP | UV, count=1):
        self.key = new_key(algorithm)
        self.id = os.urandom(32)
        self.flags = flags
        self.count = count
        self.user_handle = None

    def data(self, rp_id, flags, *, attested=b"", extensions=None):
        """Authenticator data."""
        tail = b"" if extensions is None else cbor(extensions)
        flags |= (AT if attested else 0) | (ED if tail else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count) + attested + tail

    def attested(self, *, key=None, credential_id=None, aaguid=AAGUID):
        """The part of authenticator data that tells of a new key; key: the members of another one, or bytes."""
        key = cose(self.key) if key is None else key
        credential_id = self.id if credential_id is None else credential_id
        key = key if isinstance(key, bytes) else cbor(key)
        return aaguid + struct.pack(">H", len(credential_id)) + credential_id + key

    @staticmethod
    def client_data(kind, challenge, origin, /, **changes):
        """What the browser says; changes: members that are added, or not there if None."""
        members = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False, **changes}
        members = {name: value for name, value in members.items() if value is not None}
        return json.dumps(members, separators=(",", ":")).encode()

    def create(self, options, origin, *, attestation="none", flags=0):
        """RegistrationResponseJSON for PublicKeyCredentialCreationOptionsJSON."""
        assert {"type": "public-key", "alg": cose(self.key)[3]} in options["pubKeyCredParams"]
        self.user_handle = to_bytes(options["user"]["id"])
        client_data = self.client_data("webauthn.create", options["challenge"], origin)
        data = self.data(options["rp"]["id"], self.flags | flags, attested=self.attested())
        statement = {}
        if attestation == "packed":
            signature = sign(self.key, data + hashlib.sha256(client_data).digest())
            statement = {"alg": cose(self.key)[3], "sig": signature}
        attestation_object = cbor({"fmt": attestation, "attStmt": statement, "authData": data})
        return {
            "id": to_text(self.id),
            "rawId": to_text(self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "clientDataJSON": to_text(client_data),
                "attestationObject": to_text(attestation_object),
                "transports": ["internal", "hybrid"],
            },
        }

    def get(self, options, origin):
        """AuthenticationResponseJSON for PublicKeyCredentialRequestOptionsJSON; counts on, if it counts at all."""
        self.count += self.count > 0
        client_data = self.client_data("webauthn.get", options["challenge"], origin)
        data = self.data(options["rpId"], self.flags)
        return {
            "id": to_text(self.id),
            "rawId": to_text(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": to_text(client_data),
                "authenticatorData": to_text(data),
                "signature": to_text(sign(self.key, data + hashlib.sha256(client_data).digest())),
                "userHandle": to_text(self.user_handle),
            },
        }

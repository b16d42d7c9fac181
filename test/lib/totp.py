"""An authenticator app (RFC 6238): what it shows, from the secret that Jerry gives out."""

import base64
import hmac
import struct
import time

PERIOD = 30


def code(secret, later=0, now=None):
    """The six digits of a secret in base32, now or so many steps later."""
    step = int((time.time() if now is None else now) // PERIOD) + later
    mac = hmac.new(base64.b32decode(secret), struct.pack(">q", step), "sha1").digest()
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def wrong(secret):
    """Six digits that it does not show."""
    shown = {code(secret, later) for later in range(-2, 3)}
    return next(digits for digits in map("{:06}".format, range(6)) if digits not in shown)

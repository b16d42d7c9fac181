"""Secrets that were used, to be looked for afterwards in every spelling in which a server or a program can write them.
"""

import base64
import re
import urllib.parse

import users

# A node tree (debug_print_plan and the like) writes a constant as its bytes, signed, and breaks lines within numbers.
NODE_BYTES = re.compile(r"\[ ((?:-?\d+ ){4,})\]")


class Canaries:
    def __init__(self):
        self.planted = []

    def password(self, name):
        return self.keep(f"Canary1!{name}-{users.new_email()[5:21]}")

    def keep(self, text):
        self.planted.append(text)
        return text

    def found_in(self, log):
        """Those of the secrets that stand in a text, in whatever spelling."""
        log = log + "\n" + node_constants(log)
        return [text for text in self.planted if any(spelling in log for spelling in spellings(text))]


def node_constants(log):
    """The constants of the node trees in a log, decoded; also what wraps around in it."""
    joined = re.sub(r"\n\t *", "", log)
    found = []
    for numbers in NODE_BYTES.findall(joined) + NODE_BYTES.findall(re.sub(r"\n\t *", " ", log)):
        found.append(bytes(int(number) % 256 for number in numbers.split()).decode("utf-8", "replace"))
    return "\n".join([*found, joined])


def spellings(text):
    """A secret as it is, quoted for SQL, JSON, URLs, as hexadecimal, bytea's escapes, and within base64 at each of the
    three offsets.
    """
    raw = text.encode()
    yield text
    yield text.replace("'", "''").replace("\\", "\\\\")
    yield text.replace("\\", "\\\\").replace('"', '\\"')
    yield urllib.parse.quote(text, safe="")
    yield urllib.parse.quote_plus(text)
    yield raw.hex()
    yield raw.hex().upper()
    yield "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\{byte:03o}" for byte in raw)
    for alphabet in base64.b64encode, base64.urlsafe_b64encode:
        for offset in range(3):
            encoded = alphabet(b"\0" * offset + raw).decode()
            # what shares its bits with the neighbours may look different
            yield encoded[(0, 2, 3)[offset] : (len(raw) + offset) * 8 // 6]

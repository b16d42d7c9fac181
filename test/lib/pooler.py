"""A server that only pretends: as much of PostgreSQL and Jerry as a sidecar needs to become ready, behind a pooler's
back.

Its sessions can be everybody's, as behind a pooler that hands out transactions, and can forget what was prepared.
"""

import datetime
import json
import re
import socketserver
import struct
import threading
import uuid

from processes import ROOT, free_port

VERSION = re.search(r"^default_version = '(.*)'", (ROOT / "jerry.control").read_text(), re.M).group(1)


def message(kind, content=b""):
    return kind + struct.pack("!I", len(content) + 4) + content


def text(value):
    return value.encode() + b"\0"


def error(sqlstate):
    return message(b"E", b"SERROR\0VERROR\0C" + text(sqlstate) + b"M" + text("scripted") + b"\0")


def rows(values):
    columns = b"".join(
        text(f"c{number}") + struct.pack("!IHIhIh", 0, 0, 25, -1, 0, 0)[:18] for number, _ in enumerate(values)
    )
    cells = b"".join(struct.pack("!I", len(value)) + value.encode() for value in values)
    return (
        message(b"T", struct.pack("!H", len(values)) + columns)
        + message(b"D", struct.pack("!H", len(values)) + cells)
        + message(b"C", text("SELECT 1"))
    )


def answer_to(sql):
    if "jerry.version()" in sql:
        return [VERSION, "", "", "5s"]
    if "pg_is_in_recovery" in sql:
        return ["0 0/1 1 1"]
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    data = {
        "is_valid": True, "user_id": str(uuid.uuid4()), "email": "user@example.com", "expires_at": now, "aal": "aal1"
    }
    return [json.dumps({"success": True, "data": data, "timestamp": now}, separators=(",", ":"))]


class Session(socketserver.StreamRequestHandler):
    """One client's connection; self.prepared: what its server session knows, by name."""

    def handle(self):
        self.server.sessions.append(self)
        self.prepared = {}
        try:
            self.start()
            while True:
                kind, content = self.read()
                self.wfile.write(getattr(self, f"on_{kind.decode()}", lambda _: b"")(content))
        except (ConnectionError, EOFError, ValueError):
            pass
        finally:
            self.server.sessions.remove(self)

    def take(self, length):
        data = self.rfile.read(length)
        if len(data) < length:
            raise EOFError
        return data

    def start(self):
        while True:
            (length,) = struct.unpack("!I", self.take(4))
            if self.take(length - 4)[:4] != b"\x04\xd2\x16\x2f":
                break
            self.wfile.write(b"N")  # no TLS
        names = b"".join(
            message(b"S", text(name) + text(value))
            for name, value in {"server_version": "15.0", "client_encoding": "UTF8", "in_hot_standby": "off"}.items()
        )
        self.wfile.write(message(b"R", bytes(4)) + names + message(b"K", bytes(8)) + message(b"Z", b"I"))

    def read(self):
        """The next message; the rest of a sequence that failed is passed over."""
        kind = self.take(1)
        (length,) = struct.unpack("!I", self.take(4))
        return kind, self.take(length - 4)

    @property
    def known(self):
        return self.server.shared if self.server.shared is not None else self.prepared

    failed = False

    def fail(self, sqlstate):
        self.failed = True
        return error(sqlstate)

    def on_P(self, content):
        name, sql = (part.decode() for part in content.split(b"\0")[:2])
        if self.failed:
            return b""
        if name and name in self.known:
            return self.fail("42P05")
        self.known[name] = sql
        return message(b"1")

    def on_B(self, content):
        name = content.split(b"\0")[1].decode()
        if self.failed:
            return b""
        if name not in self.known:
            return self.fail("26000")
        self.bound = self.known[name]
        return message(b"2")

    def on_E(self, _):
        return b"" if self.failed else rows(answer_to(self.bound))

    def on_S(self, _):
        self.failed = False
        return message(b"Z", b"I")

    def on_X(self, _):
        raise EOFError


class Pretender(socketserver.ThreadingTCPServer):
    """On a port of 127.0.0.1, as long as the context lasts.  shared: what the one session of all clients knows, or
    None.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", free_port()), Session)
        self.sessions = []
        self.shared = None
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def url(self):
        return f"postgresql://jerry_sidecar:secret@127.0.0.1:{self.server_address[1]}/jerry?sslmode=disable"

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()

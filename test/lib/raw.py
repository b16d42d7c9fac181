"""A client that sends bytes as they are and takes the answers apart, for tests that are about HTTP itself.

To an https URL it does so within TLS, whoever the server says it is; a preface goes before that."""

import socket
import time
import types
import urllib.parse

from requests.structures import CaseInsensitiveDict

from answers import check_answer
from machine import patience
from tls import TlsSocket

# Nobody may wait longer for an answer or for the end of the connection, unless the machine is busy.
PATIENCE = 5.0


class Connection:
    """One TCP connection; everything that is read has to come within PATIENCE of the last send."""

    def __init__(self, url, source=None, preface=b""):
        place = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection(
            (place.hostname, place.port), timeout=patience(PATIENCE), source_address=source and (source, 0)
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(preface)
        if place.scheme == "https":
            self.socket = TlsSocket(self.socket)
        self.buffer = b""
        self.deadline = time.monotonic() + patience(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, *segments, pause=0.02):
        """Send segments with a pause between them, each in a packet of its own."""
        for number, segment in enumerate(segments):
            if number:
                time.sleep(pause)
            self.socket.sendall(segment)
        self.deadline = time.monotonic() + patience(PATIENCE)

    def end(self):
        """Send no more, but go on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        """Read what is there; False at the end of the connection."""
        left = self.deadline - time.monotonic()
        assert left > 0, f"no answer within {PATIENCE} s; so far: {self.buffer!r}"
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            raise AssertionError(f"no answer within {PATIENCE} s; so far: {self.buffer!r}") from None
        self.buffer += data
        return bool(data)

    def take(self, length):
        while len(self.buffer) < length:
            assert self.receive(), f"closed in the middle of an answer: {self.buffer!r}"
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def answer(self, method="GET"):
        """The next answer, checked; None when the connection was closed instead."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.receive():
                assert self.buffer == b"", f"closed in the middle of an answer: {self.buffer!r}"
                return None
        head = self.take(self.buffer.index(b"\r\n\r\n") + 4).decode("latin-1")
        status_line, *lines = head[:-4].split("\r\n")
        version, status = status_line.split(" ")[:2]
        assert version == "HTTP/1.1"
        names = [line.split(": ", 1)[0].lower() for line in lines]
        assert len(names) == len(set(names)), f"a header twice: {head}"
        headers = CaseInsensitiveDict(line.split(": ", 1) for line in lines)
        status = int(status)
        if status == 100:
            assert not headers
            return types.SimpleNamespace(status_code=status, headers=headers, content=b"", code=None)
        bodiless = method == "HEAD" or status in (204, 304)
        content = b"" if bodiless else self.take(int(headers["content-length"]))
        answer = types.SimpleNamespace(
            status_code=status, headers=headers, content=content, request=types.SimpleNamespace(method=method)
        )
        envelope = check_answer(answer) or {}
        answer.envelope = envelope or None
        answer.code = envelope.get("error", {}).get("code")
        return answer

    def expect_end(self):
        """The connection closes, and not one more byte comes."""
        while self.receive():
            pass
        assert self.buffer == b"", f"unasked-for bytes: {self.buffer!r}"

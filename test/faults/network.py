"""Places where a database should be: one that closes, one that is silent, one that nothing reaches, and a way between.
"""

import contextlib
import selectors
import socket
import threading
import time

from processes import free_port

TICK = 0.01


def listener(port=0, backlog=16):
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port or free_port()))
    listening.listen(backlog)
    return listening


@contextlib.contextmanager
def blackhole(port=0):
    """A port that drops every attempt to connect, as a firewall does: its queue is full, and nobody empties it."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listener(port, backlog=0))
        while True:
            visitor = stack.enter_context(socket.socket())
            visitor.settimeout(0.2)
            try:
                visitor.connect(listening.getsockname())
            except socket.timeout:
                break
        yield listening.getsockname()[1]


class Relay:
    """A TCP port in front of a Unix socket, run by a thread.

    mode, to be changed at will, says what becomes of bytes: PASS them on, or HOLD them and say nothing; CLOSE ends
    every connection.
    """

    PASS, HOLD, CLOSE = "pass", "hold", "close"

    def __init__(self, target, port=0):
        self.target = target
        self.accepted = 0
        self.pairs = {}
        self.listening = listener(port)
        self.port = self.listening.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listening, selectors.EVENT_READ)
        self.mode = Relay.PASS
        self.stopped = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped:
            if self.mode == Relay.CLOSE:
                for one in list(self.pairs):
                    self.part(one)
            for key, _ in self.selector.select(TICK):
                if key.fileobj is self.listening:
                    self.accept()
                elif key.fileobj in self.pairs and self.mode == Relay.PASS:
                    self.move(key.fileobj)
            if self.mode == Relay.HOLD:
                time.sleep(TICK)  # what is readable stays so

    def accept(self):
        one, _ = self.listening.accept()
        self.accepted += 1
        if self.mode == Relay.CLOSE:
            one.close()
            return
        other = socket.socket(socket.AF_UNIX)
        try:
            other.connect(self.target)
        except OSError:
            one.close()
            other.close()
            return
        self.pairs[one], self.pairs[other] = other, one
        for each in one, other:
            self.selector.register(each, selectors.EVENT_READ)

    def move(self, one):
        try:
            data = one.recv(65536)
            if data:
                self.pairs[one].sendall(data)
        except OSError:
            data = b""
        if not data:
            self.part(one)

    def part(self, one):
        other = self.pairs.pop(one, None)
        if other is None:
            return
        del self.pairs[other]
        for each in one, other:
            self.selector.unregister(each)
            each.close()

    def close(self):
        self.stopped = True
        self.thread.join()
        for one in list(self.pairs):
            self.part(one)
        self.listening.close()

"""A network with a delay between a client and a server."""

import contextlib
import socket
import threading
import time

from processes import free_port


class Relay:
    """A port of 127.0.0.1 in front of the server of a URL; what goes through arrives `delay` seconds later.

    The end of a connection takes `end` seconds from the server to the client, unless the client sends something to the
    server that is gone: that is answered with the end, as a reset would.
    """

    def __init__(self, url, delay, end=None):
        host, _, port = url.rpartition("//")[2].partition(":")
        self.target = (host, int(port))
        self.delay = delay
        self.end = delay if end is None else end
        self.accepted = 0
        self.listener = socket.create_server(("127.0.0.1", free_port()), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        # a thread that waits in accept() does not notice close()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            server = socket.create_connection(self.target)
            gone, asked = threading.Event(), threading.Event()
            threading.Thread(target=self.to_server, args=(client, server, gone, asked), daemon=True).start()
            threading.Thread(target=self.to_client, args=(client, server, gone, asked), daemon=True).start()

    def to_server(self, client, server, gone, asked):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                time.sleep(self.delay)
                if gone.is_set():
                    break
                server.sendall(data)
        asked.set()
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def to_client(self, client, server, gone, asked):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                time.sleep(self.delay)
                client.sendall(data)
        gone.set()
        asked.wait(self.end)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()
        server.close()

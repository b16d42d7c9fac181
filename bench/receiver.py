"""An endpoint of webhooks, as fast as Python can: receiver.py PORT CERT KEY COUNT. Prints when it has answered so many."""

import asyncio
import ssl
import sys
import time


class Connection(asyncio.Protocol):
    """Answers each request, and reads no more of it than how long it is."""

    left = 0

    def __init__(self):
        self.read, self.transport = b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.read += data
        while True:
            head, end, body = self.read.partition(b"\r\n\r\n")
            if not end:
                return
            length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
            if len(body) < length:
                return
            self.read = body[length:]
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            Connection.left -= 1
            if Connection.left == 0:
                print(time.time(), flush=True)


async def serve(port, cert, key, count):
    Connection.left = int(count)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", int(port), ssl=context)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(serve(*sys.argv[1:]))

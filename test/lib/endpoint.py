"""An endpoint of webhooks, over TLS or not, that answers as its path says and remembers what it was sent."""

import http.server
import ssl
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        endpoint = self.server.endpoint
        with endpoint.lock:
            endpoint.requests.append((self.path, self.headers, body, time.monotonic()))
            answers = endpoint.answers.get(self.path, [])
            answer = answers.pop(0) if len(answers) > 1 else answers[0] if answers else 200
            endpoint.busy += 1
            endpoint.busiest = max(endpoint.busiest, endpoint.busy)
        try:
            answer(self) if callable(answer) else self.answer(answer)
        finally:
            with endpoint.lock:
                endpoint.busy -= 1

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


class Endpoint:
    """answers: for a path the statuses, or functions of the handler, one for each request; the last one stays."""

    def __init__(self, port, certificate=None):
        self.requests, self.answers, self.lock, self.busy, self.busiest = [], {}, threading.Lock(), 0, 0
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.endpoint = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.cert_file, certificate.key_file)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, path):
        with self.lock:
            return [request for request in self.requests if request[0] == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

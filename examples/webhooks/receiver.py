#!/usr/bin/env python3
"""An endpoint for Jerry's webhooks: WEBHOOK_SECRET=whsec_... ./receiver.py PORT, behind something that speaks TLS."""

import base64, hashlib, hmac, http.server, json, os, sys, time

key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
seen = set()  # a real one keeps this in its database, in the transaction of its work


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 20000))
        message, sent = (self.headers.get("webhook-" + name, "") for name in ("id", "timestamp"))
        mac = hmac.digest(key, f"{message}.{sent}.".encode() + body, hashlib.sha256)
        expected = "v1," + base64.b64encode(mac).decode()
        given = self.headers.get("webhook-signature", "").split()
        signed = any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)
        if not signed or not sent.isdigit() or abs(time.time() - int(sent)) > 300:
            return self.answer(401)
        if message not in seen:
            seen.add(message)
            print(message, json.loads(body)["type"], flush=True)  # the work
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint).serve_forever()

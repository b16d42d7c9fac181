"""The endpoints of examples/webhooks, told by a real courier; and what it sends, read by the libraries of others."""

import http.client
import json
import shutil
import subprocess
import sys
import time
import urllib.parse

import pytest

import database
from processes import ROOT, environment, free_port, listens
from test_hooks import new_endpoint, signature  # noqa: F401: fixtures
from waiting import eventually

EXAMPLES = ROOT / "examples" / "webhooks"
RECEIVERS = {"python": [sys.executable, EXAMPLES / "receiver.py"], "node": ["node", EXAMPLES / "receiver.mjs"]}


class Receiver:
    def __init__(self, folder, command, secret):
        self.port, self.output = free_port(), folder / "receiver.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, str(self.port)], env=environment(WEBHOOK_SECRET=secret), stdout=output, stderr=output
            )
        eventually(lambda: listens(self.port), lambda: self.output.read_text())

    def done(self):
        return self.output.read_text().splitlines()


@pytest.mark.parametrize("language", RECEIVERS)
def test_an_example_takes_what_is_signed_once_and_nothing_else(hooks, tmp_path, language):  # noqa: F811
    if not shutil.which(RECEIVERS[language][0]):
        pytest.skip(f"no {language}")
    database.query(hooks.db, "SELECT jerry.configure('jerry.webhook_insecure', 'on')")
    webhook = hooks.add("http://127.0.0.1:1/", "user.registered")
    receiver = Receiver(tmp_path, RECEIVERS[language], hooks.secrets[webhook])
    try:
        url = f"http://127.0.0.1:{receiver.port}/"
        database.query(hooks.db, "SELECT jerry.update_webhook(%s, %s)", webhook, url)
        hooks.start(ENVIRONMENT="development")
        hooks.outbox.emit(3)
        hooks.wait_for(webhook, waiting=0, last_status=204)
        assert [line.split()[1] for line in receiver.done()] == ["user.registered"] * 3
        # all of it again, with the same ids
        database.query(hooks.db, "SELECT jerry.replay_webhook(%s, now() - interval '1 hour')", webhook)
        hooks.outbox.emit(1)
        hooks.wait_for(webhook, waiting=0, failed=0)
        assert len(receiver.done()) == 4
        # of another secret
        secret = hooks.secrets.pop(webhook)
        hooks.secrets["new"] = database.value(hooks.db, "SELECT jerry.rotate_webhook_secret(%s, '0')", webhook)
        assert secret != hooks.secrets["new"]
        database.query(hooks.db, "SELECT jerry.test_webhook(%s)", webhook)
        hooks.wait_for(webhook, last_status=401)
        assert len(receiver.done()) == 4
        assert post(url, secret, int(time.time())) == 204
        assert post(url, secret, int(time.time()) - 400) == 401, "what is old is refused"
        assert post(url, secret, int(time.time()), tampered=True) == 401
    finally:
        receiver.process.kill()
        receiver.process.wait()


def post(url, secret, sent, tampered=False):
    body = b'{"type":"user.deleted","timestamp":"2026-01-01T00:00:00Z","data":{}}'
    headers = {"webhook-id": f"evt_{sent}", "webhook-timestamp": str(sent), "Content-Type": "application/json"}
    headers["webhook-signature"] = "v1,AAAA " + signature(secret, headers, body)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=10)
    connection.request("POST", "/", body + b" " if tampered else body, headers)
    return connection.getresponse().status


@pytest.fixture
def delivered(hooks, new_endpoint):  # noqa: F811
    """A delivery as it came, and the secret."""
    endpoint = new_endpoint()
    webhook = hooks.add(endpoint.url + "/", "user.registered")
    hooks.start()
    hooks.outbox.register("ada@example.com")
    [(_, headers, body, _)] = eventually(lambda: endpoint.of("/"))
    names = {name: headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    return hooks.secrets[webhook], names, body


def test_the_library_of_standard_webhooks_for_python_accepts_it(delivered, tmp_path):
    secret, headers, body = delivered
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path / "pip", "standardwebhooks"]
    if subprocess.run(command, capture_output=True, timeout=120).returncode != 0:
        pytest.skip("standardwebhooks cannot be fetched from PyPI")
    program = """import json, sys; sys.path.insert(0, sys.argv[1]); from standardwebhooks.webhooks import Webhook
given = json.load(sys.stdin); print(Webhook(given["secret"]).verify(given["body"], given["headers"])["type"])"""
    given = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "pip"], input=given, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "user.registered\n", done.stderr


def test_the_library_of_standard_webhooks_for_node_accepts_it(delivered, tmp_path):
    secret, headers, body = delivered
    if not shutil.which("npm"):
        pytest.skip("no npm")
    command = ["npm", "install", "--prefix", tmp_path, "--no-audit", "--no-fund", "standardwebhooks"]
    if subprocess.run(command, capture_output=True, timeout=120).returncode != 0:
        pytest.skip("standardwebhooks cannot be fetched from npm")
    (tmp_path / "verify.cjs").write_text("""const { Webhook } = require('standardwebhooks');
const given = JSON.parse(require('fs').readFileSync(0)); const hook = new Webhook(given.secret);
console.log(hook.verify(given.body, given.headers).type);""")
    given = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    done = subprocess.run(
        ["node", tmp_path / "verify.cjs"], input=given, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout == "user.registered\n", done.stderr

"""The image of the sidecar with a certificate: what it speaks, and how its own health check finds out."""


import pytest

from stack import START_DEADLINE, run
from waiting import eventually

CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=jerry"
).split()
NAMES = {"PORT": "8443", "TLS_CERT_FILE": "/tls/cert.pem", "TLS_KEY_FILE": "/tls/key.pem"}


@pytest.fixture
def secure(stack, tmp_path):
    """A container beside the stack's sidecar that has a certificate."""
    tmp_path.chmod(0o755)
    run(*CERTIFICATE, "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem"))
    (tmp_path / "key.pem").chmod(0o444)
    settings = dict(setting.split("=", 1) for setting in stack.inspect("api")["Config"]["Env"])
    names = {name: settings[name] for name in ("DATABASE_URL", "DATABASE_UNVERIFIED")} | NAMES
    container = run(
        "docker", "run", "-d", "--read-only", "--tmpfs", "/run/jerry:uid=10001,gid=10001",
        "--network", f"container:{stack.container('api')}", "--volume", f"{tmp_path}:/tls:ro",
        *(word for name, text in names.items() for word in ("--env", f"{name}={text}")), stack.inspect("api")["Image"],
    ).stdout.strip()  # fmt: skip
    yield container
    run("docker", "rm", "-f", container)


def test_the_healthcheck_asks_within_tls(secure):
    eventually(
        lambda: run("docker", "inspect", "-f", "{{.State.Health.Status}}", secure).stdout.strip() == "healthy",
        lambda: run("docker", "logs", secure).stdout,
        seconds=START_DEADLINE, pause=0.5,
    )  # fmt: skip
    assert run("docker", "exec", secure, "jerry-healthcheck", "/livez").returncode == 0
    missing = run("docker", "exec", secure, "jerry-healthcheck", "/nowhere", check=False)
    assert (missing.returncode, missing.stderr) == (1, "jerry-healthcheck: /nowhere answers 404\n")
    plain = run("docker", "exec", "--env", "TLS_CERT_FILE=", secure, "jerry-healthcheck", check=False)
    assert (plain.returncode, plain.stderr) == (1, "jerry-healthcheck: /readyz answers 400\n")

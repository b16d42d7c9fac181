"""What TLS costs: requests on kept connections, and connections of one request each."""

import subprocess

from bed import run, say
from load import Figures, measure

CONNECTIONS = 32
ROUNDS = 3


def make_certificate(folder):
    """Names of the environment with a new certificate and its key, of the usual kind: EC, P-256."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run([*command, "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(cert)], stderr=subprocess.DEVNULL)  # fmt: skip
    key.chmod(0o644)  # for nobody, as whom the sidecar of root runs
    return {"TLS_CERT_FILE": str(cert), "TLS_KEY_FILE": str(key)}


def measure_tls(bed, requests, seconds):
    """What, and its figures without TLS and with it: medians of rounds in which both take turns."""
    plain, secure = bed.start_sidecar(), bed.start_sidecar(**make_certificate(bed.folder))
    loads = {"validate-token": [], "livez, a connection for each": ["Connection: close"]}
    rounds = {what: ([], []) for what in loads}
    for turn in range(ROUNDS):
        say(f"TLS: round {turn + 1} of {ROUNDS}")
        for what, headers in loads.items():
            file = requests.file(what.partition(",")[0])
            for sidecar, figures in zip((plain, secure), rounds[what]):
                figures.append(measure(sidecar.url, file, CONNECTIONS, seconds, headers))
    plain.stop()
    secure.stop()
    return [(what, *map(Figures.median, both)) for what, both in rounds.items()]

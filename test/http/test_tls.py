"""TLS by the sidecar itself. That hostile requests get what they get without it is in test_hostile.py."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest

import database
from client import Api
from machine import patience
from processes import start_and_fail
from raw import PATIENCE, Connection
from tls import Certificate, TlsSocket
from users import new_user_data
from waiting import eventually

LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
HSTS = "Strict-Transport-Security"


@pytest.fixture(scope="module")
def sidecar(start_sidecar, database_url, certificate):
    return start_sidecar(DATABASE_URL=database_url, LOG_LEVEL="DEBUG", **certificate.environment)


@pytest.fixture
def secure(sidecar, certificate):
    return Api(sidecar.url, str(certificate.cert_file))


@pytest.fixture
def dial(sidecar):
    """TCP connections to the sidecar."""
    dialled = []

    def connect(port=None):
        dialled.append(socket.create_connection(("127.0.0.1", port or int(sidecar.url.rpartition(":")[2])), PATIENCE))
        return dialled[-1]

    yield connect
    for connection in dialled:
        connection.close()


def context(**options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    for name, option in options.items():
        setattr(made, name, option)
    return made


def test_a_user_goes_the_whole_way(secure, db):
    user = new_user_data()
    registered = secure.register(user)
    assert registered.status == 201
    assert secure.verify_email(database.verification_token(db, registered.data["user_id"])).status == 200
    login = secure.login(user)
    assert login.status == 200
    token = login.data["access_token"]
    assert secure.post("validate-token", {"token": token}).data["is_valid"] is True
    assert secure.post("refresh", {"refresh_token": login.data["refresh_token"]}).status == 200
    assert secure.get("/api/v1/auth/me", token=token).data["email"] == user["email"]


def test_the_pages_and_probes_are_served(secure):
    for path in "/docs", "/openapi.json", "/livez", "/readyz", "/health":
        assert secure.send("GET", path).status_code == 200


def test_a_long_answer_arrives_whole(secure, api):
    """openapi.json takes several records, and more than one write."""
    assert secure.send("GET", "/openapi.json").content == api.send("GET", "/openapi.json").content


def test_browsers_are_told_to_stay_with_tls(secure, api):
    assert secure.send("GET", "/livez").headers[HSTS] == "max-age=31536000"
    assert secure.send("GET", "/docs").headers[HSTS] == "max-age=31536000"
    assert secure.send("GET", "/nothing").headers[HSTS] == "max-age=31536000"
    assert HSTS not in api.send("GET", "/livez").headers


def test_plain_http_is_told_to_use_https(sidecar):
    with Connection(sidecar.url.replace("https", "http")) as connection:
        connection.send(LIVEZ)
        answer = connection.answer()
        assert (answer.status_code, answer.code) == (400, "BAD_REQUEST")
        assert answer.envelope["error"]["details"] == {"issue": "This port speaks HTTPS"}
        assert HSTS not in answer.headers
        connection.expect_end()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_that_are_spoken(dial, version):
    tls = TlsSocket(dial(), context(minimum_version=version, maximum_version=version))
    assert tls.tls.version() == version.name.replace("_", ".")
    tls.sendall(LIVEZ)
    assert tls.recv(12) == b"HTTP/1.1 200"


def offer(sidecar, *options):
    """What OpenSSL's client says about a handshake, its own reservations switched off."""
    place = sidecar.url.removeprefix("https://")
    done = subprocess.run(
        ["openssl", "s_client", "-connect", place, *options],
        input=b"", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False,
    )  # fmt: skip
    return done.stdout.decode(errors="replace")


def test_what_is_not_forward_secret_or_too_old_is_refused(sidecar):
    weak = ["-cipher", "ALL:@SECLEVEL=0"]
    assert "alert protocol version" in offer(sidecar, "-tls1", *weak)
    assert "alert protocol version" in offer(sidecar, "-tls1_1", *weak)
    for cipher in "AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES256-GCM-SHA384", "NULL":
        assert "Cipher is (NONE)" in offer(sidecar, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0"), cipher
    assert "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256" in offer(
        sidecar, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"
    )


def test_a_client_cannot_renegotiate(sidecar):
    place = sidecar.url.removeprefix("https://")
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", place, "-tls1_2"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    client.stdin.write(b"R\n")
    client.stdin.flush()
    said = client.communicate(timeout=30)[0].decode(errors="replace")
    assert "no renegotiation" in said


def test_a_client_cannot_keep_the_sidecar_busy_with_new_keys(sidecar):
    """OpenSSL would answer such wishes, and not come back, as long as there are more."""
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", sidecar.url.removeprefix("https://"), "-tls1_3"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wishes = 0
    try:
        while client.poll() is None and wishes < 40:
            client.stdin.write(b"K\n")
            client.stdin.flush()
            wishes += 1
            time.sleep(0.1)  # one command for each of its reads
    except BrokenPipeError:
        pass
    finally:
        client.kill()
        client.wait()
    assert 10 < wishes < 25


def test_protocols_above_tls(dial):
    for offered, chosen in ([], None), (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"):
        asking = context()
        if offered:
            asking.set_alpn_protocols(offered)
        assert TlsSocket(dial(), asking).tls.selected_alpn_protocol() == chosen
    asking = context()
    asking.set_alpn_protocols(["h2"])
    # newer alerts have no name in some Pythons
    with pytest.raises(ssl.SSLError, match="no application protocol|unknown error"):
        TlsSocket(dial(), asking)


def ticket_of(connection):
    """The session of a connection of TLS 1.3, whose ticket comes behind the handshake."""
    connection.sendall(LIVEZ)
    assert connection.recv(12) == b"HTTP/1.1 200"
    assert connection.session.has_ticket
    return connection.session


def test_a_session_can_be_resumed(dial):
    asking = context(minimum_version=ssl.TLSVersion.TLSv1_3)
    with asking.wrap_socket(dial()) as first, asking.wrap_socket(dial(), session=ticket_of(first)) as second:
        assert (first.session_reused, second.session_reused) == (False, True)


def test_what_was_recorded_stays_unreadable_with_the_keys_of_the_tickets(dial):
    """Forward secrecy: TLS 1.2 would put the secret of the session into the ticket, so there is none."""
    asking = context(maximum_version=ssl.TLSVersion.TLSv1_2)
    with asking.wrap_socket(dial()) as first:
        first.sendall(LIVEZ)
        assert first.recv(12) == b"HTTP/1.1 200"
        assert not first.session.has_ticket
        with asking.wrap_socket(dial(), session=first.session) as second:
            assert second.session_reused is False


def test_requests_and_records_need_not_begin_together(dial):
    """Two requests in one record, one in many, and a body in the record after the next request's beginning."""
    body = b'{"token":"x"}'
    validate = (
        b"POST /api/v1/auth/validate-token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
        b"13\r\n\r\n"
    ) + body
    stream = LIVEZ * 2 + validate + LIVEZ
    for cut in 1, 7, len(LIVEZ), len(LIVEZ) + 5, len(stream) - len(LIVEZ) - 3:
        tls = TlsSocket(dial())
        for start in range(0, len(stream), cut):
            tls.tls.write(stream[start : start + cut])  # a record each, all of them in one packet
        tls.flush()
        statuses = []
        received = b""
        while len(statuses) < 4:
            received += tls.recv(65536)
            statuses = re.findall(rb"HTTP/1.1 (\d+) ", received)
        assert statuses == [b"200", b"200", b"401", b"200"], cut


def test_a_body_of_many_records_is_read(dial):
    """All of them are in the socket before the sidecar looks: nothing wakes it a second time."""
    tls = TlsSocket(dial())
    tls.tls.write(
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
        b"16384\r\n\r\n"
    )
    for _ in range(16384 // 64):
        tls.tls.write(b" " * 64)
    tls.flush()
    assert tls.recv(12) == b"HTTP/1.1 400"


def test_the_last_answer_ends_with_the_alert_that_says_so(dial):
    tls = TlsSocket(dial())
    tls.sendall(LIVEZ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    received = b""
    while piece := tls.recv(65536):  # an end without the alert would be an SSLEOFError
        received += piece
    assert b'"alive"' in received


def test_a_client_that_goes_without_a_word_gets_its_answer(dial):
    tls = TlsSocket(dial())
    tls.sendall(LIVEZ)
    tls.tcp.shutdown(socket.SHUT_WR)  # no closing alert
    assert tls.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize(
    "start", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], ids=["nothing", "a byte", "half a hello"]
)
def test_half_a_handshake_is_cut_off(dial, start):
    connection = dial()
    began = time.monotonic()
    connection.sendall(start)
    connection.settimeout(patience(2 * PATIENCE))
    with_alert = connection.recv(100)
    assert 4 < time.monotonic() - began < patience(PATIENCE + 0.5)
    assert with_alert == b""


def test_a_record_that_does_not_end_is_cut_off(dial):
    tls = TlsSocket(dial())
    tls.tls.write(b"G" * 100)
    began = time.monotonic()
    tls.tcp.sendall(tls.outgoing.read()[:50])
    tls.settimeout(patience(2 * PATIENCE))
    assert tls.recv(12) == b"HTTP/1.1 408"
    assert 4 < time.monotonic() - began < patience(PATIENCE + 0.5)


@pytest.mark.parametrize(
    "noise", [b"\x00" * 500, b"\xff" * 500, b"\x16\x03\x01" + b"\xff" * 3000, b"\x80\x2e\x01\x00\x02" + b"\0" * 60]
)
def test_noise_is_answered_with_the_end(dial, noise):
    connection = dial()
    connection.sendall(noise)
    received = b""
    while piece := connection.recv(4096):
        received += piece
    assert received == b"" or received[0] in (0x15, ord("H")), received


def test_hundreds_of_half_handshakes_leave_others_answered(sidecar, secure):
    port = int(sidecar.url.rpartition(":")[2])
    stuck = [socket.create_connection(("127.0.0.1", port), PATIENCE, (f"127.0.6.{n % 20 + 1}", 0)) for n in range(600)]
    try:
        for connection in stuck:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        began = time.monotonic()
        for _ in range(20):
            assert secure.send("GET", "/livez").status_code == 200
        assert time.monotonic() - began < patience(PATIENCE)
    finally:
        for connection in stuck:
            connection.close()


def first_flight():
    """What a client begins with."""
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context().wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    return outgoing.read()


def test_costly_handshakes_take_turns_with_requests(start_sidecar, database_url, tmp_path):
    """Each of these costs some milliseconds; together they would keep others waiting for more than a second."""
    sidecar = start_sidecar(DATABASE_URL=database_url, **Certificate(tmp_path, key=("rsa:4096",)).environment)
    port = int(sidecar.url.rpartition(":")[2])
    hello = first_flight()
    with Connection(sidecar.url) as connection:
        handshaking = [
            socket.create_connection(("127.0.0.1", port), PATIENCE, (f"127.0.6.{n % 20 + 1}", 0)) for n in range(400)
        ]
        try:
            for other in handshaking:
                other.sendall(hello)
            longest = 0
            end = time.monotonic() + 3
            while time.monotonic() < end:
                began = time.monotonic()
                connection.send(LIVEZ)
                assert connection.answer().status_code == 200
                longest = max(longest, time.monotonic() - began)
        finally:
            for other in handshaking:
                other.close()
    assert longest < patience(0.5)


def test_a_failed_handshake_is_logged_for_who_asks_for_it(sidecar, dial):
    connection = dial()
    connection.sendall(b"\0" * 500)
    connection.recv(100)
    eventually(lambda: any(
        line["event"] == "tls" and "a handshake failed: " in line["message"] for line in sidecar.log_lines()
    ))


def test_answers_under_load_survive_an_orderly_end(start_sidecar, database_url, certificate):
    """What was accepted is answered, with the alert at the end, while the sidecar goes."""
    sidecar = start_sidecar(DATABASE_URL=database_url, **certificate.environment)

    answered = [0] * 8

    def ask(number):
        with Connection(sidecar.url) as connection:
            while True:
                try:
                    connection.send(LIVEZ)
                    answer = connection.answer()
                except ConnectionError:
                    return
                if answer is None:
                    return
                assert answer.status_code == 200
                answered[number] += 1
                if answer.headers["connection"] == "close":
                    connection.expect_end()
                    return

    with concurrent.futures.ThreadPoolExecutor(len(answered)) as pool:
        asking = [pool.submit(ask, number) for number in range(len(answered))]
        eventually(lambda: min(answered) > 10)
        sidecar.stop()
        for each in asking:
            each.result()
    assert sidecar.process.returncode == 0


def served_name(sidecar):
    """The name in the certificate that a new connection gets."""
    port = int(sidecar.url.rpartition(":")[2])
    return subprocess.run(
        ["openssl", "x509", "-noout", "-subject"],
        input=ssl.get_server_certificate(("127.0.0.1", port)).encode(), stdout=subprocess.PIPE, check=True,
    ).stdout.decode().rpartition("=")[2].strip()  # fmt: skip; newer ones write CN=old, older ones CN = old


def test_a_session_outlives_the_certificate(start_sidecar, database_url, tmp_path):
    """The keys of the tickets go on, so that clients need not all come back at once with full handshakes."""
    served = Certificate(tmp_path, "old")
    renewed = Certificate(tmp_path, "new")
    sidecar = start_sidecar(DATABASE_URL=database_url, **served.environment)
    place = ("127.0.0.1", int(sidecar.url.rpartition(":")[2]))
    asking = context(minimum_version=ssl.TLSVersion.TLSv1_3)
    with asking.wrap_socket(socket.create_connection(place, PATIENCE)) as first:
        session = ticket_of(first)
    for new, old in (renewed.cert_file, served.cert_file), (renewed.key_file, served.key_file):
        shutil.copy(new, old)
    eventually(lambda: served_name(sidecar) == "new")
    with asking.wrap_socket(socket.create_connection(place, PATIENCE), session=session) as second:
        assert second.session_reused is True


def test_a_renewed_certificate_is_taken_up_without_a_restart(start_sidecar, database_url, tmp_path):
    """First only the certificate is replaced, then its key: in between the old pair goes on."""
    served = Certificate(tmp_path, "old")
    renewed = Certificate(tmp_path, "new", key=("rsa:2048",))
    sidecar = start_sidecar(DATABASE_URL=database_url, **served.environment)
    assert served_name(sidecar) == "old"
    with Connection(sidecar.url) as connection:
        shutil.copy(renewed.cert_file, served.cert_file)
        eventually(lambda: any("stays in use" in line.get("message", "") for line in sidecar.log_lines()))
        assert served_name(sidecar) == "old"
        shutil.copy(renewed.key_file, served.key_file)
        eventually(lambda: served_name(sidecar) == "new")
        assert any(line.get("message") == "the certificate was renewed" for line in sidecar.log_lines())
        connection.send(LIVEZ)
        assert connection.answer().status_code == 200, "a connection from before goes on"
    assert "PRIVATE" not in sidecar.output()


def refused(sidecar):
    """How often a renewal did not come about."""
    return sum("stays in use" in line.get("message", "") for line in sidecar.log_lines())


def test_a_renewal_may_go_wrong_before_it_succeeds(start_sidecar, database_url, tmp_path):
    """Missing, a pipe nobody writes to, not to be read: said once each, and nobody waits."""
    served = Certificate(tmp_path, "old")
    renewed = Certificate(tmp_path, "new", key=("rsa:2048",))
    sidecar = start_sidecar(DATABASE_URL=database_url, **served.environment)
    served.cert_file.unlink()
    eventually(lambda: refused(sidecar) == 1)
    os.mkfifo(served.cert_file)
    served.cert_file.chmod(0o644)
    eventually(lambda: refused(sidecar) == 2)
    assert served_name(sidecar) == "old"
    served.cert_file.unlink()
    shutil.copy(renewed.key_file, served.key_file)
    served.key_file.chmod(0)
    shutil.copy(renewed.cert_file, served.cert_file)
    eventually(lambda: refused(sidecar) >= 3)
    assert served_name(sidecar) == "old"
    served.key_file.chmod(0o644)
    eventually(lambda: served_name(sidecar) == "new")


@pytest.mark.skipif(
    "libasan" in os.environ.get("JERRY_SIDECAR_ENV", ""), reason="Kore itself leaks in a worker that it restarts"
)
def test_a_worker_that_is_restarted_has_the_renewed_certificate(start_sidecar, database_url, tmp_path):
    served = Certificate(tmp_path, "old")
    sidecar = start_sidecar(DATABASE_URL=database_url, **served.environment)
    renewed = Certificate(tmp_path, "new")
    for new, old in (renewed.cert_file, served.cert_file), (renewed.key_file, served.key_file):
        shutil.copy(new, old)
    eventually(lambda: served_name(sidecar) == "new")
    parent = int((sidecar.folder / "sidecar.pid").read_text())
    worker = int(pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: not pathlib.Path(f"/proc/{worker}").exists())
    assert served_name(sidecar) == "new"


def test_files_that_make_no_pair_stop_the_start(tmp_path, certificate):
    other = Certificate(tmp_path, "other", key=("rsa:2048",))
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "pkey", "-in", other.key_file, "-aes128", "-passout", "pass:x", "-out", locked], check=True
    )
    locked.chmod(0o644)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o644)
    cert, key = certificate.environment.values()
    for names, problem in [
        ({"TLS_CERT_FILE": cert}, "jerry: TLS_KEY_FILE: is required for TLS"),
        ({"TLS_KEY_FILE": key}, "jerry: TLS_CERT_FILE: is required for TLS"),
        ({"TLS_CERT_FILE": cert + "x", "TLS_KEY_FILE": key}, f'TLS_CERT_FILE: could not read "{cert}x": No such file'),
        ({"TLS_CERT_FILE": cert, "TLS_KEY_FILE": key + "x"}, f'TLS_KEY_FILE: could not read "{key}x": No such file'),
        ({"TLS_CERT_FILE": str(pipe), "TLS_KEY_FILE": key}, f'TLS_CERT_FILE: "{pipe}" is not a file of at most 1 MB'),
        (
            {"TLS_CERT_FILE": cert, "TLS_KEY_FILE": str(tmp_path)},
            f'TLS_KEY_FILE: "{tmp_path}" is not a file of at most 1 MB'
        ),
        ({"TLS_CERT_FILE": key, "TLS_KEY_FILE": key}, f'TLS_CERT_FILE: "{key}" is not a certificate chain in PEM'),
        ({"TLS_CERT_FILE": cert, "TLS_KEY_FILE": cert}, f'TLS_KEY_FILE: "{cert}" is not the private key'),
        ({"TLS_CERT_FILE": cert, "TLS_KEY_FILE": str(other.key_file)}, "is not the private key of the certificate"),
        ({"TLS_CERT_FILE": str(other.cert_file), "TLS_KEY_FILE": str(locked)}, "in PEM without a password"),
    ]:
        assert problem in start_and_fail(tmp_path, **names), names

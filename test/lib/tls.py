"""Certificates, and a TLS connection that is in control of its records and of how it ends."""

import pathlib
import socket
import ssl
import subprocess


class Certificate:
    """A self-signed certificate for 127.0.0.1 with its key, in files that the sidecar's user can read."""

    def __init__(self, folder, name="localhost", key=("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")):
        folder = pathlib.Path(folder)
        for path in (folder, *folder.parents[:2]):
            path.chmod(path.stat().st_mode | 0o055)  # /tmp may be among them
        self.cert_file, self.key_file = folder / f"{name}.pem", folder / f"{name}.key"
        command = ["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key_file, "-out", self.cert_file]
        subprocess.run(command, check=True, capture_output=True)
        self.key_file.chmod(0o644)

    @property
    def environment(self):
        """What makes a sidecar use it."""
        return {"TLS_CERT_FILE": str(self.cert_file), "TLS_KEY_FILE": str(self.key_file)}


class TlsSocket:
    """What a test needs of a socket, with TLS; an end without a closing alert is an error."""

    def __init__(self, tcp, context=None):
        self.tcp = tcp
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self._step(self.tls.do_handshake)

    def _step(self, operation, *arguments):
        """Go on with an operation of OpenSSL until it has what it needs from the other side."""
        while True:
            try:
                result = operation(*arguments)
            except ssl.SSLWantReadError:
                self.flush()
                data = self.tcp.recv(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()
            else:
                self.flush()
                return result

    def flush(self):
        if self.outgoing.pending:
            self.tcp.sendall(self.outgoing.read())

    def sendall(self, data):
        """Send what fits in one record in one."""
        if data:
            self.tls.write(data)
        self.flush()

    def recv(self, size):
        try:
            return self._step(self.tls.read, size)
        except ssl.SSLZeroReturnError:
            return b""

    def shutdown(self, how):
        """End the sending side, with the alert that says so."""
        assert how == socket.SHUT_WR
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()
        self.tcp.shutdown(how)

    def settimeout(self, seconds):
        self.tcp.settimeout(seconds)

    def close(self):
        self.tcp.close()

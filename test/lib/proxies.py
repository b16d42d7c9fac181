"""The proxies of docs/DEPLOYMENT.md, run as an ordinary process with what the page says.

Replaced is what ties a block to one machine: addresses, ports, certificates.  A second door is added, at which a client
says by the PROXY protocol which address it comes from.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess

from pages import ROOT, blocks
from processes import STOP_DEADLINE, free_port, listens
from waiting import eventually

SIDECAR = "127.0.0.1:8000"
CERTIFICATE = "/etc/ssl/auth.example.com.pem"
KEY = "/etc/ssl/auth.example.com.key"


def documented(language):
    """The only block of the page in this language."""
    (block,) = (block.text for block in blocks(ROOT / "docs" / "DEPLOYMENT.md") if block.language == language)
    return block


def edited(text, edits):
    """The text with its parts replaced, each of which is there once."""
    for old, new in edits.items():
        assert text.count(old) == 1, f"there is no {old!r}, or more than one, in the block:\n{text}"
        text = text.replace(old, new)
    return text


class Proxy:
    """In front of the server at a port of 127.0.0.1, at .url for those who believe the certificate.

    edits: what else is changed in the block.
    """

    def __init__(self, folder, upstream, certificate, edits=None):
        self.folder = folder
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = folder / f"{self.name}.log"
        block = self.local(edited(documented(self.name), edits or {}), certificate)
        block = edited(block, {SIDECAR: f"127.0.0.1:{upstream}"})
        # the first door is taken before the second one is looked for
        with socket.create_server(("127.0.0.1", self.port)):
            self.second = free_port()
        block, doors = re.subn(r"^(\t+)(listen|bind) \S*?443 (.*)$", self.doors, block, flags=re.M)
        assert doors == 1, block
        config = folder / f"{self.name}.conf"
        config.write_text(self.around(block))
        command = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            command += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
            for path in folder, *folder.parents[:2]:
                path.chmod(path.stat().st_mode | 0o055)
            folder.chmod(0o777)
        with self.log.open("wb") as log:
            command += [self.program(), *self.arguments(config)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(lambda: listens(self.second) or self.process.poll() is not None, f"{self.name} does not listen")
        assert self.process.poll() is None, self.log.read_text()

    def doors(self, found):
        indent, word, options = found.groups()
        first, second = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.second} {self.protocol}"
        return f"{indent}{word} {first} {options}\n{indent}{word} {second} {options}"

    @classmethod
    def program(cls):
        return shutil.which(cls.name, path=f"{os.environ['PATH']}:/usr/sbin")

    def preface(self, address):
        """What to send first to .second_url, to come from this address."""
        family = "TCP6" if ":" in address else "TCP4"
        return f"PROXY {family} {address} {address} 1 443\r\n".encode()

    @property
    def second_url(self):
        return f"https://127.0.0.1:{self.second}"

    def stop(self):
        self.process.terminate()
        self.process.wait(STOP_DEADLINE)


class Nginx(Proxy):
    name = "nginx"
    protocol = "proxy_protocol"

    def local(self, block, certificate):
        return edited(block, {CERTIFICATE: str(certificate.cert_file), KEY: str(certificate.key_file)})

    def around(self, block):
        kinds = "client_body", "proxy", "fastcgi", "uwsgi", "scgi"
        places = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)
        return (
            f"daemon off; master_process off; pid {self.folder}/nginx.pid;\nevents {{ }}\n"
            f"http {{\naccess_log off;\nset_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;\n{places}{block}}}\n"
        )

    def arguments(self, config):
        return ["-p", str(self.folder), "-e", "stderr", "-c", str(config)]


class HAProxy(Proxy):
    name = "haproxy"
    protocol = "accept-proxy"

    def local(self, block, certificate):
        both = self.folder / "certificate.pem"
        both.write_text(certificate.cert_file.read_text() + certificate.key_file.read_text())
        return edited(block, {CERTIFICATE: str(both)})

    def around(self, block):
        return block

    def arguments(self, config):
        return ["-db", "-f", str(config)]


PROXIES = {proxy.name: proxy for proxy in (Nginx, HAProxy)}

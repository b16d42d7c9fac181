"""A network of a test's own, with names and addresses as the test likes them, and no way out.

As a program, in namespaces of its own: gives itself addresses, answers for every name as FOLDER/names.json says, notes
what it was asked in FOLDER/asked.jsonl, and is an endpoint at port 80 of every address, which notes its requests in
FOLDER/requests.jsonl.  It ends with its standard input.
"""

import fcntl
import http.server
import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading


A = 1  # what is asked of a name server: addresses

# Addresses of the internet: here nobody else has them.
INTERNET = ["1.1.1.1", "9.9.9.9"]


class Island:
    """The network, seen from outside."""

    def __init__(self, folder):
        self.folder = folder
        self.names({})
        self.process = subprocess.Popen(
            [*self.unshare(), sys.executable, __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
        assert self.process.stdout.readline() == b"ready\n"

    @staticmethod
    def unshare():
        """The command that makes namespaces, here; empty: none does."""
        for command in ["unshare", "--net", "--mount"], ["unshare", "--user", "--map-root-user", "--net", "--mount"]:
            if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return command
        return []

    def inside(self):
        """What a command is to begin with that is to be in this network."""
        user = ["--user", "--preserve-credentials"] if "--user" in self.unshare() else []
        return ["nsenter", f"--target={self.process.pid}", *user, "--net", "--mount", "--root", "--"]

    def names(self, names):
        """name -> the addresses of its first answer, of its second...; the last one stays.  []: there is no answer."""
        new = self.folder / "names.new"
        new.write_text(json.dumps(names))
        new.rename(self.folder / "names.json")

    def notes(self, what):
        file = self.folder / f"{what}.jsonl"
        # the last line may be half written
        return [json.loads(line) for line in file.read_text().split("\n")[:-1]] if file.exists() else []

    def asked(self, name):
        """How often its addresses were asked for; a question that is repeated is the same one."""
        return len({tuple(who) for asked, *who in self.notes("asked") if asked == name})

    def requests(self):
        """(address, name, path) of each."""
        return [tuple(request) for request in self.notes("requests")]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def give_address(number, address):
    """127.0.0.1 for number 0 brings the interface up."""
    with socket.socket() as control:
        name = b"lo" if number == 0 else f"lo:{number}".encode()
        if number > 0:
            request = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, 0x8916, request)  # SIOCSIFADDR
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", name, 0x41))  # SIOCSIFFLAGS: up, running


class Note:
    """Lines of JSON in a file."""

    def __init__(self, file):
        self.file, self.lock = file.open("a"), threading.Lock()

    def __call__(self, *what):
        with self.lock:
            self.file.write(json.dumps(what) + "\n")
            self.file.flush()


def answer_names(folder):
    """A name server."""
    note, asked = Note(folder / "asked.jsonl"), {}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(512)
        at, labels = 12, []
        while query[at] != 0:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack(">H", query[at + 1:at + 3])
        name = ".".join(labels).lower()
        answers = json.loads((folder / "names.json").read_text()).get(name)
        if kind == A:
            number, = struct.unpack(">H", query[:2])
            note(name, client[1], number)
            asked.setdefault(name, {})[client, number] = True  # it may ask again
        if answers == []:
            continue
        addresses = answers[min(len(asked[name]), len(answers)) - 1] if answers and kind == A else []
        records = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 0, 4) + socket.inet_aton(address) for address in addresses
        )
        status = 0x8180 if answers else 0x8183  # no such name
        head = query[:2] + struct.pack(">HHHHH", status, 1, len(addresses), 0, 0)
        server.sendto(head + query[12:at + 5] + records, client)


def endpoint(folder):
    note = Note(folder / "requests.jsonl")

    class Handler(http.server.BaseHTTPRequestHandler):

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            note(self.connection.getsockname()[0], self.headers["Host"], self.path)
            elsewhere = self.path.partition("?to=")[2]
            self.send_response(307 if elsewhere else 200)
            if elsewhere:
                self.send_header("Location", elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("0.0.0.0", 80), Handler)


def main():
    folder = pathlib.Path(sys.argv[1])
    for number, address in enumerate(["127.0.0.1", *INTERNET]):
        give_address(number, address)
    for name, text in ("resolv.conf", "nameserver 127.0.0.1\n"), ("nsswitch.conf", "hosts: dns\n"):
        (folder / name).write_text(text)
        subprocess.run(["mount", "--bind", str(folder / name), f"/etc/{name}"], check=True)
    threading.Thread(target=answer_names, args=[folder], daemon=True).start()
    threading.Thread(target=endpoint(folder).serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

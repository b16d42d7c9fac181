"""Runs the blocks of one page in their order, as a reader would who types them into one terminal.

What a shell block assigns is in the environment of the later ones, whatever their language; SQL has the names in lower
case as variables of psql (:'token'). http://localhost:8000 in a block is the address of the sidecar under test.
"""

import json
import os
import pathlib
import queue
import secrets
import shutil
import subprocess
import threading

HERE = pathlib.Path(__file__).resolve().parent
SHOWN_URL = "http://localhost:8000"
DEADLINE = 60

# ends each shell block: what it has assigned, and where it is
KEEP_STATE = '\nset +x\n{ env -0; printf "JERRY_TEST_FOLDER=%s\\0" "$PWD"; } >"$JERRY_TEST_STATE"\n'


class BlockFailed(Exception):
    pass


class Interpreter:
    """A program that runs blocks one after the other: session.py, session.js."""

    def __init__(self, folder, *command):
        self.mark = "block-" + secrets.token_hex(8)
        self.process = subprocess.Popen(
            [*command, self.mark],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self.collect, daemon=True).start()

    def collect(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def run(self, name, code, environment):
        request = {"code": code, "name": name, "environment": environment}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        printed = []
        while True:
            try:
                line = self.lines.get(timeout=DEADLINE)
            except queue.Empty:
                raise BlockFailed("".join(printed) + f"still running after {DEADLINE} s")
            if line is None:
                raise BlockFailed("".join(printed) + "the interpreter ended")
            if line.startswith(self.mark):
                break
            printed.append(line)
        output = "".join(printed).removesuffix("\n")
        if not line.endswith(" ok\n"):
            raise BlockFailed(output)
        return output

    def stop(self):
        self.process.kill()
        self.process.wait()


class Session:
    """One page: its working folder, its environment and its interpreters."""

    def __init__(self, folder, url, environment):
        self.folder = pathlib.Path(folder)
        self.url = url
        self.environment = dict(environment)
        self.interpreters = {}

    def run(self, block):
        """Run a block and return what it printed; BlockFailed when it fails."""
        code = block.text.replace(SHOWN_URL, self.url)
        if block.language in ("sh", "bash"):
            return self.run_shell(code)
        if block.language == "sql":
            return self.run_sql(code, block.directives.get("as"))
        if block.language == "ts":
            script = self.folder / ".block.mts"
            script.write_text(code)
            return self.finish(["node", str(script)], "", self.environment)
        return self.interpreter(block.language).run(str(block), code, self.environment)

    def interpreter(self, language):
        if language not in self.interpreters:
            command = {
                "python": ("/usr/bin/python3", HERE / "session.py"), "js": ("node", HERE / "session.js")
            }[language]
            self.interpreters[language] = Interpreter(self.folder, *map(str, command))
        return self.interpreters[language]

    def finish(self, command, text, environment):
        """Run a program to its end."""
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                input=text,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=DEADLINE,
            )
        except subprocess.TimeoutExpired as timeout:
            raise BlockFailed(f"{(timeout.output or b'').decode(errors='replace')}still running after {DEADLINE} s")
        if done.returncode != 0:
            raise BlockFailed(done.stdout)
        return done.stdout

    def run_shell(self, code):
        state = self.folder / ".state"
        script = self.folder / ".block"
        script.write_text(code + KEEP_STATE)
        output = self.finish(
            ["bash", "-euo", "pipefail", "-o", "allexport", str(script)],
            "",
            {**self.environment, "JERRY_TEST_STATE": str(state)},
        )
        pairs = (line.partition("=") for line in state.read_text().split("\0") if line)
        self.environment = {name: text for name, _, text in pairs if name not in ("_", "JERRY_TEST_STATE", "SHLVL")}
        self.folder = pathlib.Path(self.environment.pop("JERRY_TEST_FOLDER"))
        return output

    def run_sql(self, code, role):
        variables = [
            f"-v{name}={text}" for name, text in self.environment.items() if name.islower() and "proxy" not in name
        ]
        preparation = f'SET SESSION AUTHORIZATION "{role}";\n' if role else ""
        return self.finish(
            [
                "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", *variables, "-d",
                self.environment["JERRY_DSN"]
            ],
            preparation + code,
            self.environment,
        )

    def stop(self):
        for interpreter in self.interpreters.values():
            interpreter.stop()


def has_node():
    """Is there a node with fetch()?"""
    node = shutil.which("node")
    if node is None:
        return False
    return subprocess.run([node, "-e", "process.exit(typeof fetch === 'function' ? 0 : 1)"]).returncode == 0


def strips_types():
    """Does node run TypeScript as it is?"""
    node = shutil.which("node")
    done = node and subprocess.run([node, "-p", "process.features.typescript"], stdout=subprocess.PIPE, text=True)
    return bool(done) and done.stdout.strip() == "strip"


def environment_without_jerry():
    """The caller's environment without what it has set for another Jerry."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("JERRY_", "DATABASE_", "PG"))}

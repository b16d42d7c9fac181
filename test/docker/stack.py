"""The containers of one compose project, seen with the Docker client and from this machine."""

import json
import os
import shlex
import subprocess

import requests
from waiting import eventually

START_DEADLINE = 120


def run(*command, check=True, **options):
    """Run a command to its end; with check, it must succeed."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300,
        **options
    )
    assert not check or done.returncode == 0, f"{shlex.join(command)}: {done.stdout}{done.stderr}"
    return done


class Stack:
    """One project; env_file is the file that compose reads its settings from."""

    def __init__(self, project, env_file, *files):
        self.project = project
        # a list of words from test/docker/run: which compose, and nothing of the caller's environment
        self.command = shlex.split(os.environ["JERRY_COMPOSE"]) + ["-p", project, "--env-file", str(env_file)]
        for file in files:
            self.command += ["-f", str(file)]

    def compose(self, *arguments, check=True):
        return run(*self.command, *arguments, check=check)

    def container(self, service):
        """The id of a service's container, running or not."""
        filters = f"label=com.docker.compose.project={self.project}", f"label=com.docker.compose.service={service}"
        found = run("docker", "ps", "-aq", "--filter", filters[0], "--filter", filters[1]).stdout.split()
        assert len(found) == 1, found
        return found[0]

    def inspect(self, service):
        return json.loads(run("docker", "inspect", self.container(service)).stdout)[0]

    def image(self, service):
        return json.loads(run("docker", "image", "inspect", self.inspect(service)["Image"]).stdout)[0]

    def execute(self, service, *command, check=True):
        """Run a command in a running container."""
        return run("docker", "exec", self.container(service), *command, check=check)

    def sql(self, statement):
        return self.execute("db", "psql", "-XAtq", "-d", "auth_db", "-c", statement).stdout.strip()

    def log(self, service):
        done = run("docker", "logs", self.container(service))
        return done.stdout, done.stderr

    def health(self, service):
        return self.inspect(service)["State"]["Health"]["Status"]

    def wait_for_health(self, service, status):
        eventually(
            lambda: self.health(service) == status,
            lambda: f"{service} did not become {status}: {self.log(service)}",
            seconds=START_DEADLINE, pause=0.2,
        )  # fmt: skip

    def up(self):
        """Start everything; done when the health checks say so."""
        self.compose("up", "-d")
        for service in "db", "api":
            self.wait_for_health(service, "healthy")

    def published(self, service):
        """The addresses of this machine that lead to the ports of a service."""
        ports = self.inspect(service)["NetworkSettings"]["Ports"]
        return {port: [(end["HostIp"], end["HostPort"]) for end in ends] for port, ends in ports.items() if ends}

    def post(self, route, body):
        (_, port), = self.published("api")["8000/tcp"]
        return requests.post(f"http://127.0.0.1:{port}/api/v1/auth/{route}", json=body, timeout=20)

"""What is in the images, and what is not."""

import os

import pytest

from stack import run

# What we add to the base image; a compiler or a forgotten package list shows here.
LIMITS = {"db": 120, "api": 20, "mail": 50, "hooks": 50}

UNWANTED = ["gcc", "cc", "c++", "clang", "as", "ld", "make", "curl", "wget", "pip", "python3", "npm", "sudo"]


@pytest.fixture(params=["db", "api", "mail", "hooks"])
def service(request):
    return request.param


def test_the_image_is_small(stack, service):
    base = int(run("docker", "image", "inspect", "-f", "{{.Size}}", os.environ["BASE_IMAGE"]).stdout)
    added = (stack.image(service)["Size"] - base) / 1e6
    print(f"{service}: {added:.0f} MB on top of {base / 1e6:.0f} MB")
    assert added < LIMITS[service]


def test_the_user_is_a_number_and_not_root(stack, service):
    user, _, group = stack.image(service)["Config"]["User"].partition(":")
    assert int(user) > 0 and int(group) > 0


def test_nothing_compiles_or_downloads(stack, service):
    for name in UNWANTED:
        assert stack.execute(service, "sh", "-c", f"command -v {name}", check=False).returncode != 0, name


def test_no_program_gains_rights_from_us(stack, service):
    """What is set-uid came with the base image, and no-new-privileges makes it harmless."""
    found = stack.execute(
        service, "find", "/usr/local", "/usr/lib/postgresql", "/usr/bin/kore", "-perm", "/6000", check=False
    )
    assert found.stdout == ""


def test_every_library_is_there(stack, service):
    files = {
        "db": [
            "/usr/lib/postgresql/15/bin/postgres", "/usr/lib/postgresql/15/bin/psql",
            "/usr/lib/postgresql/15/lib/jerry.so"
        ],
        "api": ["/usr/bin/kore", "/usr/local/bin/jerry-healthcheck", "/usr/local/lib/jerry/jerry_api.so"],
        "mail": ["/usr/local/bin/jerry-courier"],
        "hooks": ["/usr/local/bin/jerry-courier"],
    }
    for file in files[service]:
        assert "not found" not in stack.execute(service, "ldd", file).stdout, file


def test_secrets_are_in_no_layer(stack, service):
    """Settings belong to containers."""
    names = {line.partition("=")[0] for line in stack.image(service)["Config"]["Env"]}
    assert names.isdisjoint({"DATABASE_URL", "JWT_SECRET_KEY", "POSTGRES_PASSWORD", "SMTP_PASSWORD"})

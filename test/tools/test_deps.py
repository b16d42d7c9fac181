"""tools/deps: what it takes for there and what it asks for. What it installs is seen by test/deps/run, in new Debians.
"""

import pty
import os
import subprocess

import pytest

from conftest import TOOLS

# a Debian whose apt knows every package, and where installing is as good as done
DEBIAN = {
    "apt-cache": 'case $1 in depends) echo "  Depends: postgresql-15" ;; *) echo "  Candidate: 4.1.0-6" ;; esac',
    "apt-get": 'echo "$@" >>"$HOME/apt-get"',
    # the machine under test keeps its /etc
    "sudo": 'echo "$@" >>"$HOME/sudo"; case $1 in install | rm) cat >/dev/null ;; *) "$@" ;; esac',
    "id": 'case "$1" in -u) echo 1000 ;; -un) echo ada ;; *) echo 1000 ;; esac',
}
# Debian 12's pg_config, when only libpq-dev has brought it
LIBPQ_ONLY = (
    'case $1 in --cc) echo gcc ;; --version) echo "PostgreSQL 15.14" ;; --includedir) echo /usr/include/postgresql ;; '
    '*) echo /nowhere ;; esac'
)


@pytest.fixture
def debian(machine):
    machine.has(**DEBIAN)
    return machine


def installed(machine):
    """The packages that apt-get was asked to install."""
    try:
        calls = (machine.folder / "apt-get").read_text().splitlines()
    except FileNotFoundError:
        return set()
    words = [word for call in calls for word in call.partition(" install ")[2].split()]
    return {word for word in words if not word.startswith("-")}


def asked(machine, group, **names):
    machine.run("deps", group, **names)
    return installed(machine)


def test_libpq_is_no_server_and_pgxs_no_headers(debian):
    debian.has(pg_config=LIBPQ_ONLY)
    assert {"postgresql-15", "postgresql-server-dev-15"} <= asked(debian, "ext")


def test_the_server_comes_without_a_cluster_and_the_setting_goes_again(debian):
    assert "postgresql-15" in asked(debian, "ext")
    calls = (debian.folder / "sudo").read_text().splitlines()
    setting = "/etc/postgresql-common/createcluster.d/zz-jerry.conf"
    install = next(number for number, call in enumerate(calls) if " install " in call)
    assert calls.index(f"install -D -m 644 /dev/stdin {setting}") < install < calls.index(f"rm -f {setting}")


def test_the_compiler_is_that_of_pgxs_whatever_cc_is(debian):
    debian.has(pg_config=LIBPQ_ONLY)
    debian.has_this("cc")
    assert "gcc" in asked(debian, "ext")


def test_the_compiler_of_the_server_may_be_clang(debian):
    debian.has(pg_config='[ "$1" != --cc ] || echo clang-99 -std=gnu11')
    assert "clang" in asked(debian, "ext")


def test_a_psql_that_only_looks_for_one_is_none(debian):
    debian.has(psql="echo 'Error: You must install at least one postgresql-client-<version> package' >&2; exit 1")
    assert "postgresql-client-15" in asked(debian, "sidecar")


def test_a_header_without_its_library_is_not_enough(debian):
    debian.has(gcc="cat >/dev/null; for word; do [ $word != -lpq ] || exit 1; done")
    packages = asked(debian, "sidecar")
    assert "libpq-dev" in packages
    assert "libssl-dev" not in packages


def test_one_of_two_packages_that_exclude_each_other_is_enough(debian):
    debian.has(**{"dpkg-query": 'for package; do :; done; [ "$package" != libjwt-gnutls-dev ] || printf installed'})
    packages = asked(debian, "http")
    assert "pkg-config" in packages
    assert "libjwt-dev" not in packages


def kore(machine, version, features="-DKORE_USE_TASKS"):
    """A kore in a prefix of its own, first in PATH."""
    prefix = machine.folder / "opt"
    for folder in "bin", "include/kore", "share/kore":
        (prefix / folder).mkdir(parents=True)
    (prefix / "include/kore/http.h").touch()
    (prefix / "share/kore/features").write_text(features)
    (prefix / "bin/kore").write_text(f"#!/bin/sh\necho '{version} pgsql tasks'\n")
    (prefix / "bin/kore").chmod(0o755)
    return {"PATH": f"{prefix / 'bin'}:{machine.bin}"}


def test_a_kore_made_by_hand_is_found(debian):
    assert "kore" not in asked(debian, "sidecar", **kore(debian, "4.1.0"))


def test_a_kore_of_4_2_is_found(debian):
    assert "kore" not in asked(debian, "sidecar", **kore(debian, "4.2.3", "-DTLS_BACKEND_OPENSSL"))


@pytest.mark.parametrize(
    "version, features", [("3.3.1", ""), ("4.3.0", "-DTLS_BACKEND_OPENSSL"), ("4.2.3", ""), ("4.1.0", "-DKORE_NO_HTTP")]
)
def test_another_kore_in_front_is_named(debian, version, features):
    names = kore(debian, version, features)
    status, printed = debian.run("deps", "sidecar", **names)
    assert "kore" in installed(debian)
    assert status == 1
    assert f"opt/bin/kore is {version}" in printed


def test_an_old_postgresql_is_refused(debian):
    debian.has(**{"apt-cache": 'echo "  Depends: postgresql-14"'})
    status, printed = debian.run("deps", "ext")
    assert (status, installed(debian)) == (1, set())
    assert "PostgreSQL here is 14, but Jerry needs 15 or newer" in printed
    assert "docker compose up --build" in printed


def test_an_old_server_that_was_asked_for_is_refused(debian):
    status, printed = debian.run("deps", "ext", PG_CONFIG="/usr/lib/postgresql/14/bin/pg_config")
    assert status == 1
    assert "PostgreSQL here is 14" in printed


@pytest.mark.parametrize("there", [False, True])
def test_without_sudo_the_packages_have_their_names_and_there_is_a_command(debian, there):
    debian.lacks("sudo")
    if there:
        debian.has(sudo="echo 'sudo: a password is required' >&2; exit 1")
    status, printed = debian.run("deps", "ext", "sidecar")
    assert (status, installed(debian)) == (1, set())
    assert " postgresql-server-dev-15" in printed
    assert f"as root: {TOOLS}/deps ext sidecar" in printed


def test_without_apt_the_containers_are_named(machine):
    status, printed = machine.run("deps", "ext", "sidecar")
    assert status == 1
    assert "postgresql-15" in printed and "docker compose up --build" in printed


def test_a_system_without_kore_is_told_what_it_can_do(debian):
    debian.has(
        **{
            "apt-cache": 'case "$*" in depends*) echo "  Depends: postgresql-17" ;; *kore*) ;; *) echo "  Candidate: '
            '1" ;; esac'
        }
    )
    status, printed = debian.run("deps", "ext", "sidecar")
    assert (status, installed(debian)) == (1, set())
    assert "docker compose up --build" in printed
    assert "tools/deps ext && make SIDECAR=no install" in printed


def test_the_way_out_of_a_system_without_kore_is_one(debian):
    debian.has(
        **{
            "apt-cache": 'case "$*" in depends*) echo "  Depends: postgresql-17" ;; *kore*) ;; *) echo "  Candidate: '
            '1" ;; esac'
        }
    )
    debian.run("deps", "ext")
    assert "postgresql-server-dev-17" in installed(debian)


def test_a_terminal_sees_how_far_apt_is(debian):
    debian.has(**{
        "apt-get": 'echo "dlstatus:1:12.5:Retrieving file 1 of 8"; echo "pmstatus:gcc-12:47.1:Unpacking gcc-12 (amd64)"'
    })
    ours, theirs = pty.openpty()
    subprocess.run(
        ["/bin/bash", str(TOOLS / "deps"), "ext"], env=debian.names(), stdin=subprocess.DEVNULL, stdout=theirs,
        stderr=theirs, timeout=60
    )
    os.close(theirs)
    printed = os.read(ours, 65536).decode()
    os.close(ours)
    assert "jerry:  12 % fetching packages" in printed
    assert "jerry:  47 % Unpacking gcc-12 (amd64)" in printed


def test_who_only_asks_installs_nothing(debian):
    debian.has(pg_config=LIBPQ_ONLY)
    assert debian.run("deps", "--there", "ext")[0] == 1
    assert installed(debian) == set()
    debian.has(pgbouncer=":")
    assert debian.run("deps", "--there", "pooler") == (0, "")

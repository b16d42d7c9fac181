"""What the courier knows of webhooks, against others: its signatures against the vector of Standard Webhooks and
Python's HMAC, the addresses that it refuses against Python's ipaddress.
"""

import base64
import hashlib
import hmac
import ipaddress
import os
import pathlib
import random
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SRC = HERE.parent.parent / "src"


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Runs hook_lines: from a list of lines to that of the answers."""
    program = tmp_path_factory.mktemp("hooks") / "hook_lines"
    sources = [SRC / "courier/hooks/signature.c", SRC / "courier/hooks/reach.c", SRC / "base/network.c"]
    flags = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", f"-I{SRC}", f"-I{SRC}/courier"]
    subprocess.run(["gcc", *flags, "-o", program, HERE / "hook_lines.c", *sources, "-lcrypto"], check=True)

    def run(given):
        text = "".join(line + "\n" for line in given)
        done = subprocess.run([program], input=text, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.splitlines()

    return run


def test_a_signature_is_that_of_the_published_vector(lines):
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    [signature] = lines([f"sign {secret} {message} 1614265330 " + '{"test": 2432232314}'])
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signatures_are_those_of_another_implementation(lines):
    given, expected = [], []
    for n in range(24, 65):
        key, body = os.urandom(n), os.urandom(n * 20).hex()
        given.append(f"sign whsec_{base64.b64encode(key).decode()} evt_{n} {n * 10**8} {body}")
        mac = hmac.new(key, f"evt_{n}.{n * 10**8}.{body}".encode(), hashlib.sha256)
        expected.append("v1," + base64.b64encode(mac.digest()).decode())
    assert lines(given) == expected


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=w",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_" + "=" * 32,
        "whsec_" + "A" * 29 + "===",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La\tLaSw",
    ],
)
def test_what_is_no_secret_signs_nothing(lines, secret):
    assert lines([f"sign {secret} evt_1 1 x"]) == ["none"]


# of facts about such attacks: every address there that leads to the own machine or network
INSIDE = """127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.8 192.168.1.1 198.18.0.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::1 100::1 2002:7f00:1::
2002:a00:1::1 2001::1 2001:0:a00:1::1 2001:db8::1 3fff::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1
2002:808:808::1""".split()
OUTSIDE = """1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::808:808
2606:4700::1111 2a00:1450::1 2001:4860::8888 2001:200::1""".split()


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_of_the_internet_is_refused(lines, address):
    assert lines([f"reach {address}"]) != ["yes"]


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_reached(lines, address):
    assert lines([f"reach {address}"]) == ["yes"]


def test_no_address_is_reached_that_another_implementation_calls_not_global(lines):
    """Random ones, and both sides of every network's edge, as far as Debian's Python knows of the network."""
    rng = random.Random(1)
    # bits that its table gets wrong or does not have: we refuse more of 2001::/23, 6to4 and NAT64 of what is inside
    addresses = [ipaddress.IPv4Address(rng.getrandbits(32)) for _ in range(5000)]
    addresses += [ipaddress.IPv6Address(rng.getrandbits(128)) for _ in range(5000)]
    addresses += [ipaddress.IPv6Address(1 << 125 | rng.getrandbits(125)) for _ in range(5000)]
    for network in map(ipaddress.ip_network, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8",
                                              "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10"]):
        addresses += [network[0], network[-1], network[0] - 1, network[-1] + 1]
    answers = lines([f"reach {address}" for address in addresses])
    assert len(answers) == len(addresses)
    wrong = [a for a, said in zip(addresses, answers) if said == "yes" and (not a.is_global or a.is_multicast)]
    assert wrong == []
    assert answers.count("yes") > 5000


def test_an_operator_allows_networks(lines):
    given = ["127.0.0.1 127.0.0.0/8", "127.0.0.1 10.0.0.0/8", "::1 ::1", "::ffff:10.0.0.5 10.0.0.0/8",
             "10.0.0.5 10.0.0.0/30",
             "10.0.0.5 192.168.0.0/16 10.0.0.4/31", "fd00::1 fd00::/8"]
    assert lines(["reach " + line for line in given]) == ["yes", "loopback", "yes", "yes", "private", "yes", "yes"]

"""Whose address a login is recorded with: the peer's, and what a trusted proxy says about it."""

import pytest

import database
from client import Api


@pytest.fixture(scope="module")
def behind_proxies(start_sidecar, database_url):
    """A sidecar that trusts this machine and a private network."""
    proxies = "127.0.0.1, 10.0.0.0/8,2001:db8:ffff::/48"
    return Api(start_sidecar(DATABASE_URL=database_url, TRUSTED_PROXIES=proxies).url)


@pytest.fixture(scope="module")
def behind_others(start_sidecar, database_url):
    """A sidecar that trusts proxies, but not this machine."""
    return Api(start_sidecar(DATABASE_URL=database_url, TRUSTED_PROXIES="10.0.0.0/8,127.0.0.2,::1").url)


def recorded_address(api, db, user, forwarded_for):
    """The address in the newest login event, after a login with these X-Forwarded-For values."""
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for is not None else {}
    assert api.login(user, headers=headers).status == 200
    address = database.events(db, "user.logged_in", user["user_id"])[-1]["data"]["ip_address"]
    session = database.query(
        db, "SELECT host(ip) FROM jerry.session WHERE user_id = %s ORDER BY created_at DESC LIMIT 1", user["user_id"]
    )
    assert session == [(address,)]
    return address


def test_the_address_of_the_connection_is_recorded(api, db, registered_user):
    assert recorded_address(api, db, registered_user, None) == "127.0.0.1"


def test_a_stranger_cannot_claim_another_address(api, behind_others, db, registered_user):
    for sidecar in api, behind_others:
        assert recorded_address(sidecar, db, registered_user, "203.0.113.7") == "127.0.0.1"


def test_a_trusted_proxy_without_the_header_is_recorded_itself(behind_proxies, db, registered_user):
    assert recorded_address(behind_proxies, db, registered_user, None) == "127.0.0.1"


@pytest.mark.parametrize(
    "forwarded_for, recorded",
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1,203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3, 127.0.0.1, 2001:db8:ffff::1", "203.0.113.7"),
        ("127.0.0.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("10.1.2.3", "10.1.2.3"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
    ],
)
def test_a_trusted_proxy_names_the_client(behind_proxies, db, registered_user, forwarded_for, recorded):
    """The list is read from its end, as far as the proxies are trusted: what stands before is the client's own claim.
    """
    assert recorded_address(behind_proxies, db, registered_user, forwarded_for) == recorded


@pytest.mark.parametrize(
    "forwarded_for",
    [
        "unknown", "203.0.113", "203.0.113.7.9", "256.1.1.1", "host.example.com", "'; SELECT 1", "::gggg", ",",
        "203.0.113.7/8"
    ],
)
def test_what_is_no_address_is_not_recorded(behind_proxies, db, registered_user, forwarded_for):
    assert recorded_address(behind_proxies, db, registered_user, forwarded_for) == "127.0.0.1"


def test_nothing_is_taken_from_beyond_what_is_no_address(behind_proxies, db, registered_user):
    assert recorded_address(behind_proxies, db, registered_user, "203.0.113.7, unknown") == "127.0.0.1"
    last_sure = recorded_address(behind_proxies, db, registered_user, "203.0.113.7, unknown, 10.1.2.3")
    assert last_sure in ("127.0.0.1", "10.1.2.3")

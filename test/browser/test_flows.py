"""An account's life from mail to mail: each link is followed by programs before somebody opens it, and still works."""

import urllib.parse

import pytest

import database
import mailed_pages
from client import AUTH
from mailed_pages import NEW_PASSWORD, logs_in, set_to
from users import PASSWORD, new_email, new_user_data


@pytest.fixture
def follow(page, user, scanner):
    """Open the link of a mail, after whatever opens the links of mails."""

    def open_scanned(name, **link):
        fragment = urllib.parse.urlencode(link)
        address = f"{page.place}/{name}#{fragment}"
        for method in "HEAD", "GET", "HEAD":
            # also those that take the fragment for a query
            for path in f"/{name}", f"/{name}?{fragment}":
                assert user.api.send(method, path).status_code == 200
        # one that runs scripts looks at everything, and follows links, and presses no button
        scanner.open(address)
        first = mailed_pages.Page(scanner, page.place).heading
        scanner.driver.execute_script("scrollTo(0, document.body.scrollHeight)")
        places = scanner.driver.execute_script("return [...document.querySelectorAll('a[href]')].map((a) => a.href)")
        assert not [url for url in scanner.asked() if AUTH in url]
        for url in places:
            scanner.open(url)
        page.open(name, **link)
        assert page.heading == first
        return page

    return open_scanned


def mailed(db, event_type, email):
    return {"token": database.newest_token(db, event_type, email), "email": email}


def test_sign_up(follow, user, db, application):
    with set_to(db, "jerry.require_verified_email", "on"):
        someone = new_user_data()
        assert user.api.register(someone).status == 201
        assert user.api.login(someone).code == "EMAIL_NOT_VERIFIED"
        letter = mailed(db, "user.registered", someone["email"])
        page = follow("verify-email", **letter, **{"continue": application.url})
        page.press()
        page.becomes("done")
        assert logs_in(user.api, someone["email"], PASSWORD)
        page.one("a").click()
        page.wait(lambda driver: driver.title == "The application")


def test_a_link_that_is_too_old(follow, user, db):
    stale = mailed(db, "user.registered", user.email)
    database.query(
        db, "UPDATE jerry.one_time_token SET created_at = created_at - interval '2 days',"
        " expires_at = now() - interval '1 second' WHERE user_id = %s", user.id
    )
    page = follow("verify-email", **stale)
    page.press()
    page.becomes("again")
    page.press()
    page.becomes("sent")
    assert not user.is_verified()
    fresh = mailed(db, "user.verification_requested", user.email)
    assert fresh["token"] != stale["token"]
    page = follow("verify-email", **fresh)
    page.press()
    page.becomes("done")
    assert user.is_verified()


def test_a_forgotten_password(follow, page, user, db):
    before = user.api.login(user.registration).data
    page.open("reset-password")
    page.fill(email=user.email)
    page.press()
    page.becomes("sent")
    follow("reset-password", **mailed(db, "user.password_reset_requested", user.email))
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")
    assert logs_in(user.api, user.email, NEW_PASSWORD)
    assert not logs_in(user.api, user.email, PASSWORD)
    assert user.api.validate_token(before["access_token"]).code == "INVALID_TOKEN"
    assert user.api.refresh(before["refresh_token"]).code == "INVALID_TOKEN"


def test_a_login_by_mail(follow, user, db, code_login, application):
    assert user.api.request_login_code(user.email).status == 200
    page = follow(
        "login-code", **mailed(db, "user.login_code_requested", user.email), **{"continue": f"{application.url}/in"}
    )
    page.press()
    session = page.session_at(application)
    assert user.api.validate_token(session["access_token"]).data["user_id"] == user.id
    assert user.api.refresh(session["refresh_token"]).status == 200


@pytest.fixture
def new_address(user):
    """The one that the user has asked for."""
    email = new_email()
    user.change_tokens(email)
    return email


def test_another_address_and_back(follow, user, db, new_address):
    for event_type, email, state in [
        ("user.email_change_requested", user.email, "half"), ("user.email_change_offered", new_address, "done")
    ]:
        assert logs_in(user.api, user.email, PASSWORD)
        page = follow("email-change", **mailed(db, event_type, email))
        page.press()
        page.becomes(state)
    assert logs_in(user.api, new_address, PASSWORD)
    assert not logs_in(user.api, user.email, PASSWORD)

    page = follow("email-change", **mailed(db, "user.email_changed", user.email), action="undo")
    page.press()
    page.becomes("undone")
    assert not logs_in(user.api, new_address, PASSWORD)
    assert not logs_in(user.api, user.email, PASSWORD)
    page = follow("reset-password", **mailed(db, "user.password_reset_requested", user.email))
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")
    assert logs_in(user.api, user.email, NEW_PASSWORD)


@pytest.mark.parametrize("by_new", [False, True], ids=["by the old one", "by the new one"])
def test_another_address_that_is_not_wanted(follow, user, db, new_address, by_new):
    old = mailed(db, "user.email_change_requested", user.email)
    new = mailed(db, "user.email_change_offered", new_address)
    theirs, other = (new, old) if by_new else (old, new)
    page = follow("email-change", **theirs)
    page.press(-1)
    page.becomes("cancelled")
    page = follow("email-change", **other)
    page.press()
    page.becomes("again")
    assert logs_in(user.api, user.email, PASSWORD)
    assert not logs_in(user.api, new_address, PASSWORD)


def test_an_invitation(follow, user, db):
    email = new_email()
    assert database.value(db, "SELECT jerry.invite_user(%s)", email)["success"]
    page = follow("invite", **mailed(db, "user.invited", email))
    assert not logs_in(user.api, email, PASSWORD)
    page.fill(password=PASSWORD, password_confirmation=PASSWORD)
    page.press()
    page.becomes("done")
    assert logs_in(user.api, email, PASSWORD)


def test_a_user_who_leaves_and_stays(follow, user, db, application):
    session = user.api.login(user.registration).data
    assert user.api.delete_me(session["access_token"], PASSWORD).status == 200
    assert user.api.validate_token(session["access_token"]).code == "INVALID_TOKEN"
    [told] = user.mailed("user.deletion_scheduled")
    page = follow("account-deleted", deletes_at=told["deletes_at"], **{"continue": f"{application.url}/login"})
    assert page.state == "ask"
    assert user.mailed("user.deletion_cancelled") == []
    page.one("a").click()
    page.wait(lambda driver: driver.title == "The application")
    assert page.driver.current_url == f"{application.url}/login"
    assert logs_in(user.api, user.email, PASSWORD)
    assert len(user.mailed("user.deletion_cancelled")) == 1
    assert database.value(db, "SELECT deletes_at IS NULL FROM jerry.user WHERE id = %s", user.id)

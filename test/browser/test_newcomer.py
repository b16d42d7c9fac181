"""The first minutes of somebody who has typed make run: by README's steps, in a browser, to a verified login."""

import pytest

import database
import mailed_pages
from processes import free_port
from runs import Run, open_up, persons_names
from shown_mails import Mails
from swagger import Operation

ADDRESS = "user@example.com"  # that of the examples on /docs


@pytest.fixture
def run(tmp_path, url):
    """make run, once it has said where everything is; url: it has Swagger UI, too."""
    open_up(tmp_path)
    run = Run(tmp_path / "run", free_port(), persons_names())
    try:
        run.wait_for(lambda: "Ctrl-C stops Jerry." in run.output())
        yield run
    finally:
        run.end()


def test_from_make_run_to_a_verified_login(run, browser):
    [place] = [line.split()[1] for line in run.output().splitlines() if line.startswith("Mails: ")]
    assert place == f"{run.url}/dev/mail"
    driver = browser.driver

    # register
    browser.open(f"{run.url}/docs#/Authentication/registerUser")
    status, answer = Operation(browser, "Authentication", "registerUser").execute()
    assert (status, answer["data"]["email"]) == (201, ADDRESS)

    # open the mail
    mails = Mails(browser, place).open()
    mails.wait(lambda _: mails.texts(".subject") == ["Please confirm your email address"])
    browser.screenshot("newcomer-mails.png")
    mails.one("#mails a").click()
    mails.shows("Please confirm your email address")
    assert mails.header("to") == f"<{ADDRESS}>"
    with browser.seen_as(width=900, height=1000):
        mails.within("return document.querySelector('a').checkVisibility()")
        browser.screenshot("newcomer-mail.png")  # make picture

    # press its button, and that of the page that it leads to
    first = driver.current_window_handle
    mails.click_within("a")
    [tab] = mails.wait(lambda _: [tab for tab in driver.window_handles if tab != first])
    driver.switch_to.window(tab)
    page = mailed_pages.Page(browser, run.url)
    page.wait(lambda _: page.find("button"))
    page.press()
    page.becomes("done")
    browser.screenshot("newcomer-verified.png")
    driver.close()
    driver.switch_to.window(first)

    # log in
    browser.open(f"{run.url}/docs#/Authentication/loginUser")
    status, answer = Operation(browser, "Authentication", "loginUser").execute()
    browser.screenshot("newcomer-login.png")
    assert status == 200
    assert browser.console() == []

    [dsn] = [line.partition("=")[2] for line in (run.folder / "env").read_text().splitlines() if "JERRY_DSN" in line]
    connection = database.connect(dsn)
    try:
        [[user_id, is_verified]] = database.query(
            connection, "SELECT id::text, email_verified_at IS NOT NULL FROM jerry.user WHERE email = %s", ADDRESS
        )
    finally:
        connection.close()
    assert (user_id, is_verified) == (answer["data"]["user_id"], True)

"""The pages for the links in mails, in a real browser, with tokens from the outbox; what is served to whom is in
test/http/test_pages.py.
"""

import json
import os
import urllib.parse

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import database
import mailed_pages
from client import AUTH
from mailed_pages import APPLICATION, NAME
from processes import ready_sidecar
from users import PASSWORD, new_email, new_user

NEW_PASSWORD = "AnotherPassword456!"

GERMAN = {
    "verify-email": "E-Mail-Adresse bestätigen",
    "reset-password": "Neues Passwort wählen",
    "email-change": "E-Mail-Adresse ändern",
    "invite": "Einladung annehmen",
    "login-code": "Anmelden",
    "account-deleted": "Ihr Konto wird gelöscht",
}
ENGLISH = {
    "verify-email": "Confirm your email address",
    "reset-password": "Choose a new password",
    "email-change": "Change your email address",
    "invite": "Accept your invitation",
    "login-code": "Log in",
    "account-deleted": "Your account is to be deleted",
}

# run with a function that is called with the result
CHECK = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(
    (results) => done([...results.violations, ...results.incomplete].map(
        (rule) => [rule.id, rule.help, rule.nodes.map((node) => node.html)])));
"""

# the next answer, without a server
ANSWER = """
const [status, body] = arguments;
window.fetch = async () => status === 0 ? Promise.reject(new TypeError()) : new Response(body, {status});
"""


def focused(page):
    return page.driver.switch_to.active_element


def test_a_link_verifies_when_the_button_is_pressed_and_not_before(page, user, foreign):
    token = user.token("verify-email")
    page.open("verify-email", token=token)
    assert (page.state, page.heading) == ("ask", ENGLISH["verify-email"])
    assert page.driver.title == f"{ENGLISH['verify-email']} – {NAME}"
    assert page.one("#name").text == NAME
    assert page.driver.current_url == f"{page.place}/verify-email"
    asked = page.browser.asked()
    assert {urllib.parse.urlsplit(url).path for url in asked} == {
        "/verify-email", "/pages/pages.css", "/pages/pages.js", "/pages/logo"
    }
    assert not any(token in url for url in asked) and foreign(asked, page.place) == []
    assert not user.is_verified()

    page.press()
    page.becomes("done")
    assert page.posted() == ["verify-email"]
    assert user.is_verified()
    assert page.driver.title == f"Your email address is confirmed – {NAME}"
    assert focused(page).text == page.heading
    assert page.find("a") == []
    assert page.browser.console() == []


def test_a_link_sets_a_new_password(page, user, foreign):
    page.open("reset-password", token=user.token("reset-password"))
    assert page.heading == ENGLISH["reset-password"]
    assert page.driver.current_url == f"{page.place}/reset-password"
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")
    assert page.posted() == ["password/reset-confirm"]
    assert user.api.login({**user.registration, "password": NEW_PASSWORD}).status == 200
    assert user.api.login(user.registration).status == 401
    assert focused(page).text == page.heading == "Your password is changed"
    assert page.browser.console() == []


def test_a_password_that_is_refused_is_explained_and_the_link_stays_good(page, user):
    page.open("reset-password", token=user.token("reset-password"))
    for password, again, says in [
        ("", "", "The password needs at least 8 characters."),
        ("password1!", "password1!", "The password needs an uppercase letter."),
        (NEW_PASSWORD, NEW_PASSWORD + "x", "The two passwords differ."),
    ]:
        page.fill(new_password=password, new_password_confirmation=again)
        page.press()
        page.wait(lambda _: page.said == says)
        wrong = focused(page)
        assert wrong.get_attribute("aria-invalid") == "true"
        assert "refusal" in wrong.get_attribute("aria-describedby").split()
        assert (wrong.get_attribute("id") == "password-again") == (password != again)
    page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("done")


@pytest.mark.parametrize("name, event, heading", [
    ("verify-email", "user.verification_requested", "Get a new link"),
    ("reset-password", "user.password_reset_requested", "Get a link for a new password")
])
def test_who_has_no_good_link_gets_another_one(page, user, name, event, heading):
    page.open(name, token="x" * 43)
    if name == "reset-password":
        page.fill(new_password=NEW_PASSWORD, new_password_confirmation=NEW_PASSWORD)
    page.press()
    page.becomes("again")
    assert focused(page).text == page.heading == heading

    page.fill(email="nobody")
    page.press()
    assert page.refusal == "Please enter an email address such as name@example.com."
    assert focused(page).get_attribute("name") == "email"
    # as if the last mail had gone out before
    database.query(
        user.db, "UPDATE jerry.one_time_token SET created_at = created_at - interval '61 seconds' WHERE user_id = %s",
        user.id
    )
    page.fill(email=user.email)
    page.press()
    page.becomes("sent")
    [mailed] = user.mailed(event)
    assert mailed["email"] == user.email


def test_the_address_in_a_link_is_filled_in(page, user):
    page.open("reset-password", token="x", email=user.email)
    username = page.driver.find_element(By.CSS_SELECTOR, "[autocomplete=username]")
    assert (username.get_property("value"), username.is_displayed()) == (user.email, False)
    assert user.email not in page.driver.current_url
    # who has forgotten the password comes without a link, and is not told that it is a bad one
    page.open("reset-password", email=user.email)
    assert page.heading == "Get a link for a new password"
    page.press()
    page.becomes("sent")
    assert len(user.mailed("user.password_reset_requested")) == 1


@pytest.mark.parametrize("link", [{}, {"token": ""}, {"other": "x"}])
def test_a_link_without_its_token_asks_for_another(page, link):
    page.open("verify-email", **link)
    assert page.state == "again"


def test_a_reload_does_not_know_the_token(page, user):
    page.open("verify-email", token=user.token("verify-email"))
    page.driver.refresh()
    assert page.state == "again"
    page.driver.back()
    assert user.token("verify-email") not in page.driver.current_url


def test_another_link_in_the_same_tab_is_taken(page, user):
    page.open("verify-email", token="x" * 43)
    page.press()
    page.becomes("again")
    page.driver.get(f"{page.place}/verify-email#token={user.token('verify-email')}")
    page.becomes("ask")
    assert page.driver.current_url == f"{page.place}/verify-email"
    page.press()
    page.becomes("done")
    assert user.is_verified()


def test_who_presses_twice_asks_once(page, user):
    page.open("verify-email", token=user.token("verify-email"))
    page.driver.execute_script("for (let i = 0; i < 3; i++) arguments[0].click()", page.one("button"))
    page.becomes("done")
    assert page.posted() == ["verify-email"]


def test_the_keyboard_is_enough(page, user):
    page.open("reset-password", token=user.token("reset-password"))
    body = page.driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    for text in NEW_PASSWORD, NEW_PASSWORD:
        style = focused(page).value_of_css_property("outline-style")
        assert (focused(page).get_attribute("type"), style) == ("password", "solid")
        focused(page).send_keys(text + Keys.TAB)
    assert focused(page).text == "Change the password"
    focused(page).send_keys(Keys.ENTER)
    page.becomes("done")


@pytest.fixture
def invited(db):
    """The address of somebody who was invited."""
    email = new_email()
    assert database.value(db, "SELECT jerry.invite_user(%s)", email)["success"]
    return email


def test_who_is_invited_sets_a_password(page, user, invited, db):
    page.open("invite", token=database.newest_token(db, "user.invited", invited), email=invited)
    assert (page.state, page.heading) == ("ask", ENGLISH["invite"])
    username = page.driver.find_element(By.CSS_SELECTOR, "[autocomplete=username]")
    assert username.get_property("value") == invited
    for password, again, says, wrong in [
        ("password1!", "password1!", "The password needs an uppercase letter.", "password"),
        (PASSWORD, PASSWORD + "x", "The two passwords differ.", "password_confirmation"),
    ]:
        page.fill(password=password, password_confirmation=again)
        page.press()
        page.wait(lambda _: page.said == says)
        assert focused(page).get_attribute("name") == wrong
    assert user.api.login({"email": invited, "password": PASSWORD}).status == 401
    page.fill(password=PASSWORD, password_confirmation=PASSWORD)
    page.press()
    page.becomes("done")
    assert set(page.posted()) == {"invite/accept"}
    assert focused(page).text == page.heading == "Your account is ready"
    assert user.api.login({"email": invited, "password": PASSWORD}).status == 200


@pytest.mark.parametrize("link", [{}, {"token": "x" * 43}])
def test_an_invitation_that_does_not_work_says_what_to_do(page, link):
    page.open("invite", **link)
    if link:
        page.fill(password=PASSWORD, password_confirmation=PASSWORD)
        page.press()
        page.becomes("again")
    assert (page.state, page.heading) == ("again", "This invitation does not work")
    assert "ask whoever invited you" in page.one("section p").text
    assert page.find("button") == []


def test_a_link_logs_in_to_the_application(page, user, code_login, application):
    token = user.token("login-code")
    page.open("login-code", token=token, **{"continue": f"{application.url}/in?from=mail#top"})
    assert (page.state, page.heading) == ("ask", ENGLISH["login-code"])
    assert page.driver.current_url == f"{page.place}/login-code"
    asked = page.browser.asked()
    assert not any(AUTH in url or token in url for url in asked)
    entries = page.driver.execute_script("return history.length")
    focused(page).send_keys(Keys.TAB + Keys.ENTER)

    session = page.session_at(application)
    assert list(session) == ["access_token", "refresh_token", "token_type", "expires_in"]
    assert (session["token_type"], int(session["expires_in"]) > 0) == ("bearer", True)
    assert user.api.validate_token(session["access_token"]).data["user_id"] == user.id
    assert user.api.refresh(session["refresh_token"]).status == 200
    assert page.driver.current_url.split("#")[0] == f"{application.url}/in?from=mail"
    assert "/in?from=mail" in application.asked
    assert not any(session["access_token"] in path or token in path for path in application.asked)
    # in the place of the page, so that nobody comes back to it
    assert page.driver.execute_script("return history.length") == entries
    assert user.api.confirm_login_code(token=token).code == "INVALID_TOKEN"
    page.open("login-code")
    assert page.driver.execute_script("return [localStorage.length, sessionStorage.length, document.cookie]") == [
        0, 0, ""
    ]


HOSTILE = [
    "https://evil.example/",
    "https://app.example.com.evil.example/",
    "https://app.example.com@evil.example/",
    "https://evil.example\\@app.example.com/",
    "https://ada:pw@app.example.com/",
    "https://@evil.example/https://app.example.com/",
    "https:/\\evil.example/",
    "\\\\app.example.com/",
    "https://app.example.com:8443/",
    "http://app.example.com/",
    "//app.example.com/",
    "/welcome",
    "javascript:alert(1)//https://app.example.com/",
    " java\nscript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "blob:https://app.example.com/4711",
    "filesystem:https://app.example.com/temporary/x",
    "https://app.example.com\u3002evil.example/",
    "",
]


@pytest.mark.parametrize("target", [None, *HOSTILE])
def test_a_link_to_no_application_redeems_nothing(page, user, code_login, target):
    token = user.token("login-code")
    page.open("login-code", token=token, **({} if target is None else {"continue": target}))
    assert (page.state, page.heading) == ("nowhere", "This link cannot be used here")
    assert "six digits" in page.one("section p").text
    assert page.find("button, a, input") == []
    # not even by who presses what is not shown
    for form in page.driver.find_elements(By.TAG_NAME, "form"):
        assert not form.is_displayed()
    assert page.posted() == []
    assert user.api.confirm_login_code(token=token).status == 200


def test_a_page_of_logins_without_applications_says_so(browser, tmp_path):
    with ready_sidecar(tmp_path, DATABASE_URL=os.environ["DATABASE_URL"]) as sidecar:
        page = mailed_pages.Page(browser, sidecar.url)
        for link in {}, {"token": "x"}:
            page.open("login-code", **link)
            assert page.state == "nowhere"


def test_a_link_that_was_used_to_log_in_is_replaced(page, user, code_login, application):
    token = user.token("login-code")
    assert user.api.confirm_login_code(token=token).status == 200
    page.open("login-code", token=token, email=user.email, **{"continue": application.url})
    page.press()
    page.becomes("again")
    assert focused(page).text == page.heading == "Get a new link"
    page.press()
    page.becomes("sent")
    assert page.posted() == ["login/code-confirm", "login/code"]
    newest = database.newest_token(user.db, "user.login_code_requested", user.email)
    assert newest != token
    page.open("login-code", token=newest, **{"continue": application.url})
    page.press()
    assert user.api.me(page.session_at(application)["access_token"]).data["email"] == user.email


def test_logins_by_mail_that_are_off_are_said(page, user):
    page.open("login-code", token="x" * 43, email=user.email, **{"continue": APPLICATION})
    page.press()
    page.becomes("again")
    page.press()
    assert page.refusal == "Nobody can log in by mail here. Please log in with your password."


@pytest.mark.parametrize(
    "error, says",
    [
        ({"code": "USER_BANNED", "details": {"until": None}}, "This account is blocked."),
        ({"code": "HOOK_REFUSED", "details": {}}, "This service does not allow it."),
        ({"code": "RATE_LIMITED", "details": {"retry_after": 30}}, "There were too many tries."),
    ],
)
def test_a_login_that_is_refused_leads_nowhere(page, error, says):
    page.open("login-code", token="x" * 43, **{"continue": APPLICATION})
    page.driver.execute_script(ANSWER, 403, json.dumps({"success": False, "error": error}))
    page.press()
    assert page.refusal.startswith(says)
    assert (page.state, page.driver.current_url) == ("ask", f"{page.place}/login-code")


@pytest.mark.parametrize("language, day", [("en", "December 14, 2126"), ("de", "14. Dezember 2126")])
def test_the_day_of_a_deletion_is_said_and_how_to_keep_the_account(page, foreign, language, day):
    with page.browser.seen_as(language):
        page.open("account-deleted", deletes_at="2126-12-14T11:30:00.000Z", **{"continue": f"{APPLICATION}/login"})
        assert (page.state, page.heading) == ("ask", {"en": ENGLISH, "de": GERMAN}[language]["account-deleted"])
        assert day in page.find("section p")[0].text
        assert page.one("a").get_attribute("href") == f"{APPLICATION}/login"
        assert page.find("button") == []
        asked = page.browser.asked()
        assert foreign(asked, page.place) == [] and not any(AUTH in url for url in asked)


def test_a_deletion_that_is_over_is_said(page):
    page.open("account-deleted", deletes_at="2026-01-14T11:30:00.000Z", **{"continue": "https://evil.example/"})
    assert (page.state, page.heading) == ("over", "The time to keep your account is over")
    assert "January 14, 2026" in page.one("section p[data-dated]").text
    assert page.find("a") == []
    # as other links are not over by that
    page.open("verify-email", token="x", deletes_at="2026-01-14T11:30:00.000Z")
    assert page.state == "ask"


@pytest.mark.parametrize("link", [{}, {"deletes_at": ""}, {"deletes_at": "soon"}, {"deletes_at": "9" * 40}])
def test_a_deletion_without_a_day_is_said_too(page, link):
    page.open("account-deleted", token="x", **link)
    assert (page.state, page.heading) == ("again", "Your account is to be deleted")
    assert "{date}" not in page.one("section").text


def address_of(user):
    return database.value(user.db, "SELECT email FROM jerry.user WHERE id = %s", user.id)


def test_both_addresses_confirm_a_change_and_the_old_one_takes_it_back(page, user):
    new = new_email()
    for token, state in zip(user.change_tokens(new), ["half", "done"]):
        page.open("email-change", token=token)
        assert (page.state, page.heading) == ("ask", ENGLISH["email-change"])
        assert address_of(user) == user.email
        page.press()
        page.becomes(state)
        assert page.posted() == ["email/change-confirm"]
    assert address_of(user) == new

    page.open("email-change", token=user.mailed("user.email_changed")[-1]["email_undo_token"], action="undo")
    assert (page.state, page.heading) == ("ask-undo", "Take your email address back")
    page.press()
    page.becomes("undone")
    assert page.posted() == ["email/change-undo"]
    assert address_of(user) == user.email
    assert page.browser.console() == []


@pytest.mark.parametrize("side", [0, 1], ids=["the old address", "the new address"])
@pytest.mark.parametrize(
    "link", [{}, {"action": "cancel"}, {"action": "\"]<b>"}], ids=["one page", "own link", "unknown"]
)
def test_either_address_cancels_a_change(page, user, side, link):
    token = user.change_tokens(new_email())[side]
    page.open("email-change", token=token, **link)
    assert [button.text for button in page.find("button")][-1] == "Cancel the change"
    page.press(-1)
    page.becomes("cancelled")
    assert page.posted() == ["email/change-cancel"]
    assert len(user.mailed("user.email_change_cancelled")) == 1
    page.open("email-change", token=token)
    page.press()
    page.becomes("again")
    assert page.find("button") == []


def test_an_address_that_is_taken_meanwhile_is_said(page, user):
    new = new_email()
    old_token, new_token = user.change_tokens(new)
    assert user.api.confirm_email_change(old_token).status == 200
    new_user(user.api, email=new)
    page.open("email-change", token=new_token)
    page.press()
    assert page.refusal == "Another account has this email address by now."


def test_it_goes_on_to_a_place_of_ours(page, user):
    target = f"{APPLICATION}/welcome?from=mail&a=%22#top"
    page.open("verify-email", token=user.token("verify-email"), **{"continue": target})
    page.press()
    page.becomes("done")
    assert (page.one("a").text, page.one("a").get_attribute("href")) == ("Continue", target)


@pytest.mark.parametrize("target", HOSTILE)
def test_it_goes_on_to_no_other_place(page, user, target):
    page.open("verify-email", token=user.token("verify-email"), **{"continue": target})
    page.press()
    page.becomes("done")
    assert page.find("a") == []
    assert page.driver.find_element(By.TAG_NAME, "a").get_attribute("href") is None


@pytest.mark.parametrize("name", sorted(ENGLISH))
def test_what_a_link_says_is_never_part_of_the_page(page, name):
    """Neither is anything of the query."""
    attack = "\"'><img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>{{7*7}}"
    page.open(name, token=attack, flow=attack, action=attack, **{attack: attack, "continue": attack})
    page.open(name, **WHOLE[name], email=attack, action=attack)
    page.open(name, deletes_at=attack)
    page.driver.get(f"{page.place}/{name}?{urllib.parse.urlencode({'token': attack})}#{attack}")
    page.open(name, token=attack, **{"continue": APPLICATION})
    for field in page.find("input"):
        field.send_keys(attack)
    for _ in page.find("button")[:1]:
        page.press()
        page.wait(lambda _: page.state == "again" or page.said)
    assert page.driver.execute_script("return window.hit") is None
    assert page.find("img[src=x]") == [] and "onerror" not in page.driver.page_source
    assert [line for line in page.browser.console() if "401" not in line and "400" not in line] == []


@pytest.mark.parametrize(
    "status, answer, says",
    [
        (0, "", "That did not work. Please try again in a moment."),
        (502, "<html>Bad Gateway</html>", "That did not work. Please try again in a moment."),
        (200, "null", "That did not work. Please try again in a moment."),
        (503, {"code": "SERVICE_UNAVAILABLE", "details": {}}, "That did not work. Please try again in a moment."),
        (429, {"code": "RATE_LIMITED", "details": {"retry_after": 30}},
         "There were too many tries. Please try again in 30 seconds."),
        (429, {"code": "RATE_LIMITED", "details": {"retry_after": 301}},
         "There were too many tries. Please try again in 6 minutes."),
    ],
)
def test_what_goes_wrong_is_said_and_the_button_works_again(page, user, status, answer, says):
    page.open("verify-email", token=user.token("verify-email"))
    page.driver.execute_script("window.theirs = window.fetch")
    body = answer if isinstance(answer, str) else json.dumps({"success": False, "error": answer})
    page.driver.execute_script(ANSWER, status, body)
    page.press()
    assert page.refusal == says
    page.driver.execute_script("window.fetch = window.theirs")
    page.press()
    page.becomes("done")


@pytest.mark.parametrize("name", sorted(ENGLISH))
@pytest.mark.parametrize("language, headings", [("de-AT, en;q=0.5", GERMAN), ("en", ENGLISH)])
def test_a_browser_without_script_says_so(page, name, language, headings):
    with page.browser.seen_as(language, script=False):
        page.open(name, token="x" * 43)
        assert page.heading == headings[name]
        assert "JavaScript" in page.one("main p").text
        assert page.find("section, form, button, input") == []
    page.browser.screenshot(f"{name}-{language[:2]}-no-script.png")


def test_it_works_behind_a_prefix(browser, place, behind_prefix, user):
    page = mailed_pages.Page(browser, behind_prefix(place))
    page.open("verify-email", token=user.token("verify-email"))
    page.press()
    page.becomes("done")
    assert page.driver.find_element(By.CSS_SELECTOR, "header img").get_property("naturalWidth") > 0
    assert user.is_verified()


# a link that each page takes for a good one
WHOLE = {
    name: {"token": "x" * 43, "deletes_at": "2126-12-14T09:30:00.000Z", "continue": APPLICATION} for name in ENGLISH
}
STATES = {
    "verify-email": ["ask", "done", "again", "sent"],
    "reset-password": ["ask", "done", "again", "sent"],
    "email-change": ["ask", "ask-cancel", "ask-undo", "half", "done", "cancelled", "undone", "again"],
    "invite": ["ask", "done", "again"],
    "login-code": ["ask", "nowhere", "done", "again", "sent"],
    "account-deleted": ["ask", "over", "again"],
}


@pytest.mark.parametrize("name", sorted(STATES))
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(page, axe, name, language, dark):
    """In any state, with what is refused too, and on a narrow screen as well."""
    with page.browser.seen_as(language, dark):
        page.open(name, **WHOLE[name])
        assert page.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        assert page.heading == {"en": ENGLISH, "de": GERMAN}[language][name]
        page.driver.execute_script(axe)
        for state in STATES[name]:
            page.driver.execute_script("goOn(arguments[0])", state)
            look(page, f"{name}-{language}-{'dark' if dark else 'light'}-{state}")
        page.driver.execute_script("goOn('ask')")
        if not page.find("button"):
            return
        page.driver.execute_script(ANSWER, 429, json.dumps({"error": {
            "code": "RATE_LIMITED", "details": {"retry_after": 300, "field": "new_password"}}}))
        page.press()
        assert page.refusal
        look(page, f"{name}-{language}-{'dark' if dark else 'light'}-refused")


def look(page, name):
    assert page.driver.execute_async_script(CHECK) == []
    page.browser.screenshot(f"{name}.png")


@pytest.mark.parametrize("name", sorted(STATES))
def test_nothing_is_cut_off_on_a_narrow_screen(page, name):
    with page.browser.seen_as("de", width=320):
        page.open(name, **WHOLE[name])
        for state in STATES[name]:
            page.driver.execute_script("goOn(arguments[0])", state)
            width = page.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
            assert width == [320, 320]
            page.browser.screenshot(f"{name}-narrow-{state}.png")

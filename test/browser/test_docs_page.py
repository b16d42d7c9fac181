"""/docs in a real browser: it renders, it works, and it talks to nobody else."""

import json

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

import database
from client import Api
from contract import contract
from swagger import DEADLINE, Operation
from users import new_user_data

INLINE = """
const script = document.createElement('script');
script.textContent = 'window.inline = true';
document.head.append(script);
return window.inline === true;
"""


@pytest.fixture
def page(browser, url):
    """The page, when all operations are on it."""
    browser.open(url + "/docs")
    blocks = expected_conditions.presence_of_all_elements_located((By.CSS_SELECTOR, ".opblock"))
    WebDriverWait(browser.driver, DEADLINE).until(
        lambda driver: len(blocks(driver) or []) == len(contract().operations())
    )
    return browser


def policy_of(url):
    """The directives of the page's Content-Security-Policy."""
    policy = requests.get(url + "/docs", timeout=10).headers["Content-Security-Policy"]
    return {words[0]: words[1:] for words in (directive.split() for directive in policy.split(";"))}


def test_the_page_shows_every_operation_and_no_error(page):
    page.screenshot("docs.png")
    assert "Jerry" in page.driver.title
    assert page.driver.find_elements(By.CSS_SELECTOR, ".errors-wrapper") == []
    shown = {
        element.text.replace("\u200b", "")
        for element in page.driver.find_elements(By.CSS_SELECTOR, ".opblock-summary-path")
    }
    assert shown == {path for _, path, _ in contract().operations()}


def test_what_a_group_is_can_be_read_on_a_phone(page):
    with page.seen_as(width=360):
        page.screenshot("docs-phone.png")
        description = page.driver.find_element(By.CSS_SELECTOR, ".opblock-tag small")
        assert description.text
        assert description.size["width"] > 200
        # nothing is cut off
        assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 360


def test_the_page_says_nothing_on_the_console_and_asks_nobody_else(page, url, foreign):
    asked = page.asked()
    assert f"{url}/openapi.json" in asked
    assert foreign(asked, url) == []
    assert page.console() == []


def test_try_it_out_registers_a_user(page, url, db, foreign):
    user = new_user_data()
    register = Operation(page, "Authentication", "registerUser")
    register.open()
    status, answer = register.execute(user)
    page.screenshot("docs-registered.png")
    assert status == 201
    assert answer["data"]["email"] == user["email"]
    assert database.value(
        db, "SELECT id::text FROM jerry.user WHERE email = %s", user["email"]
    ) == answer["data"]["user_id"]
    assert foreign(page.asked(), url) == []
    assert page.console() == []


def test_a_token_that_was_authorized_is_sent(page, url):
    user = new_user_data()
    api = Api(url)
    assert api.register(user).status == 201
    wait = WebDriverWait(page.driver, DEADLINE)

    page.driver.find_element(By.CSS_SELECTOR, ".btn.authorize").click()
    field = wait.until(expected_conditions.element_to_be_clickable((By.CSS_SELECTOR, ".auth-container input")))
    field.send_keys(api.login(user).data["access_token"])
    page.driver.find_element(By.CSS_SELECTOR, ".auth-btn-wrapper .authorize").click()
    page.driver.find_element(By.CSS_SELECTOR, ".btn-done").click()

    me = Operation(page, "Authentication", "getCurrentUser")
    me.open()
    status, answer = me.execute()
    assert status == 200
    assert answer["data"]["email"] == user["email"]
    assert page.console() == []

    page.driver.refresh()
    me = Operation(page, "Authentication", "getCurrentUser")
    me.open()
    assert me.execute()[0] == 200, "the reload lost the token"


def test_the_schemas_do_not_fill_the_page(page):
    models = page.driver.find_element(By.CSS_SELECTOR, "section.models")
    assert "is-open" not in models.get_attribute("class").split()
    assert page.driver.find_elements(By.CSS_SELECTOR, ".model-container") == []
    models.find_element(By.CSS_SELECTOR, "h4 button").click()
    # of a long list only what can be seen is there
    WebDriverWait(page.driver, DEADLINE).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "#model-UserId"))


def test_try_it_out_works_behind_a_prefix(browser, url, behind_prefix):
    browser.open(behind_prefix(url) + "/docs")
    register = Operation(browser, "Authentication", "registerUser")
    register.open()
    assert register.execute(new_user_data())[0] == 201


def test_the_policy_allows_no_inline_script(page, url):
    policy = policy_of(url)
    assert policy["script-src"] == ["'self'"]
    assert policy["default-src"] == ["'none'"]
    assert page.driver.execute_script(INLINE) is False
    assert any("Content Security Policy" in line for line in page.console())


def test_the_page_without_swagger_ui_is_readable(browser, url_without_swagger_ui, foreign):
    browser.open(url_without_swagger_ui + "/docs")
    browser.screenshot("docs-fallback.png")
    assert browser.driver.find_element(By.TAG_NAME, "h1").text.startswith("Jerry ")
    listed = [row.text.split()[1] for row in browser.driver.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert listed == [path for _, path, _ in contract().operations()]
    assert browser.driver.find_element(By.TAG_NAME, "td").value_of_css_property(
        "border-bottom-style"
    ) == "solid", "docs.css"
    assert browser.driver.find_elements(By.TAG_NAME, "script") == []
    assert policy_of(url_without_swagger_ui)["script-src"] == ["'self'"]

    browser.driver.find_element(By.LINK_TEXT, "openapi.json").click()
    assert browser.driver.current_url == url_without_swagger_ui + "/openapi.json"
    assert foreign(browser.asked(), url_without_swagger_ui) == []
    assert browser.console() == []

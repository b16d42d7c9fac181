"""/dev/mail as somebody sees it."""

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import mailed_pages

DEADLINE = 20


class Mails:
    """What somebody sees of the list, or of a mail."""

    def __init__(self, browser, place):
        self.browser = browser
        self.driver = browser.driver
        self.place = place

    def open(self, name=None):
        self.browser.open(self.place if name is None else f"{self.place}/{name}")
        return self

    def wait(self, is_so):
        return WebDriverWait(self.driver, DEADLINE).until(is_so)

    def one(self, selector):
        [found] = self.driver.execute_script(mailed_pages.SHOWN, selector)
        return found

    def texts(self, selector):
        """Of all at one time: the list may be about to change."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent)", selector
        )

    def header(self, name):
        return self.one(f"[data-header={name}]").text

    def shows(self, subject):
        self.wait(lambda _: self.texts("#mail:not([hidden]) [data-header=subject]") == [subject])

    def within(self, script):
        """What a script finds in the frame; the driver may look into it, the page may not."""
        self.driver.switch_to.frame(self.driver.find_element(By.ID, "html"))
        try:
            return self.wait(lambda driver: driver.execute_script(script))
        finally:
            self.driver.switch_to.default_content()

    def click_within(self, selector):
        self.driver.switch_to.frame(self.driver.find_element(By.ID, "html"))
        try:
            self.wait(lambda driver: driver.find_element(By.CSS_SELECTOR, selector)).click()
        finally:
            self.driver.switch_to.default_content()

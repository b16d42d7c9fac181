"""What somebody does on /docs."""

import json

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

DEADLINE = 20


class Operation:
    """One operation on the page."""

    def __init__(self, browser, tag, name):
        self.driver = browser.driver
        self.place = f"#operations-{tag}-{name}"

    def find(self, selector):
        return WebDriverWait(self.driver, DEADLINE).until(
            expected_conditions.element_to_be_clickable((By.CSS_SELECTOR, f"{self.place} {selector}"))
        )

    def click(self, selector):
        """By script: while the page is still moving, the pointer may hit a neighbour."""
        self.driver.execute_script("arguments[0].click()", self.find(selector))

    def open(self):
        """Its address in the page opens an operation, too."""
        summary = self.find(".opblock-summary-control")
        if summary.get_attribute("aria-expanded") != "true":
            self.click(".opblock-summary-control")

    def execute(self, body=None):
        """Send the request of the form; (status, answer) as the page shows them."""
        if body is not None:
            text = self.find("textarea.body-param__text")
            text.send_keys(Keys.CONTROL + "a")
            text.send_keys(json.dumps(body))
        self.click(".btn.execute")
        status = self.find(".live-responses-table tbody .response-col_status").text.split()[0]
        return int(status), json.loads(
            self.find(".live-responses-table tbody .response-col_description .microlight").text
        )

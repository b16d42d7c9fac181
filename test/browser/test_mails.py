"""The mails as mail programs that are made of a browser show them: every one, in each language, light and dark, on a
phone and at a desk.  What they say is in test/mail.
"""

import itertools
import re

import pytest

import letters

WIDTHS = [360, 800]

# Where a link is on the screen, as far as it is on it, and whether anything covers it.
LINKS = """
return [...document.querySelectorAll('a')].map((link) => {
    link.scrollIntoView({block: 'center'});
    const box = link.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {href: link.href, text: link.textContent.trim(), left: box.left, right: box.right, height: box.height,
            shown: link.checkVisibility({opacityProperty: true, visibilityProperty: true}) && link.contains(top)};
});
"""

# run with a function that is called with the result
CONTRAST = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: ['color-contrast', 'link-name', 'html-has-lang', 'document-title', 'image-alt']}).then(
    (results) => done([...results.violations, ...results.incomplete].flatMap(
        (rule) => rule.nodes.map((node) => [rule.id, node.html, node.failureSummary]))));
"""

LONG = {"email": "a" * 64 + "@" + "b" * 60 + "." + "c" * 60 + ".example.com", "new_email": "d" * 64 + "@example.com"}


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """write(event, language): a file with the mail's page, and its subject."""
    folder = tmp_path_factory.mktemp("mails")
    # with it there is a link in every mail that can have one
    settings = {**letters.SETTINGS, "continue_url": "https://app.example.com/welcome"}
    arguments = [f"{name}={value}" for name, value in settings.items()]
    program = letters.Program(letters.build(folder), "letters", str(letters.TEMPLATES), *arguments)

    def write(event_type, language, **more):
        payload = letters.payload_of(event_type, locale=language, **more)
        word, _, reason, _, _, message = program.ask(17, event_type, payload, letters.NOW)
        assert word == "written", reason
        mail = letters.parse(message)
        page = folder / "mail.html"
        page.write_text(mail.get_body(("html", )).get_content())
        return page.as_uri(), mail["subject"]

    yield write
    program.close()


def open_fitting(browser, page, width):
    browser.open(page)
    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", letters.LANGUAGES)
@pytest.mark.parametrize("event_type", sorted(letters.MAILS))
def test_a_mail_can_be_read(browser, axe, write, event_type, language):
    name, place, _, _ = letters.MAILS[event_type]
    page, subject = write(event_type, language)
    for dark, width in itertools.product([False, True], WIDTHS):
        with browser.seen_as(language, dark, width, height=1100):
            open_fitting(browser, page, width)
            driver = browser.driver
            browser.screenshot(f"mail-{name}-{language}-{width}-{'dark' if dark else 'light'}.png")
            assert driver.title == subject
            assert driver.execute_script("return document.documentElement.lang") == language
            assert not re.search(r"[{}]|@[A-Z]+@|undefined|\bnull\b", subject + driver.page_source.split("</style>")[1])
            links = driver.execute_script(LINKS)
            assert all(link["shown"] and link["text"] for link in links), links
            assert all(0 <= link["left"] and link["right"] <= width and link["height"] >= 20 for link in links), links
            assert [link["href"].partition("#")[0] for link in links] == (
                [f"{letters.SETTINGS['public_url']}{place}"] if place else []
            )
            driver.execute_script(axe)
            assert driver.execute_async_script(CONTRAST) == []
            assert browser.console() == [] and browser.asked() == [page]


@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_long_addresses_fit_on_a_phone(browser, write, language):
    for event_type in sorted(letters.MAILS):
        with browser.seen_as(language, width=320):
            open_fitting(browser, write(event_type, language, **LONG)[0], 320)

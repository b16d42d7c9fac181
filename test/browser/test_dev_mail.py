"""/dev/mail in a real browser: mails as they were written, hostile ones too; which files are shown, and to whom, is in
test/http/test_dev_mail.py.
"""

import os

import pytest
from selenium.webdriver.common.by import By

import letters
from processes import NOWHERE, Sidecar
from shown_mails import Mails

# would be seen from the page, from the sidecar or in the tab's title
HOSTILE = """<!DOCTYPE html>
<html lang="en"><head><title>x</title><base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=/livez?refreshed">
<script>document.title = top.document.title = 'ran inline';</script>
<script src="/dev/mail/dev-mail.js?ran"></script>
<style>body { background: url(/livez?styled) }</style>
<link rel="stylesheet" href="/livez?linked">
</head><body>
<img src="x" onerror="top.document.title = 'ran on an error'"><img src="https://evil.example/pixel.png">
<svg onload="top.document.title = 'ran in an image'"></svg>
<iframe srcdoc="<script>top.document.title = 'ran in a frame'</script>"></iframe>
<iframe src="/docs"></iframe><object data="/docs"></object><embed src="/docs">
<form id="form" action="/livez?sent" target="_blank"><button id="button">Send</button></form>
<a id="script" href="javascript:top.document.title = 'ran in a link'">a link</a>
<a id="top" href="/livez?left" target="_top">a link</a>
</body></html>"""

STRANGE = "Grüße – \"=?UTF-8?Q?=00?=\" <b>& 🎉</b> " + "sehr " * 30 + "lang"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    program = letters.Program(letters.build(tmp_path_factory.mktemp("mail_lines")), "mime")
    yield program
    program.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mail")
    for each in (folder, *folder.parents[:2]):
        each.chmod(each.stat().st_mode | 0o055)  # /tmp may be among them
    return folder


@pytest.fixture(scope="module")
def shown(folder, tmp_path_factory):
    """Where a sidecar shows the mails of the folder; the database has no part in it."""
    sidecar = Sidecar(
        tmp_path_factory.mktemp("sidecar"), DATABASE_URL=NOWHERE, ENVIRONMENT="development", DEV_MAIL_FOLDER=str(folder)
    )
    try:
        sidecar.wait_until("/livez", 200)
        yield f"{sidecar.url}/dev/mail"
    finally:
        sidecar.stop()


@pytest.fixture
def write(program, folder):
    """Write a mail as the courier does."""

    def write(name, subject="Hello", text="A text\n", html="<p>A page</p>", to="ada@example.com"):
        word, message = program.ask(
            "noreply@example.com", "Söhne & Co", to, subject, "1.mail@example.com", text, html
        )
        assert word == "written"
        (folder / f".{name}").write_bytes(message)
        (folder / f".{name}").rename(folder / f"{name}.eml")
        return name

    yield write
    for path in folder.iterdir():
        path.unlink()


@pytest.fixture
def mails(browser, shown):
    mails = Mails(browser, shown)
    yield mails
    first, *others = mails.driver.window_handles
    for other in others:
        mails.driver.switch_to.window(other)
        mails.driver.close()
    mails.driver.switch_to.window(first)


def test_the_list_follows_the_folder(mails, write, folder, foreign):
    mails.open()
    mails.wait(lambda _: mails.texts("#status") == ["There are no mails yet."])
    write("000001.verify", subject="The first", to="ada@example.com")
    mails.wait(lambda _: mails.texts(".subject") == ["The first"])
    assert mails.texts(".to") == ["<ada@example.com>"]
    assert "2026" in mails.texts(".date")[0]
    assert mails.texts("#status") == [""]
    write("000002.reset", subject="The second")
    mails.wait(lambda _: mails.texts(".subject") == ["The second", "The first"])
    # as after make clean-data
    os.utime(folder / "000001.verify.eml", (1, 1))
    write("000001.verify", subject="Another first")
    (folder / "000002.reset.eml").unlink()
    mails.wait(lambda _: mails.texts(".subject") == ["Another first"])
    folder.rename(folder.parent / "gone")
    try:
        mails.wait(lambda _: mails.texts("#status") == ["The folder DEV_MAIL_FOLDER cannot be read"])
    finally:
        (folder.parent / "gone").rename(folder)
    mails.wait(lambda _: mails.texts("#status") == [""])
    assert foreign(mails.browser.asked(), mails.place) == []


def test_from_the_list_to_a_mail_and_back(mails, write):
    write("000001.verify", subject="The first")
    write("000002.reset", subject="The second")
    mails.open()
    mails.wait(lambda _: mails.texts(".subject") == ["The second", "The first"])
    mails.driver.find_elements(By.CSS_SELECTOR, "#mails a")[1].click()
    mails.shows("The first")
    assert mails.driver.title == "The first – Jerry"
    mails.driver.find_element(By.LINK_TEXT, "All mails").click()
    mails.wait(lambda _: mails.texts(".subject") == ["The second", "The first"])
    assert mails.driver.current_url == mails.place
    assert mails.browser.console() == []


def test_a_mail_is_what_was_written(mails, write):
    text = "Grüße 🎉,\n\n.eins = zwei \nFrom hier\n\t" + "ä" * 200 + "\nhttps://app.example.com/a?b=c#d=e%40f\n"
    page = "<p id='p'>Grüße 🎉 = &lt;b&gt; " + "ö" * 300 + "</p>\n.\n"
    write("000007.verify", subject=STRANGE, text=text, html=page, to="grüße@example.com")
    mails.open("000007.verify")
    mails.shows(STRANGE)
    assert mails.header("from") == "Söhne & Co <noreply@example.com>"
    assert mails.header("to") == "<grüße@example.com>"
    assert "2026" in mails.header("date")
    assert mails.within("return document.getElementById('p').textContent") == "Grüße 🎉 = <b> " + "ö" * 300
    assert mails.within("return document.compatMode") == "CSS1Compat"
    mails.driver.find_element(By.CSS_SELECTOR, "summary").click()
    assert mails.texts("#text") == [text]
    link = mails.one("#text a")
    assert (link.text, link.get_attribute("href")) == ("https://app.example.com/a?b=c#d=e%40f", ) * 2
    assert mails.browser.console() == []
    mails.driver.find_element(By.ID, "file").click()
    mails.wait(lambda driver: driver.current_url == f"{mails.place}/000007.verify.eml")
    assert "MIME-Version: 1.0" in mails.one("pre").text


def test_styles_of_a_mail_are_its_own(mails, write):
    write("000001.verify", html="<style>p { color: rgb(1, 2, 3) }</style><p>x</p><i style='color:rgb(4, 5, 6)'>y</i>")
    mails.open("000001.verify").shows("Hello")
    color = "return getComputedStyle(document.querySelector('{}')).color"
    assert mails.within(color.format("p")) == "rgb(1, 2, 3)"
    assert mails.within(color.format("i")) == "rgb(4, 5, 6)"
    assert mails.driver.execute_script(color.format("p")) != "rgb(1, 2, 3)"


def test_a_link_opens_a_page_that_works(mails, write):
    """In a tab of its own, with all that a page may do: not in the frame, where ours refuse to be."""
    place = mails.place.removesuffix("/dev/mail")
    write("000001.verify", html=f"<p><a id='link' href='{place}/verify-email#token=abc'>Confirm</a></p>")
    mails.open("000001.verify").shows("Hello")
    mails.click_within("#link")
    [_, tab] = mails.wait(lambda driver: len(driver.window_handles) == 2 and driver.window_handles)
    mails.driver.switch_to.window(tab)
    mails.wait(lambda driver: driver.execute_script("return document.readyState") == "complete")
    # its script has run
    assert mails.driver.current_url == f"{place}/verify-email"
    assert mails.one("section").get_attribute("data-state") == "ask"
    assert mails.driver.execute_script("return window.opener") is None


def test_a_mail_runs_no_script_and_reaches_nobody(mails, write, foreign):
    write("000001.verify", html=HOSTILE, text="</pre><script>document.title = 'ran in the text'</script>")
    mails.open("000001.verify").shows("Hello")
    assert mails.within("return document.getElementById('button') !== null")
    mails.driver.find_element(By.CSS_SELECTOR, "summary").click()
    mails.driver.execute_async_script("setTimeout(arguments[0], 1000)")
    asked = mails.browser.asked()
    assert foreign(asked, mails.place) == []
    for word in "ran", "refreshed", "styled", "linked", "docs":
        assert not [url for url in asked if word in url], asked
    for selector in "#button", "#script", "#top":
        mails.click_within(selector)
        mails.driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert mails.driver.title == "Hello – Jerry"
    assert mails.driver.current_url == f"{mails.place}/000001.verify"
    assert not [url for url in mails.browser.asked() if "sent" in url or "left" in url]
    # what is of no origin sees nothing of the page
    assert mails.within("return self.origin") == "null"


@pytest.mark.parametrize("member", ["subject", "to", "from"])
def test_a_header_stays_text(mails, folder, write, member):
    """Also one that no courier would write."""
    write("000001.verify")
    evil = "<img src=x onerror=document.title='ran'>"
    content = (folder / "000001.verify.eml").read_bytes().decode()
    lines = [line for line in content.partition("\r\n\r\n")[0].split("\r\n") if not line.startswith(" <")]
    head = [f"{line.partition(':')[0]}: {evil}" if line.lower().startswith(f"{member}:") else line for line in lines]
    (folder / "000001.verify.eml").write_bytes("\r\n".join([*head, "", "x"]).encode())
    mails.open()
    mails.wait(lambda _: mails.texts(".subject"))
    mails.open("000001.verify")
    mails.wait(lambda _: mails.texts(f"#mail:not([hidden]) [data-header={member}]") == [evil])
    assert "ran" not in mails.driver.title.replace(evil, "")


@pytest.mark.parametrize("content", [
    b"", b"\r\n\r\n", b"Subject", b"Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n", b"\xff" * 100,
    b"Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n--x\r\n--x\r\n\r\n=\r\n=G=4--x--", b"a: b\r\n" * 10000
])
def test_what_is_no_mail_does_no_harm(mails, folder, write, content):
    write("000002.good", subject="The good one")
    (folder / "000001.bad.eml").write_bytes(content)
    mails.open()
    mails.wait(lambda _: "The good one" in mails.texts(".subject"))
    assert len(mails.texts(".subject")) == 2
    mails.open("000001.bad")
    mails.wait(lambda _: mails.driver.execute_script("return !document.getElementById('mail').hidden"))


def test_a_mail_that_is_not_there_is_missed(mails):
    mails.open("000099.verify")
    mails.wait(lambda _: mails.texts("#status") == ["There is no such mail"])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 800])
def test_the_pages_fit_on_a_phone(mails, write, width, dark):
    write("000001.verify", subject="x" * 300, to="a" * 64 + "@" + "b" * 60 + ".example.com")
    with mails.browser.seen_as(width=width, dark=dark):
        for name, wait_for in (None, ".subject"), ("000001.verify", "#mail:not([hidden])"):
            mails.open(name).wait(lambda _: mails.texts(wait_for))
            mails.browser.screenshot(f"dev-mail{'-one' if name else ''}-{width}{'-dark' if dark else ''}.png")
            assert mails.driver.execute_script("return document.documentElement.scrollWidth") <= width

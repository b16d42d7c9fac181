"""tools/make-pages: what does not fit together stops the build, and the pages know every refusal of a password."""

import re
import subprocess

import pytest

from pages import ROOT

OWN = ROOT / "src" / "kore_app" / "assets" / "pages"

FRAME = "<html lang=\"@language@\"><title>@title@ @NAME@</title>\n@PAGE@\n</html>\n"
FILES = {
    "frame.html": FRAME,
    "one.html": "<p title=\"@text@\">@text@ @own@</p>\n",
    "two.html": "<p>@own@</p>\n",
    "en.txt": "# texts\n\ntitle = Pages\ntext = a < b & \"c\" = @own@\nown = Shared\none.own = One's\n",
    "xx.txt": "title = Seiten\ntext = ü\nown = Geteilt\none.own = Eigen\n",
}


def make(tmp_path, **changes):
    for name, text in {**FILES, **changes}.items():
        (tmp_path / name).write_text(text)
    return subprocess.run(
        [ROOT / "tools" / "make-pages", tmp_path, *sorted(tmp_path.glob("*.txt")), *sorted(tmp_path.glob("*.html"))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    )


def test_every_page_is_made_in_every_language(tmp_path):
    made = make(tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert (tmp_path / "one.en.html").read_text() == (
        "<html lang=\"en\"><title>Pages @NAME@</title>\n"
        "<p title=\"a &lt; b &amp; &quot;c&quot; = @own@\">a &lt; b &amp; &quot;c&quot; = @own@ One's</p>\n</html>\n"
    )
    assert (tmp_path / "two.xx.html").read_text() == (
        "<html lang=\"xx\"><title>Seiten @NAME@</title>\n<p>Geteilt</p>\n</html>\n"
    )


@pytest.mark.parametrize(
    "name, text, problem",
    [
        ("xx.txt", "title = Seiten\ntext = ü\nown = Geteilt\n", "xx.txt: one.own is missing, which is in en.txt"),
        ("xx.txt", FILES["xx.txt"] + "more = Mehr\n", "en.txt: more is missing, which is in xx.txt"),
        ("xx.txt", FILES["xx.txt"] + "own = Noch eins\n", "xx.txt:5: there is another own"),
        ("xx.txt", FILES["xx.txt"] + "no text\n", "xx.txt:5: this is not NAME = TEXT"),
        ("two.html", "<p>@own@ @none@</p>\n", "two.html: there is no text none"),
        ("one.html", "<p>@own@</p>\n", "no page has a mark for the text text"),
    ],
)
def test_what_does_not_fit_stops_the_build(tmp_path, name, text, problem):
    made = make(tmp_path, **{name: text})
    assert made.returncode == 1
    assert problem in made.stderr


def test_the_pages_have_a_text_for_each_rule_about_passwords():
    rules = set(re.findall(r'return "(Password .*)";', (ROOT / "src/ext/domain/password.c").read_text()))
    assert len(rules) >= 8
    assert rules == set(re.findall(r'data-refusal="(Password .*?)"', (OWN / "frame.html").read_text()))


def test_every_text_speaks_to_people():
    """No placeholder of a language is left, and each says the same number of things."""
    texts = {file.stem: file.read_text() for file in OWN.glob("*.txt")}
    assert {"en", "de"} <= set(texts)
    for text in texts.values():
        assert re.findall(r"\{(?!when\}|date\})|TODO|@[a-z]+@", text.partition("\n\n")[2]) == []
        assert [text.partition("\n\n")[2].count(mark) for mark in ("{when}", "{date}")] == [1, 2]

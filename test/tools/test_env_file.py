"""The file .env, as make run reads it: like docker compose, or not at all."""

import io
import random
import subprocess

import dotenv
import pytest

from conftest import ROOT, TOOLS

# reads the files that standard input names, each in a shell of its own, and prints what V is then, or what was said
READER = f"""
. {TOOLS}/common.sh
while IFS= read -r file; do
    said=$( (read_env_file "$file" && printf '%s' "V=$(printf '%s' "${{V-}}" | od -An -v -tx1 | tr -d ' \\n')") 2>&1)
    printf '%s\\0' "$said"
done
"""


@pytest.fixture
def read(tmp_path):
    """For each text of a file: the value of V in it, or None and what was said."""

    def read_all(*texts, **names):
        files = []
        for number, text in enumerate(texts):
            file = tmp_path / str(number)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            files.append(str(file))
        done = subprocess.run(
            ["bash", "-c", READER], input="\n".join(files) + "\n",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **names},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        said = done.stdout.split("\0")[:-1]
        assert len(said) == len(texts)
        return [(bytes.fromhex(each[2:]).decode(), None) if each.startswith("V=") else (None, each) for each in said]

    return read_all


@pytest.mark.parametrize(
    "line, value",
    [
        ("V=abc", "abc"),
        ("V = spaced", "spaced"),
        ("  V\t=\tspaced \t", "spaced"),
        ("export V=abc", "abc"),
        ("V=", ""),
        ("V=   ", ""),
        ('V=""', ""),
        ("V=a b  c", "a b  c"),
        ("V=a#b", "a#b"),
        ("V=abc # comment", "abc"),
        ('V="abc" # comment', "abc"),
        ("V='abc' # comment", "abc"),
        ('V="a # b"', "a # b"),
        ("V='a # b'", "a # b"),
        (r'V="abc\"def"', 'abc"def'),
        (r'V="a\\b\\"', "a\\b\\"),
        (r'V="\\\""', '\\"'),
        ("V='a$b $ {c}'", "a$b $ {c}"),
        ("V=\"it's\"", "it's"),
        ("V='\"'", '"'),
        ("V=it's", "it's"),
        ("V=a\\nb", "a\\nb"),
        ("V=a=b=c", "a=b=c"),
        ("V=gr\u00fcn", "gr\u00fcn"),
        ("V=abc\r", "abc"),
        ("V='abc'\r", "abc"),
        ("# V=other\n\nV=abc\n   # comment\n", "abc"),
    ],
)
def test_what_compose_reads_is_read_like_that(read, line, value):
    assert read(line) == [(value, None)]
    assert dotenv.dotenv_values(stream=io.StringIO(line))["V"] == value


@pytest.mark.parametrize(
    "line, problem",
    [
        ("V=a$b", "single quotes"),
        ("V=${HOME}", "single quotes"),
        ('V="a$b"', "single quotes"),
        ('V="a', "not closed"),
        ("V='a", "not closed"),
        ('V="a\nb"', "not closed"),
        ('V="a"b', "not closed in this line, or something other"),
        ("V='a'b", "not closed in this line, or something other"),
        ('V="a"#b', "not closed in this line, or something other"),
        (r'V="a\nb"', "backslash"),
        (r"V='a\b'", "backslash"),
        (r"V='a\'", "backslash"),
        ("V='${HOME}'", "${ in single quotes"),
        ("V=#abc", "has a #"),
        ("V= # comment", "has a #"),
        ("V=abc\t# comment", "has a #"),
        ("V", "not NAME=value"),
        ("V: abc", "not NAME=value"),
        ("=abc", "not NAME=value"),
        ("1V=abc", "not NAME=value"),
        ("V-X=abc", "not NAME=value"),
        ("exportV = abc = ", None),
        ("\ufeffV=abc", "not NAME=value"),
        ("V=first\nV=second", "V is set in line 1 already"),
    ],
)
def test_what_is_read_in_two_ways_is_refused_with_its_line(read, line, problem):
    [(value, said)] = read("# first line\n" + line)
    if problem is None:
        assert value == ""
        return
    assert value is None
    assert problem.replace("line 1", "line 2") in said
    assert ":2: " in said or ":3: " in said


def test_whatever_is_read_is_what_compose_reads(read):
    """Lines of the letters that matter: those that are taken mean the same to docker compose's own parser."""
    letters = random.Random(4)
    alphabet = ["a", "b", " ", "\t", "#", "'", '"', "\\", "$", "=", "{", "}", "n", "`", "!", "é"]
    lines = ["V=" + "".join(letters.choices(alphabet, k=letters.randint(0, 7))) for _ in range(800)]
    taken = 0
    for line, (value, said) in zip(lines, read(*lines)):
        if said is None:
            assert dotenv.dotenv_values(stream=io.StringIO(line), interpolate=True).get("V") == value, line
            taken += 1
    assert taken > 150


def test_the_environment_wins(read):
    assert read("V=file", V="kept") == [("kept", None)]
    assert read("V=file", V="") == [("", None)]


@pytest.mark.parametrize(
    "name, said",
    [
        ("ALLOWED_ORIGIN", "did you mean ALLOWED_ORIGINS?"),
        ("JWT_SECRET", "nothing in Jerry reads this name"),
        ("JWT_SECRETKEY", "did you mean JWT_SECRET_KEY?"),
        ("JWT_SECRET_KEY_FILES", "did you mean JWT_SECRET_KEY_FILE?"),
        ("TRUSTED_PROXYS", "did you mean TRUSTED_PROXIES?"),
        ("POSTGRES_USER", "nothing in Jerry reads this name"),
        ("JERRY_PORT", "nothing in Jerry reads this name"),
    ],
)
def test_a_name_that_nothing_of_jerry_reads_is_refused(read, name, said):
    [(value, problem)] = read(f"V=1\n{name}=x\n")
    assert value is None
    assert f"{name}: " in problem and said in problem


def test_names_of_other_programs_are_left_to_them(read):
    names = ["COMPOSE_PROJECT_NAME", "DOCKER_HOST", "TZ", "FOO", "NODE_ENV", "VITE_API_URL"]
    assert read("V=1\n" + "".join(f"{name}=x\n" for name in names)) == [("1", None)]


def test_the_example_is_read(read):
    [(value, said)] = read((ROOT / ".env.example").read_text() + "V=1\n")
    assert (value, said) == ("1", None)
    every = (ROOT / ".env.example").read_text().replace("\n#", "\n").splitlines()
    settings = {
        line.partition("=")[0]: line for line in every
        if line.partition("=")[0].isupper() and "=" in line and " " not in line
    }
    assert read("\n".join(settings.values()) + "\nV=1\n") == [("1", None)]

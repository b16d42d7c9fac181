"""contract/: what does not fit together stops the build."""

import subprocess

import pytest

from pages import ROOT

CODES = "1  ONE  400  database  One\n-  OTHER  503  sidecar  Other\n"
STATUSES = "400 Bad Request\n503 Service Unavailable\n"


RFC_CODES = "invalid_thing  400  RFC 6749, 5.2\n"


def run(tool, *arguments):
    return subprocess.run(
        [ROOT / "tools" / tool, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def generate(tmp_path, codes, rfc_codes=RFC_CODES):
    files = {"statuses.txt": STATUSES, "codes.txt": codes, "rfc_codes.txt": rfc_codes}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return run("generate-codes", *(tmp_path / name for name in files))


def test_what_fits_becomes_lists(tmp_path):
    made = generate(tmp_path, CODES)
    assert made.returncode == 0, made.stderr
    assert 'X(ONE, 1, 400, "One")' in made.stdout
    assert 'X(OTHER, 503, "Other")' in made.stdout
    assert "X(invalid_thing, 400)" in made.stdout
    assert 'X(503, "Service Unavailable")' in made.stdout


@pytest.mark.parametrize(
    "line, problem",
    [
        ("2  TWO  418  database  Two", "status 418 is not in statuses.txt"),
        ("1  TWO  400  database  Two", "there already"),
        ("2  ONE  400  database  Two", "there already"),
        ("-  TWO  400  database  Two", "codes of the database have a number"),
        ("2  TWO  400  sidecar  Two", "codes of the database have a number"),
        ("2  TWO  400  somebody  Two", "not a number, a code"),
        ("2  TWO  400  database", "not a number, a code"),
        ("2  two  400  database  Two", "not a number, a code"),
    ],
)
def test_what_does_not_fit_stops_the_build(tmp_path, line, problem):
    made = generate(tmp_path, CODES + line + "\n")
    assert made.returncode == 1
    assert "codes.txt:3: " in made.stderr
    assert problem in made.stderr


@pytest.mark.parametrize(
    "line, problem",
    [
        ("teapot  418  RFC 2324, 2.3.2", "status 418 is not in statuses.txt"),
        ("invalid_thing  400  RFC 6749, 5.2", "there already"),
        ("Thing  400  RFC 6749, 5.2", "not a code, a status and its RFC"),
        ("thing  400", "not a code, a status and its RFC"),
    ],
)
def test_a_code_of_an_rfc_that_does_not_fit_stops_the_build(tmp_path, line, problem):
    made = generate(tmp_path, CODES, RFC_CODES + line + "\n")
    assert made.returncode == 1
    assert "rfc_codes.txt:2: " in made.stderr
    assert problem in made.stderr


ENVIRONMENT = "KEY* | empty | text | sidecar | A secret\nSIZE | 10 | 1 to 99 | sidecar, `make run` | How much\n"


def generate_from_environment(tmp_path, wanted, environment=ENVIRONMENT):
    (tmp_path / "environment.txt").write_text(environment)
    return run("generate-environment", wanted, tmp_path / "environment.txt")


def test_a_name_of_the_environment_becomes_its_default_and_its_range(tmp_path):
    made = generate_from_environment(tmp_path, "header")
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("#define DEFAULT_") == 2
    lines = made.stdout.splitlines()
    assert {'#define DEFAULT_KEY ""', "#define SECRET_KEY true"} <= set(lines)
    assert {'#define DEFAULT_SIZE "10"', "#define MIN_SIZE 1", "#define MAX_SIZE 99"} <= set(lines)
    assert generate_from_environment(tmp_path, "names").stdout.split() == ["KEY", "KEY_FILE", "SIZE"]


@pytest.mark.parametrize(
    "line",
    ["SIZE | 5 | 1 to 9 | sidecar | Again", "size | 5 | 1 to 9 | sidecar | Small", "LENGTH | 5 | 1 to 9", "LENGTH"],
)
def test_a_name_of_the_environment_that_does_not_fit_stops_the_build(tmp_path, line):
    made = generate_from_environment(tmp_path, "header", ENVIRONMENT + line + "\n")
    assert made.returncode == 1
    assert "environment.txt:3: not a new name, its default, values and readers" in made.stderr


def test_the_sidecar_reads_no_name_that_is_not_in_the_contract(tmp_path):
    """It takes each default from the header, so it does not compile without one."""
    for header in (ROOT / "build" / "contract").glob("*.h"):
        (tmp_path / header.name).write_text(header.read_text())
    libpq = subprocess.check_output(["pg_config", "--includedir"], text=True).strip()
    command = [
        "gcc", "-fsyntax-only", "-D_GNU_SOURCE", '-DJERRY_VERSION="1"', f"-I{ROOT / 'src' / 'kore_app'}",
        f"-I{ROOT / 'src'}", f"-I{tmp_path}", f"-I{libpq}", ROOT / "src" / "kore_app" / "base" / "config.c"
    ]
    assert subprocess.run(command).returncode == 0
    kept = [
        line for line in (ROOT / "contract" / "environment.txt").read_text().splitlines()
        if not line.startswith("KEEPALIVE_TIMEOUT ")
    ]
    made = generate_from_environment(tmp_path, "header", "\n".join(kept) + "\n")
    (tmp_path / "environment.h").write_text(made.stdout)
    refused = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert refused.returncode != 0
    assert "DEFAULT_KEEPALIVE_TIMEOUT" in refused.stderr


NO_MEMBER = "not a name, a kind and public, personal or secret: "
EVENTS = "user.made | it was made | user_id uuid public, email text personal, token text secret\n"


def generate_from_events(tmp_path, wanted, events):
    (tmp_path / "events.txt").write_text(events)
    return run("generate-events", wanted, tmp_path / "events.txt")


def test_an_event_becomes_a_function_that_takes_its_members(tmp_path):
    made = generate_from_events(tmp_path, "header", EVENTS + "user.seen | often | address text? personal\n")
    assert made.returncode == 0, made.stderr
    arguments = "(const pg_uuid_t *user_id, const char *email, const char *token)"
    assert f"nonnull(1, 2, 3))) static inline Event\nevent_user_made{arguments}\n" in made.stdout
    assert '{ "token", EVENT_TEXT, EVENT_SECRET, { .text = token } },' in made.stdout
    assert "\nstatic inline Event\nevent_user_seen(const char *address)\n" in made.stdout


def test_an_event_becomes_a_row_with_a_column_for_each_class(tmp_path):
    made = generate_from_events(tmp_path, "table", EVENTS + "user.seen | often | email text? personal (null: ?)\n")
    assert made.stdout.splitlines()[2:] == [
        "| `user.made` | it was made | `user_id` | `email` | `token` |",
        "| `user.seen` | often | | `email` (null: ?) | |",
    ]


@pytest.mark.parametrize(
    "line, problem",
    [
        ("user.made | again | user_id uuid public", "the event is there already"),
        ("user.seen | often | email text public", "email is personal in another event"),
        ("user.seen | often | email text personal, email text personal", "email is there twice"),
        ("user.seen | often | email text", NO_MEMBER + "email text"),
        ("user.seen | often | email text private", NO_MEMBER + "email text private"),
        ("user.seen | often | email string personal", NO_MEMBER + "email string personal"),
        ("user.seen | often | email text personal null", NO_MEMBER + "email text personal null"),
        ("user.seen | often |", "not a type, when it happens, and its members"),
        ("user.seen | often", "not a type, when it happens, and its members"),
        ("user.seen | | email text personal", "not a type, when it happens, and its members"),
        ("seen | often | email text personal", "not a type, when it happens, and its members"),
    ],
)
def test_an_event_that_is_not_right_stops_the_build(tmp_path, line, problem):
    made = generate_from_events(tmp_path, "header", EVENTS + line + "\n")
    assert made.returncode == 1
    assert "events.txt:2: " in made.stderr
    assert problem in made.stderr

"""contract/: what does not fit together stops the build."""

import subprocess

import pytest

from pages import ROOT

CODES = "1  ONE  400  database  One\n-  OTHER  503  sidecar  Other\n"
STATUSES = "400 Bad Request\n503 Service Unavailable\n"


def generate(tmp_path, codes, statuses=STATUSES):
    for name, text in ("statuses.txt", statuses), ("codes.txt", codes):
        (tmp_path / name).write_text(text)
    command = [ROOT / "tools" / "generate-codes", tmp_path / "statuses.txt", tmp_path / "codes.txt"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_fits_becomes_lists(tmp_path):
    made = generate(tmp_path, CODES)
    assert made.returncode == 0, made.stderr
    assert 'X(ONE, 1, 400, "One")' in made.stdout
    assert 'X(OTHER, 503, "Other")' in made.stdout
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


NO_MEMBER = "not a name, a kind and public, personal or secret: "
EVENTS = "user.made | it was made | user_id uuid public, email text personal, token text secret\n"


def generate_from_events(tmp_path, wanted, events):
    (tmp_path / "events.txt").write_text(events)
    command = [ROOT / "tools" / "generate-events", wanted, tmp_path / "events.txt"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


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

"""Lists of common passwords: files of every kind, however large, by whoever may read them, while others register."""

import contextlib
import hashlib
import os
import pathlib
import threading
import time
import uuid

import psycopg2
import pytest

from database import connect, query, value, wait_until_blocked
from programs import with_role

LONG = 1_500_000  # words of a list that takes seconds


@pytest.fixture
def installation(new_role, new_installation):
    return new_installation()


@pytest.fixture
def db(installation):
    with contextlib.closing(connect(installation)) as connection:
        yield connection


@pytest.fixture
def lists(run_folder):
    """A folder that the server's user can read."""
    folder = run_folder / f"lists-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@pytest.fixture
def long_list(lists):
    path = lists / "long"
    with open(path, "w") as words:
        words.writelines(f"Long-list{number}\n" for number in range(LONG))
    return path


def sha1(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()


def load(db, path, *options):
    marks = ", ".join(["%s", *options])
    return value(db, f"SELECT jerry.load_common_passwords({marks})", str(path))


def is_common(db, password):
    answer = value(db, "SELECT jerry.register(%s, %s, %s)", f"{uuid.uuid4().hex}@example.org", password, password)
    if answer["success"]:
        return False
    assert answer["error"]["details"]["issue"] == "Password is in a list of common passwords", answer
    return True


def write_ranges(folder, passwords, suffix=""):
    folder.mkdir()
    for password in passwords:
        digits = sha1(password)
        with open(folder / (digits[:5] + suffix), "a") as file:
            file.write(f"{digits[5:]}:7\r\n")


# ---------- folders ----------


@pytest.mark.parametrize("suffix", ["", ".txt"])
def test_a_folder_of_ranges_is_loaded(db, lists, suffix):
    passwords = [f"Secret-{number}" for number in range(1000, 1200)]
    write_ranges(lists / "ranges", passwords, suffix)
    (lists / "ranges" / "README").write_text("not a range")
    (lists / "ranges" / "ABCDEF").write_text("nor this")
    assert load(db, lists / "ranges") == 200
    assert all(is_common(db, password) for password in passwords[::50])
    assert not is_common(db, "Secret-2000")
    assert query(db, "SELECT form, skipped FROM jerry.common_passwords()") == [("ranges", 0)]


@pytest.mark.parametrize("content", [f"{'A' * 35}:1\nB", f"{'A' * 35}:1\n{'A' * 40}:1", f"{'A' * 35}:1\nsecret"])
def test_a_range_that_is_broken_is_named_with_its_line(db, lists, content):
    write_ranges(lists / "ranges", ["Secret-123"])
    (lists / "ranges" / "0A1B2").write_text(content)
    with pytest.raises(psycopg2.errors.BadCopyFileFormat) as refused:
        load(db, lists / "ranges")
    assert f'file "{lists}/ranges/0A1B2" is not a list of passwords' in str(refused.value)
    assert "Line 2 is neither SUFFIX nor SUFFIX:COUNT with 35 digits." in str(refused.value)
    assert not is_common(db, "Secret-123")


def test_a_folder_without_ranges_is_none(db, lists):
    with pytest.raises(psycopg2.errors.BadCopyFileFormat, match="named by the first five digits"):
        load(db, lists)
    with pytest.raises(psycopg2.errors.WrongObjectType, match="is a folder"):
        load(db, lists, "'words'")


def test_a_folder_under_the_name_of_a_range_is_refused(db, lists):
    write_ranges(lists / "ranges", ["Secret-123"])
    (lists / "ranges" / "FFFFF").mkdir()
    with pytest.raises(psycopg2.errors.WrongObjectType, match="FFFFF. is not a regular file"):
        load(db, lists / "ranges")


# ---------- files that are none ----------


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def dangling(path):
    path.symlink_to("/nowhere")


def loop(path):
    path.symlink_to(path)


def program(path):
    path.write_bytes(pathlib.Path("/bin/true").read_bytes())


def sparse(path):
    with open(path, "wb") as file:
        file.truncate(1 << 40)


def closed(path):
    path.write_text("Secret-123\n")
    path.chmod(0)


@pytest.mark.parametrize(
    "make, error",
    [
        (pipe, psycopg2.errors.WrongObjectType),
        (device, psycopg2.errors.WrongObjectType),
        (dangling, psycopg2.errors.UndefinedFile),
        (loop, psycopg2.errors.Error),
        (program, psycopg2.errors.BadCopyFileFormat),
        (sparse, psycopg2.errors.BadCopyFileFormat),
        (closed, psycopg2.errors.InsufficientPrivilege),
    ],
    ids=lambda make: make.__name__,
)
def test_what_is_no_list_is_refused_at_once(db, lists, make, error):
    make(lists / "list")
    query(db, "SET statement_timeout = '20s'")
    with pytest.raises(error) as refused:
        load(db, lists / "list")
    assert not isinstance(refused.value, psycopg2.errors.QueryCanceled)
    assert str(lists / "list") in str(refused.value)
    assert query(db, "SELECT FROM jerry.common_passwords()") == []


def test_a_link_to_a_list_is_followed(db, lists):
    (lists / "there").write_text("Secret-123\n")
    (lists / "list").symlink_to(lists / "there")
    assert load(db, lists / "list") == 1


# ---------- who may ----------


def test_whoever_loads_must_be_allowed_to_read_files_of_the_server(installation, db, lists, new_role):
    """Also where somebody who may has lent his rights to a function that calls it, or a function borrows them."""
    (lists / "list").write_text("Secret-123\n")
    reader = connect(with_role(installation, "jerry_data_lists", new_role("jerry_data_lists", "jerry_admin")))
    with contextlib.closing(reader):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="read files of the server"):
            load(reader, lists / "list")
        query(
            db, "CREATE FUNCTION public.lent(text) RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            " AS 'SELECT jerry.load_common_passwords($1)'"
        )
        assert value(reader, "SELECT public.lent(%s)", str(lists / "list")) == 1
        query(db, "GRANT CREATE ON SCHEMA public TO jerry_data_lists")
        query(
            reader, "CREATE FUNCTION public.borrowed(text) RETURNS bigint LANGUAGE sql SECURITY DEFINER"
            " AS 'SELECT jerry.load_common_passwords($1)'"
        )
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="read files of the server"):
            query(db, "SELECT public.borrowed(%s)", str(lists / "list"))
        query(db, "GRANT pg_read_server_files TO jerry_data_lists")
        assert load(reader, lists / "list") == 0
        query(db, "DROP OWNED BY jerry_data_lists")


# ---------- large, interrupted, at once ----------


def test_a_list_is_read_in_little_memory(db, long_list):
    """And one line that is as long as the list."""
    (long_list.parent / "line").write_bytes(b"x" * 60_000_000)
    query(db, "SET maintenance_work_mem = '4MB'")
    load(db, long_list.parent / "line")
    status = pathlib.Path(f"/proc/{db.get_backend_pid()}/status")

    def held():
        return int(status.read_text().partition("RssAnon:")[2].split()[0])

    before, most, done = held(), [0], threading.Event()

    def watch():
        while not done.wait(0.01):
            most[0] = max(most[0], held())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        assert load(db, long_list.parent / "line", "'words'") == 0
        assert load(db, long_list, "replace => true") == LONG
    finally:
        done.set()
        watching.join()
    assert most[0] - before < 16 * 1024, f"{most[0] - before} kB"
    assert is_common(db, "LONG-list77")


def test_a_load_that_is_cancelled_leaves_everything_as_it_was(installation, db, lists, long_list):
    (lists / "first").write_text("Secret-123\n")
    load(db, lists / "first")
    for moment in 0.05, 0.5:
        cancelled = []

        def cancel(after=moment):
            time.sleep(after)
            with contextlib.closing(connect(installation)) as other:
                query(other, "SELECT pg_cancel_backend(%s)", db.get_backend_pid())
            cancelled.append(time.monotonic())

        cancelling = threading.Thread(target=cancel)
        cancelling.start()
        with pytest.raises(psycopg2.errors.QueryCanceled):
            load(db, long_list, "replace => true")
        cancelling.join()
        assert time.monotonic() - cancelled[0] < 2
        assert query(db, "SELECT source FROM jerry.common_passwords()") == [(str(lists / "first"),)]
        assert is_common(db, "Secret-123")
        assert not is_common(db, "Long-list77")
        assert value(db, "SELECT count(*) FROM pg_ls_tmpdir()") == 0
        assert str(long_list) not in os.popen(f"ls -l /proc/{db.get_backend_pid()}/fd").read()


def test_a_load_counts_when_it_is_committed(installation, db, lists):
    (lists / "list").write_text("Secret-123\n")
    with contextlib.closing(connect(installation)) as other:
        query(db, "BEGIN")
        assert load(db, lists / "list") == 1
        assert is_common(db, "Secret-123")
        assert not is_common(other, "Secret-123")
        query(db, "ROLLBACK")
        assert not is_common(db, "Secret-123")
        query(db, "BEGIN")
        load(db, lists / "list")
        query(db, "COMMIT")
        assert is_common(other, "Secret-123")
        query(db, "BEGIN")
        query(db, "SELECT jerry.clear_common_passwords()")
        assert is_common(other, "Secret-123")
        query(db, "COMMIT")
        assert not is_common(other, "Secret-123")


def test_of_two_who_load_at_once_one_waits_and_nothing_is_lost(installation, db, lists):
    """Meanwhile anybody registers."""
    (lists / "one").write_text("Secret-123\nSecret-1\n")
    (lists / "two").write_text("Secret-123\nSecret-2\n")
    with contextlib.closing(connect(installation)) as other, contextlib.closing(connect(installation)) as third:
        query(db, "BEGIN")
        assert load(db, lists / "one") == 2
        added = []
        loading = threading.Thread(target=lambda: added.append(load(other, lists / "two")))
        loading.start()
        wait_until_blocked(third, other)
        assert not is_common(third, "Secret-123")
        query(db, "COMMIT")
        loading.join(20)
        assert added == [1]
        assert is_common(third, "Secret-123")
        assert value(third, "SELECT sum(length(hashes)) / 6 FROM jerry.common_password") == 3

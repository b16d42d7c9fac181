"""GET /api/v1/auth/activity"""

import jwt
import pytest

import database
from answers import check_timestamp
from users import PASSWORD, new_user

ACTIVITY = "/api/v1/auth/activity"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MEMBERS = "id at action outcome actor session_id current ip user_agent label reason".split()


def done(answer):
    return [(row["action"], row["outcome"]) for row in answer.data["activity"]]


@pytest.fixture
def token(api, registered_user):
    """The access token of a user whose password somebody else did not know."""
    api.login({**registered_user, "password": "WrongPassword123!"}, headers={"User-Agent": "curl/8.5"})
    return api.login(registered_user, headers={"User-Agent": FIREFOX}).data["access_token"]


def test_a_user_sees_logins_good_and_bad(api, registered_user, token):
    answer = api.activity(token)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(answer.data) == ["activity", "next"] and answer.data["next"] is None
    assert done(answer) == [
        ("session.login", "OK"), ("session.login", "INVALID_CREDENTIALS"), ("account.register", "OK")
    ]
    good, bad, registered = answer.data["activity"]
    for row in good, bad, registered:
        assert list(row) == MEMBERS
        check_timestamp(row["at"])
        assert (row["actor"], row["ip"], row["reason"]) == ("user", "127.0.0.1", None)
    sid = jwt.decode(token, options={"verify_signature": False})["sid"]
    assert (good["session_id"], good["current"], good["label"]) == (sid, True, "Firefox on Linux")
    assert (bad["session_id"], bad["current"], bad["label"]) == (None, False, "curl")


def test_changes_and_the_ends_of_sessions_are_there(api, registered_user, token):
    api.login(registered_user)
    api.change_password(token, PASSWORD, "AnotherPassword456!")
    ended, changed = sorted(api.activity(token, max=2).data["activity"], key=lambda row: row["action"], reverse=True)
    assert (ended["action"], ended["reason"], ended["current"]) == ("session.end", "password", False)
    assert (changed["action"], changed["outcome"]) == ("account.change_password", "OK")


def test_nobody_sees_what_another_user_did(api, token):
    other = api.login(new_user(api)).data["access_token"]
    answer = api.activity(other)
    assert done(answer) == [("session.login", "OK"), ("account.register", "OK")]
    mine = {row["id"] for row in api.activity(token).data["activity"]}
    assert not mine & {row["id"] for row in answer.data["activity"]}
    # nor by going on from the other one's page
    assert api.activity(other, before=min(mine)).data == {"activity": [], "next": None}


def test_an_operator_is_seen_but_not_from_where(api, db, registered_user, token):
    sql = "SELECT jerry.force_verified(%s, ROW('198.51.100.9', 'a console', NULL, NULL))"
    database.query(db, sql, registered_user["user_id"])
    answer = api.activity(token, max=1)
    row = answer.data["activity"][0]
    assert (row["action"], row["actor"]) == ("account.force_verified", "admin")
    assert (row["ip"], row["user_agent"]) == (None, None)
    assert "198.51.100.9" not in answer.response.text and "console" not in answer.response.text


def pages(api, token, size):
    """All pages, one after the other."""
    data = api.activity(token, max=size).data
    yield data["activity"]
    while data["next"] is not None:
        data = api.activity(token, max=size, before=data["next"]).data
        yield data["activity"]


def test_pages_follow_each_other_and_end(api, registered_user, token):
    for _ in range(4):
        api.login(registered_user)
    ids = [row["id"] for row in api.activity(token).data["activity"]]
    assert len(ids) == 7 and ids == sorted(ids, reverse=True)
    for size in 1, 3, 6, 7, 100:
        listed = list(pages(api, token, size))
        assert [len(page) for page in listed[:-1]] == [size] * (len(listed) - 1) and listed[-1]
        assert [row["id"] for page in listed for row in page] == ids


def test_what_happens_meanwhile_is_on_no_later_page(api, registered_user, token):
    first, *others = [row["id"] for row in api.activity(token).data["activity"]]
    listed = pages(api, token, 1)
    assert [row["id"] for row in next(listed)] == [first]
    api.login(registered_user)
    assert [row["id"] for page in listed for row in page] == others


def test_a_page_without_max_has_50(api, db, registered_user, token):
    client = "ROW('192.0.2.1', repeat('\"', 512), NULL, NULL)"
    sql = f"SELECT jerry.resend_verification(%s, {client}) FROM generate_series(1, 150)"
    database.query(db, sql, registered_user["email"])
    assert len(api.activity(token).data["activity"]) == 50
    assert len(api.activity(token, max=100).data["activity"]) == 100


@pytest.mark.parametrize(
    "query, field, issue",
    [
        *((f"max={n}", "max", "Number must be between 1 and 100") for n in (0, -1, 101, 2**31, 2**63 - 1)),
        *((f"max={n}", "max", "Field must be an integer") for n in ("", "x", "1.0", "%201", "1e1", 2**63)),
        *((f"before={n}", "before", "Field must be an integer") for n in ("", "x", "4711;", "1'--", 2**63)),
    ],
)
def test_a_page_that_is_none_is_refused(api, token, query, field, issue):
    answer = api.get(f"{ACTIVITY}?{query}", token)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.details == {"field": field, "issue": issue}


@pytest.mark.parametrize("before", [0, -1, -(2**63)])
def test_there_is_nothing_before_the_first(api, token, before):
    assert api.activity(token, before=before).data == {"activity": [], "next": None}


def test_the_list_needs_a_live_token(api, login):
    api.logout(login["access_token"])
    for answer in api.activity(login["access_token"]), api.get(ACTIVITY), api.activity(login["refresh_token"]):
        assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

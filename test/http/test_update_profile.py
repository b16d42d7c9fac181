"""PATCH /api/v1/auth/me"""

import concurrent.futures

import pytest

import database

ME = "/api/v1/auth/me"
JSON = {"Content-Type": "application/json"}


def profile(answer):
    assert answer.status == 200, answer
    return {name: answer.data[name] for name in ("name", "phone", "locale", "metadata")}


def test_update_profile_success(api, registered_user, login):
    given = {"name": "Ada \u00e9", "phone": "+4930901820", "locale": "en-GB", "metadata": {"theme": "dark", "n": [1.5]}}
    answer = api.update_profile(login["access_token"], **given)
    assert profile(answer) == given
    assert answer.data == api.me(login["access_token"]).data
    assert (answer.data["email"], answer.data["app_metadata"]) == (registered_user["email"], {})


def test_null_takes_away_and_what_is_missing_stays(api, login):
    token = login["access_token"]
    api.update_profile(token, name="Ada", locale="de", metadata={"a": {"b": 1, "c": 2}, "d": None})
    told = profile(api.update_profile(token, name=None, metadata={"a": {"b": None, "e": None}, "f": [None]}))
    assert told == {"name": None, "phone": None, "locale": "de", "metadata": {"a": {"c": 2}, "f": [None]}}
    assert profile(api.update_profile(token))["locale"] == "de"
    assert profile(api.update_profile(token, metadata=None))["metadata"] == {}


def test_a_change_is_announced_by_the_names_of_its_fields(api, listener, registered_user, login):
    api.update_profile(login["access_token"], name="Ada", metadata={"secret": "x"})
    user_id = registered_user["user_id"]
    told = listener.wait_for_event("user.profile_updated", user_id)["data"]
    assert told == {"user_id": user_id, "fields": "name,metadata"}


@pytest.mark.parametrize(
    "changes, details",
    [
        ({"name": ""}, {"field": "name", "issue": "Name must not be blank"}),
        ({"name": 7}, {"field": "name", "issue": "Field must be a string or null"}),
        ({"locale": "en_GB"}, {"field": "locale", "issue": "Locale must be a language tag, such as de or en-GB"}),
        ({"metadata": []}, {"field": "metadata", "issue": "Field must be an object or null"}),
        ({"metadata": {"x": "x" * 8200}}, {"field": "metadata", "issue": "Field must be at most 8192 bytes long"}),
        ({"name": "Ada", "email": "x@example.com"}, {"issue": "Only name, phone, locale and metadata can be changed"}),
        ({"app_metadata": {}}, {"issue": "Only name, phone, locale and metadata can be changed"}),
        ({"is_email_verified": True}, {"issue": "Only name, phone, locale and metadata can be changed"}),
    ],
)
def test_a_change_that_is_refused_changes_nothing(api, login, changes, details):
    answer = api.update_profile(login["access_token"], **{"phone": "+4930901820", **changes})
    assert (answer.status, answer.code, answer.details) == (400, "VALIDATION_ERROR", details)
    assert api.me(login["access_token"]).data["phone"] is None


@pytest.mark.parametrize(
    "body, issue",
    [
        (b'{"name":"A","name":"B"}', "A field appears more than once"),
        (b'{"metadata":{"a":{"b":1,"b":2}}}', "A field appears more than once"),
        (b'{"metadata":{"a":"\\u0000"}}', "Text contains a null character"),
        (b'{"metadata":{"a":1e999}}', "Number is out of range"),
        (b'{"metadata":{"a":' + b"[" * 100 + b"]" * 100 + b"}}", "Values are nested too deeply"),
        (b'{"metadata":' + b"[" * 2000 + b"]" * 2000 + b"}", "Values are nested too deeply"),
        (b'{"metadata":' + b"[" * 8000 + b"]" * 8000 + b"}", "Values are nested too deeply"),
        (b"[]", "Request body must be a JSON object"),
        (b"", "Request body is empty"),
    ],
)
def test_json_that_is_not_kept_as_it_stands_is_refused(api, login, body, issue):
    headers = {"Authorization": f"Bearer {login['access_token']}", **JSON}
    answer = api.request("PATCH", ME, data=body, headers=headers)
    assert (answer.status, answer.code, answer.details) == (400, "VALIDATION_ERROR", {"issue": issue})


def test_a_change_needs_a_live_token(api, login):
    assert api.request("PATCH", ME, json={}).status == 401
    api.logout(login["access_token"])
    for token in login["access_token"], login["refresh_token"], "x":
        answer = api.update_profile(token, name="Ada")
        assert (answer.status, answer.code) == (401, "INVALID_TOKEN")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_of_changes_at_once_none_is_lost(api, login):
    token = login["access_token"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: api.update_profile(token, metadata={f"n{n}": n}), range(40)))
    assert {answer.status for answer in answers} == {200}
    assert api.me(token).data["metadata"] == {f"n{n}": n for n in range(40)}


def test_what_the_application_keeps_is_shown(api, db, registered_user, login):
    database.value(db, "SELECT jerry.set_app_metadata(%s, %s)", registered_user["user_id"], '{"plan": "pro"}')
    assert api.me(login["access_token"]).data["app_metadata"] == {"plan": "pro"}


def test_other_services_see_the_method_and_pages_may_use_it(api):
    answer = api.send("OPTIONS", ME)
    assert "PATCH" in answer.headers["Allow"].split(", ")

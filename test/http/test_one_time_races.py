"""Of a hundred who redeem the tokens of one mail at once, one wins, for whatever it was mailed.  That each is good for
its purpose alone is in test/pgtap/one_time_token.sql.
"""

import pytest

import database
from users import PASSWORD, new_email

NEW = "AnotherPassword456!"

# SQL by the function; the first parameter is the token
CALLS = {
    "verify_email": "SELECT jerry.verify_email(%s)",
    "reset_password": f"SELECT jerry.reset_password(%s, '{NEW}', '{NEW}')",
    "confirm_email_change": "SELECT jerry.confirm_email_change(%s)",
    "cancel_email_change": "SELECT jerry.cancel_email_change(%s)",
    "undo_email_change": "SELECT jerry.undo_email_change(%s)",
    "accept_invite": f"SELECT jerry.accept_invite(%s, '{NEW}', '{NEW}')",
    "confirm_login_code": "SELECT jerry.confirm_login_code(token => %s)",
}


def redeem(function, *tokens):
    """A hundred calls, by each of these tokens as often as by another."""
    return [(CALLS[function], tokens[i % len(tokens)]) for i in range(100)]


def winners(answers):
    """The data of those who won; all others are told nothing but that."""
    assert {answer["error"]["code"] for answer in answers if not answer["success"]} <= {"INVALID_TOKEN"}
    return [answer["data"] for answer in answers if answer["success"]]


@pytest.fixture
def count(db, registered_user):
    """How many events of a type the user has."""
    return lambda event_type: len(database.events(db, event_type, registered_user["user_id"]))


def test_no_function_that_redeems_a_token_is_missing_here(db):
    found = database.value(
        db, "SELECT array_agg(DISTINCT proname::text) FROM pg_proc WHERE pronamespace = 'jerry'::regnamespace"
        " AND 'token' = ANY (proargnames)"
        " AND proname NOT IN ('validate_token', 'verify_token', 'decode_token', 'refuse_token')"
    )
    assert set(found) == set(CALLS)


def test_one_verifies(db, registered_user, count):
    token = database.verification_token(db, registered_user["user_id"])
    assert len(winners(database.at_once(db, redeem("verify_email", token)))) == 1
    assert count("user.email_verified") == 1


def test_one_sets_a_new_password(api, db, registered_user, count):
    assert api.request_password_reset(registered_user["email"]).status == 200
    token = database.password_reset_token(db, registered_user["user_id"])
    passwords = [f"{NEW}{i}" for i in range(100)]
    answers = database.at_once(
        db, [("SELECT jerry.reset_password(%s, %s, %s)", token, password, password) for password in passwords]
    )
    assert len(winners(answers)) == 1
    [won] = [password for password, answer in zip(passwords, answers) if answer["success"]]
    assert api.login({**registered_user, "password": won}).status == 200
    assert count("user.password_reset") == 1


def test_one_accepts_an_invite(api, db):
    email = new_email()
    user_id = database.value(db, "SELECT jerry.invite_user(%s)", email)["data"]["user_id"]
    token = database.newest_token(db, "user.invited", email)
    passwords = [f"{NEW}{i}" for i in range(100)]
    answers = database.at_once(
        db, [("SELECT jerry.accept_invite(%s, %s, %s)", token, password, password) for password in passwords]
    )
    assert len(winners(answers)) == 1
    [won] = [password for password, answer in zip(passwords, answers) if answer["success"]]
    assert api.login({"email": email, "password": won}).status == 200
    assert len(database.events(db, "user.invite_accepted", user_id)) == 1


def test_each_side_confirms_a_change_once(db, change_tokens, count):
    """So that it is completed once, too."""
    won = winners(database.at_once(db, redeem("confirm_email_change", *change_tokens)))
    assert sorted(data["is_changed"] for data in won) == [False, True]
    assert count("user.email_changed") == 1


def test_one_side_cancels_a_change(db, change_tokens, count):
    assert len(winners(database.at_once(db, redeem("cancel_email_change", *change_tokens)))) == 1
    assert count("user.email_change_cancelled") == 1


def test_a_change_is_completed_or_cancelled(db, registered_user, new_address, change_tokens, count):
    calls = [
        call for pair in zip(
            redeem("confirm_email_change", *change_tokens), redeem("cancel_email_change", *change_tokens)
        ) for call in pair
    ]
    # both of both, in turn
    won = winners(database.at_once(db, calls[:100]))
    changed = [data for data in won if data.get("is_changed")]
    assert (count("user.email_changed"), count("user.email_change_cancelled")) in [(1, 0), (0, 1)]
    assert count("user.email_changed") == len(changed)
    email = database.value(db, "SELECT email FROM jerry.user WHERE id = %s", registered_user["user_id"])
    assert email == (new_address if changed else registered_user["email"])
    assert database.value(
        db, "SELECT count(*) FROM jerry.one_time_token WHERE user_id = %s AND purpose LIKE 'email_change%%'",
        registered_user["user_id"]
    ) == 0


def test_one_takes_a_change_back(db, registered_user, undo_token, count):
    assert len(winners(database.at_once(db, redeem("undo_email_change", undo_token)))) == 1
    assert count("user.email_change_undone") == 1
    assert count("user.password_reset_requested") == 1


def test_one_logs_in_by_the_code_or_the_link(api, code_login, db, registered_user, count):
    flow = api.request_login_code(registered_user["email"]).data["flow"]
    code, token = database.login_code(db, registered_user["user_id"])
    either = [("SELECT jerry.confirm_login_code(%s, %s)", flow, code), (CALLS["confirm_login_code"], token)]
    assert len(winners(database.at_once(db, either * 50))) == 1
    assert count("user.logged_in") == 1


def test_all_mails_of_a_user_at_once(api, code_login, db, registered_user, change_tokens, count):
    """Each is good once at most, one that ends all others ends them, and nobody waits for somebody who waits."""
    user_id, email = registered_user["user_id"], registered_user["email"]
    assert api.request_password_reset(email).status == 200
    assert api.request_login_code(email).status == 200
    _, login_token = database.login_code(db, user_id)
    mails = [
        (CALLS["verify_email"], database.verification_token(db, user_id)),
        (CALLS["reset_password"], database.password_reset_token(db, user_id)),
        (CALLS["confirm_email_change"], change_tokens[0]),
        (CALLS["confirm_email_change"], change_tokens[1]),
        (CALLS["confirm_login_code"], login_token),
    ]
    # the number of connections is no multiple: each calls all of them
    answers = database.at_once(db, mails * 20, connections=19)
    for i in range(len(mails)):
        assert len(winners(answers[i :: len(mails)])) <= 1
    assert winners(answers)
    assert count("user.password_reset") <= 1
    assert count("user.email_verified") <= 1

"""POST /api/v1/auth/register"""

import uuid

import pytest

import database
from users import PASSWORD, new_email, new_user_data

REGISTERED = "Registration successful. Please verify your email."


def refused(api, **changes):
    """The answer to a registration with these changes, which must leave no user behind."""
    answer = api.register(new_user_data(**changes))
    assert answer.status == 400, answer
    return answer


def count_users(db, email):
    return database.value(db, "SELECT count(*) FROM jerry.user WHERE lower(email) = lower(%s)", email)


def test_register_success(api, valid_user_data):
    answer = api.register(valid_user_data)
    assert answer.status == 201
    assert list(answer.data) == ["user_id", "email", "message"]
    assert str(uuid.UUID(answer.data["user_id"])) == answer.data["user_id"]
    assert answer.data["email"] == valid_user_data["email"]
    assert answer.data["message"] == REGISTERED


def test_register_duplicate_email(api, registered_user):
    answer = api.register(registered_user)
    assert answer.status == 400
    assert answer.code == "DUPLICATE_EMAIL"
    assert answer.details.get("field") == "email"


def test_register_password_mismatch(api, db):
    email = new_email()
    answer = refused(api, email=email, password_confirmation="SecurePassword124!")
    assert answer.code == "PASSWORD_MISMATCH"
    assert answer.details == {"field": "password_confirmation", "issue": "Passwords do not match"}
    assert count_users(db, email) == 0


def test_register_invalid_email(api):
    answer = refused(api, email="no-at-sign.example.com")
    assert answer.code == "INVALID_EMAIL"
    assert answer.details["field"] == "email"


@pytest.mark.parametrize(
    "password, issue",
    [
        ("Short1!", "Password must be at least 8 characters long"),
        ("lowercase123!", "Password must contain at least one uppercase letter"),
        ("NoDigitsHere!", "Password must contain at least one digit"),
        ("NoSpecial123", "Password must contain at least one special character"),
        ("Aa1!" + "x" * 69, "Password must be at most 72 bytes long"),
        ("Aa1!" + "é" * 35, "Password must be at most 72 bytes long"),
        ("Aa1!éé", "Password must be at least 8 characters long"),
        ("", "Password must be at least 8 characters long"),
    ],
    ids=["7-characters", "no-upper", "no-digit", "no-special", "73-bytes", "74-bytes-of-39", "6-in-8-bytes", "empty"],
)
def test_register_weak_password(api, db, password, issue):
    email = new_email()
    answer = refused(api, email=email, password=password, password_confirmation=password)
    assert answer.code == "WEAK_PASSWORD"
    assert answer.details == {"field": "password", "issue": issue}
    assert count_users(db, email) == 0


@pytest.mark.parametrize(
    "password",
    ["Aa1!aaaa", "Aa1!" + "x" * 68, "Aa1!" + "é" * 34, "Aa1!é日本語", " Aa1! bc ", "Aa1!\t\"\\\u2028"],
    ids=["8-characters", "72-bytes", "72-bytes-of-38", "8-characters-of-many-bytes", "spaces", "escapes"],
)
def test_register_accepts_a_password_at_the_limits_and_login_takes_it(api, make_user, password):
    user = make_user(password=password, password_confirmation=password)
    assert api.login(user).status == 200
    assert api.login({**user, "password": password.strip() + "x"}).code == "INVALID_CREDENTIALS"


def test_register_creates_user_in_db(api, db, valid_user_data):
    user_id = api.register(valid_user_data).data["user_id"]
    [row] = database.query(
        db,
        "SELECT email, password_hash, is_email_verified, email_verified_at, created_at = updated_at, "
        "abs(extract(epoch FROM now() - created_at)) < 60 FROM jerry.user WHERE id = %s",
        user_id,
    )
    email, password_hash, *rest = row
    assert email == valid_user_data["email"]
    assert password_hash.startswith("$2") and len(password_hash) == 60
    assert rest == [False, None, True, True]
    assert database.value(db, "SELECT jerry.verify_password(%s, %s)", PASSWORD, password_hash) is True


def test_register_publishes_event(api, db, listener, valid_user_data):
    user_id = api.register(valid_user_data).data["user_id"]
    event = listener.wait_for_event("user.registered", user_id)
    assert event["data"]["email"] == valid_user_data["email"]
    assert api.verify_email(event["data"]["email_verification_token"]).status == 200


def test_register_stores_the_verification_token_only_as_a_hash(api, db, registered_user):
    token = database.verification_token(db, registered_user["user_id"])
    [row] = database.query(
        db,
        "SELECT purpose, token_hash = sha256(convert_to(%s, 'UTF8')) FROM jerry.one_time_token WHERE user_id = %s",
        token,
        registered_user["user_id"],
    )
    assert row == ("verify_email", True)


def test_register_keeps_the_address_as_typed_and_compares_it_without_case(api, db):
    typed = new_email().replace("user.", "User.").replace("example", "Example")
    answer = api.register(new_user_data(email=typed))
    assert answer.data["email"] == typed
    assert api.register(new_user_data(email=typed.lower())).code == "DUPLICATE_EMAIL"
    assert api.register(new_user_data(email=typed.upper())).code == "DUPLICATE_EMAIL"
    assert count_users(db, typed) == 1


def test_register_of_a_taken_address_changes_nothing(api, db, registered_user):
    before = database.query(db, "SELECT * FROM jerry.user WHERE id = %s", registered_user["user_id"])
    other = {**registered_user, "password": "AnotherPassword1!", "password_confirmation": "AnotherPassword1!"}
    assert api.register(other).code == "DUPLICATE_EMAIL"
    assert database.query(db, "SELECT * FROM jerry.user WHERE id = %s", registered_user["user_id"]) == before
    assert len(database.events(db, "user.registered", registered_user["user_id"])) == 1
    assert api.login(registered_user).status == 200


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"email": "bad", "password": "weak", "password_confirmation": "other"}, "INVALID_EMAIL"),
        ({"password": "weak", "password_confirmation": "other"}, "PASSWORD_MISMATCH"),
    ],
)
def test_register_checks_address_then_mismatch_then_strength(api, changes, code):
    assert refused(api, **changes).code == code


def test_register_tells_weak_before_duplicate(api, registered_user):
    weak = {**registered_user, "password": "weak", "password_confirmation": "weak"}
    assert api.register(weak).code == "WEAK_PASSWORD"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "user",
        "@example.com",
        "user@",
        "user@example",
        "user@@example.com",
        "us er@example.com",
        "user@example.com\r\nBcc: all@example.com",
        "user\t@example.com",
        "user@exam_ple.com",
        "user@localhost",
        "\"user\"@example.com",
        "user@[127.0.0.1]",
        "-user@example.com",
        "us\u200ber@example.com",
        "user@ex\u00e4mp_le.com",
        "user@\U0001f600.com",
        "x" * 65 + "@example.com",
        "user@" + "x" * 250 + ".com",
    ],
)
def test_register_refuses_what_is_no_address(api, email):
    assert refused(api, email=email).code == "INVALID_EMAIL"


@pytest.mark.parametrize("around", ["%s ", " %s", "%s\n", "\t%s\r\n"])
def test_register_and_login_ignore_white_space_around_an_address(api, around):
    """Telephones put a space behind a word.  White space around a password belongs to it."""
    user = new_user_data()
    answer = api.register({**user, "email": around % user["email"]})
    assert answer.status == 201
    assert answer.data["email"] == user["email"]
    assert api.login({**user, "email": around % user["email"]}).status == 200
    assert api.login({**user, "password": around % user["password"]}).code == "INVALID_CREDENTIALS"


@pytest.mark.parametrize("typed, stored", [
    ("{}@b\u00fccher.example", "{}@xn--bcher-kva.example"),
    ("{}@example\u3002com", "{}@example.com"),
    ("\u7528\u6237.{}@example.com", "\u7528\u6237.{}@example.com"),
    ("e\u0301.{}@example.com", "\u00e9.{}@example.com"),
])
def test_register_takes_addresses_in_every_script(api, listener, typed, stored):
    """In the answer, the event, the token and at the login it is the stored form."""
    local = new_email().partition("@")[0]
    user = new_user_data(email=typed.format(local))
    answer = api.register(user)
    assert answer.status == 201, answer
    assert answer.data["email"] == stored.format(local)
    assert listener.wait_for_event("user.registered", answer.data["user_id"])["data"]["email"] == stored.format(local)
    for email in (
        user["email"], answer.data["email"], answer.data["email"].upper() if stored.isascii() else stored.format(local)
    ):
        login = api.login({**user, "email": email})
        assert login.status == 200
        assert api.me(login.data["access_token"]).data["email"] == stored.format(local)
        assert api.validate_token(login.data["access_token"]).data["email"] == stored.format(local)
    assert api.register({**user, "email": answer.data["email"]}).code == "DUPLICATE_EMAIL"


def test_register_says_that_a_domain_is_reserved(api):
    answer = refused(api, email="ada@example.test")
    assert answer.code == "INVALID_EMAIL"
    assert answer.details == {
        "field": "email", "issue": "The domain is reserved (like .test, .invalid and .local) and never has mail"
    }


def test_register_counts_254_bytes_of_address(api):
    longest = uuid.uuid4().hex + "@" + ".".join(["d" * 59] * 3 + ["e" * 38, "io"])
    assert len(longest) == 254
    assert api.register(new_user_data(email=longest)).status == 201
    assert refused(api, email="a" + longest).code == "INVALID_EMAIL"


@pytest.mark.parametrize("local", ["o'neil", "a+b", "{x}|~^`", "'--", "%s%n", "$1", "&amp"])
def test_register_takes_a_local_part_literally(api, db, local):
    address = f"{local}.{new_email()}"
    answer = api.register(new_user_data(email=address))
    assert answer.status == 201
    stored = database.value(db, "SELECT email FROM jerry.user WHERE id = %s", answer.data["user_id"])
    assert stored == answer.data["email"] == address

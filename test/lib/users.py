"""Registrations that nobody has made before, so that tests never meet each other's users."""

import uuid

PASSWORD = "SecurePassword123!"


def new_email():
    return f"user.{uuid.uuid4().hex}@example.com"


def new_user_data(**changes):
    """The body of a valid registration, with the changes that a test is about."""
    user = {"email": new_email(), "password": PASSWORD, "password_confirmation": PASSWORD}
    user.update(changes)
    return user


def new_user(api, **changes):
    """A user who has registered: with what."""
    user = new_user_data(**changes)
    answer = api.register(user)
    assert answer.status == 201, answer
    return user

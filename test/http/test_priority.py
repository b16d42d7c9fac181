"""What hashes passwords steps behind everything else that wants the processor."""

import os

from database import query
from users import new_user


def backends(db, lane):
    return [
        pid for (pid,) in query(db, "SELECT pid FROM pg_stat_activity WHERE application_name = %s", f"jerry/{lane}")
    ]


def niceness(db, lane):
    return {os.getpriority(os.PRIO_PROCESS, pid) for pid in backends(db, lane)}


def test_logins_step_behind_and_nothing_else_does(private_api, private_db):
    user = new_user(private_api)
    token = private_api.login(user).data["access_token"]
    assert private_api.validate_token(token).status == 200
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert 10 in niceness(private_db, "login")
    assert niceness(private_db, "read") == niceness(private_db, "write") == {own}

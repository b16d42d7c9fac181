"""A trigger of somebody's own on a table of Jerry, which jerry.allow_changes lets them have: what docs/DEPLOYMENT.md
says of it.
"""

import contextlib

import psycopg2
import pytest

from database import connect, query, value
from installation import PASSWORD, answer


@pytest.fixture
def installation(new_installation):
    with contextlib.closing(connect(new_installation())) as db:
        query(db, "CREATE TABLE public.profile (user_id uuid)")
        query(db, "SET jerry.allow_changes = on")
        yield db


def add_trigger(db, statement):
    query(
        db,
        "CREATE FUNCTION public.add_profile() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {statement}; RETURN NULL; END $$"
    )
    query(
        db, 'CREATE TRIGGER add_profile AFTER INSERT ON jerry."user" FOR EACH ROW EXECUTE FUNCTION public.add_profile()'
    )


def test_a_trigger_that_names_its_schema_runs_in_the_transaction_of_the_registration(installation):
    add_trigger(installation, "INSERT INTO public.profile VALUES (NEW.id)")
    user_id = answer(installation, "register", "ada@example.com", PASSWORD, PASSWORD)["user_id"]
    assert value(installation, "SELECT user_id::text FROM public.profile") == user_id


def test_a_trigger_that_does_not_name_its_schema_is_told_which_relation_is_missing(installation):
    add_trigger(installation, "INSERT INTO profile VALUES (NEW.id)")
    with pytest.raises(psycopg2.errors.UndefinedTable, match='relation "profile" does not exist') as raised:
        answer(installation, "register", "ada@example.com", PASSWORD, PASSWORD)
    assert "PL/pgSQL function public.add_profile()" in raised.value.diag.context
    assert value(installation, 'SELECT count(*) FROM jerry."user"') == 0


def test_an_error_of_a_trigger_ends_the_registration(installation):
    add_trigger(installation, "RAISE EXCEPTION 'no more users today' USING ERRCODE = 'P0042'")
    with pytest.raises(psycopg2.Error, match="no more users today") as raised:
        answer(installation, "register", "ada@example.com", PASSWORD, PASSWORD)
    assert raised.value.pgcode == "P0042"
    assert value(installation, 'SELECT count(*) FROM jerry."user"') == 0

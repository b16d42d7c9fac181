"""An installation with something of everything in it, and whether another one is its equal."""

import psycopg2.sql

import totp
from database import connect, query, value, verification_token

PASSWORD = "SecurePassword123!"

# a function of the application, so that a dump of Jerry's tables alone has it not
HOOK = "CREATE FUNCTION public.installation_hook(jsonb) RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'"

# as old as the installation: no dump has them
OWN_TABLES = {"jerry.rate_bucket", "jerry.installation_secret"}


def fill(db):
    """Put rows into every table through the functions; returns the tokens and ids that were handed out."""

    def register(name):
        return answer(db, "register", f"{name}@example.com", PASSWORD, PASSWORD)["user_id"]

    def login(name, *client):
        return answer(db, "login", f"{name}@example.com", PASSWORD, *client)

    given = {name: {"user_id": register(name)} for name in ("ada", "bob", "cleo")}
    answer(db, "verify_email", verification_token(db, given["ada"]["user_id"]))
    given["ada"].update(login("ada", "192.0.2.1", "curl/8.0 (\u00e9)"))
    given["bob"].update(login("bob"))
    given["gone"] = login("bob")
    query(
        db, "UPDATE jerry.session SET revoked_at = now() WHERE id::text = %s",
        claim(db, given["gone"]["access_token"], "sid")
    )
    # two consumers, of which one has handled some events and has another one out
    query(db, "SELECT jerry.claim_events('mail', 3), jerry.claim_events('stock', 1)")
    query(db, "SELECT jerry.ack_events('mail', ARRAY(SELECT id FROM jerry.event ORDER BY id LIMIT 2))")
    query(db, "SELECT jerry.configure('jerry.event_retention', '30d')")
    query(db, "SELECT jerry.set_limit('login_network', 1000)")
    query(db, HOOK)
    query(db, "SELECT jerry.add_hook('login', 'public.installation_hook(jsonb)')")
    query(db, "SELECT jerry.create_role('editor', 'writes notes'), jerry.create_permission('notes:write')")
    query(db, "SELECT jerry.grant_permission('editor', 'notes:write')")
    query(db, "SELECT jerry.grant_role(%s, 'editor')", given["ada"]["user_id"])
    # a key from elsewhere takes over, and an event that nobody has asked for yet
    query(db, "SELECT jerry.import_key('a secret that another service knows')")
    given["cleo"].update(login("cleo"))
    given["eve"] = {"user_id": register("eve")}
    answer(db, "ban_user", given["eve"]["user_id"], "2126-01-15", "spam")
    # an authenticator app; the next code is not to be waited for
    given["fay"] = {"user_id": register("fay"), **login("fay")}
    given["fay"]["secret"] = answer(db, "setup_totp", given["fay"]["access_token"])["secret"]
    answer(db, "activate_totp", given["fay"]["access_token"], totp.code(given["fay"]["secret"]))
    query(db, "UPDATE jerry.totp SET last_step = 0")
    # what is on record by now is sealed, and the seal kept elsewhere
    given["seal"] = answer(db, "seal_audit")["seal"]
    # a webhook, and a delivery that it has not accepted
    query(db, "SELECT jerry.claim_webhooks()")
    query(db, "SELECT jerry.add_webhook('https://hooks.example.com/', ARRAY['user.deleted'])")
    query(db, "SELECT jerry.test_webhook(webhook_id) FROM jerry.list_webhooks()")
    query(db, "SELECT jerry.claim_webhooks()")
    query(db, "SELECT jerry.remove_consumer('hooks')")
    # a list of passwords that every server has
    query(db, "SELECT jerry.load_common_passwords(current_setting('data_directory') || '/PG_VERSION')")
    assert all(query(db, f"SELECT 1 FROM {table} LIMIT 1") for table in dumped_tables(db)), "a table is empty"
    return given


def install_beside_a_flooder(dsn):
    """Jerry with cheap hashes, and a role flooder that may do nothing but connect."""
    db = connect(dsn)
    query(db, "CREATE EXTENSION jerry CASCADE")
    query(db, "ALTER DATABASE jerry SET jerry.bcrypt_cost = 4")
    query(db, "CREATE ROLE flooder LOGIN PASSWORD 'flooder'")
    db.close()


def answer(db, function, *arguments):
    """The data of a positive answer."""
    marks = ", ".join(["%s"] * len(arguments))
    result = value(db, f"SELECT jerry.{function}({marks})", *arguments)
    assert result["success"], result
    return result["data"]


def code(db, function, *arguments):
    """The code of a negative answer, None for a positive one."""
    marks = ", ".join(["%s"] * len(arguments))
    return value(db, f"SELECT jerry.error_code(jerry.{function}({marks}))", *arguments)


def claim(db, token, name):
    return value(db, "SELECT jerry.decode_token(%s)->'data'->>%s", token, name)


def tables(db):
    """The tables of Jerry, quoted where that is needed."""
    names = query(
        db,
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'jerry'::regnamespace "
        "AND relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid) ORDER BY 1",
    )
    return [name for (name,) in names]


def dumped_tables(db):
    return [table for table in tables(db) if table not in OWN_TABLES]


def columns(db, table):
    return value(
        db,
        "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        table,
    )


def rows(db, layout=None):
    """Every row of every table that is dumped as text; layout, {table: columns}, leaves out what is not in it."""
    layout = layout or {table: columns(db, table) for table in dumped_tables(db)}
    found = {}
    for table, names in layout.items():
        # table is a name that the server has quoted
        statement = psycopg2.sql.SQL("SELECT ROW({})::text FROM {} ORDER BY 1").format(
            psycopg2.sql.SQL(", ").join(map(psycopg2.sql.Identifier, names)), psycopg2.sql.SQL(table)
        )
        found[table] = [row for (row,) in query(db, statement)]
    return found


def check_it_works(db, given):
    """Everything that was handed out is good where it should be, and life goes on; changes the installation."""
    for name in "ada", "bob", "cleo":
        tokens = given[name]
        assert answer(db, "validate_token", tokens["access_token"])["user_id"] == tokens["user_id"]
        assert answer(db, "me", tokens["access_token"])["email"] == f"{name}@example.com"
        fresh = answer(db, "refresh", tokens["refresh_token"])["access_token"]
        assert code(db, "validate_token", fresh) is None
        assert code(db, "login", f"{name}@example.com", PASSWORD) is None
        assert code(db, "login", f"{name}@example.com", PASSWORD + "x") == "INVALID_CREDENTIALS"
        assert code(db, "register", f"{name.upper()}@example.com", PASSWORD, PASSWORD) == "DUPLICATE_EMAIL"
    assert code(db, "validate_token", given["gone"]["access_token"]) == "INVALID_TOKEN"
    assert code(db, "refresh", given["gone"]["refresh_token"]) == "INVALID_TOKEN"
    assert answer(db, "me", given["ada"]["access_token"])["is_email_verified"]
    if "fay" in given:
        token, secret = given["fay"]["access_token"], given["fay"]["secret"]
        assert answer(db, "list_factors", token)["recovery_codes_left"] == 10
        assert code(db, "disable_second_factor", token, totp.wrong(secret), None, PASSWORD) == "WRONG_CODE"
        assert code(db, "disable_second_factor", token, totp.code(secret), None, PASSWORD) is None
    if "eve" in given:
        assert code(db, "login", "eve@example.com", PASSWORD) == "USER_BANNED"
        assert value(db, "SELECT ban_reason FROM jerry.user WHERE id::text = %s", given["eve"]["user_id"]) == "spam"
    assert code(db, "verify_email", verification_token(db, given["bob"]["user_id"])) is None

    last = value(db, "SELECT max(id) FROM jerry.event")
    dora = answer(db, "register", "dora@example.com", PASSWORD, PASSWORD)["user_id"]
    assert value(db, "SELECT max(id) FROM jerry.event") > last
    assert code(db, "verify_email", verification_token(db, dora)) is None
    assert code(db, "login", "dora@example.com", PASSWORD) is None

    if "seal" in given:
        for kept in given["seal"], answer(db, "seal_audit")["seal"]:
            verdict = value(db, "SELECT jerry.verify_audit(kept => %s)->'data'", kept)
            assert verdict["intact"] and verdict["rows"] and not verdict["not_sealed"], verdict


def check_events_come(db):
    """Each consumer gets what it has not acknowledged, and nothing else."""
    every = {event_id for (event_id,) in query(db, "SELECT id FROM jerry.event")}
    query(db, "UPDATE jerry.delivery SET claimable_at = '-infinity'")
    mail = {event_id for (event_id,) in query(db, "SELECT event_id FROM jerry.claim_events('mail', 10000)")}
    stock = {event_id for (event_id,) in query(db, "SELECT event_id FROM jerry.claim_events('stock', 10000)")}
    assert mail == every - set(sorted(every)[:2])
    assert stock == every


def check_it_is_guarded(db):
    """Roles have what they need, and the users cannot be dropped by mistake."""
    for function in "jerry.login(text, text, inet, text)", "jerry.validate_token(text, text, integer, jerry.client)":
        assert value(db, "SELECT has_function_privilege('jerry_api', %s, 'EXECUTE')", function)
    for role in "jerry_api", "jerry_events", "jerry_hooks", "jerry_admin":
        for table in tables(db):
            assert not value(db, "SELECT has_table_privilege(%s, %s, 'SELECT')", role, table)
    problems = ["not dumped", "rights", "version mismatch", "address index"]
    assert query(db, "SELECT * FROM jerry.doctor() WHERE problem = ANY (%s)", problems) == []
    with db.cursor() as cursor:
        try:
            cursor.execute("DROP EXTENSION jerry CASCADE")
        except psycopg2.Error as error:
            assert error.pgcode == "55000", error
        else:
            raise AssertionError("the users are gone")

"""A user of Jerry over SQL, as the interoperability tests need one."""

import uuid

PASSWORD = "SecurePassword123!"


class Accounts:
    """One database with Jerry and what the tests ask it."""

    def __init__(self, connection):
        self.connection = connection

    def value(self, sql, *values):
        """The first column of the only row."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            [row] = cursor.fetchall()
            return row[0]

    def login(self):
        """The data of a login of a new user."""
        email = f"user.{uuid.uuid4().hex}@example.com"
        registered = self.value("SELECT jerry.register(%s, %s, %s)", email, PASSWORD, PASSWORD)
        assert registered["success"], registered
        return self.value("SELECT jerry.login(%s, %s)", email, PASSWORD)["data"]

    def code(self, function, *values):
        """The error code of an answer of a function, None when it is positive."""
        marks = ", ".join(["%s"] * len(values))
        answer = self.value(f"SELECT jerry.{function}({marks})", *values)
        return None if answer["success"] else answer["error"]["code"]

    def validate(self, token):
        return self.code("validate_token", token)

    def active_key(self):
        """Key id and secret of the key that signs; a database has none before the first login."""
        self.login()
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT kid, secret FROM jerry.signing_key WHERE status = 'active'")
            [(kid, secret)] = cursor.fetchall()
            return kid, bytes(secret)

    def import_key(self, secret):
        """Import a secret (text); returns its key id."""
        return self.value("SELECT jerry.import_key(%s)", secret)

    def started_at(self):
        """When the server started; another moment after a crash."""
        return self.value("SELECT pg_postmaster_start_time()")

-- tour.sql: every script of this folder in one session, for a user that nobody has registered before.
--
--     psql "$JERRY_DSN" -f examples/psql/tour.sql
--
-- Connect as the owner of the database: besides calling Jerry, the tour makes a table that refers to jerry.user. It can be run again.
-- psql sends a password as part of the statement, which log_statement would write down; a program passes it as a parameter.
\set ON_ERROR_STOP on
SELECT format('user.%s@example.com', gen_random_uuid()) AS email, 'SecurePassword123!' AS password \gset

-- psql shows each notification after the statement that was running when it came
LISTEN jerry_events;

\ir register.sql
\ir verify_email.sql
\ir login.sql
\ir validate_token.sql
\ir business_row.sql
\ir events.sql

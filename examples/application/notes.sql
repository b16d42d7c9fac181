-- notes.sql: the notes application from psql: sign up, log in, notes of one's own, log out.
--
--     EMAIL=grace@example.com PASSWORD='SecurePassword123!' psql "$DATABASE_URL" -f examples/application/notes.sql
--
-- As role app, on the tables of schema.sql.  What a command line holds, every user of the machine can read; so the password
-- comes from the environment.  psql puts it into the statement's text: setup-database has told the server not to log that of
-- this role.  A program sends it beside the statement, as notes.py does.
\set ON_ERROR_STOP on
\getenv email EMAIL
\getenv password PASSWORD

-- sign up: the user and the profile in one transaction, or neither
BEGIN;
SELECT jerry.unwrap(jerry.register(:'email', :'password', :'password'))->>'user_id' AS user_id \gset
INSERT INTO profile (user_id, name) VALUES (:'user_id', 'Grace');
COMMIT;

SELECT jerry.unwrap(jerry.login(:'email', :'password'))->>'access_token' AS access_token \gset

-- a request: its token first, then whatever the application does
BEGIN;
SELECT jerry.unwrap(jerry.authenticate(:'access_token'))->>'email' AS signed_in_as;
INSERT INTO note (body) VALUES ('from psql');
SELECT body FROM note;
COMMIT;

-- without one nobody sees anything
SELECT count(*) AS without_a_token FROM note;

-- where one is logged in; and log out here, at once and everywhere
SELECT s->>'created_at' AS logged_in_at, s->>'label' AS label, s->>'current' AS current
FROM json_array_elements(jerry.unwrap(jerry.list_sessions(:'access_token'))->'sessions') AS s;
SELECT jerry.unwrap(jerry.logout(:'access_token'))->>'message' AS log_out;
SELECT jerry.error_code(jerry.validate_token(:'access_token')) AS after_log_out;

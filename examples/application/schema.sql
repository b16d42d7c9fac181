-- schema.sql: the tables of the notes application, run once by the owner of the database.
--
--     psql "$JERRY_DSN" -f examples/application/schema.sql
--
-- The application connects as role app (README of this folder), which tools/setup-database has made a member of jerry_api.
\set ON_ERROR_STOP on
BEGIN;

-- a row of ours for each user of Jerry's; it goes with the user
CREATE TABLE profile (
	user_id uuid PRIMARY KEY REFERENCES jerry.user (id) ON DELETE CASCADE,
	name text NOT NULL CHECK (name <> '')
);

CREATE TABLE note (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	owner uuid NOT NULL DEFAULT jerry.uid() REFERENCES jerry.user (id) ON DELETE CASCADE,
	body text NOT NULL
);

-- whoever holds a token sees their own rows, whatever the application forgets in a WHERE
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_notes ON note USING (owner = jerry.uid()) WITH CHECK (owner = jerry.uid());
GRANT SELECT, INSERT, UPDATE, DELETE ON note TO app;
GRANT INSERT ON profile TO app;

-- setup-database leaves the roles it makes without a search_path; ours finds our tables
SELECT format('ALTER ROLE app IN DATABASE %I SET search_path = public', current_database()) \gexec

COMMIT;

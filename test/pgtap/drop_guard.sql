-- the drop guard: no DROP takes users along by mistake
BEGIN;
\ir setup.psql
-- they use Jerry's functions and would stand in the way of a DROP without CASCADE
DROP FUNCTION pg_temp.log_in(text);
DELETE FROM jerry."user";
SELECT pg_temp.new_user() AS user_id \gset
DROP FUNCTION pg_temp.new_user(text);
DROP FUNCTION pg_temp.verification_token(uuid);

CREATE ROLE jerry_test_owner SUPERUSER;
CREATE SCHEMA other;
CREATE TABLE other."user" (id integer);
INSERT INTO other."user" VALUES (1);

-- the error of a command, with its hint; what it did is undone
CREATE FUNCTION pg_temp.refusal(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	BEGIN
		EXECUTE command;
		RAISE EXCEPTION USING ERRCODE = 'UNDO0';
	EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
		RETURN 'done';
	END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	IF SQLSTATE = '55000' AND message = 'cannot drop the users of extension jerry' THEN
		RETURN 'refused';
	END IF;
	RETURN SQLSTATE || ' ' || message;
END
$$;

-- commands that would drop the users, one after the other if need be
CREATE TEMPORARY TABLE way AS
	SELECT * FROM (VALUES
		('DROP EXTENSION jerry'),
		('DROP EXTENSION jerry CASCADE'),
		('DROP EXTENSION IF EXISTS jerry'),
		('DROP EXTENSION pgcrypto CASCADE'),
		('DROP EXTENSION jerry, pgcrypto'),
		('ALTER EXTENSION jerry DROP TABLE jerry."user"; DROP TABLE jerry."user" CASCADE'),
		('ALTER EXTENSION jerry DROP SCHEMA jerry; DROP SCHEMA jerry CASCADE'),
		('CREATE SCHEMA crypto; ALTER EXTENSION pgcrypto SET SCHEMA crypto; DROP SCHEMA crypto CASCADE'),
		('UPDATE pg_extension SET extowner = ''jerry_test_owner''::regrole WHERE extname = ''jerry''; '
			'INSERT INTO pg_shdepend SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), '
				'''pg_extension''::regclass, oid, 0, '
			'''pg_authid''::regclass, ''jerry_test_owner''::regrole, ''o'' FROM pg_extension '
				'WHERE extname = ''jerry''; DROP OWNED BY jerry_test_owner CASCADE'),
		('SET session_replication_role = replica; DROP EXTENSION jerry CASCADE'),
		('ALTER TABLE jerry."user" RENAME TO person; DROP EXTENSION jerry CASCADE'),
		('ALTER SCHEMA jerry RENAME TO sherry; DROP EXTENSION jerry CASCADE'),
		('ALTER TABLE jerry."user" SET SCHEMA public; DROP EXTENSION jerry CASCADE')
	) AS t (command);

-- the other guard has a test of its own
SET LOCAL jerry.allow_changes = on;

SELECT is(pg_temp.refusal(command), 'refused', left(command, 60) || ' is refused') FROM way;
SELECT throws_ok('DROP EXTENSION jerry CASCADE', '55000', 'cannot drop the users of extension jerry',
	'the error says what it is about');
SELECT matches(hint, 'jerry\.allow_drop', 'its hint names the setting')
FROM (SELECT pg_temp.refusal(
	'DO $do$ DECLARE hint text; BEGIN DROP EXTENSION jerry CASCADE; '
	'EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT; '
	'RAISE EXCEPTION ''%'', hint; END $do$')) AS t (hint);
SELECT is((SELECT count(*)::int FROM jerry."user"), 1, 'the users are still there');
SELECT is(pg_temp.refusal('DROP TABLE jerry."user" CASCADE') LIKE '2BP01 %', true,
	'the table of an extension cannot be dropped alone');
SELECT is(pg_temp.refusal('DROP SCHEMA jerry CASCADE') LIKE '2BP01 %', true, 'nor its schema');
SELECT is(pg_temp.refusal('DROP EXTENSION pgcrypto') LIKE '2BP01 %', true, 'nor what it needs');

-- ---------- everything else can be dropped ----------

SELECT is(pg_temp.refusal(command), 'done', command || ' is nobody''s business')
FROM unnest(ARRAY['DROP TABLE other."user"', 'DROP SCHEMA other CASCADE',
	'CREATE TEMPORARY TABLE "user" (id integer); DROP TABLE pg_temp."user"',
	'CREATE EXTENSION bloom; DROP EXTENSION bloom',
	'CREATE TABLE public.jerry_test (id uuid REFERENCES jerry."user" (id)); DROP TABLE public.jerry_test',
	'ALTER EXTENSION jerry DROP TABLE jerry.consumer; DROP TABLE jerry.consumer CASCADE']) AS command;

-- ---------- who means it, and who has no users ----------

SET LOCAL jerry.allow_drop = on;
SELECT is(pg_temp.refusal(command), 'done', 'with jerry.allow_drop on: ' || left(command, 60)) FROM way
	WHERE command !~ '^(SET|UPDATE)';
SET LOCAL jerry.allow_drop = off;
SELECT is(pg_temp.refusal('DROP EXTENSION jerry'), 'refused', 'with jerry.allow_drop off again');
SAVEPOINT used;
DELETE FROM jerry."user";
SELECT is(pg_temp.refusal('DROP EXTENSION jerry'), 'done', 'without users the extension can be dropped');
ROLLBACK TO SAVEPOINT used;
SELECT is(pg_temp.refusal('DROP EXTENSION jerry'), 'refused',
	'users that were deleted in a savepoint count when they are back');
DELETE FROM jerry."user";
INSERT INTO jerry."user" (email, password_hash) VALUES ('loaded@example.com', '*');
SELECT is(pg_temp.refusal('DROP EXTENSION jerry'), 'refused', 'users that this very transaction has made count');
DELETE FROM jerry."user";
DROP EXTENSION jerry;
SELECT is((SELECT count(*)::int FROM pg_event_trigger WHERE evtname = 'jerry_guard_users'), 0,
	'the guard goes with the extension');
CREATE EXTENSION jerry;
SELECT is((SELECT count(*)::int FROM jerry."user"), 0, 'and comes with it');

SELECT * FROM finish();
ROLLBACK;

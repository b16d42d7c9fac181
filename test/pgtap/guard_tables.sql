-- the change guard: what a dump would lack does not get into Jerry's tables by mistake
BEGIN;
\ir setup.psql

SELECT pg_temp.declared('guard_tables()', roles => '', volatility => 'v', parallel => 'u', strict => false,
	call => 'SELECT jerry.guard_tables()', reason => 'it is an event trigger');

CREATE FUNCTION public.jerry_test_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE public.jerry_test (id uuid REFERENCES jerry."user" (id), name text);
CREATE TABLE public.jerry_test_like (LIKE jerry.session INCLUDING CONSTRAINTS);
CREATE TABLE public.jerry_test_parted (LIKE jerry.session INCLUDING CONSTRAINTS) PARTITION BY LIST (id);

-- done, refused (by the guard), or the SQLSTATE of another error; nothing lasts
CREATE FUNCTION pg_temp.refusal(command text, role_name text DEFAULT 'none') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	advice text;
BEGIN
	BEGIN
		PERFORM set_config('role', role_name, true);
		EXECUTE command;
		RAISE EXCEPTION USING ERRCODE = 'JT000';
	EXCEPTION WHEN SQLSTATE 'JT000' THEN
		RETURN 'done';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
		RETURN CASE WHEN SQLSTATE = '55000'
			AND said ~ '^cannot change (table|sequence) jerry\.[a-z_]+, which belongs to extension jerry$'
			AND advice ~ 'foreign key.*jerry\.allow_changes'
			THEN 'refused' ELSE SQLSTATE || ' ' || said END;
	END;
END
$$;

CREATE TEMPORARY TABLE change (command text);
INSERT INTO change VALUES
	('ALTER TABLE jerry."user" ADD COLUMN display_name text'),
	('ALTER TABLE ONLY jerry.session ADD display_name text'),
	('ALTER TABLE IF EXISTS jerry.event ADD COLUMN IF NOT EXISTS display_name text'),
	('ALTER TABLE jerry."user" DROP COLUMN updated_at'),
	('ALTER TABLE jerry."user" ALTER COLUMN email TYPE text'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET DEFAULT ''x'''),
	('ALTER TABLE jerry."user" ALTER COLUMN is_email_verified DROP DEFAULT'),
	('ALTER TABLE jerry."user" ALTER COLUMN email DROP NOT NULL'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET STATISTICS 1000'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET STORAGE PLAIN'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET (n_distinct = 5)'),
	('ALTER TABLE jerry."user" ADD CHECK (email <> ''x'')'),
	('ALTER TABLE jerry."user" ADD CONSTRAINT emails UNIQUE (email)'),
	('ALTER TABLE jerry.session DROP CONSTRAINT session_user_id_fkey'),
	('ALTER TABLE jerry.session ADD FOREIGN KEY (id) REFERENCES public.jerry_test_like (id)'),
	('ALTER TABLE jerry."user" ENABLE ROW LEVEL SECURITY'),
	('ALTER TABLE jerry."user" FORCE ROW LEVEL SECURITY'),
	('ALTER TABLE jerry."user" SET (autovacuum_vacuum_scale_factor = 0.01)'),
	('ALTER TABLE jerry."user" RESET (fillfactor)'),
	('ALTER TABLE jerry."user" SET UNLOGGED'),
	('ALTER TABLE jerry."user" SET TABLESPACE pg_default'),
	('ALTER TABLE jerry."user" REPLICA IDENTITY FULL'),
	('ALTER TABLE jerry."user" CLUSTER ON user_pkey'),
	('ALTER TABLE jerry."user" OWNER TO jerry_admin'),
	('ALTER TABLE jerry."user" RENAME TO person'),
	('ALTER TABLE jerry."user" RENAME COLUMN email TO mail'),
	('ALTER TABLE jerry."user" RENAME CONSTRAINT user_pkey TO pk_user'),
	('ALTER TABLE jerry."user" SET SCHEMA public'),
	('ALTER TABLE jerry.session INHERIT public.jerry_test_like'),
	('ALTER TABLE public.jerry_test_like INHERIT jerry.session'),
	('ALTER TABLE public.jerry_test_parted ATTACH PARTITION jerry.session DEFAULT'),
	('ALTER TABLE jerry."user" DISABLE RULE x'),
	('ALTER TABLE jerry.idx_user_email RENAME TO other'),
	('ALTER INDEX jerry.idx_user_email RENAME TO other'),
	('ALTER INDEX jerry.idx_user_email SET (fillfactor = 50)'),
	('ALTER INDEX jerry.idx_user_email DEPENDS ON EXTENSION pgcrypto'),
	('ALTER SEQUENCE jerry.audit_id_seq CACHE 50'),
	('ALTER SEQUENCE jerry.audit_id_seq INCREMENT BY -1'),
	('ALTER SEQUENCE jerry.audit_id_seq RESTART'),
	('ALTER SEQUENCE jerry.audit_id_seq OWNED BY NONE'),
	('ALTER SEQUENCE jerry.event_id_seq RENAME TO other'),
	('ALTER TABLE jerry.event_id_seq SET SCHEMA public'),
	('ALTER TRIGGER signing_key_changed ON jerry.signing_key RENAME TO other'),
	('CREATE INDEX ON jerry."user" (updated_at)'),
	('CREATE UNIQUE INDEX IF NOT EXISTS other ON ONLY jerry."user" (updated_at)'),
	('CREATE TRIGGER profile AFTER INSERT ON jerry."user" FOR EACH ROW EXECUTE FUNCTION public.jerry_test_trigger()'),
	(
		'CREATE OR REPLACE TRIGGER signing_key_changed AFTER INSERT ON jerry.signing_key FOR EACH ROW '
		'EXECUTE FUNCTION public.jerry_test_trigger()'),
	(
		'CREATE CONSTRAINT TRIGGER profile AFTER INSERT ON jerry."user" DEFERRABLE FOR EACH ROW '
		'EXECUTE FUNCTION public.jerry_test_trigger()'),
	('CREATE RULE other AS ON DELETE TO jerry.session DO INSTEAD NOTHING'),
	('CREATE POLICY other ON jerry."user" USING (true)'),
	('CREATE TABLE public.child () INHERITS (jerry."user")'),
	('CREATE TABLE public.child () INHERITS (public.jerry_test, jerry.session)'),
	('CREATE TEMPORARY TABLE child () INHERITS (jerry.session)'),
	('CREATE SCHEMA jerry_test_schema CREATE TABLE child () INHERITS (jerry.session)'),
	('COMMENT ON TABLE jerry."user" IS ''mine'''),
	('COMMENT ON COLUMN jerry."user".email IS ''mine'''),
	('COMMENT ON INDEX jerry.idx_user_email IS ''mine'''),
	('COMMENT ON CONSTRAINT user_pkey ON jerry."user" IS ''mine'''),
	('COMMENT ON TRIGGER signing_key_changed ON jerry.signing_key IS ''mine'''),
	('DROP INDEX jerry.idx_user_email'),
	('DROP INDEX IF EXISTS public.no_such, jerry.idx_session_user_id CASCADE'),
	('DROP TRIGGER signing_key_changed ON jerry.signing_key'),
	('DO ''BEGIN EXECUTE $x$ ALTER TABLE jerry.session ADD COLUMN x text $x$; END'''),
	('SET LOCAL search_path = jerry; ALTER TABLE session ADD COLUMN x text'),
	('SET LOCAL search_path = jerry; CREATE INDEX ON "user" (updated_at)'),
	('SET LOCAL session_replication_role = replica; ALTER TABLE jerry."user" ADD COLUMN x text');
SELECT is(pg_temp.refusal(command), 'refused', left(command, 90) || ' is refused') FROM change;

-- ---------- what is nobody's business ----------

SELECT is(pg_temp.refusal(command), 'done', left(command, 90) || ' is done')
FROM unnest(ARRAY[
	'ALTER TABLE public.jerry_test ADD COLUMN x text; CREATE INDEX ON public.jerry_test (x); COMMENT '
		'ON TABLE public.jerry_test IS ''x''',
	'ALTER TABLE public.jerry_test ADD FOREIGN KEY (id) REFERENCES jerry.session (id)',
	'CREATE TABLE public.profile (user_id uuid PRIMARY KEY REFERENCES jerry."user" (id) ON DELETE CASCADE, '
		'display_name text)',
	'CREATE TRIGGER t BEFORE INSERT ON public.jerry_test FOR EACH ROW EXECUTE FUNCTION public.jerry_test_trigger(); '
		'DROP TRIGGER t ON public.jerry_test',
	'CREATE SEQUENCE public.numbers; ALTER SEQUENCE public.numbers CACHE 50; DROP SEQUENCE public.numbers',
	'SELECT setval(''jerry.audit_id_seq'', 100)',
	'CREATE POLICY p ON public.jerry_test USING (true); DROP POLICY p ON public.jerry_test',
	'CREATE RULE r AS ON DELETE TO public.jerry_test DO INSTEAD NOTHING; DROP RULE r ON public.jerry_test',
	'CREATE TABLE public.child () INHERITS (public.jerry_test)',
	'CREATE SCHEMA jerry_test_schema CREATE TABLE "user" (id integer) CREATE INDEX ON "user" (id)',
	'CREATE TEMPORARY TABLE "user" (id integer); ALTER TABLE "user" ADD COLUMN x text; DROP TABLE pg_temp."user"',
	'CREATE VIEW public.people AS SELECT id FROM jerry."user"; COMMENT ON VIEW public.people IS ''x''',
	'CREATE STATISTICS public.s ON is_email_verified, created_at FROM jerry."user"',
	'GRANT REFERENCES ON jerry."user" TO jerry_admin',
	'ALTER TABLE jerry."user" DISABLE TRIGGER ALL; ALTER TABLE jerry."user" ENABLE TRIGGER ALL',
	'REINDEX TABLE jerry."user"',
	'ANALYZE jerry."user"',
	'TRUNCATE jerry.setting',
	'COMMENT ON SCHEMA public IS ''x''',
	'DROP INDEX IF EXISTS public.no_such',
	'DROP TRIGGER IF EXISTS no_such ON no_such_table'
]) AS command;
SELECT is(pg_temp.refusal('ALTER TABLE jerry.no_such ADD COLUMN x text') LIKE '42P01%', true,
	'a table that is not there is not there');
SELECT is(pg_temp.refusal('COMMENT ON COLUMN jerry."user".no_such IS ''x''') LIKE '42703%', true, 'nor a column');

-- ---------- others, and who means it ----------

CREATE ROLE jerry_test_nobody;
GRANT jerry_api TO jerry_test_nobody;
SELECT is(pg_temp.refusal(command, 'jerry_test_nobody') LIKE '42501%', true,
	left(command, 50) || ' is not for a role of Jerry anyway')
FROM change WHERE command IN ('ALTER TABLE jerry."user" ADD COLUMN display_name text',
	'CREATE INDEX ON jerry."user" (updated_at)', 'COMMENT ON TABLE jerry."user" IS ''mine''',
	'CREATE POLICY other ON jerry."user" USING (true)');
SELECT is(pg_temp.refusal('SET LOCAL jerry.allow_changes = on', 'jerry_test_nobody') LIKE '42501%', true,
	'and cannot allow it');

GRANT USAGE ON SCHEMA public TO jerry_test_nobody;
GRANT TRIGGER ON jerry."user" TO jerry_test_nobody;
SELECT is(pg_temp.refusal(
	'CREATE TRIGGER profile AFTER INSERT ON jerry."user" FOR EACH ROW EXECUTE FUNCTION public.jerry_test_trigger()',
	'jerry_test_nobody'), 'refused',
	'who was granted TRIGGER is refused as the owner is');
REVOKE TRIGGER ON jerry."user" FROM jerry_test_nobody;

SET LOCAL jerry.allow_changes = on;
SELECT is(pg_temp.refusal(command), 'done', 'with jerry.allow_changes on: ' || left(command, 70)) FROM change
WHERE command
~ 'ADD COLUMN display_name|CREATE (INDEX|TRIGGER|POLICY|RULE)|COMMENT '
'ON (TABLE|COLUMN)|DROP (INDEX jerry|TRIGGER)|CACHE|INHERIT jerry|SET LOCAL search_path';
SET LOCAL jerry.allow_changes = off;
SELECT is(pg_temp.refusal(command), 'refused', 'and with it off again') FROM change LIMIT 1;

SELECT * FROM finish();
ROLLBACK;

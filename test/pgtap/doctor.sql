-- jerry.doctor: each finding appears with its cause, and goes with it
BEGIN;
\ir setup.psql
SET LOCAL jerry.bcrypt_cost = 12;

-- the findings of one kind
CREATE FUNCTION pg_temp.found(kind text) RETURNS text
	RETURN (SELECT string_agg(finding, '; ' ORDER BY finding) FROM jerry.doctor() WHERE problem = kind);

-- roles that were there before do not count
CREATE TEMPORARY TABLE at_first AS SELECT * FROM jerry.doctor() WHERE problem <> 'no backup';
CREATE FUNCTION pg_temp.new(kind text) RETURNS text
	RETURN (SELECT string_agg(finding, '; ' ORDER BY finding)
		FROM (SELECT * FROM jerry.doctor() EXCEPT SELECT * FROM at_first) AS d WHERE problem = kind);

-- a client as docs/SECURITY.md wants it
CREATE ROLE jerry_test_app LOGIN;
GRANT jerry_api TO jerry_test_app;
CREATE FUNCTION pg_temp.reset_app() RETURNS void LANGUAGE sql AS $$
	ALTER ROLE jerry_test_app RESET ALL;
	ALTER ROLE jerry_test_app SET log_min_error_statement = 'panic';
$$;
SELECT pg_temp.reset_app() \g /dev/null

SELECT pg_temp.declared('doctor()', roles => 'jerry_admin', volatility => 's', parallel => 'u', strict => false,
	call => 'SELECT jerry.doctor()', reason => 'it reads the catalogs, now and then');

SELECT is_empty($$ SELECT * FROM jerry.doctor() WHERE problem <> 'no backup' EXCEPT SELECT * FROM at_first $$,
	'a client of the API alone is no finding');

-- ---------- values that nobody has checked ----------

-- as somebody sets them in whose session the library is not loaded
UPDATE pg_db_role_setting SET setconfig = setconfig || ARRAY['jerry.bcrypt_cost=99999999999',
	'pgaudit.log_parameter=perhaps']
WHERE setrole = 'jerry_test_app'::regrole AND setdatabase = 0;
SELECT alike(pg_temp.new('weak cost'), '%99999999999 for jerry_test_app',
	'a value that is none is a finding, and keeps nobody from the others');
SELECT pg_temp.reset_app() \g /dev/null

-- ---------- parameter logging ----------

SELECT is(pg_temp.new('parameter logging'), NULL, 'by default no parameters are logged');
CREATE FUNCTION pg_temp.logging(setting text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('ALTER ROLE jerry_test_app SET %s = %L', setting, value);
	found := pg_temp.new('parameter logging');
	EXECUTE format('ALTER ROLE jerry_test_app RESET %s', setting);
	RETURN found;
END
$$;
SELECT is(pg_temp.logging(setting, value),
	CASE WHEN bad THEN 'the server log can show the passwords that role jerry_test_app sends' END,
	setting || ' = ' || value)
FROM (VALUES
	('log_statement', 'all', true), ('log_statement', 'mod', true), ('log_statement', 'ddl', false),
	('log_statement', 'none', false),
	('log_min_duration_statement', '0', true), ('log_min_duration_statement', '250ms', true),
	('log_min_duration_statement', '-1', false),
	('log_min_duration_sample', '100', true), ('log_min_duration_sample', '-1', false),
	('log_transaction_sample_rate', '0.5', true), ('log_transaction_sample_rate', '0', false),
	('log_parameter_max_length_on_error', '-1', true), ('log_parameter_max_length_on_error', '100', true),
	('log_parameter_max_length_on_error', '0', false),
	('log_parameter_max_length', '100', false)
) AS t (setting, value, bad);
SELECT is(pg_temp.new('parameter logging'), NULL, 'what is mended is found no more');

ALTER ROLE jerry_test_app SET log_parameter_max_length = 0;
SELECT is(pg_temp.logging('log_min_duration_statement', '0'), NULL,
	'statements without their parameters show no password');
SELECT is(pg_temp.logging('log_statement', 'all'), NULL, 'whatever logs them');
ALTER ROLE jerry_test_app RESET log_parameter_max_length;

SET LOCAL log_min_duration_statement = 0;
SELECT is(pg_temp.new('parameter logging'), NULL, 'what this session was given is not what others are');
RESET log_min_duration_statement;
SELECT pg_temp.reset_app() \g /dev/null
SELECT format('ALTER DATABASE %I SET log_statement = %L', current_database(), 'all') \gexec
SELECT is(pg_temp.new('parameter logging'), 'the server log can show the passwords that role jerry_test_app sends',
	'that of the database counts');
ALTER ROLE jerry_test_app SET log_statement = 'none';
SELECT is(pg_temp.new('parameter logging'), NULL, 'but that of the role before it, too');
SELECT format('ALTER ROLE jerry_test_app IN DATABASE %I SET log_statement = %L', current_database(), 'mod') \gexec
SELECT is(pg_temp.new('parameter logging'), 'the server log can show the passwords that role jerry_test_app sends',
	'and that of the role in this database first of all');
SELECT format('ALTER ROLE jerry_test_app IN DATABASE %I SET log_statement = %L', 'template1', 'mod') \gexec
SELECT format('ALTER ROLE jerry_test_app IN DATABASE %I RESET log_statement', current_database()) \gexec
SELECT is(pg_temp.new('parameter logging'), NULL, 'another database does not count');
SELECT format('ALTER DATABASE %I RESET log_statement', current_database()) \gexec
SELECT pg_temp.reset_app() \g /dev/null
ALTER ROLE jerry_test_app SET log_statement = 'all';
REVOKE jerry_api FROM jerry_test_app;
SELECT is(pg_temp.new('parameter logging'), NULL, 'who cannot call the API sends no passwords');
GRANT jerry_api TO jerry_test_app;
ALTER ROLE jerry_test_app NOLOGIN;
SELECT is(pg_temp.new('parameter logging'), NULL, 'who cannot log in, neither');
ALTER ROLE jerry_test_app LOGIN;
SELECT pg_temp.reset_app() \g /dev/null

-- ---------- hashes and addresses ----------

SELECT is(pg_temp.new(kind), NULL, 'no ' || kind)
	FROM unnest(ARRAY['unusable hash', 'hash cost', 'unreachable address']) AS kind;
INSERT INTO jerry."user" (email, password_hash) SELECT 'unusable' || n || '@example.com', hash FROM (VALUES
	(1, ''), (2, 'plain'), (3, '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG'),
	(4, '$2b$17$' || repeat('x', 53)),
	(5, '$2x$12$' || repeat('x', 53)), (8, '!$2a$12$' || repeat('x', 53)), (9, '*'), (6, '$2b$12$' || repeat('x', 52)),
	(7, 'bcrypt_sha256$$2b$12$' || repeat('x', 53))) AS t (n, hash);
SELECT is(pg_temp.new('unusable hash'), '7 accounts have no bcrypt hash of cost 4 to 15: no password lets them in',
	'what is no hash is counted, who is banned or has no password yet is not');
DELETE FROM jerry."user" WHERE email LIKE 'unusable%';
SELECT is(pg_temp.new('unusable hash'), NULL, 'until it is gone');
INSERT INTO jerry."user" (email, password_hash) SELECT 'cost' || n || '@example.com',
	format('$2%s$%s$%s', prefix, cost, repeat('x', 53)) FROM (VALUES
	(1, 'y', '10'), (2, 'b', '10'), (3, 'a', '12'), (4, 'b', '12'), (5, 'a', '14')) AS t (n, prefix, cost);
SELECT is(pg_temp.new('hash cost'),
	'1 accounts have a hash of cost 14, while jerry.bcrypt_cost is 12; 2 accounts have a hash of cost 10, '
	'while jerry.bcrypt_cost is 12',
	'hashes of another cost are counted');
SELECT is(hint ~ 'take longer', finding ~ 'cost 14', finding || ': the hint says which are dangerous')
	FROM jerry.doctor() WHERE problem = 'hash cost';
SELECT is(pg_temp.new('unusable hash'), NULL, 'all of these can be used');
DELETE FROM jerry."user" WHERE email LIKE 'cost%';
INSERT INTO jerry."user" (email, password_hash) SELECT email, '$2a$12$' || repeat('x', 53) FROM unnest(ARRAY[
	'ada@example.com', U&'J\00F6rg@example.com', 'ada@xn--bcher-kva.de', '-ada@example.com']) AS email;
SELECT is(pg_temp.new('unreachable address'), NULL, 'addresses in their stored form are none');
INSERT INTO jerry."user" (email, password_hash) SELECT email, '$2a$12$' || repeat('x', 53) FROM unnest(ARRAY[
	U&'Jo\0308rg@example.com', U&'ada@b\00FCcher.de', ' ada@example.com', U&'ada@example.com\000A']) AS email;
SELECT is(pg_temp.new('unreachable address'), '4 accounts have an address in a form under which nobody can be found',
	'others are counted');
DELETE FROM jerry."user";

-- ---------- weak cost ----------

SELECT is(pg_temp.new('weak cost'), NULL, 'the default cost is good');
SET LOCAL jerry.bcrypt_cost = 9;
SELECT alike(pg_temp.new('weak cost'), '%jerry.bcrypt_cost is 9 for this session%', 'a cost of 9 is weak');
SET LOCAL jerry.bcrypt_cost = 10;
SELECT is(pg_temp.new('weak cost'), NULL, '10 is not');
SET LOCAL jerry.bcrypt_cost = 12;
ALTER ROLE jerry_test_app SET jerry.bcrypt_cost = 4;
SELECT is(pg_temp.new('weak cost'), 'jerry.bcrypt_cost is 4 for jerry_test_app', 'that of a client counts');
ALTER ROLE jerry_test_app RESET jerry.bcrypt_cost;
SELECT is(pg_temp.new('weak cost'), NULL, 'until it is reset');

-- ---------- readable notifications ----------

SELECT is(pg_temp.new('readable notifications'), NULL, 'clients of Jerry may listen');
CREATE ROLE jerry_test_nobody LOGIN;
SELECT is(pg_temp.new('readable notifications'),
	'role jerry_test_nobody can LISTEN and read addresses and verification tokens', 'who can connect can listen');
SET LOCAL jerry.notify_payload = redacted;
SELECT isnt(pg_temp.new('readable notifications'), NULL, 'redacted for this session alone is not enough');
SELECT format('ALTER DATABASE %I SET jerry.notify_payload = redacted', current_database()) \gexec
SELECT is(pg_temp.new('readable notifications'), NULL, 'what is redacted may be read');
SET LOCAL jerry.notify_payload = wakeup;
SELECT format('ALTER DATABASE %I SET jerry.notify_payload = wakeup', current_database()) \gexec
SELECT is(pg_temp.new('readable notifications'), NULL, 'so may a wakeup');
ALTER ROLE jerry_test_app SET jerry.notify_payload = 'full';
SELECT isnt(pg_temp.new('readable notifications'), NULL, 'a client that notifies all counts');
ALTER ROLE jerry_test_app RESET jerry.notify_payload;
SELECT format('ALTER DATABASE %I RESET jerry.notify_payload', current_database()) \gexec
RESET jerry.notify_payload;
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT is(pg_temp.new('readable notifications'), NULL, 'who cannot connect cannot listen');
SELECT format('GRANT CONNECT ON DATABASE %I TO PUBLIC', current_database()) \gexec
GRANT jerry_events TO jerry_test_nobody;
SELECT is(pg_temp.new('readable notifications'), NULL, 'a consumer is meant to');
REVOKE jerry_events FROM jerry_test_nobody;
ALTER ROLE jerry_test_nobody SUPERUSER;
SELECT is(pg_temp.new('readable notifications'), NULL, 'a superuser reads everything anyway');
DROP ROLE jerry_test_nobody;

SELECT jerry.configure('jerry.notify_payload', 'redacted') \g /dev/null
CREATE ROLE jerry_test_nobody LOGIN;
SELECT is(pg_temp.new('readable notifications'), NULL, 'what the installation has configured counts');
SELECT jerry.configure('jerry.notify_payload', NULL) \g /dev/null
SELECT isnt(pg_temp.new('readable notifications'), NULL, 'until it is set back');
DROP ROLE jerry_test_nobody;

-- ---------- settings ----------

SELECT is(pg_temp.new('setting not dumped'), NULL, 'nothing is set outside of a dump');
CREATE FUNCTION pg_temp.outside(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE command || ' SET jerry.require_verified_email = on';
	SELECT concat(finding, ' -> ', hint) INTO found FROM jerry.doctor() WHERE problem = 'setting not dumped'
		AND finding ~ 'require_verified_email';
	EXECUTE command || ' RESET jerry.require_verified_email';
	RETURN found;
END
$$;
SELECT is(pg_temp.outside(command),
	format('jerry.require_verified_email is set by %s, which a dump of this database lacks -> '
	'SELECT jerry.configure(''jerry.require_verified_email'', ''on''); %s RESET jerry.require_verified_email;', command,
	command), command || ' is found')
FROM (VALUES (format('ALTER DATABASE %I', current_database())), ('ALTER ROLE jerry_test_app'),
	(format('ALTER ROLE jerry_test_app IN DATABASE %I', current_database()))) AS t (command);
ALTER ROLE jerry_test_app SET jerry.login_nice = 5;
SELECT is(pg_temp.new('setting not dumped'), NULL, 'what belongs to a session is no finding');
ALTER ROLE jerry_test_app RESET jerry.login_nice;
SELECT jerry.configure('jerry.audience', 'shop') \g /dev/null
SELECT is(pg_temp.new('setting not dumped'), NULL, 'nor is what is in the table');
SELECT is(pg_temp.new('setting not valid'), NULL, 'which is valid');
INSERT INTO jerry.setting VALUES ('jerry.verification_ttl', 'for ever', now()),
	('jerry.of_a_later_version', '1', now());
SET LOCAL client_min_messages = error;
SELECT is(pg_temp.new('setting not valid'),
	'the value of jerry.of_a_later_version in jerry.setting is not used; '
	'the value of jerry.verification_ttl in jerry.setting is not used',
	'unless it came by another way');
SET LOCAL client_min_messages = warning;
DELETE FROM jerry.setting;

-- ---------- idle timeout ----------

CREATE FUNCTION pg_temp.idle(timeout text, access_token_ttl text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('jerry.session_idle_timeout', timeout, true),
		set_config('jerry.access_token_ttl', access_token_ttl, true);
	RETURN pg_temp.new('idle timeout');
END
$$;
SELECT is(pg_temp.idle(timeout, ttl), finding, format('a timeout of %s with access tokens of %s', timeout, ttl))
FROM (VALUES
	('0', '1d', NULL), ('901', '14min', NULL), ('25h', '1d', NULL),
	('900', '14min',
		'jerry.session_idle_timeout is 900 s: sessions end that are in use, as access tokens live for 840 s'),
	('1h', '1d',
		'jerry.session_idle_timeout is 3600 s: sessions end that are in use, as access tokens live for 86400 s')
) AS t (timeout, ttl, finding);
RESET jerry.session_idle_timeout;
RESET jerry.access_token_ttl;

-- ---------- refresh grace ----------

CREATE FUNCTION pg_temp.grace(rotates text, grace text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('jerry.rotate_refresh_tokens', rotates, true), set_config('jerry.refresh_grace', grace, true);
	RETURN pg_temp.new('refresh grace');
END
$$;
SELECT is(pg_temp.grace(rotates, grace), finding, format('a grace of %s with rotation %s', grace, rotates))
FROM (VALUES
	('on', '1min', NULL), ('on', '10s', NULL), ('off', '0', NULL),
	('on', '9s',
		'jerry.refresh_grace is 9 s: clients that refresh in two places at once, or lose an answer, are taken for '
			'thieves')
) AS t (rotates, grace, finding);
RESET jerry.rotate_refresh_tokens;
RESET jerry.refresh_grace;

-- ---------- hidden accounts ----------

CREATE FUNCTION pg_temp.hides(hides text, requires text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('jerry.hide_accounts', hides, true), set_config('jerry.require_verified_email', requires, true);
	RETURN pg_temp.new('hide accounts');
END
$$;
SELECT is(pg_temp.hides(hides, requires), finding, format('accounts that are hidden (%s) need verified addresses (%s)',
	hides, requires))
FROM (VALUES
	('off', 'off', NULL), ('off', 'on', NULL), ('on', 'on', NULL),
	('on', 'off', 'jerry.hide_accounts is on without jerry.require_verified_email: a login right after a registration '
		'tells whether the address was taken')
) AS t (hides, requires, finding);
RESET jerry.hide_accounts;
RESET jerry.require_verified_email;

-- ---------- changed tables ----------

SELECT is(pg_temp.found('table changed'), NULL, 'a new installation has what Jerry put there');
CREATE FUNCTION pg_temp.changed(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	SET LOCAL jerry.allow_changes = on;
	EXECUTE command;
	found := pg_temp.found('table changed');
	RAISE EXCEPTION USING ERRCODE = 'JT000', MESSAGE = coalesce(found, 'nothing');
EXCEPTION WHEN SQLSTATE 'JT000' THEN
	RETURN SQLERRM;
END
$$;
CREATE TABLE public.jerry_test_like (LIKE jerry.session INCLUDING CONSTRAINTS);
CREATE FUNCTION public.jerry_test_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT is(pg_temp.changed(command), finding, command || ' is found')
FROM (VALUES
	('ALTER TABLE jerry."user" ADD COLUMN nick text',
		'column nick of jerry.user is not Jerry''s: a dump with it cannot be restored'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET DEFAULT ''x''',
		'default email of jerry.user is not Jerry''s: a dump lacks it'),
	('ALTER TABLE jerry."user" ADD CONSTRAINT emails CHECK (email <> ''x'')',
		'constraint emails of jerry.user is not Jerry''s: a dump lacks it'),
	('ALTER TABLE jerry."user" ADD CONSTRAINT emails UNIQUE (email)',
		'constraint emails of jerry.user is not Jerry''s: a dump lacks it'),
	('CREATE INDEX other ON jerry."user" (updated_at)', 'index other of jerry.user is not Jerry''s: a dump lacks it'),
	('CREATE TRIGGER profile AFTER INSERT ON jerry."user" FOR EACH ROW EXECUTE FUNCTION public.jerry_test_trigger()',
		'trigger profile of jerry.user is not Jerry''s: a dump lacks it'),
	('CREATE POLICY mine ON jerry."user" USING (true)', 'policy mine of jerry.user is not Jerry''s: a dump lacks it'),
	('CREATE RULE mine AS ON DELETE TO jerry.event DO INSTEAD NOTHING',
		'rule mine of jerry.event is not Jerry''s: a dump lacks it'),
	('ALTER TABLE jerry."user" ENABLE ROW LEVEL SECURITY', 'jerry.user has row-level security: a dump lacks it'),
	('ALTER TABLE jerry."user" SET (fillfactor = 50)',
		'jerry.user has storage parameters {fillfactor=50}: a dump lacks it'),
	('ALTER TABLE jerry.consumer REPLICA IDENTITY FULL',
		'jerry.consumer has another replica identity: a dump lacks it'),
	('ALTER TABLE jerry.setting SET UNLOGGED', 'jerry.setting is UNLOGGED: a crash empties it'),
	('ALTER TABLE public.jerry_test_like INHERIT jerry.session',
		'jerry.session has a parent or a child: rows of the child count as rows of the parent'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET STATISTICS 500',
		'jerry.user has a column with options, statistics or storage of its own: a dump lacks it'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET (n_distinct = 5)',
		'jerry.user has a column with options, statistics or storage of its own: a dump lacks it'),
	('ALTER TABLE jerry."user" ALTER COLUMN email SET STORAGE PLAIN',
		'jerry.user has a column with options, statistics or storage of its own: a dump lacks it'),
	('ALTER TABLE jerry."user" DROP COLUMN updated_at',
		'column updated_at of jerry.user is missing; default updated_at of jerry.user is missing; '
		'index idx_user_unverified of jerry.user is missing'),
	('ALTER TABLE jerry.session DROP CONSTRAINT session_user_id_fkey',
		'constraint session_user_id_fkey of jerry.session is missing'),
	('DROP INDEX jerry.idx_session_user_id', 'index idx_session_user_id of jerry.session is missing'),
	('DROP TRIGGER setting_changed ON jerry.setting', 'trigger setting_changed of jerry.setting is missing'),
	('CREATE PUBLICATION mine FOR TABLE jerry."user"', 'publication mine names jerry.user: a dump lacks that'),
	('CREATE PUBLICATION mine FOR ALL TABLES', 'nothing')
) AS t (command, finding);
SELECT is(pg_temp.found('table changed'), NULL, 'each is gone again');
SET LOCAL jerry.allow_changes = on;
ALTER TABLE jerry."user" ADD COLUMN nick text;
SELECT is((SELECT hint FROM jerry.doctor() WHERE problem = 'table changed'),
	'Use a table of your own with a foreign key instead; then: SET jerry.allow_changes = on; '
		'ALTER TABLE jerry."user" DROP COLUMN nick;', 'with the way back');
ALTER TABLE jerry."user" DROP COLUMN nick;
SET LOCAL jerry.allow_changes = off;

-- ---------- rights ----------

SELECT is(pg_temp.new('rights'), NULL, 'PUBLIC has no rights');
CREATE FUNCTION pg_temp.granted(rights text, object text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('GRANT %s ON %s TO PUBLIC', rights, object);
	found := pg_temp.new('rights');
	EXECUTE format('REVOKE %s ON %s FROM PUBLIC', rights, object);
	RETURN found;
END
$$;
SELECT is(pg_temp.granted(rights, object), expected, format('everybody''s %s on %s is found', rights, object))
FROM (VALUES
	('EXECUTE', 'FUNCTION jerry.import_key(text,boolean)', 'everybody has EXECUTE on jerry.import_key(text,boolean)'),
	('EXECUTE', 'FUNCTION jerry.version()', 'everybody has EXECUTE on jerry.version()'),
	('SELECT', 'TABLE jerry."user"', 'everybody has SELECT on jerry."user"'),
	('DELETE', 'TABLE jerry.signing_key', 'everybody has DELETE on jerry.signing_key'),
	('USAGE', 'SEQUENCE jerry.event_id_seq', 'everybody has USAGE on jerry.event_id_seq'),
	('USAGE', 'TYPE jerry.client', 'everybody has USAGE on type jerry.client'),
	('USAGE', 'SCHEMA jerry', 'everybody has USAGE on schema jerry'),
	('CREATE', 'SCHEMA jerry', 'everybody has CREATE on schema jerry')
) AS t (rights, object, expected);
SELECT is(pg_temp.new('rights'), NULL, 'what is revoked is found no more');
GRANT EXECUTE ON FUNCTION jerry.create_access_token(json, interval) TO jerry_test_app;
SELECT is(pg_temp.new('rights'), 'role jerry_test_app has EXECUTE on jerry.create_access_token(json,interval)',
	'a right of somebody who is none of Jerry''s roles is found');
REVOKE EXECUTE ON FUNCTION jerry.create_access_token(json, interval) FROM jerry_test_app;
GRANT SELECT (email) ON jerry."user" TO jerry_test_app;
SELECT is(pg_temp.new('rights'), 'role jerry_test_app has SELECT on jerry."user" (email)', 'also one on a column');
REVOKE SELECT (email) ON jerry."user" FROM jerry_test_app;
GRANT SELECT ON jerry.event TO jerry_events;
SELECT is(pg_temp.new('rights'), 'role jerry_events has SELECT on jerry.event',
	'and one on a table, even of Jerry''s own roles');
REVOKE SELECT ON jerry.event FROM jerry_events;
GRANT REFERENCES ON jerry."user" TO jerry_test_app;
GRANT USAGE ON SCHEMA jerry TO jerry_test_app;
SELECT is(pg_temp.new('rights'), NULL, 'to refer to users is no danger');
REVOKE ALL ON jerry."user" FROM jerry_test_app;
REVOKE ALL ON SCHEMA jerry FROM jerry_test_app;
SAVEPOINT careless;
CREATE FUNCTION jerry.careless() RETURNS integer LANGUAGE sql AS 'SELECT 1';
SELECT is(pg_temp.new('rights'), 'everybody has EXECUTE on jerry.careless()', 'also a right that nobody has granted');
ROLLBACK TO SAVEPOINT careless;

-- ---------- dumps and versions ----------

SELECT is(pg_temp.new('not dumped'), NULL, 'everything is dumped');
CREATE TABLE public.jerry_test_table (n integer);
ALTER EXTENSION jerry ADD TABLE public.jerry_test_table;
SELECT is(pg_temp.new('not dumped'), 'pg_dump leaves out the rows of public.jerry_test_table',
	'a member whose rows are not dumped is found');
ALTER EXTENSION jerry DROP TABLE public.jerry_test_table;
SELECT is(pg_temp.new('not dumped'), NULL, 'until it is one no more');
SAVEPOINT undumped;
SELECT array_length(extconfig, 1) AS dumped FROM pg_extension WHERE extname = 'jerry' \gset
UPDATE pg_extension SET extconfig = NULL, extcondition = NULL WHERE extname = 'jerry';
SELECT is(array_length(string_to_array(pg_temp.new('not dumped'), ';'), 1), :dumped,
	'all tables and sequences, if need be');
ROLLBACK TO SAVEPOINT undumped;

SET LOCAL jerry.audit_retention = 0;
SELECT is(pg_temp.new('audit retention'),
	'jerry.audit_retention is 0: what is on record, which is personal data, is kept for ever', 'a record for ever');
RESET jerry.audit_retention;

SELECT is(pg_temp.new('version mismatch'), NULL, 'library and extension are of one version');
SAVEPOINT version;
UPDATE pg_extension SET extversion = '0.9.9' WHERE extname = 'jerry';
SELECT is(pg_temp.new('version mismatch'), format('the library has version %s, the extension 0.9.9', jerry.version()),
	'an old extension is found');
ROLLBACK TO SAVEPOINT version;
SELECT is(pg_temp.new('version mismatch'), NULL, 'until it is updated');

-- ---------- clock ----------

SELECT pg_temp.new_user() AS user_id \gset
SELECT pg_temp.log_in() \g /dev/null
SELECT is(pg_temp.new('clock'), NULL, 'what happens now is no surprise');
CREATE FUNCTION pg_temp.in_future(target text, age interval) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('UPDATE %s SET created_at = clock_timestamp() + %L', target, age);
	found := pg_temp.new('clock');
	EXECUTE format('UPDATE %s SET created_at = clock_timestamp()', target);
	RETURN found;
END
$$;
SELECT alike(pg_temp.in_future(target, '2 minutes'),
	format('the newest row of %s is from the future: %%', replace(target, '"', '')), target || ' of tomorrow is found')
FROM unnest(ARRAY['jerry.event', 'jerry."user"', 'jerry.signing_key']) AS target;
SELECT is(pg_temp.in_future('jerry."user"', '30 seconds'), NULL, 'half a minute is not much');
SELECT is(pg_temp.new('clock'), NULL, 'when it has become now, all is well');

-- ---------- backup ----------

SELECT current_setting('archive_mode') = 'off' AND NOT EXISTS (SELECT FROM pg_stat_get_wal_senders())
	AND NOT EXISTS (SELECT FROM pg_replication_slots) AS alone \gset
SELECT CASE WHEN :'alone' THEN isnt(pg_temp.found('no backup'), NULL, 'keys on one server only are found')
ELSE skip('this server has a backup') END;
SELECT pg_create_physical_replication_slot('jerry_test', false, true) \g /dev/null
SELECT is(pg_temp.found('no backup'), NULL, 'not when a standby follows');
SELECT pg_drop_replication_slot('jerry_test') \g /dev/null
SELECT CASE WHEN :'alone' THEN isnt(pg_temp.found('no backup'), NULL, 'when it is gone they are found again')
ELSE skip('this server has a backup') END;
SAVEPOINT keyless;
DELETE FROM jerry.signing_key;
SELECT is(pg_temp.found('no backup'), NULL, 'without keys there is nothing to lose yet');
ROLLBACK TO SAVEPOINT keyless;

-- ---------- address index ----------

SELECT is(pg_temp.new('address index'), NULL, 'the index of addresses is good');
SET LOCAL jerry.allow_changes = on;
SAVEPOINT broken;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'jerry.idx_user_email'::regclass;
SELECT alike(pg_temp.new('address index'), 'idx_user_email is missing or not valid%', 'one that is not valid is found');
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'jerry.idx_user_email'::regclass;
SELECT is(pg_temp.new('address index'), NULL, 'until it is');
DROP INDEX jerry.idx_user_email;
SELECT alike(pg_temp.new('address index'), 'idx_user_email is missing or not valid%', 'a missing one is found');
CREATE INDEX idx_user_email ON jerry."user" (lower(email::text COLLATE "C"));
SELECT alike(pg_temp.new('address index'), 'idx_user_email is missing or not valid%',
	'one that is not unique is found');
CREATE UNIQUE INDEX another ON jerry."user" (lower(email::text COLLATE "C")) WHERE is_email_verified;
SELECT alike(pg_temp.new('address index'), 'idx_user_email is missing or not valid%', 'one of some addresses is found');
ROLLBACK TO SAVEPOINT broken;
ALTER INDEX jerry.idx_user_email RENAME TO "unique address";
SELECT is(pg_temp.new('address index'), NULL, 'its name is of no account');
ROLLBACK TO SAVEPOINT broken;
SELECT is(pg_temp.new('address index'), NULL, 'until it is back');

-- ---------- what is on record ----------

SAVEPOINT record;
SELECT jerry.login('nobody@example.com', 'wrong') \g /dev/null
SELECT is(pg_temp.new('audit not sealed'), NULL, 'what is on record may wait for its seal');
INSERT INTO jerry.audit_odd_01 (id, at, action, outcome, actor, role)
	VALUES (0, now() - interval '25 hours', 'test.old', 'OK', 'jerry', 'x'),
		((SELECT max(id) + 1 FROM jerry.audit), now() - interval '25 hours', 'test.old', 'OK', 'jerry', 'x');
SELECT jerry.seal_audit() \g /dev/null
SELECT alike(pg_temp.new('audit not sealed'), 'row % of jerry.audit, of %, is not sealed', 'not for a day');
SELECT nextval('jerry.audit_id_seq'), jerry.seal_audit() \g /dev/null
SELECT is(pg_temp.new('audit not sealed'), NULL, 'until it is sealed');
ROLLBACK TO SAVEPOINT record;

-- ---------- events ----------

DELETE FROM jerry.consumer;
SELECT jerry.claim_events('late') \g /dev/null
UPDATE jerry.event SET created_at = clock_timestamp() - interval '23 hours';
SELECT is(pg_temp.new('events not collected'), NULL, 'events of a day may wait');
UPDATE jerry.event SET created_at = clock_timestamp() - interval '25 hours';
SELECT alike(pg_temp.new('events not collected'), '2 events are waiting for consumer late, the oldest since %',
	'older ones are found');
SELECT jerry.ack_events('late', ARRAY(SELECT id FROM jerry.event)) \g /dev/null
SELECT is(pg_temp.new('events not collected'), NULL, 'until they are acknowledged');
SELECT jerry.replay_events('late', '-infinity') \g /dev/null
SELECT isnt(pg_temp.new('events not collected'), NULL, 'a replay is one, too');
SELECT jerry.reject_events('late', ARRAY(SELECT id FROM jerry.event), 'x') \g /dev/null
SELECT is(pg_temp.new('events not collected'), NULL, 'what was given up waits no more');
SELECT alike(pg_temp.new('dead letters'), 'consumer late has given up 2 events, the last at %', 'and is found as such');
SELECT jerry.requeue_events('late', ARRAY(SELECT id FROM jerry.event)) \g /dev/null
SELECT is(pg_temp.new('dead letters'), NULL, 'until it is delivered again');
SELECT is(pg_temp.new('consumer without owner'), NULL, 'a consumer belongs to somebody');
UPDATE jerry.consumer SET owner = NULL;
SELECT is(pg_temp.new('consumer without owner'), 'consumer late will belong to the next role that claims',
	'one that does not is found');
UPDATE jerry.consumer SET owner = 'jerry_test_gone';
SELECT is(pg_temp.new('consumer without owner'), 'consumer late belongs to role jerry_test_gone, which does not exist',
	'so is one whose role is gone');
CREATE ROLE jerry_test_gone;
SELECT is(pg_temp.new('consumer without owner'), 'consumer late belongs to role jerry_test_gone, which cannot claim',
	'or may not claim');
GRANT jerry_events TO jerry_test_gone;
SELECT is(pg_temp.new('consumer without owner'), NULL, 'until it may');
SELECT jerry.remove_consumer('late') \g /dev/null
SELECT is(pg_temp.new('events not collected'), NULL, 'until its consumer is removed');
INSERT INTO jerry.delivery SELECT 'nobody', id, now(), 0 FROM jerry.event;
SELECT is(pg_temp.new('events not collected'), NULL, 'and nobody waits for what is left of it');
DELETE FROM jerry.delivery;

-- ---------- couriers ----------

DELETE FROM jerry.consumer;
SELECT webhook_id FROM jerry.add_webhook('https://hooks.example.com/') \gset
SELECT is(pg_temp.new('courier'), 'there are webhooks, and no courier has ever run that would tell them anything',
	'webhooks without a courier are found');
SELECT jerry.disable_webhook(:'webhook_id') \g /dev/null
SELECT is(pg_temp.new('courier'), NULL, 'but not if they are disabled');
SELECT jerry.enable_webhook(:'webhook_id') \g /dev/null
SELECT jerry.claim_webhooks(), jerry.claim_events('mail'), jerry.claim_events('other') \g /dev/null
SELECT is(pg_temp.new('courier'), NULL, 'nor if there is one');
SELECT pg_temp.new_user('courier@example.com') \g /dev/null
UPDATE jerry.delivery SET claimable_at = clock_timestamp() - interval '9 minutes';
SELECT is(pg_temp.new('courier'), NULL, 'what happens can wait a while for it');
UPDATE jerry.delivery SET claimable_at = clock_timestamp() - interval '11 minutes';
SELECT matches(pg_temp.new('courier'), '^\d+ events could have been claimed by consumer hooks, the first since .*; '
	'\d+ events could have been claimed by consumer mail, the first since [^;]*$', 'and a courier''s then is found');
SELECT is((SELECT count(*)::int FROM jerry.doctor() WHERE hint ~ 'Does jerry-courier (mail|hooks) run'), 2,
	'with which one it is');
SELECT jerry.reject_events('mail', ARRAY(SELECT id FROM jerry.event), 'x') \g /dev/null
SELECT unalike(pg_temp.new('courier'), '%mail%', 'what it has given up does not wait for it');
SELECT jerry.claim_webhooks() \g /dev/null
SELECT is(pg_temp.new('courier'), NULL, 'what it has claimed is on its way');
UPDATE jerry.webhook_delivery SET due_at = clock_timestamp() - interval '11 minutes';
SELECT alike(pg_temp.new('courier'), '%deliveries to webhook ' || :'webhook_id' || ' could have been sent%',
	'for a while: what could be sent again is found');
UPDATE jerry.webhook SET failures = 1;
SELECT is(pg_temp.new('courier'), NULL, 'where nothing gets through it waits for its turn');
UPDATE jerry.webhook SET failures = 0;
SELECT is(pg_temp.new('webhook'), NULL, 'a webhook is no finding');
UPDATE jerry.webhook_delivery SET failed_at = clock_timestamp();
SELECT alike(pg_temp.new('webhook'),
	'% deliveries to webhook ' || :'webhook_id' || ' have been given up, the last at %', 'what it was not told is one');
SELECT is(pg_temp.new('courier'), NULL, 'and waits no more');
UPDATE jerry.webhook_delivery SET event_type = 'webhook.test';
SELECT is(pg_temp.new('webhook'), NULL, 'unless it was a test');
UPDATE jerry.webhook SET failing_since = clock_timestamp() - interval '23 hours';
SELECT is(pg_temp.new('webhook'), NULL, 'it can fail for a day');
UPDATE jerry.webhook SET failing_since = clock_timestamp() - interval '25 hours';
SELECT alike(pg_temp.new('webhook'), 'nothing has reached webhook ' || :'webhook_id' || ' since %', 'and not longer');
UPDATE jerry.webhook SET failing_since = NULL, url = 'http://hooks.example.com/';
SELECT is(pg_temp.new('webhook'), 'what webhook ' || :'webhook_id' || ' is told is sent without TLS',
	'TLS is for all of them');
UPDATE jerry.webhook SET disabled_at = now(), disabled_for = 'admin';
SELECT is(pg_temp.new('webhook'), NULL, 'who disables one knows it');
UPDATE jerry.webhook SET disabled_for = 'gone';
SELECT alike(pg_temp.new('webhook'),
	'webhook ' || :'webhook_id' || ' is told nothing since %: its endpoint answered 410', 'one that was is found');
SELECT unalike(concat(pg_temp.new('sealing')), '%webhook%', 'its secret can be read');
UPDATE jerry.webhook_secret SET secret = NULL, sealed_secret = '\x01'::bytea || decode(repeat('ab', 68), 'hex');
SELECT alike(pg_temp.new('sealing'), 'a secret of webhook ' || :'webhook_id' || ' cannot be opened: %',
	'which is found if it cannot');
SELECT jerry.remove_webhook(:'webhook_id') \g /dev/null
SELECT is(pg_temp.new('webhook'), NULL, 'until it is removed');
SELECT unalike(concat(pg_temp.new('sealing')), '%webhook%', 'with its secret');
DELETE FROM jerry.consumer;
DELETE FROM jerry.delivery;

-- ---------- drop allowed ----------

SELECT is(pg_temp.new('drop allowed'), NULL, 'users cannot be dropped');
SET LOCAL jerry.allow_drop = on;
SELECT alike(pg_temp.new('drop allowed'), 'jerry.allow_drop is on%', 'when they can, it is found');
RESET jerry.allow_drop;
SELECT is(pg_temp.new('drop allowed'), NULL, 'until they cannot');

-- ---------- for all findings ----------

SET LOCAL jerry.allow_drop = on;
SET LOCAL jerry.bcrypt_cost = 4;
ALTER ROLE jerry_test_app SET log_statement = 'all';
GRANT SELECT ON jerry.event TO PUBLIC;
SELECT cmp_ok((SELECT count(DISTINCT problem)::int FROM jerry.doctor()), '>=', 4, 'several findings are several rows');
SELECT is_empty('SELECT FROM jerry.doctor() WHERE problem IS NULL OR finding IS NULL OR coalesce(hint, '''') = ''''',
	'each has a hint');
SELECT is_empty('SELECT finding FROM jerry.doctor() GROUP BY finding HAVING count(*) > 1', 'none comes twice');
SELECT isnt(pg_temp.outcome('SELECT count(*) FROM jerry.doctor()', 'jerry_admin'), '0',
	'an administrator who reads no table sees them all');
SELECT is(pg_temp.outcome('SELECT count(*) FROM jerry.doctor()', 'jerry_api'), '42501', 'a client sees none');

SELECT * FROM finish();
ROLLBACK;

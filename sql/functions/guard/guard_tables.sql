-- As its caller, whose search_path says which table a command is about.
CREATE FUNCTION jerry.guard_tables() RETURNS event_trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'jerry_guard_tables';
COMMENT ON FUNCTION jerry.guard_tables() IS
	'event trigger: refuses changes to the definition of Jerry''s tables, which a dump would lack, unless '
	'jerry.allow_changes is on';
CREATE EVENT TRIGGER jerry_guard_tables ON ddl_command_start
	WHEN TAG IN ('ALTER INDEX', 'ALTER POLICY', 'ALTER RULE', 'ALTER SEQUENCE', 'ALTER TABLE', 'ALTER TRIGGER',
		'COMMENT', 'CREATE FOREIGN TABLE', 'CREATE INDEX', 'CREATE POLICY', 'CREATE RULE', 'CREATE SCHEMA',
		'CREATE TABLE', 'CREATE TRIGGER', 'DROP INDEX', 'DROP POLICY', 'DROP RULE', 'DROP TRIGGER', 'SECURITY LABEL')
	EXECUTE FUNCTION jerry.guard_tables();
ALTER EVENT TRIGGER jerry_guard_tables ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER jerry_guard_tables IS
	'keeps columns, triggers, policies, indexes and the like that a dump would lack out of Jerry''s tables';

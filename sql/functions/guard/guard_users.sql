-- Users do not vanish with a DROP that was meant for something else.
CREATE FUNCTION jerry.guard_users() RETURNS event_trigger
	LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_guard_users';
COMMENT ON FUNCTION jerry.guard_users() IS
	'event trigger: loads the library, which refuses to drop a table of users that is not empty unless '
	'jerry.allow_drop is on';
CREATE EVENT TRIGGER jerry_guard_users ON ddl_command_start
	WHEN TAG IN ('DROP EXTENSION', 'DROP OWNED', 'DROP SCHEMA', 'DROP TABLE') EXECUTE FUNCTION jerry.guard_users();
ALTER EVENT TRIGGER jerry_guard_users ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER jerry_guard_users IS
	'keeps DROP EXTENSION, DROP OWNED and DROP SCHEMA, with CASCADE or without, from dropping users';

CREATE FUNCTION jerry.assign_consumer(consumer text, role name) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_assign_consumer';
COMMENT ON FUNCTION jerry.assign_consumer(text, name) IS
	'Gives a consumer to a role: its members can then claim, acknowledge and replay, and nobody else except '
	'jerry_admin. False when there is no consumer of that name. Raises 42704 for a role that does not exist.';
GRANT EXECUTE ON FUNCTION jerry.assign_consumer(text, name) TO jerry_admin;

CREATE FUNCTION jerry.configure(name text, value text) RETURNS void
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_configure';
COMMENT ON FUNCTION jerry.configure(text, text) IS
	'Sets a setting of this installation (jerry.configuration lists them), or with NULL back to its default. The value '
	'is as for SET; it counts in every session from the next call on, and is in every dump. Raises 42704 for another '
	'name, 22023 for a value that is not valid.';
GRANT EXECUTE ON FUNCTION jerry.configure(text, text) TO jerry_admin;

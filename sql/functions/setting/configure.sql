CREATE FUNCTION jerry.configure(name text, value text) RETURNS void
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_configure';
COMMENT ON FUNCTION jerry.configure(text, text) IS
	'Sets a setting of this installation (jerry.configuration lists them); NULL resets it to its default. The value is '
	'as for SET; it takes effect in every session from the next call on, and is in every dump. Raises 42704 for an '
	'unknown name, 22023 for an invalid value.';
GRANT EXECUTE ON FUNCTION jerry.configure(text, text) TO jerry_admin;

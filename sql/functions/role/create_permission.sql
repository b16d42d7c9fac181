CREATE FUNCTION jerry.create_permission(permission text, description text DEFAULT NULL) RETURNS boolean
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_create_permission';
COMMENT ON FUNCTION jerry.create_permission(text, text) IS
	'Creates a permission that roles can allow. False when it is there already; it then gets the description, if one '
	'is given. Raises 22023 for a name that is not 1 to 64 letters, digits and characters of "_.:/-".';
GRANT EXECUTE ON FUNCTION jerry.create_permission(text, text) TO jerry_admin;

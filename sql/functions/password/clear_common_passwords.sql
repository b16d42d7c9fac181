CREATE FUNCTION jerry.clear_common_passwords() RETURNS bigint
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_clear_common_passwords';
COMMENT ON FUNCTION jerry.clear_common_passwords() IS
	'Removes all that jerry.load_common_passwords() has loaded, and returns how many passwords that were.';
GRANT EXECUTE ON FUNCTION jerry.clear_common_passwords() TO jerry_admin;

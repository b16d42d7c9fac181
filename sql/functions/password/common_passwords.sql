CREATE FUNCTION jerry.common_passwords()
	RETURNS TABLE (source text, form text, min_count integer, passwords bigint, skipped bigint, loaded_at timestamptz,
		loaded_by text, is_loaded boolean)
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_common_passwords';
COMMENT ON FUNCTION jerry.common_passwords() IS
	'Where the passwords that nobody may choose are from: the file or folder, its form, how often a password had '
	'to be seen, how many were in no source before it, how many lines were left out, when it was loaded last and '
	'by whom, and whether the passwords are there: after a restore they are not.';
GRANT EXECUTE ON FUNCTION jerry.common_passwords() TO jerry_admin;

CREATE FUNCTION jerry.user_of(email text) RETURNS uuid
	LANGUAGE C STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_user_of';
COMMENT ON FUNCTION jerry.user_of(text) IS
	'The id of the user who has this address, typed as at a login; NULL: nobody has it, or it is none.';
GRANT EXECUTE ON FUNCTION jerry.user_of(text) TO jerry_admin;

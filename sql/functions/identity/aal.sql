-- As jerry.uid().
CREATE FUNCTION jerry.aal() RETURNS text
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_aal';
COMMENT ON FUNCTION jerry.aal() IS
	'How sure it is that the transaction''s identity is who it says: "aal2" if its token comes from a login with a '
	'second factor, else "aal1"; NULL whenever jerry.uid() is.';
GRANT EXECUTE ON FUNCTION jerry.aal() TO jerry_api, jerry_admin;

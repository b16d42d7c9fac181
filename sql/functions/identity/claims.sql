CREATE FUNCTION jerry.claims() RETURNS json
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_claims';
COMMENT ON FUNCTION jerry.claims() IS
	'The claims of the transaction''s identity; NULL whenever jerry.uid() is.';
GRANT EXECUTE ON FUNCTION jerry.claims() TO jerry_api, jerry_admin;

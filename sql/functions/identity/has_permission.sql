CREATE FUNCTION jerry.has_permission(permission text) RETURNS boolean
	LANGUAGE C STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_has_permission';
COMMENT ON FUNCTION jerry.has_permission(text) IS
	'May the transaction''s identity do this? As jerry.has_role(), for what the roles allow. Where the token says '
	'roles alone, their permissions are those of when jerry.authenticate was called.';
GRANT EXECUTE ON FUNCTION jerry.has_permission(text) TO jerry_api, jerry_admin;

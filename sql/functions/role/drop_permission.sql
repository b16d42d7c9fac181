CREATE FUNCTION jerry.drop_permission(permission text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_drop_permission';
COMMENT ON FUNCTION jerry.drop_permission(text) IS
	'Takes a permission from all roles and forgets it. Tokens that name it are as after jerry.revoke_permission(). '
	'False when there is none of that name.';
GRANT EXECUTE ON FUNCTION jerry.drop_permission(text) TO jerry_admin;

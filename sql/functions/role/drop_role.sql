CREATE FUNCTION jerry.drop_role(role text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_drop_role';
COMMENT ON FUNCTION jerry.drop_role(text) IS
	'Takes a role from all who have it, emits user.roles_changed for each of them, and forgets it. Tokens that name it '
	'are as after jerry.revoke_role(). False when there is none of that name.';
GRANT EXECUTE ON FUNCTION jerry.drop_role(text) TO jerry_admin;

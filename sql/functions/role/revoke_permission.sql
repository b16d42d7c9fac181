CREATE FUNCTION jerry.revoke_permission(role text, permission text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_revoke_permission';
COMMENT ON FUNCTION jerry.revoke_permission(text, text) IS
	'Lets a role allow something no longer. Access tokens that were made before say it until they end, and count '
	'unless jerry.live_roles is on. False when the role did not allow it.';
GRANT EXECUTE ON FUNCTION jerry.revoke_permission(text, text) TO jerry_admin;

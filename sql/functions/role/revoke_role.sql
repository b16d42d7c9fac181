CREATE FUNCTION jerry.revoke_role(user_id uuid, role text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_revoke_role';
COMMENT ON FUNCTION jerry.revoke_role(uuid, text) IS
	'Takes a role from a user and emits user.roles_changed. Access tokens that were made before say it until they end, '
	'and count unless jerry.live_roles is on; jerry.revoke_sessions() ends them. False when the user did not have it. '
	'jerry.user_of() finds the id by the address.';
GRANT EXECUTE ON FUNCTION jerry.revoke_role(uuid, text) TO jerry_admin;

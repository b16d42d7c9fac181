CREATE FUNCTION jerry.grant_role(user_id uuid, role text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_grant_role';
COMMENT ON FUNCTION jerry.grant_role(uuid, text) IS
	'Gives a user a role and emits user.roles_changed. It is in the access token of the next login or refresh, and '
	'counts at once where jerry.live_roles is on. False when the user has it already. jerry.user_of() finds the id by '
	'the address. Raises 42704 for a user or a role that does not exist, 54000 for a user''s 65th role.';
GRANT EXECUTE ON FUNCTION jerry.grant_role(uuid, text) TO jerry_admin;

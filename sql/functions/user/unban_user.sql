CREATE FUNCTION jerry.unban_user(user_id uuid, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_unban_user';
COMMENT ON FUNCTION jerry.unban_user(uuid, jerry.client) IS
	'Ends a ban of jerry.ban_user, and emits user.unbanned if there is one. The password is the one of before; '
	'sessions do not come back. jerry.user_of() finds the id by the address. Data: user_id, was_banned. Codes: '
	'VALIDATION_ERROR, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.unban_user(uuid, jerry.client) TO jerry_admin;

CREATE FUNCTION jerry.force_verified(user_id uuid, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_force_verified';
COMMENT ON FUNCTION jerry.force_verified(uuid, jerry.client) IS
	'Marks the address of a user as verified, for an operator who vouches for it, and emits user.email_verified unless '
	'it was. Sessions and password stay: they may be of somebody else who has registered the address. jerry.user_of() '
	'finds the id by the address. Data: user_id, was_verified. Codes: VALIDATION_ERROR, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.force_verified(uuid, jerry.client) TO jerry_admin;

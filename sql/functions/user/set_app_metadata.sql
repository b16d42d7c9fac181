CREATE FUNCTION jerry.set_app_metadata(user_id uuid, changes json, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_set_app_metadata';
COMMENT ON FUNCTION jerry.set_app_metadata(uuid, json, jerry.client) IS
	'Changes what the application keeps of a user, who can read it and not change it: the changes are merged into it '
	'as into the metadata of jerry.update_profile(). Emits user.profile_updated if it is another value now. '
	'jerry.user_of() finds the id by the address. Data: user_id, email, is_email_verified, created_at, name, phone, '
	'locale, metadata, app_metadata. Codes: VALIDATION_ERROR, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.set_app_metadata(uuid, json, jerry.client) TO jerry_admin;

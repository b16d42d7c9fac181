CREATE FUNCTION jerry.me(access_token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_me';
COMMENT ON FUNCTION jerry.me(text, jerry.client) IS
	'The user of a live access token. Data: user_id, email, is_email_verified, created_at, name, '
	'phone, locale (null: not said), metadata (as the user has it), app_metadata (as the application has it). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, RATE_LIMITED (as jerry.refuse_token has counted), EXPIRED_TOKEN, '
	'USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.me(text, jerry.client) TO jerry_api, jerry_admin;

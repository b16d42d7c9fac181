CREATE FUNCTION jerry.validate_token(token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_validate_token';
COMMENT ON FUNCTION jerry.validate_token(text, jerry.client) IS
	'Is this access token valid now: signature, type, time, and a session that is neither revoked nor gone. A token '
	'without a session is valid if an imported key has signed it, its user exists, and it expires within '
	'jerry.access_token_ttl. email is what the token says, NULL if nothing. roles and permissions are those that the '
	'token says, and missing if it says none; where jerry.live_roles is on those of now, and always there, except that '
	'permissions are left out if they would be longer than 2 kB. Data: is_valid, user_id, email, expires_at, roles, '
	'permissions. Codes: VALIDATION_ERROR, INVALID_TOKEN, RATE_LIMITED (as jerry.refuse_token has counted), '
	'EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.validate_token(text, jerry.client) TO jerry_api, jerry_admin;

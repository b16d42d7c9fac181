CREATE FUNCTION jerry.validate_token(token text, min_aal text DEFAULT NULL, max_age integer DEFAULT NULL,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_validate_token';
COMMENT ON FUNCTION jerry.validate_token(text, text, integer, jerry.client) IS
	'Is this access token valid now: signature, type, time, and a session that is neither revoked nor gone. A token '
	'without a session is valid if an imported key has signed it, its user exists, and it expires within '
	'jerry.access_token_ttl. email is what the token says, NULL if nothing. aal is "aal1", or "aal2" if the user has '
	'logged in with a second factor; amr and auth_time say by what and when (seconds since 1970), and are missing if '
	'the token says nothing. min_aal asks for a level, max_age for a login that is no older than so many seconds. '
	'roles and permissions are those that the token says, and missing if it says none; where jerry.live_roles is on '
	'those of now, and always there, except that permissions are left out if they would be longer than 2 kB. Data: '
	'is_valid, user_id, email, expires_at, aal, amr, auth_time, roles, permissions. Codes: VALIDATION_ERROR, '
	'INVALID_TOKEN, RATE_LIMITED (as jerry.refuse_token has counted), EXPIRED_TOKEN, STEP_UP_REQUIRED (a good token; '
	'details.aal and details.max_age are what it lacks).';
GRANT EXECUTE ON FUNCTION jerry.validate_token(text, text, integer, jerry.client) TO jerry_api, jerry_admin;

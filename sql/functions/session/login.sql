CREATE FUNCTION jerry.login(email text, password text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_login';
COMMENT ON FUNCTION jerry.login(text, text, inet, text) IS
	'Checks a password, brings its hash to jerry.bcrypt_cost, opens a session and emits user.logged_in. Waits for who is changing the hash. '
	'Data: access_token, refresh_token, token_type, expires_in (seconds), user_id. '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL (malformed), INVALID_CREDENTIALS (unknown address or wrong password, in the same time), '
	'EMAIL_NOT_VERIFIED (only when jerry.require_verified_email is on).';
GRANT EXECUTE ON FUNCTION jerry.login(text, text, inet, text) TO jerry_api, jerry_admin;

/*
 * Sessions: login, refresh, validation.
 */

CREATE FUNCTION jerry.login(email text, password text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_login';
COMMENT ON FUNCTION jerry.login(text, text, inet, text) IS
	'Checks a password, opens a session and emits user.logged_in. Data: access_token, refresh_token, token_type, expires_in (seconds), user_id. '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL (malformed), INVALID_CREDENTIALS (unknown address or wrong password, in the same time), '
	'EMAIL_NOT_VERIFIED (only when jerry.require_verified_email is on).';
GRANT EXECUTE ON FUNCTION jerry.login(text, text, inet, text) TO jerry_api, jerry_admin;

-- Writes nothing, so that it also answers on a hot standby; VOLATILE because every token it makes is a new one.
CREATE FUNCTION jerry.refresh(refresh_token text) RETURNS json
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'jerry_refresh';
COMMENT ON FUNCTION jerry.refresh(text) IS
	'A new access token for a live session; the refresh token stays the same. Data: access_token, token_type, expires_in (seconds). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.refresh(text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.validate_token(token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_validate_token';
COMMENT ON FUNCTION jerry.validate_token(text) IS
	'Is this access token valid now: signature, type, time, and a session that is neither revoked nor gone. '
	'Data: is_valid, user_id, email, expires_at. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.validate_token(text) TO jerry_api, jerry_admin;

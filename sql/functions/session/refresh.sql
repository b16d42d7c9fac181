-- Writes nothing, so that it also answers on a hot standby; VOLATILE because every token it makes is a new one.
CREATE FUNCTION jerry.refresh(refresh_token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'jerry_refresh';
COMMENT ON FUNCTION jerry.refresh(text, jerry.client) IS
	'A new access token for a live session; the refresh token stays the same. Data: access_token, token_type, '
	'expires_in (seconds). Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.refresh(text, jerry.client) TO jerry_api, jerry_admin;

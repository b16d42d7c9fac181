CREATE FUNCTION jerry.decode_token(token text, token_type text DEFAULT 'access') RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_decode_token';
COMMENT ON FUNCTION jerry.decode_token(text, text) IS
	'The claims of a token as data, if signature, type (access or refresh) and time are right; the session is not '
	'checked. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.decode_token(text, text) TO jerry_api, jerry_admin;

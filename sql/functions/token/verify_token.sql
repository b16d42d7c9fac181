CREATE FUNCTION jerry.verify_token(token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_verify_token';
COMMENT ON FUNCTION jerry.verify_token(text) IS
	'The claims of a live access token as data: what jerry.validate_token checks, with all claims. Codes: '
	'VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.verify_token(text) TO jerry_api, jerry_admin;

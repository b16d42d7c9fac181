CREATE FUNCTION jerry.error_code(answer json) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_error_code';
COMMENT ON FUNCTION jerry.error_code(json) IS
	'The error code of an answer of Jerry, NULL when the answer is positive. Raises 22023 when the value is not an '
	'answer.';
GRANT EXECUTE ON FUNCTION jerry.error_code(json) TO jerry_api, jerry_admin;

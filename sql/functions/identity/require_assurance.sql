-- As jerry.uid().
CREATE FUNCTION jerry.require_assurance(min_aal text DEFAULT NULL, max_age integer DEFAULT NULL) RETURNS void
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_require_assurance';
COMMENT ON FUNCTION jerry.require_assurance(text, integer) IS
	'Raises an error, as jerry.unwrap() does, unless the transaction has an identity that has logged in at this level, '
	'"aal1" or "aal2", and no longer ago than so many seconds. Codes: INVALID_TOKEN (no identity), STEP_UP_REQUIRED '
	'(the detail says what is missing), VALIDATION_ERROR.';
GRANT EXECUTE ON FUNCTION jerry.require_assurance(text, integer) TO jerry_api, jerry_admin;

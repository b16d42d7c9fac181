CREATE FUNCTION jerry.forbidden(access_token text, permission text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_forbidden';
COMMENT ON FUNCTION jerry.forbidden(text, text) IS
	'Whether the user of a live access token may not do something: NULL if the user has the permission, as the token '
	'says, or where jerry.live_roles is on as it is now; else the negative answer, for COALESCE(jerry.forbidden(...), '
	'what is only done with the permission). Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, FORBIDDEN.';
GRANT EXECUTE ON FUNCTION jerry.forbidden(text, text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.verify_email(token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_verify_email';
COMMENT ON FUNCTION jerry.verify_email(text, jerry.client) IS
	'Redeems a verification token, once, and emits user.email_verified. Data: message, user_id. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN (unknown or used), RATE_LIMITED (too many of these from this network), '
	'EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.verify_email(text, jerry.client) TO jerry_api, jerry_admin;

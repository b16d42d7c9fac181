CREATE FUNCTION jerry.setup_totp(access_token text, current_password text DEFAULT NULL,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_setup_totp';
COMMENT ON FUNCTION jerry.setup_totp(text, text, jerry.client) IS
	'Makes a secret for an authenticator app of the user of a live access token, who logged in during the last ten '
	'minutes or knows the current password. It is shown once, and counts for nothing before jerry.activate_totp, '
	'within ten minutes; one that was not activated is replaced. Data: uri (for a QR code), secret (base32, to be '
	'typed), factor_id, expires_at. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, STEP_UP_REQUIRED (the '
	'login was too long ago, and no password was given), WRONG_PASSWORD, RATE_LIMITED (too many of these, as at the '
	'login), FACTOR_EXISTS.';
GRANT EXECUTE ON FUNCTION jerry.setup_totp(text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.reset_password(token text, new_password text, new_password_confirmation text,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_reset_password';
COMMENT ON FUNCTION jerry.reset_password(text, text, text, jerry.client) IS
	'Redeems a password reset token, once: sets the password, ends all sessions of the user, also of logins in '
	'progress, for which it waits, deletes all one-time tokens of the user, and forgets wrong passwords that were '
	'counted for the address. The address counts as verified. Emits '
	'session.revoked for each session, user.email_verified if the user was not verified, and user.password_reset. '
	'Opens no session. Data: message. Codes: VALIDATION_ERROR, INVALID_TOKEN (unknown, used or replaced), '
	'RATE_LIMITED (too many of these from this network), EXPIRED_TOKEN, PASSWORD_MISMATCH, WEAK_PASSWORD (the token '
	'stays good).';
GRANT EXECUTE ON FUNCTION jerry.reset_password(text, text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.confirm_login_code(flow text DEFAULT NULL, code text DEFAULT NULL, token text DEFAULT NULL,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_confirm_login_code';
COMMENT ON FUNCTION jerry.confirm_login_code(text, text, text, jerry.client) IS
	'Logs a user in by what user.login_code_requested carried: the code, with the flow of the request that asked for '
	'it, or the token; once, and with five tries. Opens a session as jerry.login does, or asks for the second factor, '
	'emits user.logged_in (and user.new_device), and takes back a request for deletion '
	'(user.deletion_cancelled). It verifies the address: if it was not verified before, '
	'the password that somebody has set for it is void, all sessions have ended, and all one-time tokens are deleted, '
	'as user.email_verified and session.revoked tell. With jerry.code_registration, the code of an address without an '
	'account makes one without a password, before all that, and emits user.created. Data: access_token, '
	'refresh_token, token_type, expires_in, user_id, device_token. Codes: VALIDATION_ERROR, '
	'INVALID_TOKEN (wrong, unknown, used or replaced, or too many tries, or jerry.code_login is off; a code also when '
	'it is too late), EXPIRED_TOKEN (the token), USER_BANNED (details.until says until when; null: for good), '
	'HOOK_REFUSED, '
	'RATE_LIMITED (too many wrong or unknown ones from this network, or too many accounts: then the code stays good).';
GRANT EXECUTE ON FUNCTION jerry.confirm_login_code(text, text, text, jerry.client) TO jerry_api, jerry_admin;

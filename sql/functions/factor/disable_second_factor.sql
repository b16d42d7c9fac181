CREATE FUNCTION jerry.disable_second_factor(access_token text, code text DEFAULT NULL,
	recovery_code text DEFAULT NULL, current_password text DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_disable_second_factor';
COMMENT ON FUNCTION jerry.disable_second_factor(text, text, text, text, jerry.client) IS
	'Removes the authenticator app of the user of a live access token, and if no second factor is left the recovery '
	'codes. The user shows a code of the app, or a recovery code with the current password; and logged in during the '
	'last ten minutes, or knows the password. Ends all other sessions of the user, and emits session.revoked for each '
	'and user.factor_removed; user.recovery_code_used for such a code; and with too many wrong codes '
	'user.second_factor_lockout, once a day. Data: message. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, '
	'FACTOR_NOT_FOUND, STEP_UP_REQUIRED (the login was too long ago, and no password was given), WRONG_PASSWORD, '
	'WRONG_CODE, RATE_LIMITED (too many of these).';
GRANT EXECUTE ON FUNCTION jerry.disable_second_factor(text, text, text, text, jerry.client) TO jerry_api, jerry_admin;

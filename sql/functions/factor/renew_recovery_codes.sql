CREATE FUNCTION jerry.renew_recovery_codes(access_token text, code text DEFAULT NULL,
	recovery_code text DEFAULT NULL, current_password text DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_renew_recovery_codes';
COMMENT ON FUNCTION jerry.renew_recovery_codes(text, text, text, text, jerry.client) IS
	'Gives the user of a live access token, who has a second factor, ten new recovery codes; the old ones are good no '
	'more. What the user has to prove is as for jerry.disable_second_factor. Ends all other sessions of the user, and '
	'emits session.revoked for each and user.recovery_codes_renewed; user.recovery_code_used for such a code; and '
	'with too many wrong codes user.second_factor_lockout, once a day. Data: recovery_codes (which are shown once). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, FACTOR_NOT_FOUND, STEP_UP_REQUIRED (the login was too '
	'long ago, and no password was given), WRONG_PASSWORD, WRONG_CODE, RATE_LIMITED (too many of these).';
GRANT EXECUTE ON FUNCTION jerry.renew_recovery_codes(text, text, text, text, jerry.client) TO jerry_api, jerry_admin;

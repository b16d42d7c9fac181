CREATE FUNCTION jerry.activate_totp(access_token text, code text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_activate_totp';
COMMENT ON FUNCTION jerry.activate_totp(text, text, jerry.client) IS
	'Makes the authenticator app that has the secret of jerry.setup_totp a second factor, by the code that it shows. '
	'Ends all other sessions of the user, and emits session.revoked for each and user.factor_added. Data: '
	'recovery_codes (ten, each of which stands in for the app once; they are shown once, and older ones are good no '
	'more). With too many wrong codes it emits user.second_factor_lockout, once a day. Codes: VALIDATION_ERROR, '
	'INVALID_TOKEN, EXPIRED_TOKEN, FACTOR_NOT_FOUND (nothing was set up within ten minutes), FACTOR_EXISTS, '
	'WRONG_CODE, RATE_LIMITED (too many of these).';
GRANT EXECUTE ON FUNCTION jerry.activate_totp(text, text, jerry.client) TO jerry_api, jerry_admin;

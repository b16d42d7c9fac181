CREATE FUNCTION jerry.change_password(access_token text, current_password text, new_password text,
	new_password_confirmation text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_change_password';
COMMENT ON FUNCTION jerry.change_password(text, text, text, text, jerry.client) IS
	'Changes the password of the user of a live access token, who knows the current one. Ends all other sessions of '
	'the user, also of logins in progress, for which it waits, and emits session.revoked for each and '
	'user.password_changed; the session of the token goes on with the tokens that it has. Data: message. Codes: '
	'VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, PASSWORD_MISMATCH, WEAK_PASSWORD (also for the current one '
	'again), WRONG_PASSWORD (the current one is another), RATE_LIMITED (too many of these, as at the login).';
GRANT EXECUTE ON FUNCTION jerry.change_password(text, text, text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.verify_second_factor(mfa_token text DEFAULT NULL, code text DEFAULT NULL,
	recovery_code text DEFAULT NULL, access_token text DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_verify_second_factor';
COMMENT ON FUNCTION jerry.verify_second_factor(text, text, text, text, jerry.client) IS
	'Shows a second factor: the code of an authenticator app, or a recovery code. With the mfa_token of a login, '
	'within five minutes, five tries, and by the same client, if the login told it, it opens the session, as '
	'jerry.login() does otherwise. With an access token in its place the session goes on with aal2 and a new '
	'refresh token, the only one that is good from then on; its older access tokens say what they did. Emits '
	'user.logged_in in the first case, '
	'with all that a login emits, and user.recovery_code_used; with too many wrong codes user.second_factor_lockout, '
	'once a day. Data: access_token, refresh_token, token_type, expires_in (seconds), user_id, '
	'device_token (of a login). Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, WRONG_CODE, RATE_LIMITED (too '
	'many of these; '
	'details.retry_after says in how many seconds to come again), USER_BANNED, HOOK_REFUSED.';
GRANT EXECUTE ON FUNCTION jerry.verify_second_factor(text, text, text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.logout(access_token text DEFAULT NULL, scope text DEFAULT 'local',
		refresh_token text DEFAULT NULL, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_logout';
COMMENT ON FUNCTION jerry.logout(text, text, text, jerry.client) IS
	'Ends sessions: that of the token (scope local, and NULL), all others of its user (others), or both (all). '
	'The refresh token is used if the access token is missing or no longer valid. '
	'Emits session.revoked for each session that was live, and user.logged_out for that of the token. '
	'A token of a session that has ended gets the same answer and ends nothing. '
	'Waits for logins of this user in progress when others end. Data: message. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.logout(text, text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.end_session(access_token text, session_id text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_end_session';
COMMENT ON FUNCTION jerry.end_session(text, text, jerry.client) IS
	'Ends one session of the user of a live access token, by its id; emits session.revoked, and user.logged_out if it '
	'is that of the token. An id that is malformed, unknown, of another user or of a session that has ended is not '
	'found. Waits for logins of this user in progress. Data: message. Codes: VALIDATION_ERROR, INVALID_TOKEN, '
	'EXPIRED_TOKEN, SESSION_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.end_session(text, text, jerry.client) TO jerry_api, jerry_admin;

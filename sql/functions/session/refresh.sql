-- Not SECURITY DEFINER, which would cost as much again as a refresh: only the one that records becomes the owner.
-- VOLATILE because every token it makes is a new one. It writes only where it can: it answers on a hot standby, too.
CREATE FUNCTION jerry.refresh(refresh_token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'jerry_refresh';
COMMENT ON FUNCTION jerry.refresh(text, jerry.client) IS
	'A new access token for a live session; the refresh token stays the same. A session that was not used for '
	'jerry.session_idle_timeout has ended. Records the time and the address of the '
	'client in the session, at most once a minute, and not on a standby, in a transaction that only reads or has an '
	'older snapshot, or while somebody else has the row locked. Data: access_token, token_type, expires_in (seconds). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.refresh(text, jerry.client) TO jerry_api, jerry_admin;

-- Not SECURITY DEFINER, which would cost as much again as a refresh: only the one that writes becomes the owner.
-- VOLATILE because every token it makes is a new one.
CREATE FUNCTION jerry.refresh(refresh_token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'jerry_refresh';
COMMENT ON FUNCTION jerry.refresh(text, jerry.client) IS
	'A new access token for a live session; one that was not used for jerry.session_idle_timeout has ended. The '
	'refresh token stays the same, unless jerry.rotate_refresh_tokens is on: then there is a new one, too, and the '
	'one before it gets the same again within jerry.refresh_grace, and after that once, if the new one was not '
	'used, but not twice running (event session.suspected); any older one ends the session (session.reuse_detected, '
	'session.revoked). Waits for who has the session locked, for half a second (SQLSTATE 55P03); fails on a standby '
	'(25006). Records the time and the address of the client in the session; without rotation at most once a '
	'minute, and not on a standby, in a transaction that only reads or has an older snapshot, or while somebody '
	'else has the row locked. Data: access_token, refresh_token (with rotation), token_type, expires_in (seconds). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, RATE_LIMITED (too many tokens from this network that no key of ours has '
	'signed), SERVICE_UNAVAILABLE (this session refreshes too often; details.retry_after says in how many seconds to '
	'come again), EXPIRED_TOKEN, USER_NOT_FOUND, HOOK_REFUSED. NULL: it would rotate or run '
	'hooks, and jerry.defer_writes is on.';
GRANT EXECUTE ON FUNCTION jerry.refresh(text, jerry.client) TO jerry_api, jerry_admin;

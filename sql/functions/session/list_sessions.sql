CREATE FUNCTION jerry.list_sessions(access_token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_list_sessions';
COMMENT ON FUNCTION jerry.list_sessions(text, jerry.client) IS
	'Where the user of a live access token is logged in: that session, then the others by their last use, 100 in all; '
	'ended ones are left out. ip is the address of the last use that is recorded. label is browser and system, as the '
	'user agent tells them, or unknown. '
	'Data: sessions (id, created_at, last_used_at, expires_at, ip, user_agent, label, current). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.list_sessions(text, jerry.client) TO jerry_api, jerry_admin;

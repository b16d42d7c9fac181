-- max is a bigint so that none that a client can send is out of the type's range
CREATE FUNCTION jerry.list_activity(access_token text, before bigint DEFAULT NULL, max bigint DEFAULT NULL,
		client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_list_activity';
COMMENT ON FUNCTION jerry.list_activity(text, bigint, bigint, jerry.client) IS
	'What is on record about the account and the sessions of the user of a live access token, the newest first: at '
	'most max (1 to 100; NULL: 50) with ids below before (NULL: all). next, passed as before, goes on where the answer '
	'ends; null: that was the end. Address and user agent are shown unless an operator did it (actor admin). label is '
	'browser and system, as the user agent tells them, or unknown; reason says why a session was ended. '
	'Data: activity (id, at, action, outcome, actor, session_id, current, ip, user_agent, label, reason), next. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.list_activity(text, bigint, bigint, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.request_password_reset(email text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_request_password_reset';
COMMENT ON FUNCTION jerry.request_password_reset(text, jerry.client) IS
	'For a user who has forgotten the password: makes a token for jerry.reset_password (valid for '
	'jerry.reset_ttl), which replaces the previous one, and the event user.password_reset_requested that '
	'carries it, unless the address has had too many mails (jerry.list_limits()), and not for who is banned. The '
	'answer and its time are the same for every address. Data: message. Codes: VALIDATION_ERROR, INVALID_EMAIL, '
	'RATE_LIMITED (too many from this network; details.retry_after says in how many seconds to come again).';
GRANT EXECUTE ON FUNCTION jerry.request_password_reset(text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.register(email text, password text, password_confirmation text, client jerry.client DEFAULT NULL)
	RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_register';
COMMENT ON FUNCTION jerry.register(text, text, text, jerry.client) IS
	'Creates an account, a verification token (valid for jerry.verification_ttl) and the event user.registered that '
	'carries it. With jerry.hide_accounts a taken address is answered in the same way, with a user_id of nobody, and '
	'event user.registration_attempted is emitted for its owner, unless the address has had too many mails '
	'(jerry.list_limits()). Data: user_id, email, message. '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL, PASSWORD_MISMATCH, WEAK_PASSWORD, DUPLICATE_EMAIL, RATE_LIMITED (too many '
	'from this network; details.retry_after says in how many seconds to come again), HOOK_REFUSED.';
GRANT EXECUTE ON FUNCTION jerry.register(text, text, text, jerry.client) TO jerry_api, jerry_admin;

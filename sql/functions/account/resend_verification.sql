CREATE FUNCTION jerry.resend_verification(email text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_resend_verification';
COMMENT ON FUNCTION jerry.resend_verification(text, jerry.client) IS
	'For an account that is not verified: makes a new verification token, which replaces the previous one, and the '
	'event user.verification_requested that carries it, unless the address has had too many mails '
	'(jerry.list_limits()). The answer and its time are the same for every address. Data: message. Codes: '
	'VALIDATION_ERROR, INVALID_EMAIL, RATE_LIMITED (too many from this network; details.retry_after says in how many '
	'seconds to come again).';
GRANT EXECUTE ON FUNCTION jerry.resend_verification(text, jerry.client) TO jerry_api, jerry_admin;

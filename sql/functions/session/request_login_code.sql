CREATE FUNCTION jerry.request_login_code(email text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_request_login_code';
COMMENT ON FUNCTION jerry.request_login_code(text, jerry.client) IS
	'With jerry.code_login: makes a code of six digits and a token for jerry.confirm_login_code (valid for ten '
	'minutes), which replace the previous ones, and the event user.login_code_requested that carries them; not more '
	'than the limits of mails to an address allow, and not for who is banned. With jerry.code_registration an address '
	'without an account gets them, too, for one that jerry.confirm_login_code makes, with the user_id of the event. '
	'The code answers only this request, by '
	'the flow of the answer. The answer and its time are the same for every address. Data: flow, message. Codes: '
	'VALIDATION_ERROR (also when jerry.code_login is off), INVALID_EMAIL, RATE_LIMITED (too many from this network; '
	'details.retry_after says in how many seconds to come again).';
GRANT EXECUTE ON FUNCTION jerry.request_login_code(text, jerry.client) TO jerry_api, jerry_admin;

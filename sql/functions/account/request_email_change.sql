CREATE FUNCTION jerry.request_email_change(access_token text, new_email text, current_password text,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_request_email_change';
COMMENT ON FUNCTION jerry.request_email_change(text, text, text, jerry.client) IS
	'Begins a change of the address of the user of a live access token, who knows the password: makes a token for '
	'the old and one for the new address (valid for jerry.verification_ttl), which replace those of the last change '
	'that was not completed, and the events user.email_change_requested and user.email_change_offered that carry '
	'them; once a minute at most. Both confirm by jerry.confirm_email_change. The answer is the same for an address '
	'that somebody else has: its owner gets user.email_change_attempted instead. Data: message. Codes: '
	'VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, INVALID_EMAIL (also for the current address), WRONG_PASSWORD, '
	'RATE_LIMITED (too many wrong passwords, too many mails from this network, or the last change can still be taken '
	'back: details.retry_after says in how many seconds to come again).';
GRANT EXECUTE ON FUNCTION jerry.request_email_change(text, text, text, jerry.client) TO jerry_api, jerry_admin;

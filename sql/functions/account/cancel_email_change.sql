CREATE FUNCTION jerry.cancel_email_change(token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_cancel_email_change';
COMMENT ON FUNCTION jerry.cancel_email_change(text, jerry.client) IS
	'Redeems a token of user.email_change_requested or user.email_change_offered to cancel the change: the other '
	'token is void, too. Emits user.email_change_cancelled. Data: message. Codes: VALIDATION_ERROR, INVALID_TOKEN '
	'(unknown, used, replaced or cancelled), RATE_LIMITED (too many of these from this network), EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.cancel_email_change(text, jerry.client) TO jerry_api, jerry_admin;

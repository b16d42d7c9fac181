CREATE FUNCTION jerry.confirm_email_change(token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_confirm_email_change';
COMMENT ON FUNCTION jerry.confirm_email_change(text, jerry.client) IS
	'Redeems a token of user.email_change_requested or user.email_change_offered, once. With the second of the two '
	'the user has the new address, which is verified: all sessions end but the one that asked for the change, with '
	'session.revoked for each, all one-time tokens of the user are deleted, and user.email_changed carries a token '
	'for jerry.undo_email_change to the old address. For seven days nobody else is given that one. Data: message, '
	'is_changed. Codes: VALIDATION_ERROR, INVALID_TOKEN (unknown, used, replaced or cancelled), RATE_LIMITED (too '
	'many of these from this network), EXPIRED_TOKEN, DUPLICATE_EMAIL (somebody else has '
	'got the new address meanwhile; the change is off).';
GRANT EXECUTE ON FUNCTION jerry.confirm_email_change(text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.undo_email_change(token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_undo_email_change';
COMMENT ON FUNCTION jerry.undo_email_change(text, jerry.client) IS
	'Redeems the token of user.email_changed, once and for seven days: the user has the old address again, which is '
	'verified. All sessions end, with session.revoked for each, all one-time tokens of the user are deleted, and the '
	'password is void: whoever has changed the address knew it, or has set it since. Emits user.email_change_undone '
	'and user.password_reset_requested, whose token sets another one. Data: message. Codes: VALIDATION_ERROR, '
	'INVALID_TOKEN (unknown or used, or the address was changed by hand since), RATE_LIMITED (too many of these from '
	'this network), EXPIRED_TOKEN, DUPLICATE_EMAIL (somebody was given the old address by hand).';
GRANT EXECUTE ON FUNCTION jerry.undo_email_change(text, jerry.client) TO jerry_api, jerry_admin;

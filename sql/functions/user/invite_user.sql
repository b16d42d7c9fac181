CREATE FUNCTION jerry.invite_user(email text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_invite_user';
COMMENT ON FUNCTION jerry.invite_user(text, jerry.client) IS
	'Invites somebody: makes an account without a password for the address (user.created) unless there is one, and a '
	'token for jerry.accept_invite, good for 7 days, which user.invited carries and which replaces the one of an '
	'earlier invite. Says the truth about an address whose account has a password, whatever jerry.hide_accounts is. '
	'Data: user_id, email, expires_at. '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL, DUPLICATE_EMAIL (an account with a password), USER_BANNED, USER_NOT_FOUND '
	'(it was deleted at this moment), HOOK_REFUSED (of a new account).';
GRANT EXECUTE ON FUNCTION jerry.invite_user(text, jerry.client) TO jerry_admin;

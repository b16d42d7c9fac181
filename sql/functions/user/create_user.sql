CREATE FUNCTION jerry.create_user(email text, password text DEFAULT NULL, is_verified boolean DEFAULT false,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_create_user';
COMMENT ON FUNCTION jerry.create_user(text, text, boolean, jerry.client) IS
	'Creates an account and emits user.created; nothing is mailed. Without a password there is none that lets anybody '
	'in: the user sets one by a reset or after jerry.invite_user. The rules for passwords and addresses are those of '
	'jerry.register. Says the truth about an address that is taken, whatever jerry.hide_accounts is. '
	'Data: user_id, email, is_email_verified. '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL, WEAK_PASSWORD, DUPLICATE_EMAIL, HOOK_REFUSED.';
GRANT EXECUTE ON FUNCTION jerry.create_user(text, text, boolean, jerry.client) TO jerry_admin;

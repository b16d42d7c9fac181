CREATE FUNCTION jerry.accept_invite(token text, password text, password_confirmation text,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_accept_invite';
COMMENT ON FUNCTION jerry.accept_invite(text, text, text, jerry.client) IS
	'Redeems the token of jerry.invite_user, once: sets the password, and deletes all one-time tokens of the user. The '
	'address counts as verified. Emits user.email_verified if the user was not verified, and user.invite_accepted. '
	'Opens no session. Data: message. Codes: VALIDATION_ERROR, INVALID_TOKEN (unknown, used or replaced), '
	'RATE_LIMITED (too many of these from this network), EXPIRED_TOKEN, PASSWORD_MISMATCH, WEAK_PASSWORD (the token '
	'stays good).';
GRANT EXECUTE ON FUNCTION jerry.accept_invite(text, text, text, jerry.client) TO jerry_api, jerry_admin;

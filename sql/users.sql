/*
 * Accounts: registration, verification of the address, the current user.
 */

CREATE FUNCTION jerry.register(email text, password text, password_confirmation text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_register';
COMMENT ON FUNCTION jerry.register(text, text, text) IS
	'Creates an account, a verification token (valid for jerry.verification_ttl) and the event user.registered that carries it. '
	'Data: user_id, email, message. Codes: VALIDATION_ERROR, INVALID_EMAIL, PASSWORD_MISMATCH, WEAK_PASSWORD, DUPLICATE_EMAIL.';
GRANT EXECUTE ON FUNCTION jerry.register(text, text, text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.verify_email(token text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_verify_email';
COMMENT ON FUNCTION jerry.verify_email(text) IS
	'Redeems a verification token, once, and emits user.email_verified. Data: message, user_id. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN (unknown or used), EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.verify_email(text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.me(access_token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_me';
COMMENT ON FUNCTION jerry.me(text) IS
	'The user of a live access token. Data: user_id, email, is_email_verified, created_at. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.me(text) TO jerry_api, jerry_admin;

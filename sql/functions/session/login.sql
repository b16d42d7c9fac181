-- No DEFAULT for client: login(email, password) is the form of 1.1.0, and two of them would be ambiguous.
CREATE FUNCTION jerry.login(email text, password text, client jerry.client) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_login_client';
COMMENT ON FUNCTION jerry.login(text, text, jerry.client) IS
	'Checks a password, brings its hash to jerry.bcrypt_cost, opens a session, which keeps the client''s address and '
	'user agent, and emits user.logged_in, and user.new_device if the device is a new one of a user whose address is '
	'verified (jerry.new_device_notice). With jerry.max_sessions it ends the user''s least recently used sessions '
	'beyond that number, emits session.revoked for each, and waits for logins of this user in progress. Waits for a '
	'transaction that is changing the hash. A wrong password counts for the limits of jerry.list_limits(), and emits '
	'user.lockout when they are used up for an account, once a day at most. Takes back a request for deletion, and '
	'emits user.deletion_cancelled. Data: access_token, '
	'refresh_token, token_type, expires_in (seconds), user_id, device_token. '
	'Of an account with a second factor nothing of this happens before jerry.verify_second_factor(), and the answer is '
	'mfa_required, mfa_token, expires_in (seconds) and methods (totp, recovery_code). '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL (malformed), '
	'INVALID_CREDENTIALS (unknown address or wrong password, in the same time), RATE_LIMITED (too many of these; '
	'details.retry_after says in how many seconds to come again), USER_BANNED (the right password of who is banned; '
	'details.until says until when, null: for good), EMAIL_NOT_VERIFIED (only if '
	'jerry.require_verified_email is on and jerry.hide_accounts off), HOOK_REFUSED.';
GRANT EXECUTE ON FUNCTION jerry.login(text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.request_deletion(access_token text, current_password text DEFAULT NULL,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_request_deletion';
COMMENT ON FUNCTION jerry.request_deletion(text, text, jerry.client) IS
	'Has the user of a live access token deleted, who knows the password; without it a login of the last ten minutes '
	'will do. All sessions and one-time tokens of the user end at once, those of logins in progress, too; it emits '
	'session.revoked for each and user.deletion_scheduled. After jerry.deletion_grace, and not before a change of the '
	'address can no longer be taken back, jerry.maintain deletes the user as jerry.delete_user does. A login until '
	'then cancels that, and emits user.deletion_cancelled. With a grace of 0 the user is deleted at once: the only '
	'event is user.deleted. Data: message, deletes_at. Codes: VALIDATION_ERROR (also: the password is missing, and '
	'the login was longer ago), INVALID_TOKEN, EXPIRED_TOKEN, WRONG_PASSWORD, RATE_LIMITED (too many wrong passwords: '
	'details.retry_after says in how many seconds to come again), HOOK_REFUSED.';
GRANT EXECUTE ON FUNCTION jerry.request_deletion(text, text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.ban_user(user_id uuid, until timestamptz DEFAULT NULL, reason text DEFAULT NULL,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_ban_user';
COMMENT ON FUNCTION jerry.ban_user(uuid, timestamptz, text, jerry.client) IS
	'Bans a user until a time, or for good if it is NULL or infinity; a ban that is there is replaced. All sessions '
	'and one-time tokens of the user end at once, those of logins in progress, too, for which it waits; it emits '
	'session.revoked for each and user.banned. Until then jerry.login answers USER_BANNED to the right password, and '
	'to a wrong one what it answers to everybody; requests for mails are answered as always, and nothing is mailed. '
	'The reason is for operators, up to 500 characters; the user is not told. The end of a ban needs nobody. '
	'jerry.user_of() finds the id by the address. Data: user_id, banned_until (null: for good), ended_sessions (how '
	'many). Codes: VALIDATION_ERROR (a time that is past or after the year 9999, a longer reason), USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.ban_user(uuid, timestamptz, text, jerry.client) TO jerry_admin;

CREATE FUNCTION jerry.find_users(email text DEFAULT NULL, is_verified boolean DEFAULT NULL,
	is_banned boolean DEFAULT NULL, created_from timestamptz DEFAULT NULL, created_before timestamptz DEFAULT NULL,
	after text DEFAULT NULL, max integer DEFAULT 50, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_find_users';
COMMENT ON FUNCTION jerry.find_users(text, boolean, boolean, timestamptz, timestamptz, text, integer, jerry.client) IS
	'Users, the newest first, max of them (1 to 1000): whose address has email as a part of it, in any case of ASCII '
	'letters; whose address is verified or not; who are banned or not; who were created at or after one time and '
	'before another. What is NULL does not matter. next, passed as after, goes on where the answer ends, however '
	'many users come and go meanwhile; null: that was the end. One call looks at 100000 users at most, so that an '
	'answer can have less than max, or none, and a next all the same. Data: users (user_id, email, is_email_verified, '
	'has_password, created_at, is_banned, banned_until (null: for good), ban_reason, deletes_at), next. '
	'Codes: VALIDATION_ERROR (max out of range, or an after that is none).';
GRANT EXECUTE ON FUNCTION jerry.find_users TO jerry_admin;

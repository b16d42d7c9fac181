CREATE FUNCTION jerry.set_password_hash(user_id uuid, password_hash text, end_sessions boolean DEFAULT true,
	client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_set_password_hash';
COMMENT ON FUNCTION jerry.set_password_hash(uuid, text, boolean, jerry.client) IS
	'Sets the hash of a user''s password, from jerry.hash_password or another service: bcrypt, $2a$, $2b$ or $2y$, of '
	'cost 4 to 15. Ends all sessions, those of logins in progress, too, unless it is told not to; password reset '
	'tokens are good no more, and wrong passwords are forgotten. Emits user.password_changed, and session.revoked for '
	'each. Who is banned stays so. jerry.user_of() finds the id by the address. Data: user_id, ended_sessions. Codes: '
	'VALIDATION_ERROR (another hash), USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.set_password_hash(uuid, text, boolean, jerry.client) TO jerry_admin;

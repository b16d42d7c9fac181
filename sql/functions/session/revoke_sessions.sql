CREATE FUNCTION jerry.revoke_sessions(user_id uuid) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_revoke_sessions';
COMMENT ON FUNCTION jerry.revoke_sessions(uuid) IS
	'Ends all sessions of a user, including those of logins in progress, for which it waits; emits session.revoked for '
	'each. The password stays as it is. jerry.user_of() finds the id by the address. Returns how many were live.';
GRANT EXECUTE ON FUNCTION jerry.revoke_sessions(uuid) TO jerry_admin;

-- PARALLEL RESTRICTED: the identity is in the memory of the leader.
CREATE FUNCTION jerry.uid() RETURNS uuid
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_uid';
COMMENT ON FUNCTION jerry.uid() IS
	'The user id of the transaction''s identity; NULL without jerry.authenticate in this transaction, and once its '
	'token has expired.';
GRANT EXECUTE ON FUNCTION jerry.uid() TO jerry_api, jerry_admin;

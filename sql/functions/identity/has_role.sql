-- As jerry.uid(): nothing is looked up here, jerry.authenticate() has done that.
CREATE FUNCTION jerry.has_role(role text) RETURNS boolean
	LANGUAGE C STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_has_role';
COMMENT ON FUNCTION jerry.has_role(text) IS
	'Has the transaction''s identity this role? It has those that its token says, or where jerry.live_roles is on '
	'those that its user had when jerry.authenticate was called. False whenever jerry.uid() is NULL.';
GRANT EXECUTE ON FUNCTION jerry.has_role(text) TO jerry_api, jerry_admin;

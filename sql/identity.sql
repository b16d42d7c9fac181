/*
 * Who is asking: the identity of a transaction, for row-level security.  It is kept in the memory of the backend, where no SET, no temporary object
 * and no definer's right reaches it; these functions look nothing up, so that there is no search_path to pin.
 */

CREATE FUNCTION jerry.authenticate(access_token text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_authenticate';
COMMENT ON FUNCTION jerry.authenticate(text) IS
	'Verifies a live access token and makes its user the identity of this transaction; a token that is not valid leaves the transaction without one. '
	'Data: user_id, email, expires_at. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.authenticate(text) TO jerry_api, jerry_admin;

-- PARALLEL RESTRICTED: the identity is in the memory of the leader.
CREATE FUNCTION jerry.uid() RETURNS uuid
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_uid';
COMMENT ON FUNCTION jerry.uid() IS
	'The user id of the transaction''s identity; NULL without jerry.authenticate in this transaction, and once its token has expired.';
GRANT EXECUTE ON FUNCTION jerry.uid() TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.claims() RETURNS json
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'jerry_claims';
COMMENT ON FUNCTION jerry.claims() IS
	'The claims of the transaction''s identity; NULL whenever jerry.uid() is.';
GRANT EXECUTE ON FUNCTION jerry.claims() TO jerry_api, jerry_admin;

-- The identity of a transaction, for row-level security, is kept in the memory of the backend, where no SET, no
-- temporary object and no definer's right reaches it.  uid() and claims() look nothing up, so that there is no
-- search_path to pin.
CREATE FUNCTION jerry.authenticate(access_token text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_authenticate';
COMMENT ON FUNCTION jerry.authenticate(text) IS
	'Verifies a live access token and makes its user the identity of this transaction; a token that is not valid '
	'leaves the transaction without one. Data: user_id, email, expires_at, aal, amr, auth_time. Codes: '
	'VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.authenticate(text) TO jerry_api, jerry_admin;

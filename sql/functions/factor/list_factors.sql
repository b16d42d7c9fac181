CREATE FUNCTION jerry.list_factors(access_token text, client jerry.client DEFAULT NULL) RETURNS json
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_list_factors';
COMMENT ON FUNCTION jerry.list_factors(text, jerry.client) IS
	'The second factors of the user of a live access token. Data: enrolled (is there any?), totp (created_at: when the '
	'authenticator app became one; or null), recovery_codes_left. Codes: VALIDATION_ERROR, INVALID_TOKEN, '
	'EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.list_factors(text, jerry.client) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.create_refresh_token(data json) RETURNS text
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_create_refresh_token';
COMMENT ON FUNCTION jerry.create_refresh_token(json) IS
	'Signs a refresh token with the claims of data, valid for jerry.refresh_token_ttl. It opens no session: '
	'jerry.refresh accepts only tokens of a login.';
GRANT EXECUTE ON FUNCTION jerry.create_refresh_token(json) TO jerry_admin;

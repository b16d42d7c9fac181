-- Whoever can mint a token can be anybody: minting is for jerry_admin.
CREATE FUNCTION jerry.create_access_token(data json, expires_delta interval DEFAULT NULL) RETURNS text
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_create_access_token';
COMMENT ON FUNCTION jerry.create_access_token(json, interval) IS
	'Signs an access token with the claims of data (an object) and Jerry''s own type, iat, exp, jti, iss and aud. It '
	'expires after expires_delta, or jerry.access_token_ttl; a negative one makes a token that has expired. To be '
	'valid it must name a live session (sid), unless the active key is an imported one. Raises 22023 if data is not an '
	'object.';
GRANT EXECUTE ON FUNCTION jerry.create_access_token(json, interval) TO jerry_admin;

CREATE FUNCTION jerry.jwks() RETURNS json
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_jwks';
COMMENT ON FUNCTION jerry.jwks() IS
	'The public keys with which anybody can check access tokens, as a JSON Web Key Set (RFC 7517, 5): those that sign, '
	'will sign or have signed tokens that may still be good. A key of HS256 is never among them.';
GRANT EXECUTE ON FUNCTION jerry.jwks() TO jerry_api, jerry_admin;

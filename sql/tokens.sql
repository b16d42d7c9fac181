/*
 * The building blocks: passwords, tokens, keys.  Whoever can mint a token can be anybody: minting is for jerry_admin.
 * hash_password and verify_password cost hundreds of milliseconds by design; VOLATILE keeps the planner from calling them.
 */

CREATE FUNCTION jerry.hash_password(password text) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_hash_password';
COMMENT ON FUNCTION jerry.hash_password(text) IS
	'The bcrypt hash of a password, of cost jerry.bcrypt_cost. Raises JR004 when the password is longer than 72 bytes: bcrypt would ignore the rest.';
GRANT EXECUTE ON FUNCTION jerry.hash_password(text) TO jerry_admin;

CREATE FUNCTION jerry.verify_password(plain_password text, hashed_password text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_verify_password';
COMMENT ON FUNCTION jerry.verify_password(text, text) IS
	'Does the password belong to this bcrypt hash ($2a$, $2b$ or $2y$, cost 4 to 15)? False for anything else.';
GRANT EXECUTE ON FUNCTION jerry.verify_password(text, text) TO jerry_admin;

CREATE FUNCTION jerry.create_access_token(data json, expires_delta interval DEFAULT NULL) RETURNS text
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_create_access_token';
COMMENT ON FUNCTION jerry.create_access_token(json, interval) IS
	'Signs an access token with the claims of data (an object) and type, iat, exp, jti, iss and aud of Jerry''s own. '
	'It ends after expires_delta, or jerry.access_token_ttl; a negative one makes a token that has expired. Raises 22023 when data is not an object.';
GRANT EXECUTE ON FUNCTION jerry.create_access_token(json, interval) TO jerry_admin;

CREATE FUNCTION jerry.create_refresh_token(data json) RETURNS text
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_create_refresh_token';
COMMENT ON FUNCTION jerry.create_refresh_token(json) IS
	'Signs a refresh token with the claims of data, valid for jerry.refresh_token_ttl. It opens no session: jerry.refresh accepts only tokens of a login.';
GRANT EXECUTE ON FUNCTION jerry.create_refresh_token(json) TO jerry_admin;

CREATE FUNCTION jerry.decode_token(token text, token_type text DEFAULT 'access') RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_decode_token';
COMMENT ON FUNCTION jerry.decode_token(text, text) IS
	'The claims of a token as data, when signature, type (access or refresh) and time are right; the session is not asked. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.decode_token(text, text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.verify_token(token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_verify_token';
COMMENT ON FUNCTION jerry.verify_token(text) IS
	'The claims of a live access token as data: what jerry.validate_token checks, with all claims. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.verify_token(text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.import_key(secret text) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_import_key';
COMMENT ON FUNCTION jerry.import_key(text) IS
	'Makes an HS256 secret that other services know the active key and returns its kid; the key that was active goes on verifying. '
	'Tokens of an imported key may lack a kid. Importing the same secret again changes nothing. Raises 22023 unless the secret has 32 to 1024 bytes.';
GRANT EXECUTE ON FUNCTION jerry.import_key(text) TO jerry_admin;

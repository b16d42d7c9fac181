CREATE FUNCTION jerry.import_key(secret text) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_import_key';
COMMENT ON FUNCTION jerry.import_key(text) IS
	'Makes an HS256 secret that other services know the active key and returns its kid; the key that was active goes on verifying. '
	'Tokens of an imported key may lack a kid. Importing the same secret again changes nothing. Raises 22023 unless the secret has 32 to 1024 bytes.';
GRANT EXECUTE ON FUNCTION jerry.import_key(text) TO jerry_admin;

CREATE FUNCTION jerry.import_key(secret text, allow_weak boolean DEFAULT false) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_import_key';
COMMENT ON FUNCTION jerry.import_key(text, boolean) IS
	'Makes an HS256 secret that other services know the active key and returns its kid; the previously active key '
	'keeps verifying. Tokens of an imported key may lack a kid. Importing the same secret again changes nothing. '
	'Raises 22023 unless the secret has 32 to 1024 bytes, and for one that can be guessed (published examples, a few '
	'bytes repeated), which allow_weak lets pass: for development.';
GRANT EXECUTE ON FUNCTION jerry.import_key(text, boolean) TO jerry_admin;

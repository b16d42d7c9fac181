CREATE FUNCTION jerry.import_key(secret text, allow_weak boolean DEFAULT false) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_import_key';
COMMENT ON FUNCTION jerry.import_key(text, boolean) IS
	'Makes an HS256 secret that other services know the active key and returns its kid; the previously active key '
	'keeps verifying. Tokens of an imported key may lack a kid. Importing the active secret again changes nothing. '
	'Raises 22023 unless the secret has 32 to 1024 bytes, and for one that can be guessed (published examples, a few '
	'bytes repeated), which allow_weak lets pass: for development. A text that contains "-----BEGIN " is a PEM, one '
	'that begins with { and contains "kty", with its quotation marks, a JWK: a private key of P-256, Ed25519 or RSA '
	'(2048 to 4096 bits) then signs the access tokens, with ES256, EdDSA or RS256; a public one only verifies. The kid '
	'is that of the JWK or its thumbprint (RFC 7638). Raises 22023 for a key that is encrypted, of another kind, or '
	'not right, 42710 if the kid is that of another key. In bytes, even such a text is a secret.';
GRANT EXECUTE ON FUNCTION jerry.import_key(text, boolean) TO jerry_admin;

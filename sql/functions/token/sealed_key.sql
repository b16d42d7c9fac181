-- Granted to nobody: jerry.doctor() asks it.
CREATE FUNCTION jerry.sealed_key(kid text, sealed bytea, OUT name text, OUT closed text, OUT weakness text)
	LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'jerry_sealed_key';
COMMENT ON FUNCTION jerry.sealed_key(text, bytea) IS
	'Of the sealed secret of a signing key: the name of its key file, why it cannot be opened, and why it can be '
	'guessed if it is one of HS256.';

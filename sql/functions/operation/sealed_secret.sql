-- Granted to nobody: jerry.doctor() asks it.
CREATE FUNCTION jerry.sealed_secret(table_name text, row_key text, sealed bytea, OUT name text, OUT closed text,
		OUT weakness text)
	LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'jerry_sealed_secret';
COMMENT ON FUNCTION jerry.sealed_secret(text, text, bytea) IS
	'Of the sealed secret in a row of signing_key, webhook_secret or totp: the name of its key file, why it cannot be '
	'opened, and why it can be guessed if it is one of HS256.';

-- Granted to nobody: jerry.doctor() asks it.
CREATE FUNCTION jerry.key_weakness(secret bytea) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_key_weakness';
COMMENT ON FUNCTION jerry.key_weakness(bytea) IS
	'Why an HS256 secret can be guessed, as a sentence; NULL if no weakness is found.';

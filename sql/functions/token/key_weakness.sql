-- Granted to nobody: jerry.doctor() asks it.
CREATE FUNCTION jerry.key_weakness(secret bytea) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'jerry_key_weakness';
COMMENT ON FUNCTION jerry.key_weakness(bytea) IS
	'Why somebody may guess an HS256 secret, as a sentence; NULL when nothing is seen.';

-- This and verify_password cost hundreds of milliseconds by design; VOLATILE keeps the planner from calling them.
CREATE FUNCTION jerry.hash_password(password text) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_hash_password';
COMMENT ON FUNCTION jerry.hash_password(text) IS
	'The bcrypt hash of a password, of cost jerry.bcrypt_cost. Raises JR004 when the password is longer than 72 bytes: '
	'bcrypt would ignore the rest.';
GRANT EXECUTE ON FUNCTION jerry.hash_password(text) TO jerry_admin;

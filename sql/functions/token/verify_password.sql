CREATE FUNCTION jerry.verify_password(plain_password text, hashed_password text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_verify_password';
COMMENT ON FUNCTION jerry.verify_password(text, text) IS
	'Does the password belong to this bcrypt hash ($2a$, or $2b$ and $2y$, of which the first 72 bytes count; cost 4 '
	'to 15)? False for anything else.';
GRANT EXECUTE ON FUNCTION jerry.verify_password(text, text) TO jerry_admin;

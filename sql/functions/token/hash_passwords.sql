CREATE FUNCTION jerry.hash_passwords(passwords text[]) RETURNS text[]
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_hash_passwords';
COMMENT ON FUNCTION jerry.hash_passwords(text[]) IS
	'The hashes of up to 1,000 passwords, as jerry.hash_password makes them, each in its place; NULL for NULL. Hashes '
	'four together, in little more than the time of one, unless jerry.bcrypt_provider is pgcrypto. Raises JR004 when '
	'a password is longer than 72 bytes, and 22023 for more of them or for an array of several dimensions.';
GRANT EXECUTE ON FUNCTION jerry.hash_passwords(text[]) TO jerry_admin;

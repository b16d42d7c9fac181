CREATE FUNCTION jerry.verify_passwords(plain_passwords text[], hashed_passwords text[]) RETURNS boolean[]
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_verify_passwords';
COMMENT ON FUNCTION jerry.verify_passwords(text[], text[]) IS
	'For up to 1,000 passwords, each with the hash in the same place of the other array, what jerry.verify_password '
	'says of the two; NULL where one is NULL. Checks four together, in little more than the time of one, unless '
	'jerry.bcrypt_provider is pgcrypto. Raises 22023 for more, for arrays that are not of one length, and for arrays '
	'of several dimensions.';
GRANT EXECUTE ON FUNCTION jerry.verify_passwords(text[], text[]) TO jerry_admin;

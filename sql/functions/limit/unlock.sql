CREATE FUNCTION jerry.unlock(email text DEFAULT NULL, network inet DEFAULT NULL) RETURNS bigint
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_unlock';
COMMENT ON FUNCTION jerry.unlock(text, inet) IS
	'Forgets what was counted against an address, whether or not it has an account, and against a network: an IPv4 '
	'address, or the /64 of an IPv6 address and its /48. Returns how many limits had counted any. Raises 22023 unless '
	'one of the two is given, and is valid.';
GRANT EXECUTE ON FUNCTION jerry.unlock(text, inet) TO jerry_admin;

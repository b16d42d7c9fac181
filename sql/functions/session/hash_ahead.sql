CREATE FUNCTION jerry.hash_ahead(kinds text[], emails text[], passwords text[], clients jerry.client[]) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_hash_ahead';
COMMENT ON FUNCTION jerry.hash_ahead(text[], text[], text[], jerry.client[]) IS
	'For the sidecar. Makes the password hashes of up to four calls of jerry.login and jerry.register (kinds login and '
	'register; NULL for none) that follow in this session, in transactions of their own: together they take little '
	'longer than one. The calls find them and are otherwise as ever. Each hash serves once; those that do not serve '
	'are forgotten with the next call of this, and after as many transactions. If this is cancelled, the calls fail '
	'with 57014 too. False, and nothing is done, while jerry.bcrypt_provider is pgcrypto.';
GRANT EXECUTE ON FUNCTION jerry.hash_ahead(text[], text[], text[], jerry.client[]) TO jerry_api;

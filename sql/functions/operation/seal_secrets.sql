CREATE FUNCTION jerry.seal_secrets(batch integer DEFAULT 1000) RETURNS integer
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_seal_secrets';
COMMENT ON FUNCTION jerry.seal_secrets(integer) IS
	'Stores at most batch secrets (1 to 100000) as jerry.key_file says now: sealed with that file, or open where it is '
	'empty; those sealed with the file of jerry.old_key_file too. Returns how many it has changed. Call it again, in a '
	'transaction of its own, until that is 0. Tokens stay valid. Raises 22023 for an invalid batch, 55000 if a new '
	'setting is not read yet, F0000 if the file cannot be used, F0000 or XX001 if nothing but secrets is left that '
	'neither file opens.';
GRANT EXECUTE ON FUNCTION jerry.seal_secrets(integer) TO jerry_admin;

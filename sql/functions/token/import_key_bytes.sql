CREATE FUNCTION jerry.import_key(secret bytea, allow_weak boolean DEFAULT false) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_import_key_bytes';
COMMENT ON FUNCTION jerry.import_key(bytea, boolean) IS
	'As jerry.import_key(text, boolean), for a secret in bytes, as of services that decode their key from base64: '
	'jerry.import_key(decode(''...'', ''base64'')).';
GRANT EXECUTE ON FUNCTION jerry.import_key(bytea, boolean) TO jerry_admin;

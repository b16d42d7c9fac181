CREATE FUNCTION jerry.list_keys()
	RETURNS TABLE (kid text, algorithm text, status text, status_at timestamptz, due_at timestamptz, signs text,
		imported boolean, created_at timestamptz, sealed boolean)
	LANGUAGE C STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_list_keys';
COMMENT ON FUNCTION jerry.list_keys() IS
	'The signing keys without their secrets: status (next: published, will sign; active; verifying; retired), since '
	'when, when jerry.maintain() changes it (NULL: never by time), and which tokens the key signs now, and '
	'whether its secret is sealed (NULL: it has none any more, or never had).';
GRANT EXECUTE ON FUNCTION jerry.list_keys() TO jerry_admin;

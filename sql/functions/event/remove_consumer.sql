CREATE FUNCTION jerry.remove_consumer(consumer text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_remove_consumer';
COMMENT ON FUNCTION jerry.remove_consumer(text) IS
	'Forgets a consumer and what it has not acknowledged, which would otherwise be kept for ever. False when there is '
	'none of that name.';
GRANT EXECUTE ON FUNCTION jerry.remove_consumer(text) TO jerry_admin;

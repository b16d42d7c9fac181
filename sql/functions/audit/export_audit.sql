CREATE FUNCTION jerry.export_audit(since bigint DEFAULT 0, max integer DEFAULT 1000)
	RETURNS TABLE (id bigint, line text)
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_export_audit';
COMMENT ON FUNCTION jerry.export_audit(bigint, integer) IS
	'What is on record with ids above since, in their order, at most max (1 to 10000) rows, each as a line of JSON. '
	'The last id, passed as since, goes on where the rows end, and nothing is ever skipped: transactions that are '
	'putting something on record are waited for. Raises 22023 for a max out of range, 55P03 if one of them goes on '
	'for 10 seconds, 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.export_audit(bigint, integer) TO jerry_admin;

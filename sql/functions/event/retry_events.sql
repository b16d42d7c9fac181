CREATE FUNCTION jerry.retry_events(consumer text, event_ids bigint[], delay interval, reason text) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_retry_events';
COMMENT ON FUNCTION jerry.retry_events(text, bigint[], interval, text) IS
	'The destination has refused these events for now: they can be claimed again after the delay (0 to 30 days), '
	'and the try counts. The reason, of which 512 bytes are kept, is shown when they become dead letters: no '
	'secret belongs in it. Returns how many were waiting for that; others are ignored. Raises 22023 for a delay '
	'out of range, 42501 for a consumer of another role.';
GRANT EXECUTE ON FUNCTION jerry.retry_events(text, bigint[], interval, text) TO jerry_events, jerry_admin;

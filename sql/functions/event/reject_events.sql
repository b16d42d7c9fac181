CREATE FUNCTION jerry.reject_events(consumer text, event_ids bigint[], reason text) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_reject_events';
COMMENT ON FUNCTION jerry.reject_events(text, bigint[], text) IS
	'The consumer gives these events up: they become dead letters, which do not come again unless somebody calls '
	'jerry.requeue_events(), and are kept for jerry.event_retention. The reason, of which 512 bytes are kept, is '
	'for people: no secret belongs in it. Returns how many were waiting for that; others are ignored. Raises '
	'42501 for a consumer of another role.';
GRANT EXECUTE ON FUNCTION jerry.reject_events(text, bigint[], text) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.requeue_events(consumer text, event_ids bigint[]) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_requeue_events';
COMMENT ON FUNCTION jerry.requeue_events(text, bigint[]) IS
	'These dead letters can be claimed again at once, and tries are counted anew. Returns how many were dead '
	'letters; others are ignored. Raises 42501 for a consumer of another role.';
GRANT EXECUTE ON FUNCTION jerry.requeue_events(text, bigint[]) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.ack_events(consumer text, event_ids bigint[]) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_ack_events';
COMMENT ON FUNCTION jerry.ack_events(text, bigint[]) IS
	'Records that the consumer has handled these events: it will not get them again. Returns how many were waiting for '
	'that; others are ignored. Raises 42501 for a consumer of another role.';
GRANT EXECUTE ON FUNCTION jerry.ack_events(text, bigint[]) TO jerry_events, jerry_admin;

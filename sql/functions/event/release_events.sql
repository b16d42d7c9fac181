CREATE FUNCTION jerry.release_events(consumer text, event_ids bigint[], delay interval DEFAULT '0') RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_release_events';
COMMENT ON FUNCTION jerry.release_events(text, bigint[], interval) IS
	'The consumer gives back events that it claimed and has not handled, because it stops or its destination is '
	'away: they can be claimed again after the delay (0 to 30 days), and the try does not count. Returns how many '
	'were waiting for that; others are ignored. Raises 22023 for a delay out of range, 42501 for a consumer of '
	'another role.';
GRANT EXECUTE ON FUNCTION jerry.release_events(text, bigint[], interval) TO jerry_events, jerry_admin;

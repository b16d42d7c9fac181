CREATE FUNCTION jerry.replay_events(consumer text, since timestamptz) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_replay_events';
COMMENT ON FUNCTION jerry.replay_events(text, timestamptz) IS
	'Gives the consumer every event since that time again, as far as events are still kept (jerry.event_retention), '
	'also what is leased: attempts count anew. Returns how many. Raises 22023 for a consumer that has never claimed, '
	'42501 for one of another role.';
GRANT EXECUTE ON FUNCTION jerry.replay_events(text, timestamptz) TO jerry_events, jerry_admin;

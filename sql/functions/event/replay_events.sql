CREATE FUNCTION jerry.replay_events(consumer text, since timestamptz) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_replay_events';
COMMENT ON FUNCTION jerry.replay_events(text, timestamptz) IS
	'Gives the consumer again every event since that time that is still kept (jerry.event_retention), including leased '
	'ones; attempts start anew. Returns how many. Raises 22023 for a consumer that has never claimed, 42501 for one of '
	'another role.';
GRANT EXECUTE ON FUNCTION jerry.replay_events(text, timestamptz) TO jerry_events, jerry_admin;

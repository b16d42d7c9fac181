CREATE FUNCTION jerry.next_event_at(consumer text) RETURNS timestamptz
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_next_event_at';
COMMENT ON FUNCTION jerry.next_event_at(text) IS
	'When the next event of a consumer can be claimed, for a worker that sleeps until then or until it is '
	'notified; NULL: nothing waits. A time that has passed: now. For a consumer that does not exist yet it is '
	'now, and for one that is still to be given what was under way when it began at most ten seconds from now. '
	'Raises 42501 for a consumer of another role.';
GRANT EXECUTE ON FUNCTION jerry.next_event_at(text) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.dead_letters(consumer text, after bigint DEFAULT 0, max integer DEFAULT 100)
	RETURNS TABLE (event_id bigint, event_type text, created_at timestamptz, attempts integer, rejected_at timestamptz,
		reason text)
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_dead_letters';
COMMENT ON FUNCTION jerry.dead_letters(text, bigint, integer) IS
	'Events that a consumer has given up with jerry.reject_events(), at most max (1 to 10000), by event id, from '
	'behind the id after. What is in them is not shown. jerry.requeue_events() delivers them again, '
	'jerry.ack_events() forgets them. Raises 22023 for an invalid name or number, 42501 for a consumer of another '
	'role.';
GRANT EXECUTE ON FUNCTION jerry.dead_letters(text, bigint, integer) TO jerry_events, jerry_admin;

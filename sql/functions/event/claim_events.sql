CREATE FUNCTION jerry.claim_events(consumer text, max integer DEFAULT 100, lease interval DEFAULT '1 minute')
	RETURNS TABLE (event_id bigint, event_type text, payload json, attempt integer)
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_claim_events';
COMMENT ON FUNCTION jerry.claim_events(text, integer, interval) IS
	'The next events, at most max (1 to 10000), for a consumer, oldest first; no other worker of that consumer gets '
	'them before the lease ends. The first call with a name makes it a consumer of the current role and gives it every '
	'event that is still kept; nothing comes while another transaction is making it. attempt counts deliveries from 1. '
	'Raises 22023 for an invalid name, number or lease (at most 1 day), 42501 for a consumer of another role, 54000 '
	'for a 17th consumer of one role, 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.claim_events(text, integer, interval) TO jerry_events, jerry_admin;

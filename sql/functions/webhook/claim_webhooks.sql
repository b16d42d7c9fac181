CREATE FUNCTION jerry.claim_webhooks(max integer DEFAULT 100, per_webhook integer DEFAULT 8,
		lease interval DEFAULT '1 minute')
	RETURNS TABLE (delivery_id uuid, webhook_id uuid, url text, secrets text[], message_id text, event_type text,
		body text, attempt integer)
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_claim_webhooks';
COMMENT ON FUNCTION jerry.claim_webhooks(integer, integer, interval) IS
	'For the courier: gives the events that wait for consumer hooks to the webhooks, and returns the next deliveries, '
	'at most max (1 to 10000), and of one webhook so many that at most per_webhook (1 to 1000) are claimed at a time, '
	'one of a webhook to which nothing gets through. '
	'No other courier gets them before the lease (at most 1 day) ends. secrets: each signs the body, the newest '
	'first. Raises 22023 for an invalid number or lease, 42501 if the consumer belongs to another role, 0A000 outside '
	'isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.claim_webhooks(integer, integer, interval) TO jerry_hooks;

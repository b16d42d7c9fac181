CREATE FUNCTION jerry.list_webhook_deliveries(webhook_id uuid, max integer DEFAULT 100)
	RETURNS TABLE (message_id text, event_type text, created_at timestamptz, attempts integer, next_try_at timestamptz,
		failed_at timestamptz, status integer, reason text)
	LANGUAGE SQL STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.message_id, d.event_type, d.created_at, d.attempts, CASE WHEN d.failed_at IS NULL THEN d.due_at END,
		d.failed_at, d.status, d.reason
	FROM jerry.webhook_delivery AS d
	WHERE d.webhook_id OPERATOR(pg_catalog.=) list_webhook_deliveries.webhook_id
	ORDER BY d.created_at DESC, d.message_id LIMIT max
$$;
COMMENT ON FUNCTION jerry.list_webhook_deliveries(uuid, integer) IS
	'What a webhook has not accepted, at most max, the latest first: what waits, with the time of its next try, and '
	'what was given up. What is in it is not shown.';
GRANT EXECUTE ON FUNCTION jerry.list_webhook_deliveries(uuid, integer) TO jerry_admin;

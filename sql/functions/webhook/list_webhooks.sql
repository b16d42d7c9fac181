CREATE FUNCTION jerry.list_webhooks()
	RETURNS TABLE (webhook_id uuid, url text, event_types text[], created_at timestamptz, disabled_at timestamptz,
		disabled_for text, last_try_at timestamptz, last_success_at timestamptz, last_status integer, last_reason text,
		failing_since timestamptz, paused_until timestamptz, waiting bigint, failed bigint, secrets bigint)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT w.id, w.url, w.event_types, w.created_at, w.disabled_at, w.disabled_for, w.last_try_at, w.last_success_at,
		w.last_status, w.last_reason, w.failing_since, w.paused_until, d.waiting, d.failed,
		(SELECT pg_catalog.count(*) FROM jerry.webhook_secret AS s WHERE s.webhook_id OPERATOR(pg_catalog.=) w.id
			AND (s.expires_at IS NULL OR s.expires_at OPERATOR(pg_catalog.>) pg_catalog.now()))
	FROM jerry.webhook AS w
	CROSS JOIN LATERAL (
		SELECT pg_catalog.count(*) FILTER (WHERE d.failed_at IS NULL), pg_catalog.count(d.failed_at)
		FROM jerry.webhook_delivery AS d WHERE d.webhook_id OPERATOR(pg_catalog.=) w.id
	) AS d (waiting, failed)
	ORDER BY w.created_at, w.id
$$;
COMMENT ON FUNCTION jerry.list_webhooks() IS
	'The webhooks: what each is told, how it is doing, how many deliveries wait for it and how many were given up, '
	'and with how many secrets they are signed; no secret is shown.';
GRANT EXECUTE ON FUNCTION jerry.list_webhooks() TO jerry_admin;

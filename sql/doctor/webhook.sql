	SELECT 'webhook', o.finding, o.hint
	FROM jerry.webhook AS w
	CROSS JOIN LATERAL (SELECT pg_catalog.count(*), pg_catalog.max(d.failed_at) FROM jerry.webhook_delivery AS d
		WHERE d.webhook_id OPERATOR(pg_catalog.=) w.id AND d.failed_at IS NOT NULL
			AND d.event_type OPERATOR(pg_catalog.<>) 'webhook.test') AS f (n, last)
	CROSS JOIN LATERAL (VALUES
		(w.disabled_for OPERATOR(pg_catalog.<>) 'admin',
			pg_catalog.format('webhook %s is told nothing since %s: %s', w.id, w.disabled_at, CASE w.disabled_for
				WHEN 'gone' THEN 'its endpoint answered 410' WHEN 'failing' THEN 'nothing reached it for five days'
				ELSE 'too much was waiting for it' END),
			'See jerry.list_webhooks(); jerry.enable_webhook() and jerry.replay_webhook(), or jerry.remove_webhook().'),
		(w.disabled_at IS NULL AND w.failing_since OPERATOR(pg_catalog.<)
			(pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 day'::interval),
			pg_catalog.format('nothing has reached webhook %s since %s', w.id, w.failing_since),
			'See last_status and last_reason in jerry.list_webhooks(); after five days it is disabled.'),
		(w.disabled_at IS NULL AND f.n OPERATOR(pg_catalog.>) 0,
			pg_catalog.format('%s deliveries to webhook %s have been given up, the last at %s', f.n, w.id, f.last),
			'See jerry.list_webhook_deliveries(); jerry.replay_webhook() sends them again, until they are forgotten '
			'after jerry.event_retention.'),
		(w.disabled_at IS NULL AND w.url OPERATOR(pg_catalog.~) '^http:',
			pg_catalog.format('what webhook %s is told is sent without TLS', w.id),
			'Give it an https url: jerry.update_webhook(); and reset jerry.webhook_insecure.')
	) AS o (is_so, finding, hint)
	WHERE o.is_so

	-- ten minutes: longer than any pause of a courier that runs
	SELECT 'courier', o.finding, o.hint
	FROM (
		SELECT pg_catalog.format('%s events could have been claimed by consumer %s, the first since %s',
				pg_catalog.count(*), d.consumer, pg_catalog.min(d.claimable_at)),
			pg_catalog.format('Does jerry-courier %s run? If it does, its log says what keeps it.', d.consumer)
		FROM jerry.consumer AS c JOIN jerry.delivery AS d ON d.consumer OPERATOR(pg_catalog.=) c.name
		WHERE c.name IN ('mail', 'hooks') AND d.rejected_at IS NULL AND d.claimable_at
			OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '10 minutes'::interval)
		GROUP BY d.consumer
		-- of one that fails, deliveries wait for one that gets through
		UNION ALL SELECT pg_catalog.format('%s deliveries to webhook %s could have been sent, the first since %s',
				pg_catalog.count(*), w.id, pg_catalog.min(d.due_at)),
			'Does jerry-courier hooks run? If it does, the endpoint takes less than there is: see waiting in '
			'jerry.list_webhooks().'
		FROM jerry.webhook AS w JOIN jerry.webhook_delivery AS d ON d.webhook_id OPERATOR(pg_catalog.=) w.id
		WHERE w.failures OPERATOR(pg_catalog.=) 0 AND d.failed_at IS NULL AND d.due_at
			OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '10 minutes'::interval)
		GROUP BY w.id
		UNION ALL SELECT 'there are webhooks, and no courier has ever run that would tell them anything',
			'Start jerry-courier hooks: see docs/WEBHOOKS.md. They are told what happens from then on.'
		WHERE EXISTS (SELECT FROM jerry.webhook WHERE disabled_at IS NULL)
			AND NOT EXISTS (SELECT FROM jerry.consumer WHERE name OPERATOR(pg_catalog.=) 'hooks')
	) AS o (finding, hint)

	SELECT 'dead letters', pg_catalog.format('consumer %s has given up %s events, the last at %s', d.consumer,
		pg_catalog.count(*), pg_catalog.max(d.rejected_at)),
		'See jerry.dead_letters(); jerry.requeue_events() delivers them again, jerry.ack_events() forgets them.'
	FROM jerry.delivery AS d WHERE d.rejected_at IS NOT NULL
	GROUP BY d.consumer

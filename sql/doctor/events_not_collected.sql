	SELECT 'events not collected', pg_catalog.format('%s events are waiting for consumer %s, the oldest since %s',
		pg_catalog.count(*), d.consumer, pg_catalog.min(e.created_at)),
		'Start its workers, or forget it with jerry.remove_consumer(): what it has not acknowledged is kept for ever.'
	FROM jerry.consumer AS c JOIN jerry.delivery AS d ON d.consumer OPERATOR(pg_catalog.=) c.name
		JOIN jerry.event AS e ON e.id OPERATOR(pg_catalog.=) d.event_id
	WHERE d.rejected_at IS NULL
	GROUP BY d.consumer
	HAVING pg_catalog.min(e.created_at)
		OPERATOR(pg_catalog.<) (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) '1 day'::interval)

	SELECT 'consumer without owner',
		CASE WHEN c.owner IS NULL THEN pg_catalog.format('consumer %s will belong to the next role that claims', c.name)
			ELSE pg_catalog.format('consumer %s belongs to role %s, which %s', c.name, c.owner,
				CASE WHEN r.oid IS NULL THEN 'does not exist' ELSE 'cannot claim' END) END,
		'SELECT jerry.assign_consumer(consumer, role) gives it to the role of its workers; '
			'jerry.remove_consumer() forgets it.'
	FROM jerry.consumer AS c LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname::text OPERATOR(pg_catalog.=) c.owner
	WHERE r.oid IS NULL OR NOT (r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'jerry_events', 'USAGE')
		OR pg_catalog.pg_has_role(r.oid, 'jerry_admin', 'USAGE')
		OR c.name OPERATOR(pg_catalog.=) 'hooks' AND pg_catalog.pg_has_role(r.oid, 'jerry_hooks', 'USAGE'))

	SELECT 'hook', pg_catalog.format('%s of event %s %s', h.function, h.event, CASE
			WHEN p.oid IS NULL THEN 'does not exist: what it is a hook of fails'
			WHEN r.rolname::text OPERATOR(pg_catalog.<>) h.owner
				THEN pg_catalog.format('belongs to %s and not to %s any more: what it is a hook of fails',
					r.rolname, h.owner)
			ELSE pg_catalog.format('runs as %s, a superuser, whoever calls', r.rolname) END),
		CASE WHEN r.rolname::text OPERATOR(pg_catalog.=) h.owner
			THEN 'Give it an owner who may do what it does and no more, and let jerry.add_hook() add it anew.'
			ELSE pg_catalog.format('Restore it and its owner, or: SELECT jerry.remove_hook(%L, %L);',
				h.event, h.function) END
	FROM jerry.hook AS h
	LEFT JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) pg_catalog.to_regprocedure(h.function)::oid
	LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) p.proowner
	WHERE p.oid IS NULL OR r.rolsuper OR r.rolname::text OPERATOR(pg_catalog.<>) h.owner

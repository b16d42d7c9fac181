	SELECT 'not dumped', pg_catalog.format('pg_dump leaves out the rows of %s', c.oid::regclass),
		'Reinstall, or call pg_extension_config_dump for it in an extension script.'
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::regclass::oid
		AND d.objid OPERATOR(pg_catalog.=) c.oid
		AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::regclass::oid
		AND d.deptype OPERATOR(pg_catalog.=) 'e'::"char"
	JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
		AND e.extname OPERATOR(pg_catalog.=) 'jerry'
	WHERE c.relkind IN ('r'::"char", 'S'::"char")
		-- these are as old as the installation, and start afresh
		AND c.relname NOT IN ('rate_bucket', 'installation_secret')
		AND NOT COALESCE(c.oid OPERATOR(pg_catalog.=) ANY (e.extconfig), false)

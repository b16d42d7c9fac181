	SELECT 'rights', pg_catalog.format('%s has %s on %s',
		CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::oid THEN 'everybody'
			ELSE pg_catalog.concat('role ', pg_catalog.pg_get_userbyid(a.grantee)) END, a.privilege_type, o.object),
		'Revoke it, and grant jerry_api, jerry_events, jerry_hooks or jerry_admin instead.'
	FROM (
		SELECT p.oid::regprocedure::text, p.proacl, 'f'::"char", p.proowner FROM pg_catalog.pg_proc AS p
			WHERE p.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
		UNION ALL SELECT pg_catalog.concat('type ', t.oid::regtype), t.typacl, 'T'::"char", t.typowner
			FROM pg_catalog.pg_type AS t
			JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.typrelid
			WHERE t.typnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
				AND c.relkind OPERATOR(pg_catalog.=) 'c'::"char"
		UNION ALL SELECT c.oid::regclass::text, c.relacl,
			(CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'::"char" THEN 's' ELSE 'r' END)::"char", c.relowner
			FROM pg_catalog.pg_class AS c
			WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
				AND c.relkind IN ('r'::"char", 'v'::"char", 'S'::"char")
		UNION ALL SELECT pg_catalog.concat('schema ', n.nspname), n.nspacl, 'n'::"char", n.nspowner
			FROM pg_catalog.pg_namespace AS n
			WHERE n.nspname OPERATOR(pg_catalog.=) 'jerry'
		UNION ALL SELECT pg_catalog.format('%s (%I)', c.oid::regclass, t.attname), t.attacl, 'c'::"char", c.relowner
			FROM pg_catalog.pg_attribute AS t JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.attrelid
			WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND t.attacl IS NOT NULL
	) AS o (object, acl, kind, owner)
	CROSS JOIN pg_catalog.aclexplode(COALESCE(o.acl, pg_catalog.acldefault(o.kind, o.owner))) AS a
	WHERE a.grantee OPERATOR(pg_catalog.=) 0::oid
		OR (a.grantee OPERATOR(pg_catalog.<>) o.owner
		AND CASE WHEN o.kind IN ('f'::"char", 'T'::"char", 'n'::"char")
		THEN o.kind OPERATOR(pg_catalog.<>) 'n'::"char"
			AND pg_catalog.pg_get_userbyid(a.grantee) NOT IN ('jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin')
		ELSE a.privilege_type OPERATOR(pg_catalog.<>) 'REFERENCES' END)

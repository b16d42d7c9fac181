	-- superusers can do everything; who else can get at keys, hashes and tokens, or at a role that can
	SELECT 'can forge', pg_catalog.format('role %s can become any user of Jerry: %s', r.rolname, pg_catalog.string_agg(DISTINCT p.power, ', ' ORDER BY p.power)),
		'Is that meant? If not, revoke it; see "What is secret where" in docs/SECURITY.md.'
	FROM pg_catalog.pg_roles AS r
	JOIN (
		SELECT x.oid, x.rolname, pg_catalog.concat('superuser ', x.rolname) FROM pg_catalog.pg_roles AS x WHERE x.rolsuper
		UNION ALL SELECT x.oid, x.rolname, x.rolname::text FROM pg_catalog.pg_roles AS x
			WHERE x.rolname IN ('jerry_admin', 'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
				'pg_execute_server_program')
		-- from PostgreSQL 16 on CREATEROLE is for roles of one's own
		UNION ALL SELECT x.oid, x.rolname, 'CREATEROLE' FROM pg_catalog.pg_roles AS x
			WHERE x.rolcreaterole AND pg_catalog.current_setting('server_version_num')::integer OPERATOR(pg_catalog.<) 160000
		UNION ALL SELECT x.oid, x.rolname, 'REPLICATION' FROM pg_catalog.pg_roles AS x WHERE x.rolreplication
		UNION ALL SELECT c.relowner, NULL, pg_catalog.concat('owner of ', c.oid::regclass) FROM pg_catalog.pg_class AS c
			WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND c.relkind OPERATOR(pg_catalog.=) 'r'::"char"
		UNION ALL SELECT n.nspowner, NULL, 'owner of schema jerry' FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) 'jerry'
		UNION ALL SELECT f.proowner, NULL, 'owner of functions of Jerry' FROM pg_catalog.pg_proc AS f
			WHERE f.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
		UNION ALL SELECT x.oid, NULL, pg_catalog.concat(k.privilege, ' on ', c.oid::regclass)
			FROM pg_catalog.pg_roles AS x
			CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRIGGER')) AS k (privilege)
			CROSS JOIN pg_catalog.pg_class AS c
			WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND c.relname IN ('user', 'session', 'one_time_token', 'signing_key', 'event')
				AND NOT x.rolsuper AND x.oid OPERATOR(pg_catalog.<>) c.relowner
				AND NOT pg_catalog.pg_has_role(x.oid, CASE k.privilege WHEN 'SELECT' THEN 'pg_read_all_data' ELSE 'pg_write_all_data' END, 'USAGE')
				AND pg_catalog.has_table_privilege(x.oid, c.oid, k.privilege)
		UNION ALL SELECT x.oid, NULL, pg_catalog.concat('EXECUTE on ', f.oid::regprocedure)
			FROM pg_catalog.pg_roles AS x CROSS JOIN pg_catalog.pg_proc AS f
			WHERE f.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
				AND f.proname IN ('create_access_token', 'create_refresh_token', 'import_key')
				AND NOT x.rolsuper AND x.oid OPERATOR(pg_catalog.<>) f.proowner AND NOT pg_catalog.pg_has_role(x.oid, 'jerry_admin', 'USAGE')
				AND pg_catalog.has_function_privilege(x.oid, f.oid, 'EXECUTE')
	) AS p (role, name, power) ON pg_catalog.pg_has_role(r.oid, p.role, 'MEMBER')
	WHERE r.rolcanlogin AND NOT r.rolsuper
	GROUP BY r.rolname

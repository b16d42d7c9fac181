	-- superusers can do everything; who else can get at keys, hashes and tokens, or at a role that can
	SELECT 'can forge', pg_catalog.format('role %s can become any user of Jerry: %s', r.rolname,
		pg_catalog.string_agg(DISTINCT p.power, ', ' ORDER BY p.power)),
		'Is that intended? If not, revoke it; see "What is secret where" in docs/SECURITY.md.'
	FROM pg_catalog.pg_roles AS r
	JOIN (
		SELECT x.oid, pg_catalog.concat('superuser ', x.rolname) FROM pg_catalog.pg_roles AS x WHERE x.rolsuper
		UNION ALL SELECT x.oid, x.rolname::text FROM pg_catalog.pg_roles AS x
			WHERE x.rolname IN ('jerry_admin', 'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
				'pg_write_server_files',
				'pg_execute_server_program')
		-- from PostgreSQL 16 on CREATEROLE is for roles of one's own
		UNION ALL SELECT x.oid, 'CREATEROLE' FROM pg_catalog.pg_roles AS x
			WHERE x.rolcreaterole AND NOT x.rolsuper
				AND pg_catalog.current_setting('server_version_num')::integer OPERATOR(pg_catalog.<) 160000
		UNION ALL SELECT x.oid, 'REPLICATION' FROM pg_catalog.pg_roles AS x WHERE x.rolreplication AND NOT x.rolsuper
		UNION ALL SELECT o.owner, o.power
			FROM (
				SELECT c.relowner, pg_catalog.concat('owner of ', c.oid::regclass) FROM pg_catalog.pg_class AS c
					WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
						AND c.relkind OPERATOR(pg_catalog.=) 'r'::"char"
				UNION SELECT n.nspowner, 'owner of schema jerry' FROM pg_catalog.pg_namespace AS n
				WHERE n.nspname OPERATOR(pg_catalog.=) 'jerry'
				UNION SELECT f.proowner, 'owner of functions of Jerry' FROM pg_catalog.pg_proc AS f
					WHERE f.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
			) AS o (owner, power)
			WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.oid OPERATOR(pg_catalog.=) o.owner
				AND s.rolsuper)
		-- what was granted; role 0 is PUBLIC
		UNION ALL SELECT a.grantee, pg_catalog.concat(a.privilege_type, ' on ', o.object)
			FROM (
				SELECT c.oid::regclass::text, c.relowner, COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))
					FROM pg_catalog.pg_class AS c
					WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
						AND c.relname IN ('user', 'session', 'one_time_token', 'signing_key', 'event')
				UNION ALL SELECT c.oid::regclass::text, c.relowner, t.attacl
					FROM pg_catalog.pg_class AS c
					JOIN pg_catalog.pg_attribute AS t ON t.attrelid OPERATOR(pg_catalog.=) c.oid
					WHERE c.relnamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid AND t.attacl IS NOT NULL
						AND c.relname IN ('user', 'session', 'one_time_token', 'signing_key', 'event')
				UNION ALL SELECT f.oid::regprocedure::text, f.proowner,
					COALESCE(f.proacl, pg_catalog.acldefault('f', f.proowner)) FROM pg_catalog.pg_proc AS f
					WHERE f.pronamespace OPERATOR(pg_catalog.=) 'jerry'::regnamespace::oid
						AND f.proname IN ('create_access_token', 'create_refresh_token', 'import_key')
			) AS o (object, owner, acl)
			CROSS JOIN pg_catalog.aclexplode(o.acl) AS a
			WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE',
				'DELETE', 'TRIGGER', 'EXECUTE')
				AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.oid OPERATOR(pg_catalog.=) a.grantee
					AND s.rolname OPERATOR(pg_catalog.=) 'jerry_admin')
	) AS p (role, power) ON CASE WHEN p.role OPERATOR(pg_catalog.=) 0::oid THEN true
		ELSE pg_catalog.pg_has_role(r.oid, p.role, 'MEMBER') END
	WHERE r.rolcanlogin AND NOT r.rolsuper
	GROUP BY r.rolname

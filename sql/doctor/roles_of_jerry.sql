	SELECT 'roles of Jerry', pg_catalog.format('role %s has %s', r.rolname, p.attribute),
		'Roles belong to the server: somebody else may have made this one. ALTER ROLE … NOLOGIN PASSWORD NULL '
			'NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;'
	FROM pg_catalog.pg_roles AS r
	CROSS JOIN LATERAL (VALUES ('LOGIN', r.rolcanlogin), ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole),
		('CREATEDB', r.rolcreatedb),
		('REPLICATION', r.rolreplication), ('BYPASSRLS', r.rolbypassrls)) AS p (attribute, has)
	WHERE r.rolname IN ('jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin') AND p.has
	UNION ALL
	SELECT 'roles of Jerry', pg_catalog.format('role %s may grant %s to anybody', pg_catalog.pg_get_userbyid(m.member),
		pg_catalog.pg_get_userbyid(m.roleid)),
		'Is that intended? If not: REVOKE ADMIN OPTION FOR … FROM …;'
	FROM pg_catalog.pg_auth_members AS m
	WHERE m.admin_option
		AND pg_catalog.pg_get_userbyid(m.roleid) IN ('jerry_api', 'jerry_events', 'jerry_hooks', 'jerry_admin')
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.oid OPERATOR(pg_catalog.=) m.member AND s.rolsuper)

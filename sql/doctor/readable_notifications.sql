	SELECT 'readable notifications', pg_catalog.format('role %s can LISTEN and read addresses and verification tokens',
		r.rolname),
		'SELECT jerry.configure(''jerry.notify_payload'', ''redacted''), or revoke CONNECT on the database.'
	FROM pg_catalog.pg_roles AS r
	WHERE r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(),
		'CONNECT')
		AND NOT pg_catalog.pg_has_role(r.oid, 'jerry_api', 'USAGE')
		AND NOT pg_catalog.pg_has_role(r.oid, 'jerry_events', 'USAGE')
		AND NOT pg_catalog.pg_has_role(r.oid, 'jerry_admin', 'USAGE')
		AND 'full' IN (SELECT value FROM configured WHERE name OPERATOR(pg_catalog.=) 'jerry.notify_payload'
			UNION ALL SELECT value FROM settings WHERE name OPERATOR(pg_catalog.=) 'jerry.notify_payload')

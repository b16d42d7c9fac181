	-- DDL on a foreign key locks both tables
	SELECT 'blocking reference',
		pg_catalog.format(
			'role %s may reference jerry."user": a migration by it that waits, or stays open, stops all logins',
			r.rolname),
		pg_catalog.format(
			'ALTER ROLE %I SET lock_timeout = ''2s''; ALTER ROLE %1$I '
			'SET idle_in_transaction_session_timeout = ''1min'';', r.rolname)
	FROM pg_catalog.pg_roles AS r
	WHERE r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.has_any_column_privilege(r.oid, 'jerry."user"'::regclass::oid,
		'REFERENCES')
		AND EXISTS (SELECT FROM role_settings AS s WHERE s.login OPERATOR(pg_catalog.=) r.oid
			AND s.name IN ('lock_timeout', 'idle_in_transaction_session_timeout')
			AND s.value OPERATOR(pg_catalog.~) '^0')

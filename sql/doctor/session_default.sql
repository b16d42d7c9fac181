	-- the sidecar sets what it needs itself; this is for who calls by SQL
	SELECT 'session default', pg_catalog.format('%s is %s for role %s: %s', s.name, s.value, s.role, b.meaning),
		'Reset it for the role, the database or the server, wherever it was set.'
	FROM settings AS s
	JOIN (VALUES
		('synchronous_commit', '^(off|false|no|0)$', 'what was acknowledged can be lost in a crash'),
		('session_replication_role', '^(replica|local)$', 'foreign keys and triggers do not count'),
		('row_security', '^(off|false|no|0)$', 'a table with a policy is an error instead of its rows'),
		('enable_indexscan', '^(off|false|no|0)$', 'a login reads all users')
	) AS b (name, bad, meaning) ON s.name OPERATOR(pg_catalog.=) b.name AND pg_catalog.lower(s.value) OPERATOR(pg_catalog.~) b.bad

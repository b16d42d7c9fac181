	SELECT 'drop allowed', 'jerry.allow_drop is on: DROP EXTENSION drops the users too',
		'Set it only in the session that is to drop them.'
	WHERE pg_catalog.current_setting('jerry.allow_drop', true) OPERATOR(pg_catalog.=) 'on'

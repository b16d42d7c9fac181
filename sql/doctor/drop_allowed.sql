	SELECT 'drop allowed', 'jerry.allow_drop is on: DROP EXTENSION takes the users along',
		'Set it in the one session that means it.'
	WHERE pg_catalog.current_setting('jerry.allow_drop', true) OPERATOR(pg_catalog.=) 'on'

	SELECT 'statement logging',
		pg_catalog.format(
			'the server log shows the statement of every error of role %s, including passwords that a client pastes '
			'into it', role),
		'Let tools/setup-database, or docs/SECURITY.md, set the logging of this role: log_min_error_statement is one '
			'of the settings.'
	FROM logging
	WHERE failed

	SELECT 'parameter logging', pg_catalog.format('the server log can show the passwords that role %s sends', role),
		'Let tools/setup-database, or docs/SECURITY.md, set the logging of this role.'
	FROM logging
	WHERE ((statement IN ('all', 'mod') OR duration OR sample) AND parameters) OR on_error

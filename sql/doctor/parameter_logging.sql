	SELECT 'parameter logging', pg_catalog.format('the server log can show the passwords that role %s sends%s', role,
			CASE WHEN (statement IN ('all', 'mod') OR duration OR sample) AND parameters OR on_error THEN ''
				WHEN trees THEN ': debug_print_plan and the like are on'
				WHEN explained AND plan_parameters THEN ': auto_explain logs parameters'
				ELSE ': pgaudit logs parameters' END),
		'Let tools/setup-database, or docs/SECURITY.md, set the logging of this role.'
	FROM logging
	WHERE ((statement IN ('all', 'mod') OR duration OR sample) AND parameters) OR on_error OR trees
		OR (explained AND plan_parameters)
		OR (pgaudit AND audit_parameters AND (audited OR objects_audited))

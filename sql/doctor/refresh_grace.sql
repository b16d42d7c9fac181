	SELECT 'refresh grace', pg_catalog.format(
			'jerry.refresh_grace is %s s: clients that refresh in two places at once, or lose an answer, are taken for '
			'thieves', g.value),
		'Set it to 10 seconds or more: SELECT jerry.configure(''jerry.refresh_grace'', NULL) sets 60.'
	FROM configured AS g JOIN configured AS r ON r.name OPERATOR(pg_catalog.=) 'jerry.rotate_refresh_tokens'
	WHERE g.name OPERATOR(pg_catalog.=) 'jerry.refresh_grace' AND r.value OPERATOR(pg_catalog.=) 'on'
		AND g.value::integer OPERATOR(pg_catalog.<) 10

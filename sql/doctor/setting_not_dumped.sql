	SELECT 'setting not dumped', pg_catalog.format('%s is set by %s, which a dump of this database lacks', o.name,
		o.command),
		pg_catalog.format('SELECT jerry.configure(%L, %L); %s RESET %s;', o.name, o.value, o.command, o.name)
	FROM (
		SELECT p.option_name, p.option_value, CASE
			WHEN d.setrole OPERATOR(pg_catalog.=) 0::oid THEN pg_catalog.format('ALTER DATABASE %I',
				pg_catalog.current_database())
			WHEN d.setdatabase OPERATOR(pg_catalog.=) 0::oid THEN pg_catalog.format('ALTER ROLE %I',
				pg_catalog.pg_get_userbyid(d.setrole))
			ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I', pg_catalog.pg_get_userbyid(d.setrole),
				pg_catalog.current_database()) END
		FROM pg_catalog.pg_db_role_setting AS d CROSS JOIN pg_catalog.pg_options_to_table(d.setconfig) AS p
		WHERE d.setdatabase IN ((SELECT oid FROM pg_catalog.pg_database
			WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()), 0::oid)
		UNION ALL SELECT f.name, f.setting, 'ALTER SYSTEM' FROM pg_catalog.pg_file_settings AS f WHERE f.applied
	) AS o (name, value, command)
	WHERE o.name IN (SELECT name FROM configured)

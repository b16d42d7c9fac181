-- jerry.doctor(): what is unsafe in this installation.  One statement, a file of this folder per check, joined with
-- UNION ALL between this file and end.sql; no row is good news.
CREATE FUNCTION jerry.doctor() RETURNS TABLE (problem text, finding text, hint text)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH configured AS MATERIALIZED (SELECT * FROM jerry.configuration()),
	role_settings (role, login, api, name, value) AS (
		-- what each login role has for each setting that matters, by the order in which the server applies them
		SELECT r.rolname, r.oid, pg_catalog.pg_has_role(r.oid, 'jerry_api', 'USAGE'), s.name, COALESCE(
			(SELECT o.option_value FROM pg_catalog.pg_db_role_setting AS d CROSS JOIN pg_catalog.pg_options_to_table(d.setconfig) AS o
			 WHERE o.option_name OPERATOR(pg_catalog.=) s.name
				AND d.setrole IN (r.oid, 0::oid)
				AND d.setdatabase IN ((SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()), 0::oid)
			 ORDER BY d.setrole OPERATOR(pg_catalog.=) r.oid DESC, d.setdatabase OPERATOR(pg_catalog.<>) 0::oid DESC LIMIT 1),
			-- what the server starts with: this session may have been given something else
			(SELECT CASE WHEN p.source IN ('configuration file', 'command line', 'environment variable') THEN p.setting
				ELSE COALESCE((SELECT f.setting FROM pg_catalog.pg_file_settings AS f WHERE f.name OPERATOR(pg_catalog.=) s.name AND f.applied),
					(SELECT c.stored FROM configured AS c WHERE c.name OPERATOR(pg_catalog.=) s.name AND c.source OPERATOR(pg_catalog.<>) 'default'),
					p.boot_val) END
			 FROM pg_catalog.pg_settings AS p WHERE p.name OPERATOR(pg_catalog.=) s.name))
		FROM pg_catalog.pg_roles AS r
		CROSS JOIN (VALUES ('log_statement'), ('log_min_duration_statement'), ('log_min_duration_sample'), ('log_transaction_sample_rate'),
			('log_parameter_max_length'), ('log_parameter_max_length_on_error'), ('log_min_error_statement'),
			('debug_print_parse'), ('debug_print_rewritten'), ('debug_print_plan'),
			('auto_explain.log_min_duration'), ('auto_explain.log_parameter_max_length'), ('pgaudit.log'), ('pgaudit.log_parameter'), ('pgaudit.role'),
			('synchronous_commit'), ('session_replication_role'), ('row_security'), ('enable_indexscan'),
			('lock_timeout'), ('idle_in_transaction_session_timeout'),
			('jerry.bcrypt_cost'), ('jerry.notify_payload')) AS s (name)
		WHERE r.rolcanlogin AND NOT r.rolsuper
	),
	settings (role, login, name, value) AS (
		SELECT role, login, name, value FROM role_settings WHERE api
	),
	logging AS (
		SELECT role,
			pg_catalog.max(value) FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_statement') AS statement,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.!~) '^-1') FILTER (WHERE name IN ('log_min_duration_statement', 'log_min_duration_sample')) AS duration,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_transaction_sample_rate') AS sample,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_parameter_max_length') AS parameters,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_parameter_max_length_on_error') AS on_error,
			pg_catalog.bool_or(value NOT IN ('fatal', 'panic')) FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_min_error_statement') AS failed,
			pg_catalog.bool_or(CASE WHEN name OPERATOR(pg_catalog.~) '^debug_print' THEN value::boolean END) AS trees,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.!~) '^-1') FILTER (WHERE name OPERATOR(pg_catalog.=) 'auto_explain.log_min_duration') AS explained,
			-- -1, all of them, is the default where there is this setting
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0') FILTER (WHERE name OPERATOR(pg_catalog.=) 'auto_explain.log_parameter_max_length') AS plan_parameters,
			pg_catalog.bool_or(pg_catalog.lower(value) OPERATOR(pg_catalog.<>) 'none') FILTER (WHERE name OPERATOR(pg_catalog.=) 'pgaudit.log') AS audited,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '') FILTER (WHERE name OPERATOR(pg_catalog.=) 'pgaudit.role') AS objects_audited,
			pg_catalog.bool_or(CASE WHEN name OPERATOR(pg_catalog.=) 'pgaudit.log_parameter' THEN value::boolean END) AS audit_parameters,
			EXISTS (SELECT FROM pg_catalog.pg_settings AS p WHERE p.name OPERATOR(pg_catalog.=) 'pgaudit.log') AS pgaudit
		FROM settings GROUP BY role
	)

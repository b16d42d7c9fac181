-- jerry.doctor(): what is unsafe in this installation.  One statement, a file of this folder per check, joined with
-- UNION ALL between this file and end.sql; no row is good news.
CREATE FUNCTION jerry.doctor() RETURNS TABLE (problem text, finding text, hint text)
	LANGUAGE SQL STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH configured AS MATERIALIZED (SELECT * FROM jerry.configuration()),
	server (name, value) AS MATERIALIZED (
		-- what the server starts with, for each setting that matters: this session may have been given something else
		SELECT n.name, CASE
			WHEN p.source IN ('configuration file', 'command line', 'environment variable') THEN p.setting
			ELSE COALESCE((SELECT f.setting FROM pg_catalog.pg_file_settings AS f
				WHERE f.name OPERATOR(pg_catalog.=) n.name AND f.applied),
				(SELECT c.stored FROM configured AS c WHERE c.name OPERATOR(pg_catalog.=) n.name
					AND c.source OPERATOR(pg_catalog.<>) 'default'),
				p.boot_val) END
		FROM (VALUES ('log_statement'), ('log_min_duration_statement'), ('log_min_duration_sample'),
			('log_transaction_sample_rate'),
			('log_parameter_max_length'), ('log_parameter_max_length_on_error'), ('log_min_error_statement'),
			('debug_print_parse'), ('debug_print_rewritten'), ('debug_print_plan'),
			('auto_explain.log_min_duration'), ('auto_explain.log_parameter_max_length'), ('pgaudit.log'),
			('pgaudit.log_parameter'), ('pgaudit.role'),
			('synchronous_commit'), ('session_replication_role'), ('row_security'), ('enable_indexscan'),
			('lock_timeout'), ('idle_in_transaction_session_timeout'),
			('jerry.bcrypt_cost'), ('jerry.notify_payload'), ('jerry.rate_limits')) AS n (name)
		LEFT JOIN pg_catalog.pg_settings AS p ON p.name OPERATOR(pg_catalog.=) n.name
	),
	given (role, is_local, name, value) AS MATERIALIZED (
		SELECT d.setrole, d.setdatabase OPERATOR(pg_catalog.<>) 0::oid, o.option_name, o.option_value
		FROM pg_catalog.pg_db_role_setting AS d CROSS JOIN pg_catalog.pg_options_to_table(d.setconfig) AS o
		WHERE d.setdatabase IN ((SELECT oid FROM pg_catalog.pg_database
			WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()), 0::oid)
	),
	role_settings (role, login, api, name, value) AS MATERIALIZED (
		-- what each login role has, by the order in which the server applies them
		SELECT r.rolname, r.oid, r.api, s.name,
			COALESCE(role_here.value, role_anywhere.value, here.value, anywhere.value, s.value)
		FROM (SELECT rolname, oid, pg_catalog.pg_has_role(oid, 'jerry_api', 'USAGE') AS api FROM pg_catalog.pg_roles
			WHERE rolcanlogin AND NOT rolsuper OFFSET 0) AS r
		CROSS JOIN server AS s
		LEFT JOIN given AS role_here ON role_here.role OPERATOR(pg_catalog.=) r.oid
			AND role_here.name OPERATOR(pg_catalog.=) s.name AND role_here.is_local
		LEFT JOIN given AS role_anywhere ON role_anywhere.role OPERATOR(pg_catalog.=) r.oid
			AND role_anywhere.name OPERATOR(pg_catalog.=) s.name
			AND NOT role_anywhere.is_local
		LEFT JOIN given AS here ON here.role OPERATOR(pg_catalog.=) 0::oid AND here.name OPERATOR(pg_catalog.=) s.name
			AND here.is_local
		LEFT JOIN given AS anywhere ON anywhere.role OPERATOR(pg_catalog.=) 0::oid
			AND anywhere.name OPERATOR(pg_catalog.=) s.name AND NOT anywhere.is_local
	),
	settings (role, login, name, value) AS (
		SELECT role, login, name, value FROM role_settings WHERE api
	),
	logging AS (
		SELECT role,
			pg_catalog.max(value) FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_statement') AS statement,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.!~) '^-1')
				FILTER (WHERE name IN ('log_min_duration_statement', 'log_min_duration_sample')) AS duration,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_transaction_sample_rate') AS sample,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_parameter_max_length') AS parameters,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_parameter_max_length_on_error') AS on_error,
			pg_catalog.bool_or(value NOT IN ('fatal', 'panic'))
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'log_min_error_statement') AS failed,
			pg_catalog.bool_or(CASE WHEN name OPERATOR(pg_catalog.~) '^debug_print' THEN value::boolean END) AS trees,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.!~) '^-1')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'auto_explain.log_min_duration') AS explained,
			-- -1, all of them, is the default where there is this setting
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '0')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'auto_explain.log_parameter_max_length') AS plan_parameters,
			pg_catalog.bool_or(pg_catalog.lower(value) OPERATOR(pg_catalog.<>) 'none')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'pgaudit.log') AS audited,
			pg_catalog.bool_or(value OPERATOR(pg_catalog.<>) '')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'pgaudit.role') AS objects_audited,
			-- where the extension is not loaded, the value was checked by nobody
			pg_catalog.bool_or(pg_catalog.lower(value) OPERATOR(pg_catalog.!~) '^(off?|false|no|0)$')
				FILTER (WHERE name OPERATOR(pg_catalog.=) 'pgaudit.log_parameter') AS audit_parameters,
			(SELECT v.value IS NOT NULL FROM server AS v WHERE v.name OPERATOR(pg_catalog.=) 'pgaudit.log') AS pgaudit
		FROM settings GROUP BY role
	)

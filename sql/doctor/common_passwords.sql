	SELECT 'common passwords', pg_catalog.format('the %s common passwords of %s are not in this database', s.passwords,
			s.source),
		pg_catalog.format('A dump lacks them. Load them again: SELECT jerry.load_common_passwords(%L, %L, %s);',
			s.source, s.form, s.min_count)
	FROM jerry.common_password_source AS s WHERE NOT EXISTS (SELECT FROM jerry.common_password)

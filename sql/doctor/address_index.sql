	-- by what it is, not by its name, which is the administrator's to change
	SELECT 'address index', 'idx_user_email is missing or not valid: two accounts can have the same address',
		'REINDEX INDEX CONCURRENTLY jerry.idx_user_email; or create it again: CREATE UNIQUE INDEX idx_user_email ON '
		'jerry."user" (lower(email::text COLLATE "C"));'
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
		WHERE i.indrelid OPERATOR(pg_catalog.=) 'jerry."user"'::regclass::oid AND i.indisvalid AND i.indisready
			AND i.indisunique AND i.indimmediate
			AND i.indpred IS NULL AND i.indnkeyatts OPERATOR(pg_catalog.=) 1::smallint
			AND pg_catalog.pg_get_expr(i.indexprs, i.indrelid)
				OPERATOR(pg_catalog.=) 'lower(((email)::text COLLATE "C"))')

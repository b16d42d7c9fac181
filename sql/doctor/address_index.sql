	SELECT 'address index', 'idx_user_email is missing or not valid: two accounts can have one address', 'REINDEX INDEX CONCURRENTLY jerry.idx_user_email;'
	WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
		WHERE i.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('jerry.idx_user_email')::oid AND i.indisvalid AND i.indisready AND i.indisunique)

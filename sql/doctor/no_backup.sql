	SELECT 'no backup',
		'there is neither WAL archiving nor a standby: users and signing keys exist on this server only',
		'Set up archiving or a standby, or at least dump the database regularly.'
	WHERE EXISTS (SELECT FROM jerry.signing_key)
		AND pg_catalog.current_setting('archive_mode') OPERATOR(pg_catalog.=) 'off'
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_wal_senders())
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots)

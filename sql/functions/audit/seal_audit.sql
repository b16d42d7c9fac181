CREATE FUNCTION jerry.seal_audit() RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_seal_audit';
COMMENT ON FUNCTION jerry.seal_audit() IS
	'Seals what is on record and was not sealed before, as jerry.maintain() does, and emits audit.sealed if there was '
	'something: jerry.verify_audit() finds what is changed from then on. Waits 200 ms at most for transactions that '
	'are putting something on record, and seals nothing as long as one of them goes on, or while another session '
	'seals. Data: rows (how many it has sealed), seal (the newest one, which this or an earlier call has made, as '
	'jerry.verify_audit() takes it: 17:, and 64 hexadecimal digits; null: there is none). '
	'Raises 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.seal_audit() TO jerry_admin;

CREATE FUNCTION jerry.replay_webhook(webhook_id uuid, since timestamptz DEFAULT NULL) RETURNS bigint
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_replay_webhook';
COMMENT ON FUNCTION jerry.replay_webhook(uuid, timestamptz) IS
	'Sends a webhook again what was given up; and, with a time, all that has happened since then and that the outbox '
	'still has, with the same webhook-id as before. Returns how many deliveries that are. Raises 42704 if there is no '
	'such webhook, 55000 if it is disabled.';
GRANT EXECUTE ON FUNCTION jerry.replay_webhook(uuid, timestamptz) TO jerry_admin;

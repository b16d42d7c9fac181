CREATE FUNCTION jerry.enable_webhook(webhook_id uuid) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_enable_webhook';
COMMENT ON FUNCTION jerry.enable_webhook(uuid) IS
	'Tells a webhook that was disabled what happens from now on. What it has missed comes with '
	'jerry.replay_webhook(). Returns whether there is such a webhook, and it was disabled.';
GRANT EXECUTE ON FUNCTION jerry.enable_webhook(uuid) TO jerry_admin;

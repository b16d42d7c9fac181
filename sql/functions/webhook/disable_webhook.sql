CREATE FUNCTION jerry.disable_webhook(webhook_id uuid) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_disable_webhook';
COMMENT ON FUNCTION jerry.disable_webhook(uuid) IS
	'Tells a webhook nothing any more, until jerry.enable_webhook(): what waits for it is given up. Emits '
	'webhook.disabled. Returns whether there is such a webhook, and it was enabled.';
GRANT EXECUTE ON FUNCTION jerry.disable_webhook(uuid) TO jerry_admin;

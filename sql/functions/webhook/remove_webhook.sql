CREATE FUNCTION jerry.remove_webhook(webhook_id uuid) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_remove_webhook';
COMMENT ON FUNCTION jerry.remove_webhook(uuid) IS
	'Forgets a webhook, its secrets, and what waits for it. Returns whether there was one.';
GRANT EXECUTE ON FUNCTION jerry.remove_webhook(uuid) TO jerry_admin;

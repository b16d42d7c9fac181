CREATE FUNCTION jerry.test_webhook(webhook_id uuid) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_test_webhook';
COMMENT ON FUNCTION jerry.test_webhook(uuid) IS
	'Emits webhook.test, which is delivered to this webhook alone, whatever it is told otherwise and also while it is '
	'disabled, in one try. jerry.list_webhooks() shows the outcome. Returns whether there is such a webhook.';
GRANT EXECUTE ON FUNCTION jerry.test_webhook(uuid) TO jerry_admin;

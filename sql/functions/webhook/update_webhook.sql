CREATE FUNCTION jerry.update_webhook(webhook_id uuid, url text DEFAULT NULL, event_types text[] DEFAULT NULL)
	RETURNS boolean
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_update_webhook';
COMMENT ON FUNCTION jerry.update_webhook(uuid, text, text[]) IS
	'Gives a webhook another url, which what waits for it is sent to as well, or other types of events (an empty '
	'array: all); NULL leaves either as it is. Returns whether there is such a webhook. Raises 22023 for an invalid '
	'url or type.';
GRANT EXECUTE ON FUNCTION jerry.update_webhook(uuid, text, text[]) TO jerry_admin;

CREATE FUNCTION jerry.finish_webhooks(delivery_ids uuid[], statuses integer[], retry_after integer[], reasons text[])
	RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_finish_webhooks';
COMMENT ON FUNCTION jerry.finish_webhooks(uuid[], integer[], integer[], text[]) IS
	'For the courier: what became of deliveries: of each the HTTP status (NULL: no answer), the seconds to wait that '
	'the answer asks for, and in a few words why it failed. 2xx: it has arrived. Otherwise it is tried again after 5 '
	's, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, and then given up. 410, or five days without a success, disables '
	'the webhook, which emits webhook.disabled. Returns how many there still were. Raises 22023 for arrays of '
	'different lengths or of more than 10000.';
GRANT EXECUTE ON FUNCTION jerry.finish_webhooks(uuid[], integer[], integer[], text[]) TO jerry_hooks;

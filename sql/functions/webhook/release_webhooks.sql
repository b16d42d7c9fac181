CREATE FUNCTION jerry.release_webhooks(delivery_ids uuid[], delay interval DEFAULT '0') RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_release_webhooks';
COMMENT ON FUNCTION jerry.release_webhooks(uuid[], interval) IS
	'For the courier: deliveries that were claimed and not tried can be claimed again after the delay (0 to 30 days); '
	'the try does not count. Returns how many these are. Raises 22023 for a delay out of range.';
GRANT EXECUTE ON FUNCTION jerry.release_webhooks(uuid[], interval) TO jerry_hooks;

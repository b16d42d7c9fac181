CREATE FUNCTION jerry.next_webhook_at(per_webhook integer DEFAULT 8) RETURNS timestamptz
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_next_webhook_at';
COMMENT ON FUNCTION jerry.next_webhook_at(integer) IS
	'For the courier: when jerry.claim_webhooks(), with as many per webhook, has something to do; NULL: nothing '
	'waits. Raises 22023 for an invalid number.';
GRANT EXECUTE ON FUNCTION jerry.next_webhook_at(integer) TO jerry_hooks;

CREATE FUNCTION jerry.rotate_webhook_secret(webhook_id uuid, overlap interval DEFAULT '1 day') RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_rotate_webhook_secret';
COMMENT ON FUNCTION jerry.rotate_webhook_secret(uuid, interval) IS
	'Gives a webhook a new secret, which is returned this once. Until the overlap (0 to 30 days) ends each delivery '
	'has two signatures, one of the secret so far; those before it sign no more. Raises 42704 if there is no such '
	'webhook, 22023 for an overlap out of range, F0000 if the secret cannot be sealed.';
GRANT EXECUTE ON FUNCTION jerry.rotate_webhook_secret(uuid, interval) TO jerry_admin;

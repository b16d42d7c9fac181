CREATE FUNCTION jerry.add_webhook(url text, event_types text[] DEFAULT NULL, OUT webhook_id uuid, OUT secret text)
	RETURNS record
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'jerry_add_webhook';
COMMENT ON FUNCTION jerry.add_webhook(text, text[]) IS
	'Lets an endpoint be told what happens from now on: events of these types, or all of them (NULL or an empty '
	'array), without their secret members, signed as Standard Webhooks has it. The url is https, with '
	'jerry.webhook_insecure http, too; without a user, a password or a fragment. The secret (whsec_ and base64) is '
	'shown this once: give it to the endpoint. Raises 22023 for an invalid url or type, 54000 for the 101st webhook, '
	'F0000 if the secret cannot be sealed.';
GRANT EXECUTE ON FUNCTION jerry.add_webhook(text, text[]) TO jerry_admin;

CREATE TABLE jerry.webhook_secret (
	id uuid PRIMARY KEY,
	webhook_id uuid NOT NULL REFERENCES jerry.webhook (id) ON DELETE CASCADE,
	secret bytea,
	sealed_secret bytea,
	created_at timestamptz NOT NULL,
	expires_at timestamptz,
	CONSTRAINT webhook_secret_one_secret_check CHECK ((secret IS NULL) OPERATOR(pg_catalog.<>) (sealed_secret IS NULL))
);
CREATE INDEX idx_webhook_secret_webhook_id ON jerry.webhook_secret (webhook_id);
COMMENT ON TABLE jerry.webhook_secret IS 'what the deliveries of webhooks are signed with';
COMMENT ON COLUMN jerry.webhook_secret.id IS 'id of the secret';
COMMENT ON COLUMN jerry.webhook_secret.webhook_id IS 'whose deliveries it signs';
COMMENT ON COLUMN jerry.webhook_secret.secret IS 'the key of HMAC-SHA256, 32 bytes; NULL: it is sealed';
COMMENT ON COLUMN jerry.webhook_secret.sealed_secret IS
	'the same, sealed with the file of jerry.key_file as in jerry.signing_key';
COMMENT ON COLUMN jerry.webhook_secret.created_at IS 'when it was made';
COMMENT ON COLUMN jerry.webhook_secret.expires_at IS
	'until when it signs beside its successor; NULL: it has none yet';

SELECT pg_catalog.pg_extension_config_dump('jerry.webhook_secret', '');

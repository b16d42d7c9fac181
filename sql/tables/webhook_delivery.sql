-- Without foreign keys.  To the event: a delivery has all that it needs, and must not keep the outbox.  To the webhook:
-- whoever gives events to webhooks would wait for whoever removes one.
CREATE TABLE jerry.webhook_delivery (
	id uuid PRIMARY KEY,
	webhook_id uuid NOT NULL,
	message_id text NOT NULL,
	event_type text NOT NULL,
	body text NOT NULL,
	created_at timestamptz NOT NULL,
	due_at timestamptz NOT NULL,
	leased boolean NOT NULL DEFAULT false,
	attempts integer NOT NULL DEFAULT 0,
	failed_at timestamptz,
	status integer,
	reason text
);
CREATE UNIQUE INDEX idx_webhook_delivery_message ON jerry.webhook_delivery (webhook_id, message_id);
CREATE INDEX idx_webhook_delivery_due ON jerry.webhook_delivery (webhook_id, due_at) WHERE failed_at IS NULL;
CREATE INDEX idx_webhook_delivery_leased ON jerry.webhook_delivery (webhook_id) WHERE leased;
CREATE INDEX idx_webhook_delivery_failed ON jerry.webhook_delivery (failed_at) WHERE failed_at IS NOT NULL;
COMMENT ON TABLE jerry.webhook_delivery IS 'what a webhook has not accepted yet; a row goes when it does';
COMMENT ON COLUMN jerry.webhook_delivery.id IS 'id of the delivery, for the courier';
COMMENT ON COLUMN jerry.webhook_delivery.webhook_id IS 'who is to be told';
COMMENT ON COLUMN jerry.webhook_delivery.message_id IS
	'header webhook-id, the same in each try and each replay: by it an endpoint knows what it has been told before';
COMMENT ON COLUMN jerry.webhook_delivery.event_type IS 'what happened';
COMMENT ON COLUMN jerry.webhook_delivery.body IS 'what is sent, byte for byte: the event without its secret members';
COMMENT ON COLUMN jerry.webhook_delivery.created_at IS 'when it happened';
COMMENT ON COLUMN jerry.webhook_delivery.due_at IS 'when it is to be sent, or the end of a lease';
COMMENT ON COLUMN jerry.webhook_delivery.leased IS 'has a courier claimed it, and not said yet what became of it?';
COMMENT ON COLUMN jerry.webhook_delivery.attempts IS 'how often it was claimed, but for what was released';
COMMENT ON COLUMN jerry.webhook_delivery.failed_at IS
	'when it was given up, or its webhook disabled; NULL: it waits';
COMMENT ON COLUMN jerry.webhook_delivery.status IS 'the HTTP status of the last answer; NULL: there was none';
COMMENT ON COLUMN jerry.webhook_delivery.reason IS 'why the last try failed';

SELECT pg_catalog.pg_extension_config_dump('jerry.webhook_delivery', '');

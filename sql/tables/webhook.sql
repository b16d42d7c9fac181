CREATE TABLE jerry.webhook (
	id uuid PRIMARY KEY,
	url text NOT NULL,
	event_types text[],
	created_at timestamptz NOT NULL,
	disabled_at timestamptz,
	disabled_for text CHECK (disabled_for IN ('admin', 'gone', 'failing', 'backlog')),
	last_try_at timestamptz,
	last_success_at timestamptz,
	last_status integer,
	last_reason text,
	failing_since timestamptz,
	failures integer NOT NULL DEFAULT 0,
	paused_until timestamptz,
	CONSTRAINT webhook_disabled_check CHECK ((disabled_at IS NULL) OPERATOR(pg_catalog.=) (disabled_for IS NULL))
);
COMMENT ON TABLE jerry.webhook IS 'endpoints that are told what happens; see jerry.add_webhook()';
COMMENT ON COLUMN jerry.webhook.id IS 'id of the webhook';
COMMENT ON COLUMN jerry.webhook.url IS 'where its deliveries are sent';
COMMENT ON COLUMN jerry.webhook.event_types IS 'the events that it is told; NULL: all';
COMMENT ON COLUMN jerry.webhook.created_at IS 'when it was added: it is told what happens from then on';
COMMENT ON COLUMN jerry.webhook.disabled_at IS 'since when it is told nothing; NULL: it is enabled';
COMMENT ON COLUMN jerry.webhook.disabled_for IS
	'admin: an operator disabled it; gone: it answered 410; failing: nothing reached it for five days; backlog: too '
	'much was waiting for it';
COMMENT ON COLUMN jerry.webhook.last_try_at IS 'when a delivery was last answered, or was not';
COMMENT ON COLUMN jerry.webhook.last_success_at IS 'when a delivery last arrived';
COMMENT ON COLUMN jerry.webhook.last_status IS 'the HTTP status of the last answer; NULL: there was none';
COMMENT ON COLUMN jerry.webhook.last_reason IS 'why the last delivery did not arrive; NULL: it did';
COMMENT ON COLUMN jerry.webhook.failing_since IS 'when the first delivery since the last success failed';
COMMENT ON COLUMN jerry.webhook.failures IS 'how often the courier has told of failures since the last success';
COMMENT ON COLUMN jerry.webhook.paused_until IS 'nothing is sent before: it asked for that, or does not keep up';

SELECT pg_catalog.pg_extension_config_dump('jerry.webhook', '');

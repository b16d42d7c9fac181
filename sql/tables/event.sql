CREATE TABLE jerry.event (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	event_type text NOT NULL,
	payload json NOT NULL,
	created_at timestamptz NOT NULL,
	dispatched boolean NOT NULL DEFAULT false,
	consumers text[]
);
CREATE INDEX idx_event_undispatched ON jerry.event (id) WHERE NOT dispatched;
COMMENT ON TABLE jerry.event IS 'the outbox: what happened, written in the transaction in which it happened';
COMMENT ON COLUMN jerry.event.id IS 'event_id of the notification';
COMMENT ON COLUMN jerry.event.event_type IS 'what happened, such as user.registered';
COMMENT ON COLUMN jerry.event.payload IS 'the event: event_type, timestamp and data';
COMMENT ON COLUMN jerry.event.created_at IS 'when it happened';
COMMENT ON COLUMN jerry.event.dispatched IS 'have the consumers been given it? (jerry.delivery)';
COMMENT ON COLUMN jerry.event.consumers IS
	'the consumers that were given it by the transaction in which it happened, or that dispatched it';

SELECT pg_catalog.pg_extension_config_dump('jerry.event', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.event_id_seq', '');

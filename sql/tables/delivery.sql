-- Without a foreign key to consumer: each login would lock the rows of all consumers, and wait for whoever removes one.
CREATE TABLE jerry.delivery (
	consumer text,
	event_id bigint REFERENCES jerry.event (id),
	claimable_at timestamptz NOT NULL,
	attempts integer NOT NULL,
	rejected_at timestamptz,
	reason text,
	PRIMARY KEY (consumer, event_id)
);
CREATE INDEX idx_delivery_event_id ON jerry.delivery (event_id);
CREATE INDEX idx_delivery_rejected ON jerry.delivery (consumer, event_id) WHERE rejected_at IS NOT NULL;
COMMENT ON TABLE jerry.delivery IS 'what a consumer has not acknowledged yet; a row goes with the acknowledgement';
COMMENT ON COLUMN jerry.delivery.consumer IS 'who is to receive the event';
COMMENT ON COLUMN jerry.delivery.event_id IS 'the event';
COMMENT ON COLUMN jerry.delivery.claimable_at IS 'from when on it can be claimed: its arrival, or the end of a lease';
COMMENT ON COLUMN jerry.delivery.attempts IS 'how often it was claimed, but for what was released';
COMMENT ON COLUMN jerry.delivery.rejected_at IS 'when the consumer gave it up: it is a dead letter; NULL: it waits';
COMMENT ON COLUMN jerry.delivery.reason IS 'what the consumer said when it last failed';

SELECT pg_catalog.pg_extension_config_dump('jerry.delivery', '');

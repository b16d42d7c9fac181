/*
 * Consumers of the outbox.  An event is dispatched to the consumers there are when one of them asks, delivered to each at least once, and kept for
 * jerry.event_retention after the last has acknowledged it.  Claim, commit, handle, acknowledge: in that order nothing is lost.
 */

CREATE TABLE jerry.consumer (
	name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.~) '^[A-Za-z0-9_.-]{1,64}$'),
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.consumer IS 'who receives events; a row comes with the first claim of that name';
COMMENT ON COLUMN jerry.consumer.name IS 'the name that the workers of one consumer share';
COMMENT ON COLUMN jerry.consumer.created_at IS 'when it claimed for the first time';

CREATE TABLE jerry.delivery (
	consumer text REFERENCES jerry.consumer (name) ON DELETE CASCADE,
	event_id bigint REFERENCES jerry.event (id),
	claimable_at timestamptz NOT NULL,
	attempts integer NOT NULL,
	PRIMARY KEY (consumer, event_id)
);
CREATE INDEX idx_delivery_event_id ON jerry.delivery (event_id);
COMMENT ON TABLE jerry.delivery IS 'what a consumer has not acknowledged yet; a row goes with the acknowledgement';
COMMENT ON COLUMN jerry.delivery.consumer IS 'who is to receive the event';
COMMENT ON COLUMN jerry.delivery.event_id IS 'the event';
COMMENT ON COLUMN jerry.delivery.claimable_at IS 'from when on it can be claimed: its arrival, or the end of a lease';
COMMENT ON COLUMN jerry.delivery.attempts IS 'how often it was claimed';

SELECT pg_catalog.pg_extension_config_dump('jerry.consumer', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.delivery', '');

CREATE FUNCTION jerry.claim_events(consumer text, max integer DEFAULT 100, lease interval DEFAULT '1 minute')
	RETURNS TABLE (event_id bigint, event_type text, payload json, attempt integer)
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_claim_events';
COMMENT ON FUNCTION jerry.claim_events(text, integer, interval) IS
	'The next events, at most max (1 to 10000), for a consumer, oldest first; no other worker of that consumer gets them before the lease ends. '
	'The first call of a name makes it a consumer and gives it every event that is still kept. attempt counts deliveries from 1. '
	'Raises 22023 for a name, number or lease that is not valid, 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.claim_events(text, integer, interval) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.ack_events(consumer text, event_ids bigint[]) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_ack_events';
COMMENT ON FUNCTION jerry.ack_events(text, bigint[]) IS
	'Tells that the consumer has handled these events: it will not get them again. Returns how many were waiting for that; others are ignored.';
GRANT EXECUTE ON FUNCTION jerry.ack_events(text, bigint[]) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.replay_events(consumer text, since timestamptz) RETURNS bigint
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_replay_events';
COMMENT ON FUNCTION jerry.replay_events(text, timestamptz) IS
	'Gives the consumer every event since that time again, as far as events are still kept (jerry.event_retention). Returns how many. '
	'Raises 22023 for a consumer that has never claimed.';
GRANT EXECUTE ON FUNCTION jerry.replay_events(text, timestamptz) TO jerry_events, jerry_admin;

CREATE FUNCTION jerry.remove_consumer(consumer text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_remove_consumer';
COMMENT ON FUNCTION jerry.remove_consumer(text) IS
	'Forgets a consumer and what it has not acknowledged, which would otherwise be kept for ever. False when there is none of that name.';
GRANT EXECUTE ON FUNCTION jerry.remove_consumer(text) TO jerry_admin;

CREATE FUNCTION jerry.maintain(batch integer DEFAULT 1000) RETURNS json
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_maintain';
COMMENT ON FUNCTION jerry.maintain(integer) IS
	'Deletes at most batch rows (1 to 100000) of each kind that nobody needs any more: events that every consumer acknowledged and jerry.event_retention '
	'has passed, one-time tokens that ended a week ago, sessions none of whose tokens can still be valid. Data: events, one_time_tokens, sessions. '
	'Call it again, in a transaction of its own, until all are 0. Raises 22023 for a batch that is not valid, 0A000 outside isolation level READ COMMITTED.';
GRANT EXECUTE ON FUNCTION jerry.maintain(integer) TO jerry_api, jerry_admin;

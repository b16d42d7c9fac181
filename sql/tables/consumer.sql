-- An event is given to the consumers there are in the transaction in which it happens, delivered to each at least once,
-- and kept for jerry.event_retention after the last has acknowledged it.  Claim, commit, handle, acknowledge: in that
-- order nothing is lost.
--
-- Nobody waits for a new consumer.  It begins with every event that it sees.  What others were writing at that moment,
-- and gave to the consumers that they saw, is made up for when these transactions have ended: then it is complete.  See
-- src/ext/domain/consumer.h.
CREATE TABLE jerry.consumer (
	name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.~) '^[A-Za-z0-9_.-]{1,64}$'),
	created_at timestamptz NOT NULL,
	owner text,
	complete boolean NOT NULL DEFAULT true, -- those of a dump that 1.1.0 made
	seen int8multirange,
	horizon pg_snapshot
);
COMMENT ON TABLE jerry.consumer IS 'who receives events; a row comes with the first claim of that name';
COMMENT ON COLUMN jerry.consumer.name IS 'the name that the workers of one consumer share';
COMMENT ON COLUMN jerry.consumer.created_at IS 'when it claimed for the first time';
COMMENT ON COLUMN jerry.consumer.owner IS
	'the role it belongs to, which shares it with its members; NULL: it will belong to the next role that claims';
COMMENT ON COLUMN jerry.consumer.complete IS 'has it been given all events that were being written when it began?';
COMMENT ON COLUMN jerry.consumer.seen IS 'ids of the events that it began with, until it is complete';
COMMENT ON COLUMN jerry.consumer.horizon IS
	'the transactions that may not know of it yet: it is complete when they have ended';

SELECT pg_catalog.pg_extension_config_dump('jerry.consumer', '');

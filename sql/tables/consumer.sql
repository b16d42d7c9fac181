-- An event is dispatched to the consumers there are when one of them asks, delivered to each at least once, and kept for
-- jerry.event_retention after the last has acknowledged it.  Claim, commit, handle, acknowledge: in that order nothing is lost.
CREATE TABLE jerry.consumer (
	name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.~) '^[A-Za-z0-9_.-]{1,64}$'),
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.consumer IS 'who receives events; a row comes with the first claim of that name';
COMMENT ON COLUMN jerry.consumer.name IS 'the name that the workers of one consumer share';
COMMENT ON COLUMN jerry.consumer.created_at IS 'when it claimed for the first time';

SELECT pg_catalog.pg_extension_config_dump('jerry.consumer', '');

-- What is limited, and by how much unless it is set here, is in src/ext/domain/limit.c.  Read with every call: a change
-- counts at once.
CREATE TABLE jerry.rate_limit (
	name text PRIMARY KEY,
	quantity integer NOT NULL CHECK (quantity OPERATOR(pg_catalog.>=) 0 AND quantity OPERATOR(pg_catalog.<=) 1000000),
	seconds integer NOT NULL CHECK (seconds OPERATOR(pg_catalog.>=) 1 AND seconds OPERATOR(pg_catalog.<=) 2678400),
	burst integer NOT NULL CHECK (burst OPERATOR(pg_catalog.>=) 1 AND burst OPERATOR(pg_catalog.<=) 1000000),
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.rate_limit IS
	'what jerry.set_limit() has set in this installation; a row per limit that is not at its default';
COMMENT ON COLUMN jerry.rate_limit.name IS 'name of the limit: login_account';
COMMENT ON COLUMN jerry.rate_limit.quantity IS 'how many are allowed in that many seconds; 0: the limit is off';
COMMENT ON COLUMN jerry.rate_limit.seconds IS 'in which time';
COMMENT ON COLUMN jerry.rate_limit.burst IS 'how many at once after a time of rest';
COMMENT ON COLUMN jerry.rate_limit.changed_at IS 'when it was set';

SELECT pg_catalog.pg_extension_config_dump('jerry.rate_limit', '');

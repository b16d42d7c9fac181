CREATE TABLE jerry.permission (
	name text COLLATE pg_catalog."C" PRIMARY KEY
		CHECK (name OPERATOR(pg_catalog.~) '^[A-Za-z0-9_.:/-]{1,64}$'),
	description text,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.permission IS 'what roles can allow; see jerry.create_permission()';
COMMENT ON COLUMN jerry.permission.name IS 'what claim permissions of a token says: notes:write';
COMMENT ON COLUMN jerry.permission.description IS 'what it allows, for people; or NULL';
COMMENT ON COLUMN jerry.permission.created_at IS 'when it was created';

SELECT pg_catalog.pg_extension_config_dump('jerry.permission', '');

-- Roles of users, not of the server.  COLLATE "C" here and in the tables that refer to it: they are read by their keys
-- without SQL, in the order of the bytes.
CREATE TABLE jerry.role (
	name text COLLATE pg_catalog."C" PRIMARY KEY
		CHECK (name OPERATOR(pg_catalog.~) '^[A-Za-z0-9_.:/-]{1,64}$'),
	description text,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.role IS 'roles that users can have; see jerry.create_role()';
COMMENT ON COLUMN jerry.role.name IS 'what claim roles of a token says: editor';
COMMENT ON COLUMN jerry.role.description IS 'what it is for, for people; or NULL';
COMMENT ON COLUMN jerry.role.created_at IS 'when it was created';

SELECT pg_catalog.pg_extension_config_dump('jerry.role', '');

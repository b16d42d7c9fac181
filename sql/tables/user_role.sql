CREATE TABLE jerry.user_role (
	user_id uuid REFERENCES jerry."user" (id) ON DELETE CASCADE,
	role text COLLATE pg_catalog."C" REFERENCES jerry.role (name) ON DELETE CASCADE,
	granted_at timestamptz NOT NULL,
	PRIMARY KEY (user_id, role)
);
CREATE INDEX idx_user_role_role ON jerry.user_role (role);
COMMENT ON TABLE jerry.user_role IS 'who has which roles; see jerry.grant_role()';
COMMENT ON COLUMN jerry.user_role.user_id IS 'the user';
COMMENT ON COLUMN jerry.user_role.role IS 'a role that the user has';
COMMENT ON COLUMN jerry.user_role.granted_at IS 'since when';

SELECT pg_catalog.pg_extension_config_dump('jerry.user_role', '');

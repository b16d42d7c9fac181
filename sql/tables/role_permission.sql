CREATE TABLE jerry.role_permission (
	role text COLLATE pg_catalog."C" REFERENCES jerry.role (name) ON DELETE CASCADE,
	permission text COLLATE pg_catalog."C" REFERENCES jerry.permission (name) ON DELETE CASCADE,
	granted_at timestamptz NOT NULL,
	PRIMARY KEY (role, permission)
);
CREATE INDEX idx_role_permission_permission ON jerry.role_permission (permission);
COMMENT ON TABLE jerry.role_permission IS 'what each role allows; see jerry.grant_permission()';
COMMENT ON COLUMN jerry.role_permission.role IS 'the role';
COMMENT ON COLUMN jerry.role_permission.permission IS 'what it allows';
COMMENT ON COLUMN jerry.role_permission.granted_at IS 'since when';

SELECT pg_catalog.pg_extension_config_dump('jerry.role_permission', '');

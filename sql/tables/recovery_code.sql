CREATE TABLE jerry.recovery_code (
	user_id uuid REFERENCES jerry."user" (id) ON DELETE CASCADE,
	code_hash text COLLATE pg_catalog."C",
	created_at timestamptz NOT NULL,
	PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE jerry.recovery_code IS
	'codes that stand in for a second factor, each of which is good once: the row goes when it is used';
COMMENT ON COLUMN jerry.recovery_code.user_id IS 'whose code it is';
COMMENT ON COLUMN jerry.recovery_code.code_hash IS
	'bcrypt of the ten characters of the code; all codes of a user have the same salt, so that a try costs one hash';
COMMENT ON COLUMN jerry.recovery_code.created_at IS 'when the user got it';

SELECT pg_catalog.pg_extension_config_dump('jerry.recovery_code', '');

CREATE TABLE jerry.totp (
	user_id uuid PRIMARY KEY REFERENCES jerry."user" (id) ON DELETE CASCADE,
	id uuid NOT NULL,
	secret bytea,
	sealed_secret bytea,
	created_at timestamptz NOT NULL,
	activated_at timestamptz,
	last_step bigint NOT NULL,
	CONSTRAINT totp_one_secret_check CHECK ((secret IS NULL) OPERATOR(pg_catalog.<>) (sealed_secret IS NULL))
);
CREATE INDEX idx_totp_unactivated ON jerry.totp (created_at) WHERE activated_at IS NULL;
COMMENT ON TABLE jerry.totp IS 'the authenticator apps of users, each of which is a second factor (RFC 6238)';
COMMENT ON COLUMN jerry.totp.user_id IS 'whose app it is';
COMMENT ON COLUMN jerry.totp.id IS 'id of the factor: another one with each secret';
COMMENT ON COLUMN jerry.totp.secret IS 'the key of HMAC-SHA-1, 20 bytes; NULL: it is sealed';
COMMENT ON COLUMN jerry.totp.sealed_secret IS
	'the same, sealed with the file of jerry.key_file as in jerry.signing_key';
COMMENT ON COLUMN jerry.totp.created_at IS 'when the secret was made';
COMMENT ON COLUMN jerry.totp.activated_at IS
	'when the app showed its first code; NULL: it has not, is no factor yet, and goes ten minutes after created_at';
COMMENT ON COLUMN jerry.totp.last_step IS
	'the step of thirty seconds since 1970 of which a code was taken last: none of it or before it is; -1: none was';

SELECT pg_catalog.pg_extension_config_dump('jerry.totp', '');

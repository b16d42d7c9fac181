CREATE TABLE jerry.one_time_token (
	token_hash bytea PRIMARY KEY,
	purpose text NOT NULL,
	user_id uuid NOT NULL REFERENCES jerry."user" (id) ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	email text
);
CREATE UNIQUE INDEX idx_one_time_token_user_id ON jerry.one_time_token (user_id, purpose);
CREATE INDEX idx_one_time_token_expires_at ON jerry.one_time_token (expires_at);
COMMENT ON TABLE jerry.one_time_token IS
	'tokens that can be redeemed once, one per user and purpose; a row goes when its token is redeemed';
COMMENT ON COLUMN jerry.one_time_token.token_hash IS 'SHA-256 of the token; the token itself is nowhere in this table';
COMMENT ON COLUMN jerry.one_time_token.purpose IS 'what the token is for: verify_email, reset_password';
COMMENT ON COLUMN jerry.one_time_token.user_id IS 'whose token it is';
COMMENT ON COLUMN jerry.one_time_token.created_at IS 'when it was issued';
COMMENT ON COLUMN jerry.one_time_token.expires_at IS 'when it ends';
COMMENT ON COLUMN jerry.one_time_token.email IS
	'the address that it was mailed to: it is good as long as the user has this one; NULL: one of before 1.2.0, good '
	'with any';

SELECT pg_catalog.pg_extension_config_dump('jerry.one_time_token', '');

CREATE TABLE jerry.one_time_token (
	token_hash bytea PRIMARY KEY,
	purpose text NOT NULL,
	user_id uuid REFERENCES jerry."user" (id) ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	email text,
	data jsonb,
	tries smallint NOT NULL DEFAULT 0
);
CREATE INDEX idx_one_time_token_user_id ON jerry.one_time_token (user_id);
CREATE UNIQUE INDEX idx_one_time_token_purpose ON jerry.one_time_token (user_id, purpose)
	WHERE purpose OPERATOR(pg_catalog.<>) 'mfa';
CREATE INDEX idx_one_time_token_expires_at ON jerry.one_time_token (expires_at);
CREATE INDEX idx_one_time_token_kept_email ON jerry.one_time_token (pg_catalog.lower(email COLLATE pg_catalog."C"))
	WHERE purpose OPERATOR(pg_catalog.=) 'email_undo';
CREATE UNIQUE INDEX idx_one_time_token_newcomer ON jerry.one_time_token (pg_catalog.lower(email COLLATE pg_catalog."C"))
	WHERE user_id IS NULL;
COMMENT ON TABLE jerry.one_time_token IS
	'tokens that can be redeemed once, one per user and purpose, except mfa; a row goes when its token is redeemed';
COMMENT ON COLUMN jerry.one_time_token.token_hash IS
	'SHA-256 of the token, of a login_code of its flow; neither is anywhere in this table';
COMMENT ON COLUMN jerry.one_time_token.purpose IS
	'what the token is for: verify_email, reset_password; email_change_old, email_change_new: to confirm a change of '
	'the address, by the old or the new one, or to cancel it; email_undo: to take it back; invite: to set '
	'the first password; login_code: to log in; mfa: to show the second factor in a login';
COMMENT ON COLUMN jerry.one_time_token.user_id IS
	'whose token it is; NULL: of an address that has no account before a login_code is redeemed';
COMMENT ON COLUMN jerry.one_time_token.created_at IS 'when it was issued';
COMMENT ON COLUMN jerry.one_time_token.expires_at IS 'when it ends';
COMMENT ON COLUMN jerry.one_time_token.email IS
	'the address that it was mailed to: it is good as long as the user has this one, or the one in data; nobody else '
	'is given that of an email_undo; NULL: one of before 1.2.0, good with any';
COMMENT ON COLUMN jerry.one_time_token.data IS
	'what the purpose needs to know beyond that: user_email, the address that the user must have; new_email, the one '
	'to change to; confirmed: the other address has agreed; session_id: of the session that goes on; code, token: '
	'digests of what a login_code is redeemed with; user_id: of the account that it makes; methods, client: by what '
	'and where the login of an mfa began; NULL: nothing';
COMMENT ON COLUMN jerry.one_time_token.tries IS 'how often somebody has tried a code for it';

SELECT pg_catalog.pg_extension_config_dump('jerry.one_time_token', '');

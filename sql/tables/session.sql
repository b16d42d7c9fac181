CREATE TABLE jerry.session (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES jerry."user" (id) ON DELETE CASCADE,
	refresh_jti uuid NOT NULL,
	ip inet,
	user_agent text,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz,
	revoked_for text,
	last_used_at timestamptz,
	last_used_ip inet,
	generation bigint NOT NULL DEFAULT 0,
	previous_jti uuid,
	rotated_at timestamptz,
	confirmed boolean NOT NULL DEFAULT false,
	suspect boolean NOT NULL DEFAULT false,
	previous_suspect boolean NOT NULL DEFAULT false,
	aal smallint NOT NULL DEFAULT 1 CHECK (aal BETWEEN 1 AND 2),
	amr text[],
	authenticated_at timestamptz,
	previous_void boolean NOT NULL DEFAULT false
);
CREATE INDEX idx_session_user_id ON jerry.session (user_id);
CREATE INDEX idx_session_expires_at ON jerry.session (expires_at);
CREATE INDEX idx_session_last_used ON jerry.session (COALESCE(last_used_at, created_at)) WHERE revoked_at IS NULL;
COMMENT ON TABLE jerry.session IS 'one row per login; its tokens are valid as long as it exists and is not revoked';
COMMENT ON COLUMN jerry.session.id IS 'claim sid of the access and refresh tokens of this login';
COMMENT ON COLUMN jerry.session.user_id IS 'who logged in';
COMMENT ON COLUMN jerry.session.refresh_jti IS 'claim jti of the refresh token, the newest one';
COMMENT ON COLUMN jerry.session.ip IS 'address of the client at login';
COMMENT ON COLUMN jerry.session.user_agent IS 'user agent of the client at login';
COMMENT ON COLUMN jerry.session.created_at IS 'when the login happened';
COMMENT ON COLUMN jerry.session.expires_at IS 'when the refresh token ends';
COMMENT ON COLUMN jerry.session.revoked_at IS 'since when no token of this login is valid; NULL: not revoked';
COMMENT ON COLUMN jerry.session.revoked_for IS
	'why: logout (by itself), others (by another session of the user), idle (jerry.session_idle_timeout), limit '
	'(jerry.max_sessions), reuse (a refresh token was copied), admin (by an operator), password (it was '
	'changed), email (the address was), ban (jerry.ban_user), deletion (jerry.request_deletion), factor (the second '
	'factors were changed); NULL: not revoked, or not by a function of Jerry';
COMMENT ON COLUMN jerry.session.last_used_at IS
	'when it was last used, as far as that is recorded: by a refresh, at most once a minute; NULL: not since the login';
COMMENT ON COLUMN jerry.session.last_used_ip IS 'address of the client then; NULL: not known, or not since the login';
COMMENT ON COLUMN jerry.session.generation IS 'how often the refresh token was replaced; claim gen of both tokens';
COMMENT ON COLUMN jerry.session.previous_jti IS 'claim jti of the refresh token that was replaced last; NULL: none was';
COMMENT ON COLUMN jerry.session.rotated_at IS 'when that was; NULL: never';
COMMENT ON COLUMN jerry.session.confirmed IS
	'was an access token that came with the newest refresh token used, as far as that is recorded? '
	'Then its predecessor is not needed any more';
COMMENT ON COLUMN jerry.session.suspect IS 'did the predecessor come later than jerry.refresh_grace?';
COMMENT ON COLUMN jerry.session.previous_suspect IS 'did that one''s?';
COMMENT ON COLUMN jerry.session.aal IS
	'how sure it is that it is the user: 1, or 2 with a second factor; claim aal of the access tokens, "aal1" or '
	'"aal2"';
COMMENT ON COLUMN jerry.session.amr IS
	'by what the user has logged in: pwd, otp (a code, of a mail or an authenticator app), '
	'recovery_code, mfa (more than one factor), claim amr; NULL: it was '
	'before 1.2.0';
COMMENT ON COLUMN jerry.session.authenticated_at IS
	'when the user did that last, claim auth_time, which no refresh changes; NULL: as created_at';
COMMENT ON COLUMN jerry.session.previous_void IS
	'is the predecessor good no more, because the user has shown a second factor since?';

SELECT pg_catalog.pg_extension_config_dump('jerry.session', '');

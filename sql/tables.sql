/*
 * The tables.  All are members of the extension and registered for pg_dump: a restored dump brings every user, session, key and event back.
 * No role but the owner reads them; the functions do, those with SQL as their definer.  Columns are added, never renamed or dropped, within a major version.
 */

CREATE TABLE jerry."user" (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	email varchar(255) NOT NULL,
	password_hash varchar(255) NOT NULL,
	is_email_verified boolean NOT NULL DEFAULT false,
	email_verified_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
	updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
-- "C" folds ASCII only, in every database locale the same way: İ and the Kelvin sign stay themselves.
CREATE UNIQUE INDEX idx_user_email ON jerry."user" (pg_catalog.lower(email::text COLLATE pg_catalog."C"));
CREATE INDEX idx_user_created_at ON jerry."user" (created_at);
COMMENT ON TABLE jerry."user" IS 'one row per account';
COMMENT ON COLUMN jerry."user".id IS 'the user id of every token and answer; the target of foreign keys';
COMMENT ON COLUMN jerry."user".email IS 'the address as it was typed; unique without regard to ASCII case';
COMMENT ON COLUMN jerry."user".password_hash IS 'bcrypt, prefix $2a$, $2b$ or $2y$';
COMMENT ON COLUMN jerry."user".is_email_verified IS 'has the owner of the address redeemed a verification token?';
COMMENT ON COLUMN jerry."user".email_verified_at IS 'when that happened first';
COMMENT ON COLUMN jerry."user".created_at IS 'when the account was registered';
COMMENT ON COLUMN jerry."user".updated_at IS 'when the row was changed last';

CREATE TABLE jerry.session (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES jerry."user" (id) ON DELETE CASCADE,
	refresh_jti uuid NOT NULL,
	ip inet,
	user_agent text,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz
);
CREATE INDEX idx_session_user_id ON jerry.session (user_id);
CREATE INDEX idx_session_expires_at ON jerry.session (expires_at);
COMMENT ON TABLE jerry.session IS 'one row per login; its tokens are valid as long as it exists and is not revoked';
COMMENT ON COLUMN jerry.session.id IS 'claim sid of the access and refresh tokens of this login';
COMMENT ON COLUMN jerry.session.user_id IS 'who logged in';
COMMENT ON COLUMN jerry.session.refresh_jti IS 'claim jti of the refresh token';
COMMENT ON COLUMN jerry.session.ip IS 'address of the client at login';
COMMENT ON COLUMN jerry.session.user_agent IS 'user agent of the client at login';
COMMENT ON COLUMN jerry.session.created_at IS 'when the login happened';
COMMENT ON COLUMN jerry.session.expires_at IS 'when the refresh token ends';
COMMENT ON COLUMN jerry.session.revoked_at IS 'since when no token of this login is valid; NULL: not revoked';

CREATE TABLE jerry.one_time_token (
	token_hash bytea PRIMARY KEY,
	purpose text NOT NULL,
	user_id uuid NOT NULL REFERENCES jerry."user" (id) ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL
);
CREATE INDEX idx_one_time_token_user_id ON jerry.one_time_token (user_id);
CREATE INDEX idx_one_time_token_expires_at ON jerry.one_time_token (expires_at);
COMMENT ON TABLE jerry.one_time_token IS 'tokens that can be redeemed once; a row goes when its token is redeemed';
COMMENT ON COLUMN jerry.one_time_token.token_hash IS 'SHA-256 of the token; the token itself is nowhere in this table';
COMMENT ON COLUMN jerry.one_time_token.purpose IS 'what the token is for: verify_email';
COMMENT ON COLUMN jerry.one_time_token.user_id IS 'whose token it is';
COMMENT ON COLUMN jerry.one_time_token.created_at IS 'when it was issued';
COMMENT ON COLUMN jerry.one_time_token.expires_at IS 'when it ends';

CREATE TABLE jerry.signing_key (
	kid text PRIMARY KEY CHECK (kid OPERATOR(pg_catalog.~) '^[A-Za-z0-9_-]{1,64}$'),
	algorithm text NOT NULL CHECK (algorithm OPERATOR(pg_catalog.=) 'HS256'),
	secret bytea NOT NULL CHECK (pg_catalog.length(secret) BETWEEN 32 AND 1024),
	status text NOT NULL CHECK (status IN ('active', 'verifying', 'retired')),
	imported boolean NOT NULL,
	created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX idx_signing_key_active ON jerry.signing_key (status) WHERE status OPERATOR(pg_catalog.=) 'active';
COMMENT ON TABLE jerry.signing_key IS 'the keys of the tokens; the first is made when the first token is signed';
COMMENT ON COLUMN jerry.signing_key.kid IS 'key id, header parameter kid of the tokens';
COMMENT ON COLUMN jerry.signing_key.algorithm IS 'JWS algorithm: HS256';
COMMENT ON COLUMN jerry.signing_key.secret IS 'the secret, at least 32 bytes (RFC 7518, 3.2)';
COMMENT ON COLUMN jerry.signing_key.status IS 'active: signs and verifies (one at most); verifying: verifies only; retired: its tokens are invalid';
COMMENT ON COLUMN jerry.signing_key.imported IS 'came from outside (jerry.import_key): its tokens may lack a kid';
COMMENT ON COLUMN jerry.signing_key.created_at IS 'when it was made or imported';

CREATE FUNCTION jerry.signing_key_changed() RETURNS trigger
	LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_signing_key_changed';
COMMENT ON FUNCTION jerry.signing_key_changed() IS
	'trigger: tells every session, also on standbys, to read the keys again with its next statement; writes nothing';
-- FOR EACH ROW: the workers of logical replication fire no other.  AFTER: the result is not used, so that any version of the library will do.
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE OR DELETE ON jerry.signing_key
	FOR EACH ROW EXECUTE FUNCTION jerry.signing_key_changed();
ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed;
COMMENT ON TRIGGER signing_key_changed ON jerry.signing_key IS 'makes a rotated or retired key known everywhere with the commit';

CREATE TABLE jerry.event (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	event_type text NOT NULL,
	payload json NOT NULL,
	created_at timestamptz NOT NULL,
	dispatched boolean NOT NULL DEFAULT false
);
CREATE INDEX idx_event_undispatched ON jerry.event (id) WHERE NOT dispatched;
COMMENT ON TABLE jerry.event IS 'the outbox: what happened, written in the transaction in which it happened';
COMMENT ON COLUMN jerry.event.id IS 'event_id of the notification';
COMMENT ON COLUMN jerry.event.event_type IS 'user.registered, user.email_verified or user.logged_in';
COMMENT ON COLUMN jerry.event.payload IS 'the event: event_type, timestamp and data';
COMMENT ON COLUMN jerry.event.created_at IS 'when it happened';
COMMENT ON COLUMN jerry.event.dispatched IS 'have the consumers been given it? (jerry.delivery)';

SELECT pg_catalog.pg_extension_config_dump('jerry."user"', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.session', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.one_time_token', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.signing_key', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.event', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.event_id_seq', '');

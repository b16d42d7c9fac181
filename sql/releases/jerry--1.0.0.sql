\echo Use "CREATE EXTENSION jerry CASCADE" to load this file. \quit
/*
 * The schema and the three roles.  Everything below lives in schema jerry and names its schema, so that no search_path can redirect it.
 * Statements are plain CREATE: an object that somebody planted under one of our names stops the installation instead of becoming part of it.
 */

DO $$
BEGIN
	IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
		RAISE EXCEPTION 'extension jerry needs a database with encoding UTF8'
			USING ERRCODE = 'feature_not_supported', HINT = 'Create the database with ENCODING ''UTF8'' TEMPLATE template0.';
	END IF;
END
$$;

CREATE SCHEMA jerry;
COMMENT ON SCHEMA jerry IS 'Jerry: authentication that lives in the database';

-- Roles belong to the server, not to the database: another database, or a restored dump, may have brought them already.
DO $$
DECLARE
	role_name name;
BEGIN
	FOREACH role_name IN ARRAY ARRAY['jerry_api', 'jerry_events', 'jerry_admin']::name[] LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
	END LOOP;
END
$$;

GRANT USAGE ON SCHEMA jerry TO jerry_api, jerry_events, jerry_admin;
/*
 * The tables.  All are members of the extension and registered for pg_dump: a restored dump brings every user, session, key and event back.
 * No role but the owner reads them; the functions do, as their definer.  Columns are added, never renamed or dropped, within a major version.
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
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE OR DELETE ON jerry.signing_key
	FOR EACH STATEMENT EXECUTE FUNCTION jerry.signing_key_changed();
ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed;
COMMENT ON TRIGGER signing_key_changed ON jerry.signing_key IS 'makes a rotated or retired key known everywhere with the commit';

CREATE TABLE jerry.event (
	id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	event_type text NOT NULL,
	payload json NOT NULL,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE jerry.event IS 'the outbox: what happened, written in the transaction in which it happened';
COMMENT ON COLUMN jerry.event.id IS 'event_id of the notification';
COMMENT ON COLUMN jerry.event.event_type IS 'user.registered, user.email_verified or user.logged_in';
COMMENT ON COLUMN jerry.event.payload IS 'the event: event_type, timestamp and data';
COMMENT ON COLUMN jerry.event.created_at IS 'when it happened';

SELECT pg_catalog.pg_extension_config_dump('jerry."user"', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.session', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.one_time_token', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.signing_key', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.event', '');
SELECT pg_catalog.pg_extension_config_dump('jerry.event_id_seq', '');
/*
 * The answer: what every public function returns, and the functions that read one.
 */

CREATE FUNCTION jerry.version() RETURNS text
	LANGUAGE C STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_version';
COMMENT ON FUNCTION jerry.version() IS 'The version of the library that serves this session, for example 1.0.0.';
GRANT EXECUTE ON FUNCTION jerry.version() TO jerry_api, jerry_events, jerry_admin;

CREATE FUNCTION jerry.health(service text DEFAULT 'auth-service', version text DEFAULT jerry.version()) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_health';
COMMENT ON FUNCTION jerry.health(text, text) IS
	'Proof that the database answers: {"status":"healthy","service","version","database":"connected","timestamp"}.';
GRANT EXECUTE ON FUNCTION jerry.health(text, text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.error_code(answer json) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_error_code';
COMMENT ON FUNCTION jerry.error_code(json) IS
	'The error code of an answer of Jerry, NULL when the answer is positive. Raises 22023 when the value is not an answer.';
GRANT EXECUTE ON FUNCTION jerry.error_code(json) TO jerry_api, jerry_admin;

-- VOLATILE although it reads nothing: it must be neither folded while planning nor left out because nobody uses its result.
CREATE FUNCTION jerry.unwrap(answer json) RETURNS json
	LANGUAGE C VOLATILE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_unwrap';
COMMENT ON FUNCTION jerry.unwrap(json) IS
	'The data of a positive answer. A negative answer becomes an error of SQLSTATE class JR (JR001 VALIDATION_ERROR, JR002 DUPLICATE_EMAIL, '
	'JR003 PASSWORD_MISMATCH, JR004 WEAK_PASSWORD, JR005 INVALID_EMAIL, JR006 USER_NOT_FOUND, JR007 INVALID_CREDENTIALS, JR008 INVALID_TOKEN, '
	'JR009 EXPIRED_TOKEN, JR010 EMAIL_NOT_VERIFIED, JR011 INTERNAL_ERROR) with the code as hint and the details as detail, so that what the '
	'caller did in the same transaction is rolled back. Raises 22023 when the value is not an answer.';
GRANT EXECUTE ON FUNCTION jerry.unwrap(json) TO jerry_api, jerry_admin;
/*
 * Accounts: registration, verification of the address, the current user.
 */

CREATE FUNCTION jerry.register(email text, password text, password_confirmation text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_register';
COMMENT ON FUNCTION jerry.register(text, text, text) IS
	'Creates an account, a verification token (valid for jerry.verification_ttl) and the event user.registered that carries it. '
	'Data: user_id, email, message. Codes: VALIDATION_ERROR, INVALID_EMAIL, PASSWORD_MISMATCH, WEAK_PASSWORD, DUPLICATE_EMAIL.';
GRANT EXECUTE ON FUNCTION jerry.register(text, text, text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.verify_email(token text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_verify_email';
COMMENT ON FUNCTION jerry.verify_email(text) IS
	'Redeems a verification token, once, and emits user.email_verified. Data: message, user_id. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN (unknown or used), EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.verify_email(text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.me(access_token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_me';
COMMENT ON FUNCTION jerry.me(text) IS
	'The user of a live access token. Data: user_id, email, is_email_verified, created_at. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.me(text) TO jerry_api, jerry_admin;
/*
 * Sessions: login, refresh, validation.
 */

CREATE FUNCTION jerry.login(email text, password text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_login';
COMMENT ON FUNCTION jerry.login(text, text, inet, text) IS
	'Checks a password, opens a session and emits user.logged_in. Data: access_token, refresh_token, token_type, expires_in (seconds), user_id. '
	'Codes: VALIDATION_ERROR, INVALID_EMAIL (malformed), INVALID_CREDENTIALS (unknown address or wrong password, in the same time), '
	'EMAIL_NOT_VERIFIED (only when jerry.require_verified_email is on).';
GRANT EXECUTE ON FUNCTION jerry.login(text, text, inet, text) TO jerry_api, jerry_admin;

-- Writes nothing, so that it also answers on a hot standby; VOLATILE because every token it makes is a new one.
CREATE FUNCTION jerry.refresh(refresh_token text) RETURNS json
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_refresh';
COMMENT ON FUNCTION jerry.refresh(text) IS
	'A new access token for a live session; the refresh token stays the same. Data: access_token, token_type, expires_in (seconds). '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN, USER_NOT_FOUND.';
GRANT EXECUTE ON FUNCTION jerry.refresh(text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.validate_token(token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_validate_token';
COMMENT ON FUNCTION jerry.validate_token(text) IS
	'Is this access token valid now: signature, type, time, and a session that is neither revoked nor gone. '
	'Data: is_valid, user_id, email, expires_at. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.validate_token(text) TO jerry_api, jerry_admin;
/*
 * The building blocks: passwords, tokens, keys.  Whoever can mint a token can be anybody: minting is for jerry_admin.
 * hash_password and verify_password cost hundreds of milliseconds by design; VOLATILE keeps the planner from calling them.
 */

CREATE FUNCTION jerry.hash_password(password text) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_hash_password';
COMMENT ON FUNCTION jerry.hash_password(text) IS
	'The bcrypt hash of a password, of cost jerry.bcrypt_cost. Raises JR004 when the password is longer than 72 bytes: bcrypt would ignore the rest.';
GRANT EXECUTE ON FUNCTION jerry.hash_password(text) TO jerry_admin;

CREATE FUNCTION jerry.verify_password(plain_password text, hashed_password text) RETURNS boolean
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_verify_password';
COMMENT ON FUNCTION jerry.verify_password(text, text) IS
	'Does the password belong to this bcrypt hash ($2a$, $2b$ or $2y$, cost 4 to 15)? False for anything else.';
GRANT EXECUTE ON FUNCTION jerry.verify_password(text, text) TO jerry_admin;

CREATE FUNCTION jerry.create_access_token(data json, expires_delta interval DEFAULT NULL) RETURNS text
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_create_access_token';
COMMENT ON FUNCTION jerry.create_access_token(json, interval) IS
	'Signs an access token with the claims of data (an object) and type, iat, exp, jti, iss and aud of Jerry''s own. '
	'It ends after expires_delta, or jerry.access_token_ttl; a negative one makes a token that has expired. Raises 22023 when data is not an object.';
GRANT EXECUTE ON FUNCTION jerry.create_access_token(json, interval) TO jerry_admin;

CREATE FUNCTION jerry.create_refresh_token(data json) RETURNS text
	LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_create_refresh_token';
COMMENT ON FUNCTION jerry.create_refresh_token(json) IS
	'Signs a refresh token with the claims of data, valid for jerry.refresh_token_ttl. It opens no session: jerry.refresh accepts only tokens of a login.';
GRANT EXECUTE ON FUNCTION jerry.create_refresh_token(json) TO jerry_admin;

CREATE FUNCTION jerry.decode_token(token text, token_type text DEFAULT 'access') RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_decode_token';
COMMENT ON FUNCTION jerry.decode_token(text, text) IS
	'The claims of a token as data, when signature, type (access or refresh) and time are right; the session is not asked. '
	'Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.decode_token(text, text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.verify_token(token text) RETURNS json
	LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_verify_token';
COMMENT ON FUNCTION jerry.verify_token(text) IS
	'The claims of a live access token as data: what jerry.validate_token checks, with all claims. Codes: VALIDATION_ERROR, INVALID_TOKEN, EXPIRED_TOKEN.';
GRANT EXECUTE ON FUNCTION jerry.verify_token(text) TO jerry_api, jerry_admin;

CREATE FUNCTION jerry.import_key(secret text) RETURNS text
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_import_key';
COMMENT ON FUNCTION jerry.import_key(text) IS
	'Makes an HS256 secret that other services know the active key and returns its kid; the key that was active goes on verifying. '
	'Tokens of an imported key may lack a kid. Importing the same secret again changes nothing. Raises 22023 unless the secret has 32 to 1024 bytes.';
GRANT EXECUTE ON FUNCTION jerry.import_key(text) TO jerry_admin;
/*
 * Last: PostgreSQL lets everybody call a new function.  Here nobody may but those who were granted it above.
 */

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA jerry FROM PUBLIC;

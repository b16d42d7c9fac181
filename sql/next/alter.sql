/*
 * 1.1.0 to 1.2.0: what changes in objects that exist, but for functions whose body or definition is replaced (changed).
 */

-- A role that is new: as in schema.sql.
DO $$
DECLARE
	attribute text;
	members text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'jerry_hooks') THEN
		CREATE ROLE jerry_hooks NOLOGIN;
	END IF;
	SELECT CASE WHEN rolcanlogin THEN 'LOGIN' WHEN rolsuper THEN 'SUPERUSER' WHEN rolcreaterole THEN 'CREATEROLE'
		WHEN rolreplication THEN 'REPLICATION' WHEN rolbypassrls THEN 'BYPASSRLS' END INTO attribute
		FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'jerry_hooks';
	IF attribute IS NOT NULL THEN
		RAISE EXCEPTION 'role jerry_hooks exists and has %', attribute
			USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = 'Whoever created it would have the rights that Jerry gives this role.',
			HINT = 'If it is yours: ALTER ROLE jerry_hooks NOLOGIN PASSWORD NULL NOSUPERUSER NOCREATEROLE '
				'NOREPLICATION NOBYPASSRLS;';
	END IF;
	SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(m.member), ', ') INTO members
		FROM pg_catalog.pg_auth_members AS m
		WHERE pg_catalog.pg_get_userbyid(m.roleid) OPERATOR(pg_catalog.=) 'jerry_hooks' AND m.admin_option
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS s WHERE s.oid OPERATOR(pg_catalog.=) m.member
				AND s.rolsuper);
	IF members IS NOT NULL THEN
		RAISE WARNING 'role jerry_hooks exists and may be granted by: %', members
			USING HINT = 'If that is not intended, REVOKE it.';
	END IF;
END
$$;
GRANT USAGE ON SCHEMA jerry TO jerry_hooks;
GRANT EXECUTE ON FUNCTION jerry.version() TO jerry_hooks;

ALTER TABLE jerry.event ADD COLUMN consumers text[];
COMMENT ON COLUMN jerry.event.consumers IS
	'the consumers that were given it by the transaction in which it happened, or that dispatched it';

ALTER TABLE jerry.delivery
	DROP CONSTRAINT delivery_consumer_fkey,
	ADD COLUMN rejected_at timestamptz,
	ADD COLUMN reason text;
CREATE INDEX idx_delivery_rejected ON jerry.delivery (consumer, event_id) WHERE rejected_at IS NOT NULL;
COMMENT ON COLUMN jerry.delivery.attempts IS 'how often it was claimed, but for what was released';
COMMENT ON COLUMN jerry.delivery.rejected_at IS 'when the consumer gave it up: it is a dead letter; NULL: it waits';
COMMENT ON COLUMN jerry.delivery.reason IS 'what the consumer said when it last failed';

-- those there are miss nothing: what was not dispatched before is dispatched as before
ALTER TABLE jerry.consumer
	ADD COLUMN owner text,
	ADD COLUMN complete boolean NOT NULL DEFAULT true,
	ADD COLUMN seen int8multirange,
	ADD COLUMN horizon pg_snapshot;
COMMENT ON COLUMN jerry.consumer.owner IS
	'the role it belongs to, which shares it with its members; NULL: it will belong to the next role that claims';
COMMENT ON COLUMN jerry.consumer.complete IS 'has it been given all events that were being written when it began?';
COMMENT ON COLUMN jerry.consumer.seen IS 'ids of the events that it began with, until it is complete';
COMMENT ON COLUMN jerry.consumer.horizon IS
	'the transactions that may not know of it yet: it is complete when they have ended';

ALTER TABLE jerry.session
	ADD COLUMN revoked_for text,
	ADD COLUMN last_used_at timestamptz,
	ADD COLUMN last_used_ip inet,
	ADD COLUMN generation bigint NOT NULL DEFAULT 0,
	ADD COLUMN previous_jti uuid,
	ADD COLUMN rotated_at timestamptz,
	ADD COLUMN confirmed boolean NOT NULL DEFAULT false,
	ADD COLUMN suspect boolean NOT NULL DEFAULT false,
	ADD COLUMN previous_suspect boolean NOT NULL DEFAULT false,
	ADD COLUMN aal smallint NOT NULL DEFAULT 1 CHECK (aal BETWEEN 1 AND 2),
	ADD COLUMN amr text[],
	ADD COLUMN authenticated_at timestamptz,
	ADD COLUMN previous_void boolean NOT NULL DEFAULT false;
CREATE INDEX idx_session_last_used ON jerry.session (COALESCE(last_used_at, created_at)) WHERE revoked_at IS NULL;
COMMENT ON COLUMN jerry.session.refresh_jti IS 'claim jti of the refresh token, the newest one';
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

-- no release makes a second token of one purpose for a user; of what somebody else has made the newest stays
DELETE FROM jerry.one_time_token AS t USING jerry.one_time_token AS newer
WHERE newer.user_id = t.user_id AND newer.purpose = t.purpose
	AND (newer.created_at, newer.token_hash) > (t.created_at, t.token_hash);
CREATE UNIQUE INDEX idx_one_time_token_purpose ON jerry.one_time_token (user_id, purpose)
	WHERE purpose OPERATOR(pg_catalog.<>) 'mfa';
ALTER TABLE jerry.one_time_token
	ALTER COLUMN user_id DROP NOT NULL,
	ADD COLUMN email text,
	ADD COLUMN data jsonb,
	ADD COLUMN tries smallint NOT NULL DEFAULT 0;
CREATE INDEX idx_one_time_token_kept_email ON jerry.one_time_token (pg_catalog.lower(email COLLATE pg_catalog."C"))
	WHERE purpose OPERATOR(pg_catalog.=) 'email_undo';
CREATE UNIQUE INDEX idx_one_time_token_newcomer ON jerry.one_time_token (pg_catalog.lower(email COLLATE pg_catalog."C"))
	WHERE user_id IS NULL;
COMMENT ON TABLE jerry.one_time_token IS
	'tokens that can be redeemed once, one per user and purpose, except mfa; a row goes when its token is redeemed';
COMMENT ON COLUMN jerry.one_time_token.token_hash IS
	'SHA-256 of the token, of a login_code of its flow; neither is anywhere in this table';
COMMENT ON COLUMN jerry.one_time_token.user_id IS
	'whose token it is; NULL: of an address that has no account before a login_code is redeemed';
COMMENT ON COLUMN jerry.one_time_token.email IS
	'the address that it was mailed to: it is good as long as the user has this one, or the one in data; nobody else '
	'is given that of an email_undo; NULL: one of before 1.2.0, good with any';
COMMENT ON COLUMN jerry.one_time_token.data IS
	'what the purpose needs to know beyond that: user_email, the address that the user must have; new_email, the one '
	'to change to; confirmed: the other address has agreed; session_id: of the session that goes on; code, token: '
	'digests of what a login_code is redeemed with; user_id: of the account that it makes; methods, client: by what '
	'and where the login of an mfa began; NULL: nothing';
COMMENT ON COLUMN jerry.one_time_token.tries IS 'how often somebody has tried a code for it';

-- what is there counts as changed today: no key of before is retired too early
ALTER TABLE jerry.signing_key
	ALTER COLUMN secret DROP NOT NULL,
	ADD COLUMN public_key bytea CHECK (pg_catalog.length(public_key) BETWEEN 32 AND 1024),
	ADD COLUMN status_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	ADD COLUMN sealed_secret bytea CHECK (pg_catalog.length(sealed_secret) BETWEEN 69 AND 4133),
	DROP CONSTRAINT signing_key_algorithm_check,
	ADD CONSTRAINT signing_key_algorithm_check CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA', 'RS256')),
	DROP CONSTRAINT signing_key_secret_check,
	ADD CONSTRAINT signing_key_secret_check CHECK (pg_catalog.length(secret) BETWEEN 32 AND 4096),
	DROP CONSTRAINT signing_key_status_check,
	ADD CONSTRAINT signing_key_status_check CHECK (status IN ('next', 'active', 'verifying', 'retired')),
	ADD CONSTRAINT signing_key_one_secret_check CHECK (secret IS NULL OR sealed_secret IS NULL),
	ADD CONSTRAINT signing_key_signs_check CHECK (secret IS NOT NULL OR sealed_secret IS NOT NULL
		OR status OPERATOR(pg_catalog.=) 'retired'
		OR status OPERATOR(pg_catalog.=) 'verifying' AND public_key IS NOT NULL),
	ADD CONSTRAINT signing_key_verifies_check CHECK ((algorithm OPERATOR(pg_catalog.=) 'HS256') OPERATOR(pg_catalog.=)
		(public_key IS NULL));
DROP INDEX jerry.idx_signing_key_active;
CREATE UNIQUE INDEX idx_signing_key_active ON jerry.signing_key ((algorithm OPERATOR(pg_catalog.=) 'HS256'))
	WHERE status OPERATOR(pg_catalog.=) 'active';
COMMENT ON COLUMN jerry.signing_key.algorithm IS 'JWS algorithm: HS256, ES256, EdDSA (Ed25519) or RS256';
COMMENT ON COLUMN jerry.signing_key.secret IS
	'what signs: of HS256 the secret, at least 32 bytes (RFC 7518, 3.2); of ES256 the private number and of EdDSA the '
	'seed, 32 bytes; of RS256 the RSAPrivateKey of PKCS #1 in DER; NULL: it is sealed, or the key only verifies or is '
	'retired';
COMMENT ON COLUMN jerry.signing_key.status IS
	'next: published, and will sign; active: signs and verifies (at most one of HS256, and one of the others, which '
	'then signs the access tokens); verifying: verifies only; retired: its tokens are invalid';
COMMENT ON COLUMN jerry.signing_key.imported IS
	'came from outside (jerry.import_key): its tokens may lack a kid and a session';
COMMENT ON COLUMN jerry.signing_key.public_key IS
	'what everybody may verify with: of ES256 x and y, 64 bytes; of EdDSA 32 bytes; of RS256 the RSAPublicKey of '
	'PKCS #1 in DER; of HS256 NULL';
COMMENT ON COLUMN jerry.signing_key.status_at IS 'since when it has this status';
COMMENT ON COLUMN jerry.signing_key.sealed_secret IS
	'the secret, sealed with the file of jerry.key_file: version (1 byte), name of the file (8), nonce (12), '
	'ciphertext of AES-256-GCM, tag (16)';

DROP INDEX jerry.idx_user_created_at;
CREATE INDEX idx_user_created_at ON jerry."user" (created_at, id);
ALTER TABLE jerry."user"
	ADD COLUMN banned_until timestamptz,
	ADD COLUMN ban_reason text,
	ADD COLUMN deletes_at timestamptz;
CREATE INDEX idx_user_deletes_at ON jerry."user" (deletes_at) WHERE deletes_at IS NOT NULL;
CREATE INDEX idx_user_unverified ON jerry."user" (updated_at) WHERE NOT is_email_verified AND email_verified_at IS NULL;
COMMENT ON COLUMN jerry."user".banned_until IS
	'until then no password lets the user in (jerry.ban_user); infinity: for good; NULL: there is no ban';
COMMENT ON COLUMN jerry."user".ban_reason IS 'why, in the words of the operator; the user is not told';
COMMENT ON COLUMN jerry."user".deletes_at IS
	'when the user will be deleted, who has asked for it (jerry.request_deletion) and not logged in since; NULL: never';
COMMENT ON COLUMN jerry."user".email IS
	'the address as typed, with the part before the @ in normal form C and a non-ASCII domain in its ASCII form; '
	'unique regardless of ASCII case';
COMMENT ON COLUMN jerry."user".password_hash IS
	'bcrypt: $2a$ of the whole password, $2b$ and $2y$, made elsewhere, of its first 72 bytes';
COMMENT ON COLUMN jerry.one_time_token.purpose IS
	'what the token is for: verify_email, reset_password; email_change_old, email_change_new: to confirm a change of '
	'the address, by the old or the new one, or to cancel it; email_undo: to take it back; invite: to set '
	'the first password; login_code: to log in; mfa: to show the second factor in a login';
COMMENT ON COLUMN jerry.event.event_type IS 'what happened, such as user.registered';
COMMENT ON COLUMN jerry."user".updated_at IS
	'when a function of Jerry last changed the row, or, of an account that was never verified, noted its use; an '
	'UPDATE of yours must set it itself';

ALTER TABLE jerry."user"
	ADD COLUMN name text,
	ADD COLUMN phone text,
	ADD COLUMN locale text,
	ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
	ADD COLUMN app_metadata jsonb NOT NULL DEFAULT '{}',
	ADD COLUMN reminders smallint NOT NULL DEFAULT 0;
CREATE INDEX idx_user_reminders ON jerry."user" (reminders, created_at)
	WHERE NOT is_email_verified AND email_verified_at IS NULL;
COMMENT ON COLUMN jerry."user".reminders IS
	'how many times of jerry.reminder_after have come and been dealt with, whether or not that was a mail';
COMMENT ON COLUMN jerry."user".name IS 'what the user is called; NULL: not said, likewise the next two';
COMMENT ON COLUMN jerry."user".phone IS 'as the user has typed it, in the form of E.164; nobody has proved it';
COMMENT ON COLUMN jerry."user".locale IS 'the language to write to the user in: a tag of BCP 47';
COMMENT ON COLUMN jerry."user".metadata IS 'an object of the user''s own, who changes it: not to be trusted';
COMMENT ON COLUMN jerry."user".app_metadata IS
	'an object of the application''s own (jerry.set_app_metadata), which the user can read';

/*
 * 1.1.0 to 1.2.0: what changes in objects that exist, but for functions whose body or definition is replaced (changed).
 */

ALTER TABLE jerry.event ADD COLUMN consumers text[];
COMMENT ON COLUMN jerry.event.consumers IS
	'the consumers that were given it by the transaction in which it happened, or that dispatched it';

ALTER TABLE jerry.delivery DROP CONSTRAINT delivery_consumer_fkey;

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
	ADD COLUMN last_used_ip inet;
COMMENT ON COLUMN jerry.session.revoked_for IS
	'why: logout (by itself), others (by another session of the user), admin; '
	'NULL: not revoked, or not by a function of Jerry';
COMMENT ON COLUMN jerry.session.last_used_at IS
	'when it was last used, as far as that is recorded: by a refresh, at most once a minute; NULL: not since the login';
COMMENT ON COLUMN jerry.session.last_used_ip IS 'address of the client then; NULL: not known, or not since the login';

COMMENT ON COLUMN jerry.signing_key.imported IS
	'came from outside (jerry.import_key): its tokens may lack a kid and a session';

COMMENT ON COLUMN jerry."user".email IS
	'the address as typed, with the part before the @ in normal form C and a non-ASCII domain in its ASCII form; '
	'unique regardless of ASCII case';
COMMENT ON COLUMN jerry."user".password_hash IS
	'bcrypt: $2a$ of the whole password, $2b$ and $2y$, made elsewhere, of its first 72 bytes';
COMMENT ON COLUMN jerry.event.event_type IS 'what happened, such as user.registered';
COMMENT ON COLUMN jerry."user".updated_at IS
	'when a function of Jerry last changed the row; an UPDATE of yours must set it itself';

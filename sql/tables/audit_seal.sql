-- What was on record when: a seal has the hashes of the rows of jerry.audit behind the previous one, and is itself
-- hashed together with that one's hash.  Written by jerry.seal_audit() alone, so that nobody who puts something on
-- record waits for it.
CREATE TABLE jerry.audit_seal (
	id bigint PRIMARY KEY,
	sealed_at timestamptz NOT NULL,
	first_id bigint NOT NULL,
	last_id bigint NOT NULL,
	row_count integer NOT NULL,
	month date NOT NULL,
	entries bytea NOT NULL,
	previous bytea NOT NULL,
	hash bytea NOT NULL
);
COMMENT ON TABLE jerry.audit_seal IS
	'seals of what is on record, each with the hash of the previous one: jerry.verify_audit() finds what was changed, '
	'removed or added since';
COMMENT ON COLUMN jerry.audit_seal.id IS 'ascends without gaps';
COMMENT ON COLUMN jerry.audit_seal.sealed_at IS 'when it was made';
COMMENT ON COLUMN jerry.audit_seal.first_id IS 'id of the first row of jerry.audit that it seals';
COMMENT ON COLUMN jerry.audit_seal.last_id IS
	'and of the last one; a row above the previous seal''s and up to here that is not among the entries was added '
	'later';
COMMENT ON COLUMN jerry.audit_seal.row_count IS 'how many rows it seals';
COMMENT ON COLUMN jerry.audit_seal.month IS 'the month, in UTC, that all of them are of, by its first day';
COMMENT ON COLUMN jerry.audit_seal.entries IS
	'for each row, in their order, its id (8 bytes) and its SHA-256 (32); once no row is left of those up to the last '
	'one, the SHA-256 (32 bytes) of all that';
COMMENT ON COLUMN jerry.audit_seal.previous IS 'hash of the previous seal; 32 zero bytes: there is none';
COMMENT ON COLUMN jerry.audit_seal.hash IS
	'SHA-256 of this seal: of previous, and id, sealed_at, first_id, last_id, row_count and month in the server''s '
	'binary format, and of the SHA-256 of the entries';

CREATE INDEX idx_audit_seal_whole ON jerry.audit_seal (last_id)
	WHERE pg_catalog.length(entries) OPERATOR(pg_catalog.<>) 32;
CREATE TRIGGER guard_audit BEFORE UPDATE OR DELETE OR TRUNCATE ON jerry.audit_seal
	FOR EACH STATEMENT EXECUTE FUNCTION jerry.guard_audit();
ALTER TABLE jerry.audit_seal ENABLE ALWAYS TRIGGER guard_audit;
COMMENT ON TRIGGER guard_audit ON jerry.audit_seal IS 'keeps what is on record as it is';

SELECT pg_catalog.pg_extension_config_dump('jerry.audit_seal', '');

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
COMMENT ON COLUMN jerry.signing_key.status IS
	'active: signs and verifies (one at most); verifying: verifies only; retired: its tokens are invalid';
COMMENT ON COLUMN jerry.signing_key.imported IS
	'came from outside (jerry.import_key): its tokens may lack a kid and a session';
COMMENT ON COLUMN jerry.signing_key.created_at IS 'when it was made or imported';

CREATE FUNCTION jerry.signing_key_changed() RETURNS trigger
	LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'jerry_signing_key_changed';
COMMENT ON FUNCTION jerry.signing_key_changed() IS
	'trigger: tells every session, also on standbys, to read the keys again with its next statement; writes nothing';
-- FOR EACH ROW: the workers of logical replication fire no other.  AFTER: the result is not used, so that any version
-- of the library will do.
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE OR DELETE ON jerry.signing_key
	FOR EACH ROW EXECUTE FUNCTION jerry.signing_key_changed();
ALTER TABLE jerry.signing_key ENABLE ALWAYS TRIGGER signing_key_changed;
COMMENT ON TRIGGER signing_key_changed ON jerry.signing_key IS
	'makes a rotated or retired key known everywhere with the commit';

SELECT pg_catalog.pg_extension_config_dump('jerry.signing_key', '');

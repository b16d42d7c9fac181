CREATE TABLE jerry.signing_key (
	kid text PRIMARY KEY CHECK (kid OPERATOR(pg_catalog.~) '^[A-Za-z0-9_-]{1,64}$'),
	algorithm text NOT NULL CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA', 'RS256')),
	secret bytea CHECK (pg_catalog.length(secret) BETWEEN 32 AND 4096),
	status text NOT NULL CHECK (status IN ('next', 'active', 'verifying', 'retired')),
	imported boolean NOT NULL,
	created_at timestamptz NOT NULL,
	public_key bytea CHECK (pg_catalog.length(public_key) BETWEEN 32 AND 1024),
	status_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	sealed_secret bytea CHECK (pg_catalog.length(sealed_secret) BETWEEN 69 AND 4133),
	CONSTRAINT signing_key_one_secret_check CHECK (secret IS NULL OR sealed_secret IS NULL),
	CONSTRAINT signing_key_signs_check CHECK (secret IS NOT NULL OR sealed_secret IS NOT NULL
		OR status OPERATOR(pg_catalog.=) 'retired'
		OR status OPERATOR(pg_catalog.=) 'verifying' AND public_key IS NOT NULL),
	CONSTRAINT signing_key_verifies_check CHECK ((algorithm OPERATOR(pg_catalog.=) 'HS256') OPERATOR(pg_catalog.=)
		(public_key IS NULL))
);
CREATE UNIQUE INDEX idx_signing_key_active ON jerry.signing_key ((algorithm OPERATOR(pg_catalog.=) 'HS256'))
	WHERE status OPERATOR(pg_catalog.=) 'active';
COMMENT ON TABLE jerry.signing_key IS 'the keys of the tokens; the first is made when the first token is signed';
COMMENT ON COLUMN jerry.signing_key.kid IS 'key id, header parameter kid of the tokens';
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
COMMENT ON COLUMN jerry.signing_key.created_at IS 'when it was made or imported';
COMMENT ON COLUMN jerry.signing_key.public_key IS
	'what everybody may verify with: of ES256 x and y, 64 bytes; of EdDSA 32 bytes; of RS256 the RSAPublicKey of '
	'PKCS #1 in DER; of HS256 NULL';
COMMENT ON COLUMN jerry.signing_key.status_at IS 'since when it has this status';
COMMENT ON COLUMN jerry.signing_key.sealed_secret IS
	'the secret, sealed with the file of jerry.key_file: version (1 byte), name of the file (8), nonce (12), '
	'ciphertext of AES-256-GCM, tag (16)';

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

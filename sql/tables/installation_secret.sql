-- As old as the installation: a dump has neither it nor the rows that it made.
CREATE TABLE jerry.installation_secret (
	secret bytea NOT NULL
);
COMMENT ON TABLE jerry.installation_secret IS 'one row: the key of the HMACs that are ids of jerry.rate_bucket, '
	'device tokens, and digests of login codes';
COMMENT ON COLUMN jerry.installation_secret.secret IS '32 random bytes';
INSERT INTO jerry.installation_secret SELECT pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
	OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
	OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid()));

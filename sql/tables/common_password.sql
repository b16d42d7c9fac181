-- Not dumped: whoever has the list loads it again, and jerry.doctor() names what is missing after a restore.
CREATE TABLE jerry.common_password (
	bucket integer PRIMARY KEY,
	hashes bytea NOT NULL
);
COMMENT ON TABLE jerry.common_password IS
	'passwords that nobody may choose, by the first 64 bits of their SHA-1; jerry.load_common_passwords() fills it; '
	'not in a dump';
COMMENT ON COLUMN jerry.common_password.bucket IS 'the first 16 bits';
COMMENT ON COLUMN jerry.common_password.hashes IS 'the next 48 bits of each password, 6 bytes, in ascending order';

SELECT pg_catalog.pg_extension_config_dump('jerry.common_password', 'WHERE false');

CREATE TABLE jerry.common_password_source (
	source text PRIMARY KEY,
	form text NOT NULL,
	min_count integer NOT NULL,
	passwords bigint NOT NULL,
	skipped bigint NOT NULL,
	loaded_at timestamptz NOT NULL,
	loaded_by text NOT NULL
);
COMMENT ON TABLE jerry.common_password_source IS 'where the passwords of jerry.common_password are from';
COMMENT ON COLUMN jerry.common_password_source.source IS 'the file or folder, on the server that loaded it';
COMMENT ON COLUMN jerry.common_password_source.form IS
	'words: a password per line; sha1: a SHA-1 per line; ranges: a folder of files of SHA-1 without their first '
	'5 digits';
COMMENT ON COLUMN jerry.common_password_source.min_count IS 'how often a password had to be seen, where that is told';
COMMENT ON COLUMN jerry.common_password_source.passwords IS 'how many were in no source before it';
COMMENT ON COLUMN jerry.common_password_source.skipped IS
	'lines that were left out: empty, too long, not UTF-8, or seen less often';
COMMENT ON COLUMN jerry.common_password_source.loaded_at IS 'when it was loaded last';
COMMENT ON COLUMN jerry.common_password_source.loaded_by IS 'the role that loaded it';

SELECT pg_catalog.pg_extension_config_dump('jerry.common_password_source', '');

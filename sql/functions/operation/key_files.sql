-- Granted to nobody: jerry.doctor() asks it.
CREATE FUNCTION jerry.key_files() RETURNS TABLE (setting text, name text, problem text)
	LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'jerry_key_files';
COMMENT ON FUNCTION jerry.key_files() IS
	'The files that jerry.key_file and jerry.old_key_file name: the name that is in the secrets they seal, and what is '
	'wrong with the file. No row for a setting that is empty.';

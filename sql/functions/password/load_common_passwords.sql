CREATE FUNCTION jerry.load_common_passwords(file text, form text DEFAULT NULL, min_count integer DEFAULT 1,
	replace boolean DEFAULT false) RETURNS bigint
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'jerry_load_common_passwords';
COMMENT ON FUNCTION jerry.load_common_passwords(text, text, integer, boolean) IS
	'Adds the passwords of a file or a folder of the server to those that nobody may choose (replace: puts them '
	'in their place) and returns how many were not there yet. form: words (a password per line; case does not '
	'matter), sha1 (HASH or HASH:COUNT per line), ranges (a folder of files named by the first 5 digits, with '
	'SUFFIX:COUNT per line); NULL: ranges for a folder, for a file what its first line is. Passwords with a count'
	' below min_count are left out. For members of pg_read_server_files, as pg_read_file is. Raises 42501 for '
	'others, 22023 for an unknown form, 22P04 for a file that is no such list, with the line, 42602 for a '
	'relative path, 42809 for what is neither a file nor a folder, 58P01 and others if it cannot be read, 22004 '
	'for NULL.';
GRANT EXECUTE ON FUNCTION jerry.load_common_passwords(text, text, integer, boolean) TO jerry_admin;

	SELECT 'key file', pg_catalog.format('the file of %s %s', f.setting, f.problem),
		'It has to be 32 random bytes (openssl rand -out FILE 32) outside of the data directory, which the server''s '
		'user alone can read.'
	FROM jerry.key_files() AS f WHERE f.problem IS NOT NULL

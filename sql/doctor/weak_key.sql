	SELECT 'weak key', pg_catalog.format('signing key %s can be guessed: %s', k.kid,
		pg_catalog.lower(pg_catalog.rtrim(jerry.key_weakness(k.secret), '.'))),
		'Anyone who guesses it can be any user: import another one with jerry.import_key(), and set the status of this '
		'one to retired.'
	FROM jerry.signing_key AS k
	WHERE k.algorithm OPERATOR(pg_catalog.=) 'HS256' AND k.status OPERATOR(pg_catalog.<>) 'retired'
		AND jerry.key_weakness(k.secret) IS NOT NULL

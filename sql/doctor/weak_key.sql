	SELECT 'weak key', pg_catalog.format('signing key %s can be guessed: %s', k.kid,
		pg_catalog.lower(pg_catalog.rtrim(jerry.key_weakness(k.secret), '.'))),
		'Whoever guesses it is anybody: jerry.import_key() another one, and set status of this one to retired.'
	FROM jerry.signing_key AS k
	WHERE k.status OPERATOR(pg_catalog.<>) 'retired' AND jerry.key_weakness(k.secret) IS NOT NULL

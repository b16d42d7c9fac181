	SELECT 'weak key', pg_catalog.format('signing key %s can be guessed: %s', k.kid,
		pg_catalog.lower(pg_catalog.rtrim(w.reason, '.'))),
		'Anyone who guesses it can be any user: import another one with jerry.import_key(), and set the status of this '
		'one to retired.'
	FROM jerry.signing_key AS k CROSS JOIN LATERAL (VALUES
		(COALESCE(jerry.key_weakness(k.secret),
			(jerry.sealed_secret('signing_key', k.kid, k.sealed_secret)).weakness))) AS w (reason)
	WHERE k.algorithm OPERATOR(pg_catalog.=) 'HS256' AND k.status OPERATOR(pg_catalog.<>) 'retired'
		AND w.reason IS NOT NULL

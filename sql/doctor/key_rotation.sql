	SELECT 'key rotation', f.finding, f.hint
	FROM (
		-- an active key is overdue once its successor has been, which is next for a while
		SELECT pg_catalog.format('signing key %s should be %s since %s', k.kid,
				CASE k.status WHEN 'next' THEN 'active' WHEN 'active' THEN 'replaced' ELSE 'retired' END, k.due_at),
			'Does anything call jerry.maintain()? The sidecar does, unless MAINTENANCE_INTERVAL is 0. What '
			'it could not do it warns of.'
		FROM jerry.list_keys() AS k
		WHERE k.due_at OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) '01:00:00'::interval)
			AND (k.status IN ('next', 'verifying') OR k.status OPERATOR(pg_catalog.=) 'active'
				AND NOT EXISTS (SELECT FROM jerry.list_keys() AS n WHERE n.status OPERATOR(pg_catalog.=) 'next'))
		UNION ALL
		SELECT pg_catalog.format('access tokens are signed with %s, and jerry.signing_algorithm is %s', k.algorithm,
				c.value),
			'The setting counts for the next key: SELECT jerry.rotate_key();'
		FROM jerry.list_keys() AS k JOIN configured AS c ON c.name OPERATOR(pg_catalog.=) 'jerry.signing_algorithm'
			AND c.value OPERATOR(pg_catalog.<>) k.algorithm
		WHERE k.signs OPERATOR(pg_catalog.~) '^access'
			AND NOT EXISTS (SELECT FROM jerry.list_keys() AS n WHERE n.status OPERATOR(pg_catalog.=) 'next'
				AND n.algorithm OPERATOR(pg_catalog.=) c.value)
		UNION ALL
		SELECT pg_catalog.format('a new key signs after %s seconds, and services may keep the old key set for 1200',
				c.value),
			'Set jerry.key_publish_time to an hour at least, or services refuse tokens that they cannot check yet.'
		FROM configured AS c
		WHERE c.name OPERATOR(pg_catalog.=) 'jerry.key_publish_time' AND c.value::integer OPERATOR(pg_catalog.<) 1200
			AND (EXISTS (SELECT FROM jerry.list_keys() AS k WHERE k.algorithm OPERATOR(pg_catalog.<>) 'HS256'
					AND k.status OPERATOR(pg_catalog.<>) 'retired')
				OR EXISTS (SELECT FROM configured AS a WHERE a.name OPERATOR(pg_catalog.=) 'jerry.signing_algorithm'
					AND a.value OPERATOR(pg_catalog.<>) 'HS256'))
		UNION ALL
		SELECT pg_catalog.format('signing key %s was imported: jerry.key_rotation_interval does not replace it', k.kid),
			'Others know it. SELECT jerry.rotate_key(); replaces it by one of Jerry''s own.'
		FROM jerry.list_keys() AS k
		JOIN configured AS c ON c.name OPERATOR(pg_catalog.=) 'jerry.key_rotation_interval'
			AND c.value OPERATOR(pg_catalog.<>) '0'
		WHERE k.imported AND k.signs OPERATOR(pg_catalog.~) '^access'
	) AS f (finding, hint)

	SELECT 'sealing', o.finding, o.hint
	FROM (
		WITH file (setting, name) AS MATERIALIZED (SELECT f.setting, f.name FROM jerry.key_files() AS f),
		key (kid, is_open, name, closed) AS MATERIALIZED (
			SELECT k.kid, k.sealed_secret IS NULL, s.name, s.closed
			FROM jerry.signing_key AS k
			LEFT JOIN LATERAL jerry.sealed_secret('signing_key', k.kid, k.sealed_secret) AS s ON true
			WHERE k.secret IS NOT NULL OR k.sealed_secret IS NOT NULL
		),
		webhook (webhook_id, name, closed) AS MATERIALIZED (
			SELECT w.webhook_id, s.name, s.closed FROM jerry.webhook_secret AS w
			LEFT JOIN LATERAL jerry.sealed_secret('webhook_secret', w.id::text, w.sealed_secret) AS s ON true
		),
		-- a million of them are not opened: the name of the file is in bytes 2 to 9
		app (name, n) AS MATERIALIZED (
			SELECT pg_catalog.encode(pg_catalog.substr(t.sealed_secret, 2, 8), 'hex'), pg_catalog.count(*)
			FROM jerry.totp AS t GROUP BY 1
		),
		seen (is_set, n_open, n_left, n_sealed) AS (
			SELECT EXISTS (SELECT FROM file WHERE setting OPERATOR(pg_catalog.=) 'jerry.key_file'),
				pg_catalog.count(*) FILTER (WHERE is_open),
				pg_catalog.count(*) FILTER (WHERE NOT is_open AND closed IS NULL AND name NOT IN (SELECT f.name
					FROM file AS f WHERE f.setting OPERATOR(pg_catalog.=) 'jerry.key_file' AND f.name IS NOT NULL)),
				pg_catalog.count(*) FILTER (WHERE NOT is_open)
			FROM key
		)
		SELECT pg_catalog.format('signing keys whose secret is not sealed: %s; whoever gets a dump or a backup can '
				'be any user', n_open),
			'Set jerry.key_file: see "Sealing the signing keys" in docs/OPERATIONS.md.'
			FROM seen WHERE NOT is_set AND n_open OPERATOR(pg_catalog.>) 0 AND n_sealed OPERATOR(pg_catalog.=) 0
		UNION ALL SELECT pg_catalog.format('signing keys whose secret is not sealed although jerry.key_file is '
				'set: %s', n_open),
			'SELECT jerry.seal_secrets(); and once more, until it returns 0.'
			FROM seen WHERE is_set AND n_open OPERATOR(pg_catalog.>) 0
		UNION ALL SELECT pg_catalog.format('signing keys whose secret is still sealed with the file of '
				'jerry.old_key_file: %s', n_left),
			'SELECT jerry.seal_secrets(); and once more, until it returns 0.'
			FROM seen WHERE n_left OPERATOR(pg_catalog.>) 0
		UNION ALL SELECT 'jerry.old_key_file is set, and nothing is sealed with its file any more',
			'ALTER SYSTEM RESET jerry.old_key_file; and keep the file as long as a backup that needs it.'
			FROM file AS f WHERE f.setting OPERATOR(pg_catalog.=) 'jerry.old_key_file' AND f.name IS NOT NULL
				AND NOT EXISTS (SELECT FROM key AS k WHERE k.name OPERATOR(pg_catalog.=) f.name)
				AND NOT EXISTS (SELECT FROM webhook AS w WHERE w.name OPERATOR(pg_catalog.=) f.name)
				AND NOT EXISTS (SELECT FROM app AS a WHERE a.name OPERATOR(pg_catalog.=) f.name)
		UNION ALL SELECT pg_catalog.format('the secrets of %s webhooks are not sealed as jerry.key_file says',
				pg_catalog.count(*)),
			'SELECT jerry.seal_secrets(); and once more, until it returns 0.'
			FROM webhook AS w WHERE w.name IS DISTINCT FROM (SELECT f.name FROM file AS f
				WHERE f.setting OPERATOR(pg_catalog.=) 'jerry.key_file') AND w.closed IS NULL
			HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
		UNION ALL SELECT pg_catalog.format('the secrets of %s authenticator apps are not sealed as jerry.key_file says',
				pg_catalog.sum(a.n)),
			'SELECT jerry.seal_secrets(); and once more, until it returns 0.'
			FROM app AS a WHERE a.name IS DISTINCT FROM (SELECT f.name FROM file AS f
				WHERE f.setting OPERATOR(pg_catalog.=) 'jerry.key_file')
				AND (a.name IS NULL OR EXISTS (SELECT FROM file AS f WHERE f.name OPERATOR(pg_catalog.=) a.name))
			HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
		UNION ALL SELECT pg_catalog.format('the secrets of %s authenticator apps are sealed with a file %s that is not '
				'set: their users can log in with recovery codes only', a.n, a.name),
			'Set jerry.key_file or jerry.old_key_file to it; if it is lost, see docs/SECOND_FACTOR.md.'
			FROM app AS a WHERE a.name IS NOT NULL
				AND NOT EXISTS (SELECT FROM file AS f WHERE f.name OPERATOR(pg_catalog.=) a.name)
		UNION ALL SELECT pg_catalog.format('a secret of webhook %s cannot be opened: %s%s', webhook_id,
				pg_catalog.lower(pg_catalog."left"(closed, 1)), pg_catalog.substr(pg_catalog.rtrim(closed, '.'), 2)),
			'Set jerry.key_file to the file that it is sealed with; if that is lost, give the webhook a new secret: '
			'jerry.rotate_webhook_secret(webhook_id, ''0'').'
			FROM webhook WHERE closed IS NOT NULL
		UNION ALL SELECT pg_catalog.format('signing key %s cannot be opened: %s%s', kid,
				pg_catalog.lower(pg_catalog."left"(closed, 1)), pg_catalog.substr(pg_catalog.rtrim(closed, '.'), 2)),
			'Set jerry.key_file to the file that it is sealed with; if that is lost, see "Sealing the signing keys" in '
			'docs/OPERATIONS.md.'
			FROM key WHERE closed IS NOT NULL
	) AS o (finding, hint)

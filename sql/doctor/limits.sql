	SELECT 'limits', o.finding, o.hint
	FROM (
		SELECT pg_catalog.format('limit %s is set, but there is no such limit', l.name),
			pg_catalog.format('DELETE FROM jerry.rate_limit WHERE name = %L;', l.name)
		FROM jerry.rate_limit AS l
		WHERE l.name NOT IN (SELECT name FROM jerry.list_limits())
		UNION ALL SELECT 'jerry.rate_limits is off: nobody who guesses passwords is slowed down',
			'Take it out of the server''s settings; a single limit can be changed with jerry.set_limit().'
		FROM server AS s WHERE s.name OPERATOR(pg_catalog.=) 'jerry.rate_limits'
			AND s.value OPERATOR(pg_catalog.=) 'off'
		UNION ALL SELECT 'jerry.installation_secret is empty: the ids of jerry.rate_bucket can be guessed, and so can '
				'the codes of logins be from what is stored of them',
			'INSERT INTO jerry.installation_secret VALUES (sha256('
			'uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));'
		WHERE NOT EXISTS (SELECT FROM jerry.installation_secret)
	) AS o (finding, hint)

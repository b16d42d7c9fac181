	SELECT 'hash cost', pg_catalog.format('%s accounts have a hash of cost %s, while jerry.bcrypt_cost is %s',
		pg_catalog.count(*), u.cost, c.cost),
		CASE WHEN u.cost OPERATOR(pg_catalog.<) c.cost THEN 'Nothing to do: each gets a new hash with its next login.'
			ELSE 'Until they have logged in, their refused logins take longer than those of unknown addresses: set '
				'jerry.bcrypt_cost to the highest cost in use.' END
	FROM (SELECT pg_catalog.substr(password_hash::text, 5, 2)::integer FROM jerry."user"
		WHERE password_hash::text OPERATOR(pg_catalog.~) '^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$') AS u (cost)
	JOIN (SELECT value::integer FROM configured WHERE name OPERATOR(pg_catalog.=) 'jerry.bcrypt_cost'
		AND value OPERATOR(pg_catalog.~) '^[0-9]+$') AS c (cost) ON c.cost OPERATOR(pg_catalog.<>) u.cost
	GROUP BY u.cost, c.cost

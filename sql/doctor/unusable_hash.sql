	SELECT 'unusable hash',
		pg_catalog.format('%s accounts have no bcrypt hash of cost 4 to 15: no password lets them in', n),
		'password_hash NOT LIKE ''$2_$__$%'', or a cost out of range, finds them; give them a hash with '
		'jerry.hash_password, and tell their owners.'
	-- a ! in front is how docs/OPERATIONS.md bans somebody, * is an account that has no password yet
	FROM (SELECT pg_catalog.count(*) FROM jerry."user" WHERE password_hash::text OPERATOR(pg_catalog.!~) '^(!|[*]$)'
		AND password_hash::text OPERATOR(pg_catalog.!~) '^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$') AS u (n)
	WHERE n OPERATOR(pg_catalog.>) 0

	SELECT 'unreachable address',
		pg_catalog.format('%s accounts have an address in a form under which nobody can be found', n),
		'The part before the @ must be in normal form C, the domain in ASCII (xn--), without surrounding white space: '
		'docs/DEPLOYMENT.md, "An existing PostgreSQL".'
	FROM (SELECT pg_catalog.count(*) FROM jerry."user" WHERE CASE WHEN email::text OPERATOR(pg_catalog.!~) '[^ -~]'
			THEN email::text OPERATOR(pg_catalog.~) '^\s|\s$'
			ELSE email::text OPERATOR(pg_catalog.~) '@.*[^ -~]'
				OR NOT pg_catalog.is_normalized(email::text, 'NFC') END) AS u (n)
	WHERE n OPERATOR(pg_catalog.>) 0
